"""In which of the last four weeks a case lies, and on which of their days."""

from __future__ import annotations

from ...engine.chance import Chance
from ...engine.clock import to_ms, to_text
from ..scene import Scene
from ..world.times import DAY, business_days_after, is_business_day

_LATELY = {0: 5, 1: 4, 2: 1, 3: 0.5}
"""Weeks back in worlds since version 4: what is talked of is mostly new."""


def weeks_back(scene: Scene, chance: Chance) -> int:
    return chance.integer(0, 3) if scene.version < 4 else chance.weighted(_LATELY)


def working_days(last: str, count: int) -> list[str]:
    """The last so many days up to this one on which colleagues work, oldest first."""
    day = to_ms(f"{last}T12:00:00Z") // DAY
    days = [each for each in range(day - 2 * count - 10, day + 1) if is_business_day(each)]
    return [to_text(each * DAY)[:10] for each in days[-count:]]


def later(day: str, chance: Chance) -> str:
    """One or two working days after this one."""
    after = business_days_after(to_ms(f"{day}T12:00:00Z") // DAY, chance.integer(1, 2))
    return to_text(after * DAY)[:10]


def earlier(day: str, count: int) -> str:
    """So many working days before this one; for 0 the day itself."""
    return working_days(day, count + 1)[0] if count else day
