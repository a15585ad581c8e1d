"""The task families, one module each: every module here has a `FAMILY`. Installed packages may offer more."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules
from typing import Any

from ...engine.errors import CoreCraftError
from ..family import Family

GROUP = "corecraft.families"
"""The group of entry points by which an installed package offers families."""
_FORM = re.compile(r"[A-Z]{2}-\d\d")


@cache
def families() -> Mapping[str, Family]:
    """All families by id: those of the modules here, in their order, then those of installed packages.

    Raises CoreCraftError as `by_id` does.
    """
    return by_id(_offered())


def by_id(offered: Iterable[tuple[str, Any]]) -> Mapping[str, Family]:
    """The families of a company, from where each stands and what stands there.

    Raises CoreCraftError for what is offered as a family and is none, and for an id that two of them have.
    """
    found: dict[str, Family] = {}
    for where, family in offered:
        if not isinstance(family, Family):
            raise CoreCraftError(f"{where} has no FAMILY")
        if not _FORM.fullmatch(family.id):
            raise CoreCraftError(
                f"{where}: the id of a family is two capitals and two digits, as RS-03; not {family.id!r}"
            )
        if family.id in found:
            raise CoreCraftError(f"{where}: there is another family {family.id}")
        found[family.id] = family
    return found


def _offered() -> Iterator[tuple[str, Any]]:
    for name in sorted(found.name for found in iter_modules(__path__) if not found.name.startswith("_")):
        yield f"families/{name}.py", getattr(import_module(f"{__name__}.{name}"), "FAMILY", None)
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        yield f"{point.value} of an installed package", point.load()
