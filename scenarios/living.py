"""What families of living worlds share: when things happen in them, and how many situations they have.

A plan must come to the same however many calls an agent needs: what happens is due within the first calls, before anybody can
have read all that the request asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from ..engine.agenda import Clock, Due
from ..engine.clock import to_text
from ..engine.event import Change
from ..engine.genesis import Row
from .cases import is_held_out
from .props import Props
from .scene import Scene

T = TypeVar("T")

TRAIN, HELD_OUT = 6, 2
"""Situations of a family, by the side that their anchors belong to."""
SHIFT = Clock("stepped", minutes=5)
EARLY = 12
"""Minutes: while the third call is made. What a request asks for takes three at least."""


def eight(candidates: Iterable[T], anchor: Callable[[T], str]) -> Iterator[tuple[int, T]]:
    """The first candidates whose anchors make six of training and two held out, each with its place: 0 to 5, and 6 and 7."""
    left = {False: list(range(TRAIN)), True: list(range(TRAIN, TRAIN + HELD_OUT))}
    for each in candidates:
        places = left[is_held_out(anchor(each))]
        if places:
            yield places.pop(0), each
        if not any(left.values()):
            return


def in_minutes(scene: Scene, minutes: int, *about: object) -> int:
    """Epoch milliseconds so long after the clock's start, at some second of that minute. about: what it is drawn for."""
    return scene.now + minutes * 60_000 + scene.chance("second", minutes, *about).integer(2, 57) * 1000


def due(at: int, kind: str, *changes: Change) -> Due:
    """What happens then. kind: of the event, in the world: `parcel_scanned`."""
    return Due(at=at, kind=f"world.{kind}", changes=changes)


def scanned(at: int, parcel: Row, status: str, place: str, details: str) -> Due:
    """The carrier scans a parcel. It goes on from the scans that the row holds now."""
    scan = {"at": to_text(at), "location": place, "status": status, "details": details}
    now = {"status": status, "events": [*parcel["events"], scan]}
    return due(at, "parcel_scanned", Change("shipment", parcel["id"], now))


def posted(at: int, props: Props, channel: str, author: str, text: str) -> Due:
    """A colleague writes in Slack."""
    message = props.message(channel, author, text, to_text(at))
    return due(at, "message_posted", props.later("slack_message", message))


def home_of(customer: Row) -> str:
    """Where the carrier scans what is delivered there."""
    address = customer["addresses"][0]
    return f"{address['city']}, {address['region']}"
