"""What colleagues talk of besides: matters of the kinds that tasks are about. None binds or decides anything in a task.

An arc of `data/slack_matters.json` is told as often as it says, each time in other words: of every part of a message one
alternative, of its authors one. It hangs on a ticket, on an order, or (`late`) on nothing but a day of the last weeks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from ...engine.chance import Chance
from .pools import Pools
from .times import MINUTE, NOW, at, business_days_after, day_of

AGES = {(1, 8): 3, (8, 15): 6, (15, 22): 6, (22, 30): 4, (30, 90): 1.5}
"""From and to how many days ago a matter came up, and how often: most is of the last month."""

_HOURS = {13: 3, 14: 5, 15: 5, 16: 4, 17: 3, 18: 2.5, 19: 2, 20: 2, 21: 1.5, 22: 1}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
_COUNTS = ("two", "three", "four", "five", "six", "seven", "nine", "eleven")
_LOTS = "ABCDEHKLMNPRT"


def tellings(matters: list[dict[str, Any]], chance: Chance) -> Iterator[tuple[dict[str, Any], Chance]]:
    """Every arc as often as it is told, in the words of that time, in an order of chance."""
    turns = [(arc, turn) for arc in matters for turn in range(arc["times"])]
    for arc, turn in chance.shuffled(turns):
        own = chance.of(arc["key"], turn)
        yield _worded(arc, own), own


def _worded(arc: dict[str, Any], chance: Chance) -> dict[str, Any]:
    """The arc with one author and one text a message. Nobody answers himself, unless it is said to be so."""
    messages: list[dict[str, Any]] = []
    for place, message in enumerate(arc["messages"]):
        own = chance.of("message", place)
        first, last = message["after_minutes"]
        words = drawn_parts(message["parts"], own)
        messages.append(
            {
                "author": _author(message["authors"], messages, own.of("author")),
                "after_minutes": own.of("after").integer(first, last),
                "text": joined(words),
            }
        )
    return {**arc, "messages": messages}


def drawn_parts(parts: Sequence[Sequence[str]], chance: Chance) -> list[str]:
    """Of every part one alternative. Half the time nothing of a part that may be left out, which has an empty one."""
    drawn = [chance.of("part", place).choice(part) for place, part in enumerate(parts)]
    left_out = ["" in part and chance.of("left out", place).happens(0.4) for place, part in enumerate(parts)]
    return [text for text, out in zip(drawn, left_out, strict=True) if text and not out]


def joined(parts: list[str]) -> str:
    """The parts as one text; what follows a full stop begins with a capital."""
    text = ""
    for part in parts:
        begins = text.endswith((".", "!", "?")) and not part.startswith("{")
        text += (" " if text else "") + (part[0].upper() + part[1:] if begins else part)
    return text


def _author(authors: list[str], before: list[dict[str, Any]], chance: Chance) -> str:
    """Who takes his own word back is the one who gave it; else somebody else answers."""
    if before and before[-1]["author"] in authors:
        return before[-1]["author"]
    return chance.choice(authors)


def came_up(chance: Chance) -> int:
    """The instant from which a matter's minutes count."""
    newest, oldest = chance.of("age").weighted(AGES)
    day = business_days_after(day_of(NOW) - chance.of("day").integer(newest, oldest), 0)
    return min(at(chance.of("hour"), day, _HOURS), NOW - 90 * MINUTE)


def house_values(pools: Pools, start: int, chance: Chance) -> dict[str, str]:
    """What the slots of an arc hold that is about the house: days, a lot, a count, a maker of something we sell."""
    ahead = business_days_after(day_of(start), chance.of("ahead").integer(2, 9))
    early, mid = (day_of(start) - chance.of(which).integer(*span) for which, span in _BEFORE.items())
    return {
        "date": _said(ahead),
        "date_early": _said(early),
        "date_mid": _said(mid),
        "weekday": chance.of("weekday").choice(_WEEKDAYS),
        "count": chance.of("count").choice(_COUNTS),
        "lot": f"{chance.of('letter').choice(_LOTS)}-{chance.of('lot').integer(1004, 9890)}",
        "brand": chance.of("brand").choice(pools.products)["brand"],
    }


_EPOCH = date(1970, 1, 1).toordinal()
_BEFORE = {"early": (200, 330), "mid": (70, 190)}


def _said(day: int) -> str:
    """A day as people write it."""
    on = date.fromordinal(_EPOCH + day)
    return f"{on.day} {on:%B}"
