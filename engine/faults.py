"""Faults: calls that go wrong as calls of real systems do, by a seeded schedule, so that they go wrong again when replayed.

| fault | of | what happens | what the agent is told |
|---|---|---|---|
| error | all | nothing | an internal error |
| rate_limit | all | nothing | to try again later |
| timeout | all | nothing | no answer came in time, the outcome is unknown |
| lost | commands | what was asked | the same |
| duplicate | commands | what was asked, twice | the first reply |
| stale | queries | | what held before the last change |
| truncated | queries | | the first half of the reply's text |

Whether a command that comes twice does more than once is for its tools: sets that take equal calls for one (G-15) do not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

from .canonical import encode
from .chance import draw
from .event import OPENED, PREPARED, Event
from .tool import Kind, Outcome
from .toolset import Handled, Request, Toolset
from .world import World

Fault = Literal["error", "rate_limit", "timeout", "lost", "duplicate", "stale", "truncated"]

KINDS: tuple[Fault, ...] = get_args(Fault)

_ONLY: dict[Fault, Kind] = {"lost": "command", "duplicate": "command", "stale": "query", "truncated": "query"}

CUT_OFF = "The reply was cut off."
TOLD: Mapping[Fault, str] = {
    "error": "Internal error. The request was not carried out.",
    "rate_limit": "Too many requests. Try again later.",
    "timeout": "No answer came in time. Whether the request was carried out is unknown.",
    "lost": "No answer came in time. Whether the request was carried out is unknown.",
    "truncated": CUT_OFF,
}
"""What the agent is told of a call that went wrong so; of the others nothing."""

_GRAIN = 1_000_000


class Faults(Struct, frozen=True, omit_defaults=True):
    """seed: of the schedule. rate: the share of calls that go wrong, 0 to 1. kinds: which faults there are."""

    seed: int
    rate: Annotated[float, Meta(ge=0, le=1)]
    kinds: tuple[Fault, ...] = KINDS

    def strikes(self, seq: int, kind: Kind) -> Fault | None:
        """The fault of the call at seq, or None. Each draw depends on the seed and the seq alone."""
        able: list[Fault] = [fault for fault in self.kinds if _ONLY.get(fault, kind) == kind]
        if not able or draw(self.seed, "fault", seq) % _GRAIN >= round(self.rate * _GRAIN):
            return None
        return able[draw(self.seed, "kind of fault", seq) % len(able)]


def handle(
    fault: Fault | None, toolset: Toolset, world: World, tool: str, request: Request, before: Callable[[], World]
) -> Handled:
    """Answer a request that goes wrong so. before: the world as it was before the last change."""
    if fault in ("error", "rate_limit", "timeout"):
        return Handled(Outcome({"error": TOLD[fault]}), ok=False)
    if fault == "stale":
        return toolset.handle(before(), tool, request)
    handled = toolset.handle(world, tool, request)
    if fault == "lost":
        return Handled(Outcome({"error": TOLD[fault]}, handled.outcome.facts), ok=False)
    if fault == "duplicate":
        again = toolset.handle(_after(world, handled.outcome), tool, request)
        return Handled(Outcome(handled.outcome.reply, (*handled.outcome.facts, *again.outcome.facts)), handled.ok)
    if fault == "truncated":
        text = encode(handled.outcome.reply).decode()
        return Handled(Outcome({"error": CUT_OFF, "partial": text[: len(text) // 2]}), ok=False)
    return handled


def _after(world: World, outcome: Outcome) -> World:
    return world.fold(Event(0, fact.kind, world.now, fact.data, None, fact.changes) for fact in outcome.facts)


def before_last_change(world: World, events: Sequence[Event]) -> World:
    """The world of a history without the last thing that happened in it: not the task's own rows, nor the edits of a fork."""
    begun = (OPENED, PREPARED)
    last = next((event.seq for event in reversed(events) if event.changes and event.kind not in begun), -1)
    return World(world.genesis).fold(event for event in events if event.seq != last)
