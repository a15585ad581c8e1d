"""What people put around what they have to say: a greeting, an aside, a name below, a word before a subject or a post.

So no text has a length of its own: the same matter told twice differs as two people's mails do. Worlds dress their texts since
version 4, and so do tasks; nothing here may bear on a matter, nor name a number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen

from ...engine.chance import Chance
from ...engine.genesis import Row
from .letters import ends_below, signed, within
from .pools import load
from .texts import fill

_GREETED = (
    "hi", "hey", "hello", "good", "dear", "to", "greetings", "ladies", "yo", "customer", "caller", "called", "call", "phone",
    "re:", "morning", "afternoon", "evening",
)  # fmt: skip
"""First words of texts that begin as letters and notes do."""

_NO_ASIDE, _SHORT = 40, 220
"""Bodies shorter than the first would become their asides; people who write much have said it all."""
_CURT = 30
"""Shorter subjects want a word more."""


@frozen
class _Habits:
    """How likely people add each: the aside to short bodies and to others, a word to short subjects and to others."""

    opening: float
    aside: tuple[float, float]
    closing: float
    foot: float
    subject: tuple[float, float]


_TALKATIVE = _Habits(0.4, (0.65, 0.3), 0.45, 0.12, (0.35, 0.1))
_SPARING = _Habits(0.25, (0.1, 0.04), 0.3, 0.04, (0.06, 0.03))
"""Those of version 4, and those since: who has read a few tickets knows the asides by heart."""


def dress_ticket(row: Row, name: str, city: str, chance: Chance, version: int) -> None:
    """Subject and body of a ticket, which may stay as they are."""
    habits = _SPARING if version >= 5 else _TALKATIVE
    values = {"name": name, "first": name.split()[0], "city": city}
    for field in ("body", "description"):
        if row.get(field):
            row[field] = _letter(row[field], row.get("channel", "web"), values, chance.of("body"), habits)
    row["subject"] = _subject(row["subject"], values, chance.of("subject"), habits)


def _letter(body: str, channel: str, values: dict[str, str], chance: Chance, habits: _Habits) -> str:
    parts = load().dressing[channel if channel in ("chat", "phone") else "mail"]
    gap = " " if channel in ("chat", "phone") else "\n\n"

    def some(part: str) -> str:
        return fill(chance.of(part).choice(parts[part]), values)

    ended = ends_below(body)
    if body.split()[0].lower().rstrip(",.!:") not in _GREETED and chance.happens(habits.opening):
        body = f"{some('opening')}{gap}{body}"
    likely = habits.aside[len(body) >= _SHORT]
    if not ended and chance.happens(likely) and len(body) > max(_NO_ASIDE, len(aside := some("aside"))):
        body = within(body, aside, values["name"]) if gap == "\n\n" else f"{body}{gap}{aside}"
    if not ended and not signed(body, values["name"]) and chance.happens(habits.closing):
        body = f"{body}{gap}{some('closing')}"
    return f"{body}\n\n{some('foot')}" if parts["foot"] and chance.happens(habits.foot) else body


def _subject(subject: str, values: dict[str, str], chance: Chance, habits: _Habits) -> str:
    """An organisation's name stays in front."""
    parts = load().dressing["subject"]
    likely = habits.subject[len(subject.rpartition("] ")[2]) >= _CURT]
    if not subject.startswith("[") and chance.happens(likely):
        subject = fill(chance.choice(parts["before"]), values) + subject
    return subject + fill(chance.choice(parts["after"]), values) if chance.happens(likely) else subject


def dress_note(details: str, chance: Chance) -> str:
    """What is noted of an answer, as somebody with a minute left notes it."""
    return details + chance.choice(load().dressing["note"]["after"]) if chance.happens(0.4) else details


def dress_post(text: str, chance: Chance) -> str:
    """A post as somebody in a hurry writes it; what answers a ticket begins with it."""
    parts = load().dressing["post"]
    if not text.startswith(("Re:", "@")) and chance.happens(0.45):
        text = chance.choice(parts["before"]) + text
    return text + "".join(chance.sample(parts["after"], chance.weighted({0: 30, 1: 45, 2: 25})))


def settled_note(chance: Chance, version: int, further: Mapping[str, Sequence[str]] | None = None) -> str:
    """What is noted of a ticket that was answered in a few words, with a slot for whose it was. Since version 5 it is put
    together, so that no two of many hundred are the same. further: parts beside those of the world."""
    if version < 5:
        return chance.choice(load().settled)
    chance, parts = chance.of(chance.bits()), load().settled_parts
    if further:
        parts = {part: [*known, *further.get(part, ())] for part, known in parts.items()}
    left = ["left"] if chance.of("left?").happens(0.55) else []
    return " ".join(chance.of(part).choice(parts[part]) for part in ("done", "said", *left))
