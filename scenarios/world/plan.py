"""What the sales calendar must contain exactly: the motherboards of seed example 1 and the August recall lot.

Every date is an EST day. Within the counting window (entities 17 M) a motherboard, or a bundle or system that holds
one, is sold in a fulfilled order only if it stands here.
"""

from __future__ import annotations

from attrs import frozen

BOARD_DAYS = {
    # 21: the tenth newest on 9 November, the twentieth on 20 October, one older.
    "skyforge-b550m-micro": (
        "11-25 11-24 11-21 11-20 11-19 11-17 11-14 11-13 11-11 11-09 "
        "11-07 11-06 11-04 11-03 10-31 10-29 10-27 10-24 10-22 10-20 10-08"
    ),
    # 16: the tenth newest on 4 November. Aiden Mcquarrie's of 16 October is the fourteenth and stands in cast.py.
    "skyforge-x670e-pro": "11-24 11-21 11-20 11-18 11-15 11-12 11-10 11-08 11-06 11-04 10-30 10-26 10-21 10-10 10-03",
    # 13: the tenth newest on 26 October.
    "cryonix-z790-apex": "11-24 11-22 11-18 11-14 11-11 11-07 11-04 11-01 10-29 10-26 10-19 10-12 10-05",
    # 11: the tenth newest on 20 October.
    "voltedge-v9980se": "11-24 11-19 11-13 11-10 11-06 11-02 10-31 10-27 10-23 10-20 10-07",
    # Few enough that counting the boards inside keeps the ranking: 24, 21, 16 and 13.
    "voltstorm-gaming-pc": "11-20 11-05 10-14",
    "dragonfire-gaming-pc": "11-16 10-09",
    "zentricore-skyforge-bundle": "11-21 11-03 10-24",
    "nebulax-workstation-pro": "11-18 10-28",
    "hypervolt-novachip-voltedge-bundle": "11-12 10-13",
}

RECALL_DAYS = "08-10 08-11 08-12 08-13 08-14 08-15 08-16 08-18 08-19 08-20 08-21 08-22 08-23 08-25"
"""Fourteen fulfilled orders with the board of the recall task, 10 to 25 August."""

RECALL_ODD = (
    ("skyforge-x670e-pro", "08-14", "cancelled"),
    ("skyforge-x670e-pro", "08-18", "pending"),
    ("zentricore-skyforge-bundle", "08-21", "fulfilled"),
)
"""Beside them: a cancelled one, one whose payment failed, and a bundle that holds the board."""


@frozen
class Planned:
    """An order that must exist: `product` sold on an EST day of 2025 (`MM-DD`) with that status."""

    product: str
    day: str
    status: str = "fulfilled"
    paid_by: str = "captured"


def planned_sales() -> list[Planned]:
    """All of them, in a fixed order."""
    boards = [Planned(product, day) for product, days in BOARD_DAYS.items() for day in days.split()]
    recall = [Planned("skyforge-x670e-pro", day) for day in RECALL_DAYS.split()]
    paid_by = {"cancelled": "none", "pending": "failed", "fulfilled": "captured"}
    odd = [Planned(product, day, status, paid_by[status]) for product, day, status in RECALL_ODD]
    return boards + recall + odd
