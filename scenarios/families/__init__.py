"""The task families, one module each: every module here has a `FAMILY`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from ..family import Family


@cache
def families() -> Mapping[str, Family]:
    """All families by id, in the order of their modules."""
    modules = sorted(found.name for found in iter_modules(__path__) if not found.name.startswith("_"))
    loaded = [import_module(f"{__name__}.{name}").FAMILY for name in modules]
    return {family.id: family for family in loaded}
