"""CoreCraft's clocks: EST, UTC-5 all year (P-11)."""

from __future__ import annotations

from ..engine.clock import local
from ..tools.search import EST
from .checks import Value, values

__all__ = ["EST", "moment"]


def moment(ms: int) -> Value:
    """A day with the time, EST, to the minute."""
    return values.moment(local(ms, EST))
