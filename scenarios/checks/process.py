"""Checks of the call log. None forbids another correct route: they ask what was seen, not by which call."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import field

from ...engine.event import PROMPTED
from ...engine.genesis import Schema
from ..company import toolsets
from .base import Check, Evidence, Verdict
from .state import unknown_fields


class Saw(Check, frozen=True, tag="saw"):
    """Every one of these rows was shown by some reply, by whatever route, with at least this field.

    least: so many of them will do, where a right answer need not have seen all; 0: all of them.
    """

    ids: tuple[str, ...]
    field: str
    least: int = 0

    def verdict(self, evidence: Evidence) -> Verdict:
        seen = evidence.seen(self.field)
        missing = [id for id in self.ids if id not in seen]
        if len(missing) > len(self.ids) - (self.least or len(self.ids)):
            return Verdict(
                False, f"never saw {self.field} of {len(missing)} of {len(self.ids)} rows, e.g. {missing[0]}"
            )
        found = [seen[id] for id in self.ids if id in seen]
        return Verdict(True, f"saw {len(found) if missing else f'all {len(found)}'}", tuple(sorted({*found})))

    def faults(self, schema: Schema) -> Iterator[str]:
        if not self.ids:
            yield "no row to be seen: it always holds"
        if not 0 <= self.least <= len(self.ids):
            yield f"it cannot be that {self.least} of {len(self.ids)} rows were seen"
        yield from unknown_fields(schema, None, (self.field,))


class SawBefore(Check, frozen=True, tag="saw_before"):
    """Every one of these rows had been shown, with this field, before any of the tools changed anything."""

    ids: tuple[str, ...]
    field: str
    tools: tuple[str, ...]

    def verdict(self, evidence: Evidence) -> Verdict:
        writes = [call for call in evidence.calls if call.facts and call.tool in self.tools]
        if not writes:
            return Verdict(False, f"{' / '.join(self.tools)} changed nothing")
        first = writes[0].seq
        seen = evidence.seen(self.field)
        late = [id for id in self.ids if seen.get(id, first) >= first]
        if late:
            return Verdict(False, f"{writes[0].tool} came before {self.field} of {late[0]} had been seen", (first,))
        return Verdict(True, "looked before writing", tuple(sorted({seen[id] for id in self.ids})))

    def faults(self, schema: Schema) -> Iterator[str]:
        if not self.ids or not self.tools:
            yield "no rows or no tools"
        yield from unknown_fields(schema, None, (self.field,))
        yield from unknown_tools(self.tools)


class AskedBack(Check, frozen=True, tag="asked_back"):
    """The requester was asked back and answered, before the agent's calls changed anything. about: words of his answer."""

    about: tuple[str, ...] = ()

    def verdict(self, evidence: Evidence) -> Verdict:
        told = [
            e for e in evidence.trajectory.events if e.kind == PROMPTED and "answers" in e.data
            if all(word.lower() in str(e.data.get("text")).lower() for word in self.about)
        ]  # fmt: skip
        if not told:
            return Verdict(False, "whoever asked was not asked back")
        writes = [call.seq for call in evidence.calls if call.facts]
        if writes and writes[0] < told[0].seq:
            return Verdict(False, "changed something before whoever asked was asked back", (writes[0],))
        return Verdict(True, "asked back", (told[0].seq,))


class Called(Check, frozen=True, tag="called"):
    """At least one of these tools gave an answer; arguments: with at least these."""

    tools: tuple[str, ...]
    arguments: dict[str, str] = field(default_factory=dict)

    def verdict(self, evidence: Evidence) -> Verdict:
        calls = [call for call in evidence.calls if call.ok and call.tool in self.tools]
        calls = [c for c in calls if all(str(c.arguments.get(k)) == v for k, v in self.arguments.items())]
        return Verdict(bool(calls), f"{len(calls)} calls of {' / '.join(self.tools)}", tuple(c.seq for c in calls))

    def faults(self, schema: Schema) -> Iterator[str]:
        if not self.tools:
            yield "no tools: it never holds"
        yield from unknown_tools(self.tools)


class Replied(Check, frozen=True, tag="replied"):
    """Some call of the tool got a reply with these fields, e.g. `is_compatible` true for exactly these parts.

    with_ids: what its list argument must hold, in any order.
    """

    tool: str
    reply: dict[str, bool | str | float]
    argument: str = ""
    with_ids: tuple[str, ...] = ()

    def verdict(self, evidence: Evidence) -> Verdict:
        for call in evidence.calls:
            if call.tool != self.tool or not call.ok or not isinstance(call.reply, dict):
                continue
            wanted = not self.argument or sorted(_listed(call.arguments.get(self.argument))) == sorted(self.with_ids)
            if wanted and all(call.reply.get(name) == value for name, value in self.reply.items()):
                return Verdict(True, f"{self.tool} said so", (call.returned.seq,))
        return Verdict(False, f"no call of {self.tool} got that reply")

    def faults(self, schema: Schema) -> Iterator[str]:
        yield from unknown_tools((self.tool,))


def _listed(value: object) -> list[str]:
    if isinstance(value, list):
        return [str(one) for one in value]
    return [part.strip(' "') for part in str(value or "").strip("[]").split(",")]


class StoppedAfter(Check, frozen=True, tag="stopped_after"):
    """Once this field of all these rows had been seen, none of the tools was called."""

    ids: tuple[str, ...]
    field: str
    tools: tuple[str, ...]

    def verdict(self, evidence: Evidence) -> Verdict:
        seen = evidence.seen(self.field)
        if not all(id in seen for id in self.ids):
            return Verdict(False, "the facts that settle the question were never looked at")
        known_at = max(seen[id] for id in self.ids)
        later = [call for call in evidence.calls if call.seq > known_at and call.tool in self.tools]
        if later:
            names = ", ".join(dict.fromkeys(call.tool for call in later))
            return Verdict(False, f"{len(later)} further calls: {names}", tuple(call.seq for call in later))
        return Verdict(True, "went no further", (known_at,))

    def faults(self, schema: Schema) -> Iterator[str]:
        if not self.ids or not self.tools:
            yield "no rows or no tools"
        yield from unknown_tools(self.tools)


def unknown_tools(names: tuple[str, ...]) -> Iterator[str]:
    """Why these are no tools of any set of any company."""
    known = {name for each in toolsets().values() for name in each.tools}
    yield from (f"unknown tool {name}" for name in names if name not in known)
