"""Shipments."""

from __future__ import annotations

from typing import Literal

from ..engine.tool import query
from ..engine.world import World
from .profile import Profile
from .rows import Carrier, Shipment, ShipmentCarrier, ShipmentStatus
from .search import given, newest, page, window
from .tables import carrier_key

AnyCarrier = Literal[ShipmentCarrier, Carrier]
"""A carrier in either spelling: as shipments have it, or as orders do."""


@query("searchShipments")
def search_shipments(
    world: World,
    profile: Profile,
    *,
    order_id: str | None = None,
    tracking_number: str | None = None,
    status: ShipmentStatus | None = None,
    carrier: AnyCarrier | None = None,
    created_after: str | None = None,
    created_before: str | None = None,
    limit: float | None = None,
) -> list[Shipment]:
    """Find shipments. All given filters must hold. Returns full shipment records, newest first (by creation, then id),
    those without a creation date last, whatever the bounds on it, with every tracking event: when, where and what
    happened. {capped} To see the rest, ask again with created_before set to the createdAt of the last.

    Args:
        order_id: Exact id of the order that was shipped.
        tracking_number: Exact tracking number.
        status: Exact shipment status.
        carrier: Carrier with service; both spellings of one carrier mean the same.
        created_after: Shipping label created at or after {instant}.
        created_before: Shipping label created at or before {instant}.
        limit: Most records to return: {sizes}.

    Rules: 2.8, G-05..G-13, B-30, N-06.
    """
    where = given(
        orderId=order_id,
        trackingNumber=tracking_number,
        status=status,
        carrier=carrier_key(carrier) if carrier else None,
    )
    created = window("created", created_after, created_before)
    return page(newest(world, "shipment", created, where), limit, profile)
