"""What things are called in answers: shared by truth and solutions, since a name is neither right nor wrong."""

from __future__ import annotations

from collections.abc import Sequence

from ..engine.genesis import Row
from .checks import Value, text

CARRIERS = {
    "ups_ground": "UPS Ground", "usps_ground": "USPS Ground",
    "fedex_express": "FedEx Express", "fedex_overnight": "FedEx Overnight",
}  # fmt: skip
"""A shipment's carrier as customers see it (P-102)."""
NUMBERS = ("zero", "one", "two", "three", "four", "five", "six")


def aliases(product: Row) -> tuple[str, ...]:
    """How an answer may name a product: its name, its id, and its name without the brand."""
    name: str = product["name"]
    short = name.removeprefix(product["brand"]).strip()
    return tuple(dict.fromkeys((name, product["id"], short) if len(short) > 3 else (name, product["id"])))


def named(product: Row, among: Sequence[Row]) -> Value:
    """A product's name; any other of these in its place is wrong."""
    return text(*aliases(product), rivals=none_of([row for row in among if row["id"] != product["id"]]).rivals)


def none_of(among: Sequence[Row]) -> Value:
    """That it is none; the name of any of these in its place is wrong."""
    return text("none", rivals=[name for row in among for name in aliases(row)])
