"""How an agent bore the faults of an episode.

A request is a tool with its arguments. Each fault has one fate, by what the whole history holds of its request:

| fate | |
|---|---|
| doubled | the call made rows, and the request made them more than once: it came twice, or again, later |
| recovered | it was carried out once, or an equal call, later, was answered; also a stale reply while nothing had changed yet |
| lost | neither |

score: the share of faults that were recovered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

from attrs import frozen

from ..engine.canonical import sorted_bytes
from ..engine.event import FAULTED, OPENED, PREPARED
from ..engine.trajectory import Call, Trajectory

Fate = Literal["recovered", "doubled", "lost"]

_UNANSWERED = ("error", "rate_limit", "timeout", "truncated", "lost")
"""Faults after which the agent does not know what it asked for."""


@frozen
class Fault:
    """One call that went wrong. seq: of the call."""

    seq: int
    tool: str
    kind: str
    fate: Fate


@frozen
class Recovery:
    """Of one episode, or of many together."""

    each: Sequence[Fault] = ()

    @property
    def faults(self) -> int:
        return len(self.each)

    @property
    def recovered(self) -> int:
        return self._counted("recovered")

    @property
    def doubled(self) -> int:
        return self._counted("doubled")

    @property
    def lost(self) -> int:
        return self._counted("lost")

    @property
    def score(self) -> float | None:
        """None where nothing failed."""
        return self.recovered / self.faults if self.each else None

    def __add__(self, other: Recovery) -> Recovery:
        return Recovery((*self.each, *other.each))

    def data(self) -> dict[str, Any]:
        told = {name: getattr(self, name) for name in ("faults", "recovered", "doubled", "lost", "score")}
        return {
            **told,
            "each": [{"seq": one.seq, "tool": one.tool, "kind": one.kind, "fate": one.fate} for one in self.each],
        }

    def _counted(self, fate: Fate) -> int:
        return sum(one.fate == fate for one in self.each)


def recovery(trajectory: Trajectory) -> Recovery:
    """How the faults of a history were borne, inherited ones among them."""
    struck = {event.cause: str(event.data["fault"]) for event in trajectory.events if event.kind == FAULTED}
    if not struck:
        return Recovery()
    changed = [e.seq for e in trajectory.events if e.changes and e.kind not in (OPENED, PREPARED)]
    first_change = changed[0] if changed else len(trajectory)
    requests: dict[bytes, list[Call]] = {}
    for call in trajectory.calls():
        requests.setdefault(sorted_bytes([call.tool, call.arguments]), []).append(call)
    found = [
        Fault(call.seq, call.tool, kind, _fate(call, kind, equal, struck, first_change))
        for equal in requests.values()
        for call in equal
        if (kind := struck.get(call.seq))
    ]
    return Recovery(sorted(found, key=lambda one: one.seq))


def _fate(call: Call, kind: str, equal: Sequence[Call], struck: dict[int | None, str], first_change: int) -> Fate:
    if _made(call) and max(Counter(made for one in equal for made in _made(one)).values()) > 1:
        return "doubled"
    if call.facts or kind == "duplicate" or (kind == "stale" and call.seq < first_change):
        return "recovered"
    later = (one for one in equal if one.seq > call.seq)
    answered = any(struck.get(one.seq) not in _UNANSWERED or one.facts for one in later)
    return "recovered" if answered else "lost"


def _made(call: Call) -> list[str]:
    """The kinds of the facts by which it made rows."""
    return [fact.kind for fact in call.facts if any("id" in change.set for change in fact.changes)]
