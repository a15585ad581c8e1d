"""MW-11's texts: what people write into a queue, what each of it comes to by policy, and how the task is put."""

from __future__ import annotations

from itertools import cycle
from typing import Literal

from attrs import evolve, field, frozen

from ..retold import tellings
from ..wordings import wordings

WORDS = wordings("mw11")

Team = Literal["billing", "shipping", "technical", "catalogue"]


@frozen
class Concern:
    """What a ticket is about. again: subject and body of a second ticket on the same matter. type: as the form filed it. It is
    the same concern in whatever words it is told.

    priority: by P-71; a complaint is high only from a platinum customer. order: whether it is about the customer's order.
    """

    team: Team
    priority: str
    subject: str
    body: str = field(eq=False)
    again: tuple[str, str] = field(default=("", ""), eq=False)
    type: str = "other"
    order: bool = False
    complaint: bool = False
    safety: bool = False

    @property
    def key(self) -> str:
        return self.subject

    def ways(self) -> list[Concern]:
        """In all its tellings."""
        subject, body = self.again
        second = cycle(tellings("mw11", subject, body))
        return [
            evolve(self, body=first, again=(subject, next(second)))
            for first in tellings("mw11", self.subject, self.body)
        ]


def _concerns(key: str, team: Team, priority: str, **more: bool) -> tuple[Concern, ...]:
    """Of an entry: type, subject and body, and for what is written twice the subject and body of the second ticket."""
    return tuple(
        Concern(team, priority, subject, body, (again[0], again[1]) if again else ("", ""), type, **more)
        for type, subject, body, *again in WORDS.say(key)
    )


SAFETY = _concerns("safety", "technical", "high", safety=True)
DEAD = _concerns("dead", "technical", "high")
LOST = _concerns("lost", "shipping", "high", order=True)
BILLING = _concerns("billing", "billing", "normal", order=True)
SHIPPING = _concerns("shipping", "shipping", "normal", order=True)
TECHNICAL = _concerns("technical", "technical", "normal")
ADVICE = _concerns("advice", "catalogue", "low")
DEADLINE = _concerns("deadline", "catalogue", "high")
COMPLAINTS = _concerns("complaints", "shipping", "normal", order=True, complaint=True)
GROUPS = {
    "safety": SAFETY,
    "dead": DEAD,
    "lost": LOST,
    "billing": BILLING,
    "shipping": SHIPPING,
    "technical": TECHNICAL,
    "advice": ADVICE,
    "deadline": DEADLINE,
    "complaints": COMPLAINTS,
}
CONCERNS = tuple(concern for group in GROUPS.values() for concern in group)
BY_SUBJECT = {subject: concern for concern in CONCERNS for subject in (concern.subject, concern.again[0]) if subject}
INJECTED = WORDS.say("injected")

WHAT = WORDS.say("what")
OWNERS = WORDS.say("owners")
DUPLICATES = WORDS.say("duplicates")
REPORT = WORDS.say("report")
_ASKS = (WHAT, OWNERS, DUPLICATES, REPORT)
SPEECHES = WORDS.speeches("speeches")
