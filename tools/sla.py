"""Service-level agreements."""

from __future__ import annotations

from ..engine.genesis import Row
from ..engine.tool import query
from ..engine.world import World
from .profile import Profile
from .rows import LoyaltyTier, Priority, Service, Sla, SlaMetric
from .search import given, instant, page
from .tables import stored_ms


@query("searchSlas")
def search_slas(
    world: World,
    profile: Profile,
    *,
    sla_id: str | None = None,
    metric: SlaMetric | None = None,
    service: Service | None = None,
    priority: Priority | None = None,
    loyalty_tier: LoyaltyTier | None = None,
    effective_on: str | None = None,
    active_only: bool = False,
    limit: float | None = None,
) -> list[Sla]:
    """Find service-level agreements: what CoreCraft promises, from which event to which, and the remedy for a breach.
    All given filters must hold. Returns full records in order of metric, then id, superseded ones included. No tool
    works out whether a promise was kept. {capped} To see the rest, narrow by metric, service, priority or tier.

    Args:
        sla_id: Exact SLA id.
        metric: Exact metric, the kind of promise.
        service: Exact shipping service the promise is limited to.
        priority: Exact ticket priority the promise is limited to.
        loyalty_tier: Promises for this tier, and those that name no tier.
        effective_on: In force at {instant}: from effectiveFrom on, until just before effectiveTo; where one is
            missing, that side is open.
        active_only: Leave out promises that are not active now; false if omitted.
        limit: Most records to return: {sizes}.

    Rules: 5, G-05..G-13.
    """
    at = instant("effective_on", effective_on)
    rows = (
        row
        for row in world.rows("sla", given(id=sla_id, metric=metric, service=service, priority=priority))
        if (loyalty_tier is None or (row.get("loyaltyTier") or loyalty_tier) == loyalty_tier)
        and (at is None or _in_force(row, at))
        and (not active_only or row.get("isActive") is True)
    )
    return page(rows, limit, profile)


def _in_force(row: Row, at: int) -> bool:
    """Whether the row was in force at `at`; a bound that is missing is open."""
    begin, end = stored_ms(row, "effectiveFrom"), stored_ms(row, "effectiveTo")
    return (begin is None or begin <= at) and (end is None or at < end)
