"""The task families."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from corecraft.scenarios.families import by_id
from corecraft.scenarios.family import Family

from . import lb01_kept_until, lb02_renewal, lb03_lending


@cache
def families() -> Mapping[str, Family[Any]]:
    return by_id((module.__name__, module.FAMILY) for module in (lb01_kept_until, lb02_renewal, lb03_lending))
