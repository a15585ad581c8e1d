"""What people say for a line of a form when they write no form: "the parts come to $1,519.92" for `SUBTOTAL`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..reading.statements import plain_phrase

TERMS: Mapping[str, tuple[str, ...]] = {
    "subtotal": (
        "parts come to",
        "goods come to",
        "items come to",
        "before the discount",
        "before discount",
        "list prices add up",
    ),
    "discount": ("takes off", "taken off", "tier saves", "discount"),
    "shipping": ("shipping adds", "shipping is", "shipping costs", "shipping"),
    "total": ("total is", "in all", "altogether", "all together", "comes to", "total"),
    "missing": ("out of stock", "sold out", "not available"),
    "early": ("first half", "early", "at the beginning"),
    "late": ("second half", "in the second", "late", "later on"),
    "count": ("in all", "altogether"),
    "times": ("tickets in all", "times"),
    "customers": ("customers", "people"),
    "units": ("units", "pieces"),
    "spent": ("spent", "spending", "counts toward"),
    "needed": ("needed", "short of", "missing"),
    "on file": ("on file", "on record", "on the account"),
    "days left": ("days left", "more days"),
    "arrived": ("arrived", "was delivered", "came on"),
    "promised": ("promised", "was due"),
    "due": ("was due", "is due", "due"),
    "restock": ("back in stock", "restocked", "restock"),
    "last scan": ("last scanned", "last scan", "latest scan", "last seen"),
    "expected": ("expected", "estimate", "estimated"),
    "fee": ("fee", "shipping cost"),
    "price": ("costs", "price"),
}
"""Label in plain form -> terms."""


def terms(labels: Iterable[str]) -> tuple[str, ...]:
    """All that stands for these labels in prose."""
    plain = dict.fromkeys(plain_phrase(label).rstrip(":|=- ") for label in labels)
    return tuple(dict.fromkeys(term for label in plain for term in TERMS.get(label, ())))
