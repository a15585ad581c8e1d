"""How a deployment of the tools behaves: result caps and compatibility switches."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct


class Profile(Struct, frozen=True):
    """`benchmark` follows the seeds (cap 10), `compat` the public reference tools (50, at most 200).

    The switches restore behaviours pinned by the reference's tests where ours departs from them.
    """

    name: str
    default_limit: int
    max_limit: int
    free_text_destination: bool = False
    """create_escalation takes any destination."""
    warranty_without_purchase_date: bool = False
    """checkWarrantyStatus by product alone counts from PRESUMED_PURCHASE instead of asking for a date (B-04)."""
    denied_claim_without_reason: bool = False
    """createWarrantyClaim accepts `denied` without a denial_reason."""

    repeats: ClassVar[bool] = False
    """A creating call that equals an earlier one creates another row, rather than answering with that one (G-15)."""
    instant: ClassVar[str] = (
        "this instant (ISO-8601 timestamp or date; EST, UTC-5, where no offset is given; a date alone is its 00:00; "
        "cut to milliseconds)"
    )
    """How the texts of tools speak of a date argument (G-08)."""

    @property
    def sizes(self) -> str:
        """How they speak of `limit` (G-11)."""
        return (
            f"{self.default_limit} if omitted or 0, never more than {self.max_limit}, 1 if negative; "
            "a fraction is cut off first"
        )

    @property
    def capped(self) -> str:
        """How they tell a capped reply from a complete one: the reply itself is a plain list wherever these tools are
        served (G-01), so its length has to say it."""
        return (
            f"A reply of {self.default_limit} records, or of as many as limit allows, may be cut off; "
            "a shorter one is complete."
        )

    @property
    def unknown_purchase(self) -> str:
        """What checkWarrantyStatus makes of a purchase without a date."""
        return "omitted, it is 2025-09-08" if self.warranty_without_purchase_date else "then required"


BENCHMARK = Profile("benchmark", default_limit=10, max_limit=10)
COMPAT = Profile(
    "compat",
    default_limit=50,
    max_limit=200,
    free_text_destination=True,
    warranty_without_purchase_date=True,
    denied_claim_without_reason=True,
)


class Unguarded(Profile, frozen=True):
    """As `benchmark`, but nothing keeps an agent that retries from doing a thing twice: for runs in which calls fail."""

    repeats: ClassVar[bool] = True


UNGUARDED = Unguarded("unguarded", default_limit=10, max_limit=10)
PROFILES = {profile.name: profile for profile in (BENCHMARK, COMPAT, UNGUARDED)}
