"""Organisations whose members write by a page of their own; its name stands before the subject.

Tasks are about whole pages, so since version 5 places and houses are shared out as fields of a chessboard: no page is both
of a task and of the world, and neither has places to itself.
"""

from __future__ import annotations

from functools import cache

from ...engine.chance import Pool

OF_THE_WORLD = (
    "Northfield", "Cedar Hill", "Birchwood", "Stonebridge", "Maple Street", "Ferndale", "Old Mill", "Hazelwood",
    "Pinecrest", "Brookside", "Sandhurst", "Willowbend", "Eastlake", "Copperfield", "Thornton",
)  # fmt: skip
OF_TASKS = (
    "Harbor", "Lakeside", "Ridgeview", "Millbrook", "Fairmont", "Kestrel", "Juniper", "Orchard", "Summit", "Riverbend",
    "Granite", "Elmwood", "Westgate",
)  # fmt: skip
"""Places, which version 4 and those before kept apart."""
ORGANISATIONS = ("Schools", "Clinic", "Credit Union", "Library", "Works", "Theatre")


def of_tasks(version: int) -> tuple[str, ...]:
    """The names of the pages that tasks may be about."""
    if version >= 5:
        return _fields(0)
    return tuple(f"{place} {organisation}" for organisation in ORGANISATIONS for place in OF_TASKS)


def of_the_world() -> Pool[str]:
    """Those of which the world has tickets, since version 5."""
    return _fields(1)


@cache
def _fields(colour: int) -> Pool[str]:
    return Pool(
        f"{place} {organisation}"
        for row, organisation in enumerate(ORGANISATIONS)
        for column, place in enumerate((*OF_TASKS, *OF_THE_WORLD))
        if (row + column) % 2 == colour
    )
