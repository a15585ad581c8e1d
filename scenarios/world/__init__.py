"""The world generator: a whole company from a seed.

`build(seed, scale)` writes the starting world of entities.md. Chance comes only from per-purpose streams keyed by the
seed, so the same arguments give the same bytes on every machine and adding a draw in one place leaves the rest alone.

A world is built cohort by cohort: each brings its own customers with their orders, tickets and the rest. The first
cohort and the cast do not depend on the scale, so a larger world holds every row of the smaller one; see `build`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...engine.chance import Chance, ChanceByNumber, ChanceByPlace
from ...engine.collector import resting
from ...engine.genesis import Genesis
from ...tools.tables import TABLES
from ..company import Built
from . import cast
from .aftercare import answer_tickets, escalate
from .articles import write_fixed_tables
from .builds import BuildBook, fixed_builds, make_build
from .claims import write_claims
from .customers import assign_tier, people, write_row
from .draft import Draft, Person, Sale
from .fixtures import write_fixture_tickets
from .noise import Noise
from .orders import sell, settle, ship_too_early
from .pools import load
from .slack import write_slack
from .tickets import write_tickets
from .times import NOW

__all__ = ["Built", "Noise", "build", "drawn_as", "version_of"]


VERSION = 6
"""How worlds are drawn today. Version 1 chose by place; recorded worlds of it can still be built, with their tasks.

In version 3 the rows of tasks are made by the world's own makers. Parcels take ways that lead to their address and are scanned
every few days, companies have no date of birth, and no id is dated after the clock. In version 4 the world has more of what
tasks are about: tickets of organisations, matters of long ago, evenings, goods sent back, colleagues' posts about tickets.
Version 5 draws with a faster kind of chance. In version 6 an autumn is as full as tasks have it, refunds are of their kinds,
and who writes of goods has ordered such.
"""

_DRAWN: dict[int, type[Chance]] = {
    1: ChanceByPlace,
    2: Chance,
    3: Chance,
    4: Chance,
    5: ChanceByNumber,
    6: ChanceByNumber,
}


def version_of(recipe: Mapping[str, Any]) -> int:
    """How a world was drawn; recipes of before version 2 did not say."""
    return recipe.get("version", 1)


def drawn_as(recipe: Mapping[str, Any]) -> type[Chance]:
    """The kind of chance a world was drawn with, and its tasks are."""
    return _DRAWN[version_of(recipe)]


def build(seed: int = 0, scale: int = 1, version: int = VERSION) -> Built:
    """The world of a seed.

    `scale` multiplies customers and everything that hangs on them. Cast, employees, articles, channels and SLAs exist
    once. Motherboard counts (17 M) are those of scale 1 at every scale: further cohorts sell no board in a fulfilled
    order of the counting window.
    """
    draft = Draft(seed, load(), drawn=_DRAWN[version], version=version)
    recipe = {"generator": "corecraft", "seed": seed, "scale": scale}
    if version > 1:  # recipes of before did not say
        recipe["version"] = version
    with resting():
        write_fixed_tables(draft)
        roles = cast.people(draft)
        fixed_builds(draft, roles)
        for cohort in range(scale):
            _write_cohort(draft, roles if cohort == 0 else {}, cohort)
        return Built(Genesis(draft.finish(), NOW, TABLES), recipe, draft.manifest)


def _write_cohort(draft: Draft, roles: dict[str, Person], cohort: int) -> None:
    everyone = people(draft, cohort)
    book = BuildBook(draft, cohort)
    sales: list[Sale] = cast.sales(draft, roles) if roles else []
    sales += sell(draft, everyone, book, cohort)
    book.make_rest(everyone)
    everyone = [*roles.values(), *everyone]
    for person in everyone:
        assign_tier(draft, person, draft.chance("tier", person.id))
    for sale in sales:
        settle(draft, sale)
    if roles:
        ship_too_early(draft, sales)
        owner, names = cast.budget_gamer(roles)
        for name in names:
            make_build(draft, owner, {"name": name, "style": "budget"}, NOW, None, ("cast", name))
    for person in everyone:
        write_row(draft, person, draft.chance("customer", person.id))
    if roles:
        write_fixture_tickets(draft, roles)
    cases = write_tickets(draft, everyone, sales, cohort)
    answer_tickets(draft, cases, sales)
    escalate(draft, cases, cohort)
    write_claims(draft, sales, cohort)
    write_slack(draft, cases, sales, cohort)
