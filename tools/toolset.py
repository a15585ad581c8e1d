"""The published sets: 23 base tools, 31 extended, each in the profiles of `profile.py`.

toolset()                                  # corecraft/base/benchmark
toolset("extended", "compat")

A set of one's own is a further line of `SETS`; the published ones keep their digests.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import copy

from ..engine.errors import CoreCraftError, UnknownToolset
from ..engine.tool import Tool
from ..engine.toolset import Toolset
from .behaviours import BEHAVIOUR
from .builds import create_build, search_builds, update_build
from .catalog import get_product, search_products
from .compatibility import validate_build_compatibility
from .customers import search_customers
from .employees import search_employees
from .knowledge import search_knowledge_base
from .orders import create_order, get_order_details, search_orders, update_order_status
from .payments import search_payments, update_payment_status
from .pricing import calculate_price
from .profile import PROFILES, Profile
from .refunds import create_refund, search_refunds
from .shipments import search_shipments
from .sla import search_slas
from .slack import post_slack_message, search_slack_messages
from .tables import TABLES
from .tickets import (
    create_escalation,
    create_resolution,
    get_customer_ticket_history,
    search_escalations,
    search_resolutions,
    search_tickets,
    update_ticket_status,
)
from .warranty import check_warranty_status, create_warranty_claim

BASE = (
    calculate_price,
    check_warranty_status,
    create_escalation,
    create_refund,
    create_resolution,
    get_customer_ticket_history,
    get_order_details,
    get_product,
    search_builds,
    search_customers,
    search_employees,
    search_knowledge_base,
    search_orders,
    search_payments,
    search_products,
    search_shipments,
    search_tickets,
    update_order_status,
    update_payment_status,
    update_ticket_status,
    validate_build_compatibility,
    search_slack_messages,
    post_slack_message,
)
FURTHER = (
    create_build,
    update_build,
    create_order,
    create_warranty_claim,
    search_escalations,
    search_refunds,
    search_resolutions,
    search_slas,
)
"""What the extended set has beyond the base set."""

SETS: Mapping[str, tuple[Tool, ...]] = {
    "base": BASE,
    "extended": (*BASE, *FURTHER),
}
"""Every set by name, each in all profiles."""

ALIASES = {
    "calculatePrice": "calculate_price",
    "createEscalation": "create_escalation",
    "createRefund": "create_refund",
    "createResolution": "create_resolution",
}
"""Names the policy text uses; accepted, not published."""


_ONCE = re.compile(r"[^.]*already_exists true\.")
"""What a creating tool says of a call that equals an earlier one."""
_AGAIN = " A call that equals an earlier one is carried out again."


def _named(tools: str, profile: Profile) -> Toolset:
    name = f"corecraft/{tools}/{profile.name}"
    made = by_tool_name(tools, SETS[tools])
    if profile.repeats:
        made = {name: _repeating(tool) for name, tool in made.items()}
    return Toolset(name, made, profile, TABLES, ALIASES, BEHAVIOUR)


def _repeating(tool: Tool) -> Tool:
    """The same tool, saying that it does what it is told twice."""
    if not _ONCE.search(tool.description):
        return tool
    told = copy(tool)
    told.description, told.idempotent = _ONCE.sub(_AGAIN, tool.description), False
    return told


def by_tool_name(tools: str, of: Sequence[Tool]) -> dict[str, Tool]:
    """The tools of a set by name. Raises CoreCraftError for a set that lacks tools of `BASE`, or has two of one name."""
    found = {tool.name: tool for tool in of}
    if lacking := [tool.name for tool in BASE if tool.name not in found]:
        few = ", ".join(lacking[:3]) + (f" and {len(lacking) - 3} more" if len(lacking) > 3 else "")
        raise CoreCraftError(
            f"the set {tools!r} in tools/toolset.py lacks {few}: a set holds all of BASE, so write (*BASE, ...)"
        )
    if twice := [tool.name for tool in of if found[tool.name] is not tool]:
        raise CoreCraftError(f"the set {tools!r} in tools/toolset.py has two tools called {', '.join(twice)}")
    return found


TOOLSETS: Mapping[str, Toolset] = {
    made.name: made for made in (_named(tools, profile) for tools in SETS for profile in PROFILES.values())
}
"""All sets by name, `corecraft/base/benchmark` first."""


def toolset(tools: str = "base", profile: str = "benchmark") -> Toolset:
    """A set in a profile; always the same object. CoreCraftError when there is no such set or profile."""
    named = TOOLSETS.get(name := f"corecraft/{tools}/{profile}")
    if named is None:
        raise UnknownToolset(f"There is no toolset {name!r}. Toolsets: {', '.join(TOOLSETS)}.")
    return named
