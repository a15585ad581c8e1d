"""The events of a call: what was asked, what happens meanwhile, and what comes of it. Live calls and verification both make
them here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Raw

from .agenda import NOTHING_DUE, Agenda
from .canonical import printable
from .event import FAULTED, RETURNED, VOIDED, Event, event_bytes
from .faults import before_last_change
from .faults import handle as faulted
from .toolset import Request, Toolset
from .world import World


def answered(
    agenda: Agenda,
    world: World,
    toolset: Toolset,
    called: Event,
    request: Request,
    past: Callable[[], Sequence[Event]],
) -> list[Event]:
    """The events of a call: what was asked, what happens meanwhile, and what comes of it. Live calls and verification both use
    this. past: the history before it. What is raised from here is a bug in a handler."""
    tool, seq = called.data["tool"], called.seq
    events = [called]
    if agenda is not NOTHING_DUE:
        events += agenda.during(world, called)
        world = world.fold(events)
    fault = agenda.faults.strikes(seq, toolset.kind(tool)) if agenda.faults else None
    if fault is None:
        handled = toolset.handle(world, tool, request)
    else:
        events.append(Event(seq + len(events), FAULTED, world.now, {"fault": fault}, seq))
        handled = faulted(fault, toolset, world, tool, request, lambda: before_last_change(world, [*past(), *events]))
    now = world.now
    for number, fact in enumerate(handled.outcome.facts, seq + len(events)):
        events.append(Event(number, fact.kind, now, fact.data, seq, fact.changes))
    data = {"ok": handled.ok, "reply": handled.outcome.reply}
    events.append(Event(seq + len(events), RETURNED, now, data, seq))
    return events


def returned_bytes(event: Event, reply: bytes) -> bytes:
    """`event_bytes` of a `tool.returned` whose reply is encoded already."""
    data = {"ok": event.data["ok"], "reply": Raw(reply)}
    return event_bytes(Event(event.seq, event.kind, event.at, data, event.cause))


def voided(called: Event, bug: Exception) -> Event:
    """What follows a call whose handler failed. Live calls and verification both use this."""
    data = {"error": type(bug).__name__, "message": printable(str(bug))[:1000]}
    return Event(called.seq + 1, VOIDED, called.at, data, called.seq)
