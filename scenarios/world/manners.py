"""How a ticket stands today by the manner in which it was written, in worlds since version 4.

What was answered is mostly long past, money that went back less so; an organisation's page is read after the weekend; an
order's trouble is somebody's within days; all else waits until there is time for it. Tasks are about tickets of these manners.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ...engine.chance import Chance
from .texts import slots

Manner = Literal["answered", "refunded", "portal", "order", "none"]

_AGE: Mapping[Manner, Mapping[tuple[int, int], float]] = {
    "answered": {(3, 24): 9, (24, 60): 13, (60, 90): 17, (90, 150): 34, (150, 210): 15, (210, 300): 12},
    "refunded": {(3, 15): 36, (15, 60): 20, (60, 200): 44},
    "portal": {(0, 1): 14, (1, 2): 36, (2, 3): 31, (3, 5): 11, (5, 6): 8},
    "order": {(0, 2): 25, (2, 4): 24, (4, 8): 40, (8, 15): 4, (21, 27): 7},
    "none": {(0, 4): 5, (4, 8): 18, (8, 12): 26, (12, 16): 22, (16, 20): 22, (20, 24): 7},
}
"""From and to how many days ago it was written, with weights."""

_STATUS: Mapping[Manner, Mapping[str, float]] = {
    "answered": {"open": 1},
    "refunded": {"open": 1},
    "portal": {"new": 81, "open": 17, "pending_customer": 2},
    "order": {"new": 5, "open": 92, "pending_customer": 3},
    "none": {"new": 11, "open": 81, "pending_customer": 8},
}
"""Before it is answered."""

_PRESSING: Mapping[Manner, float] = {"answered": 0.04, "refunded": 0.04, "portal": 0.04, "order": 0.06, "none": 0.2}
"""How many are marked as urgent by whoever filed them, though others would wait."""

_SAYS_ORDER = 0.42
"""How many tickets about an order name it in its field, though their text does not."""


def says_order(template: Mapping[str, Any], chance: Chance) -> bool:
    """Whether a ticket names the order that it is about in its field."""
    about = template["order"] != "none"
    return about and (
        "kind" in template or "order_id" in slots(template["body"]) or chance.of("says").happens(_SAYS_ORDER)
    )


def manner(template: Mapping[str, Any], answer: Mapping[str, Any] | None, chance: Chance) -> Manner:
    if answer:
        return "refunded" if answer["outcome"] == "refund_issued" else "answered"
    if template["subject"].startswith("["):
        return "portal"
    return "order" if says_order(template, chance) else "none"


def age(manner: Manner, chance: Chance) -> tuple[int, int]:
    """From and to how many days ago."""
    return chance.weighted(_AGE[manner])


def status(manner: Manner, chance: Chance) -> str:
    return chance.weighted(_STATUS[manner])


def priority(manner: Manner, usual: str, chance: Chance) -> str:
    """As its text has it, or as whoever filed it felt; what concerns an order is never of no haste."""
    if chance.happens(_PRESSING[manner]):
        return "high"
    lifted = usual == "low" and manner in ("portal", "order") and chance.happens(0.85)
    return "normal" if lifted else usual
