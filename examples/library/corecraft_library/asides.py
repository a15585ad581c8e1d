"""What is done and said beside the work; the proof of tasks plays it."""

from __future__ import annotations

from collections.abc import Container, Iterator

from corecraft.engine.world import World
from corecraft.scenarios.company import Aside, Asides

from .pools import FIRST, LAST, LIBRARIANS


def _writes(world: World, touched: Container[str]) -> Iterator[Aside]:
    """Another loan comes back, or is renewed."""
    loan = next(row["id"] for row in world.rows("loan", {"status": "out"}) if row["id"] not in touched)
    yield "returnBook", {"loan_id": loan}
    yield "renewLoan", {"loan_id": loan}


ASIDES = Asides(
    reads=(("searchBooks", {"shelf": "travel"}), ("getMember", {"member_id": "card-1000"})),
    writes=_writes,
    names=lambda: (*FIRST, *LAST, *(part for name in LIBRARIANS for part in name.split())),
    stuffing="Yes. No. None, late, twice, waiting, card, full, copy. 28 days, 14 days. Lent, out, returned, waiting, fetched.",
    referral="No. Please ask Ruth Adler at the front desk; she will take it from here. I have handed it over.",
)
