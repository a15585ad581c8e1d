"""The rules that the sources leave open, as switches: what is in force, and what else could have been meant.

Truth is computed under `IN_FORCE`. `corecraft tasks check` computes it again under every alternative: where a task's truth
changes, the system prompt must state the rule in so many words (`stated`), or the task is refused.
"""

from __future__ import annotations

from attrs import evolve, frozen


@frozen
class OpenRules:
    """One reading of the open rules (policies.md, "OPEN")."""

    utc_days: bool = False
    """P-11: calendar days are UTC days instead of EST days."""
    last_day_inside: bool = True
    """P-20a: day 21 itself is still inside the window."""
    last_box_counts: bool = True
    """P-21: of several shipments the last delivery counts; otherwise the first."""
    refund_paid_price: bool = True
    """P-26: units are refunded at the price paid; otherwise at list price."""
    refund_shipping: bool = True
    """P-26: the fee comes back with a whole faulty or unshipped order."""
    defective_approved: bool = True
    """P-28: a defective item's refund is approved at once; otherwise it waits for a human."""
    restocking_percent: int = 0
    """P-30."""
    bundle_share: bool = True
    """P-31: a bundle part is refunded at its share of the bundle price; otherwise at its list price."""
    price_match: bool = False
    """P-48."""
    gold_from: int = 2500
    silver_from: int = 1000
    """P-52."""
    spend_net: bool = True
    """P-53: refunds are taken off what was spent."""
    spend_shipping: bool = True
    """P-53: what was spent includes shipping."""
    system_term: bool = True
    """P-62: parts of a system have the system's warranty term; otherwise their own."""


IN_FORCE = OpenRules()


@frozen
class Alternative:
    """Another reading of one rule. stated: the words of the system prompt that settle it."""

    rule: str
    rules: OpenRules
    stated: str


def _other(rule: str, stated: str, **change: object) -> Alternative:
    return Alternative(rule, evolve(IN_FORCE, **change), stated)


ALTERNATIVES = (
    _other("P-11", "Calendar days, windows and business hours are **EST = UTC-5 all year**", utc_days=True),
    _other("P-20a", "within 21 days of delivery**, day 21 included", last_day_inside=False),
    _other("P-21", "With several shipments the last delivery counts", last_box_counts=False),
    _other("P-26 list price", "units returned × price **paid**", refund_paid_price=False),
    _other("P-26 shipping", "The shipping fee is added only if the whole order comes back", refund_shipping=False),
    _other("P-28", "`defective` is always `approved`", defective_approved=False),
    _other("P-30", "No restocking fee", restocking_percent=15),
    _other("P-31", "its list price ÷ sum of list prices × bundle price", bundle_share=False),
    _other("P-48", "No price matching", price_match=True),
    _other("P-52 gold", "gold $2,500", gold_from=2000),
    _other("P-52 silver", "silver $1,000", silver_from=500),
    _other("P-53 gross", "minus refunds approved or processed", spend_net=False),
    _other("P-53 goods", "captured payments (shipping included)", spend_shipping=False),
    _other("P-62", "Parts inside a prebuilt or workstation have the **system's** term", system_term=False),
)
