"""What things are called in answers: shared by truth and solutions, since a name is neither right nor wrong."""

from __future__ import annotations

from ..engine.genesis import Row

CARRIERS = {
    "ups_ground": "UPS Ground", "usps_ground": "USPS Ground",
    "fedex_express": "FedEx Express", "fedex_overnight": "FedEx Overnight",
}  # fmt: skip
"""A shipment's carrier as customers see it (P-102)."""


def aliases(product: Row) -> tuple[str, ...]:
    """How an answer may name a product: its name, its id, and its name without the brand."""
    name: str = product["name"]
    short = name.removeprefix(product["brand"]).strip()
    return tuple(dict.fromkeys((name, product["id"], short) if len(short) > 3 else (name, product["id"])))
