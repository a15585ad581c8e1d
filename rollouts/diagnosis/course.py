"""What went wrong on the way: in the calls, and in how the episode ended."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ...engine.canonical import sorted_bytes
from ...engine.event import CLOSED
from ...engine.trajectory import Call
from ...scenarios.checks import Becomes, Check, Creates, Decides, Gives, Names, NamesNoOther, Ordered, Saw
from ..loop import CONTEXT_OVERFLOW, EMPTY_TURNS, REPEATED_CALLS, TURN_LIMIT
from .case import Case
from .labels import Finding, Label

LIMITS = {CONTEXT_OVERFLOW, EMPTY_TURNS, REPEATED_CALLS, TURN_LIMIT, "budget_exhausted"}

_UNREADABLE = re.compile(
    r"Unknown (?:tool|parameter)|Invalid \w+: (?:expected|.*Must be one of)|\w+ (?:is|are) required"
)
_A_CALL = re.compile(r"""\s*(?:```\w*\s*)?[\[{].{0,40}["'](?:name|tool|function|arguments|call)["']\s*:""", re.DOTALL)
_DECLINES = re.compile(
    r"\b(?:(?:i|we) (?:can ?not|can't|could not|couldn't|am unable|are unable|was unable|were unable|do not know|don't know)|"
    r"(?:cannot|can not|could not|can't) be (?:told|counted|determined|answered|found|done)|"
    r"unable to|not possible|impossible|no (?:answer|information|details)|please (?:contact|ask|provide|check))\b",
    re.IGNORECASE,
)


def findings(case: Case) -> Iterator[Finding]:
    yield from malformed(case)
    yield from refused(case)
    yield from searches(case)


def malformed(case: Case) -> Iterator[Finding]:
    """Calls that no tool could read, where no later one of that tool was answered; and a call in place of the answer."""
    bad = [call for call in case.calls if _unreadable(call)]
    never = [call for call in bad if not _answered_later(case, call)]
    if never:
        why = f"{len(bad)} calls could not be read, e.g. {never[0].tool}: {_said(never[0])}"
        yield Finding("malformed_calls", never[0].seq, why, evidence=tuple(call.seq for call in bad))
    if _A_CALL.match(case.evidence.trajectory.answer or ""):
        yield Finding("malformed_calls", case.end, "the answer is a call", tuple(grade.id for grade, _ in case.lost))


def refused(case: Case) -> Iterator[Finding]:
    """Readable calls that a tool refused, where that tool never answered after."""
    for call in case.calls:
        if not call.ok and not _unreadable(call) and not _answered_later(case, call):
            cost = tuple(grade.id for grade, check in case.lost if _missed_by(case, call, check))
            if cost:
                yield Finding("tool_error", call.seq, f"{call.tool} refused: {_said(call)}", cost)


def searches(case: Case) -> Iterator[Finding]:
    """Of the rows that had to be found and were not: were they cut off, or looked for too narrowly? Who never looked left a
    step out, which the criteria tell."""
    cost = tuple(
        grade.id
        for grade, check in case.lost
        if isinstance(check, Gives | Names | NamesNoOther | Ordered | Saw | Decides | Becomes)
    )
    if not cost:
        return
    if not case.names_rows and _counts(case):
        yield from _unnamed(case, cost)
    for entity, ids in case.unseen.items():
        some = f"{len(ids)} of type {entity} never seen, e.g. {min(ids)}"
        for label, call, why in _kept_from(case, entity, ids):
            yield Finding(label, call.seq, f"{why}; {some}", cost)
            break


def _kept_from(case: Case, entity: str, ids: Collection[str]) -> Iterator[tuple[Label, Call, str]]:
    """Why searches did not show rows: cut off, between the wrong days, or for too much at once. The likeliest first."""
    calls = [call for call in case.finders(entity) if call.ok]
    for call in calls:
        if cut_off(case, call):
            yield "stopped_at_cap", call, f"{call.tool} showed {len(call.reply)} rows and no more"
    rows = [case.evidence.ended.get(entity, id) or {} for id in ids]
    for call in calls:
        if rows and all(_outside(call, row) for row in rows):
            yield "wrong_value", call, f"{call.tool} was asked for the wrong days"
    for call in case.calls:
        if call.ok and cut_off(case, call):
            yield "stopped_at_cap", call, f"{call.tool} showed {len(call.reply)} rows and no more"
    for call in reversed(calls):
        if call.reply == [] or "text" in call.arguments:
            yield "narrow_search", call, f"{call.tool} found {len(call.reply) or 'nothing'}"


def _counts(case: Case) -> bool:
    """Whether a count or a sum is lost that stands in no reply, so that rows had to be gathered for it."""
    slots = [slot for _, check in case.lost if isinstance(check, Gives) for slot in check.slots]
    return any(
        slot.value.kind == "number" or (slot.value.kind == "money" and not case.shown.holds("money", slot.value.value))
        for slot in slots
    )


def _unnamed(case: Case, cost: tuple[str, ...]) -> Iterator[Finding]:
    """Where no criterion says which rows had to be found, the searches alone tell; one that found nothing may well be right."""
    for call in case.calls:
        if call.ok and cut_off(case, call):
            why = f"{call.tool} showed {len(call.reply)} rows, and no further ones were asked for"
            yield Finding("stopped_at_cap", call.seq, why, cost)
            return


def ending(case: Case) -> Iterator[Finding]:
    """Ended by a limit, or without an answer, or with one that declines."""
    trajectory = case.evidence.trajectory
    reason = next(e.data["reason"] for e in reversed(trajectory.events) if e.kind == CLOSED)
    every = tuple(grade.id for grade, _ in case.lost)
    answer = trajectory.answer
    if reason in LIMITS:
        idle = _idle(case)
        at = idle[0].seq if idle else case.end
        why = f"closed by {reason}" + (f" after {len(idle)} calls that told nothing new" if idle else "")
        yield Finding("out_of_steps", at, why, every, tuple(call.seq for call in idle[1:]))
    elif answer is None or not any(map(str.isalnum, answer)):
        yield Finding("gave_up", case.end, "ended without an answer", every)
    elif (declined := _DECLINES.search(answer)) and _tells_little(case):
        yield Finding("gave_up", case.end, f"declines: {answer[declined.start() :][:80]}", every)


def _idle(case: Case) -> list[Call]:
    """The calls at the end that told nothing new: refused, empty, or made before."""
    made: set[bytes] = set()
    idle: list[Call] = []
    for call in case.calls:
        asked = sorted_bytes([call.tool, call.arguments])
        new = call.ok and call.reply not in (None, []) and asked not in made
        made.add(asked)
        idle = [] if new else [*idle, call]
    return idle


def _tells_little(case: Case) -> bool:
    """Whether less than half of what the answer was asked for is in it."""
    asked = [check for check in case.evidence.checks if isinstance(check, Gives) and check.of == "answer"]
    lost = [check for _, check in case.lost if isinstance(check, Gives) and check.of == "answer"]
    return len(lost) * 2 > len(asked)


def _missed_by(case: Case, call: Call, check: Check) -> bool:
    """Whether the answer of a refused call could have met a check."""
    tool = case.tools.get(call.tool)
    if tool is not None and tool.kind == "command":
        return isinstance(check, Creates | Becomes)
    return isinstance(check, Saw | Gives | Names)


def _unreadable(call: Call) -> bool:
    return not call.ok and ("refused" in call.called.data or bool(_UNREADABLE.match(_said(call))))


def _said(call: Call) -> str:
    return str(call.reply.get("error", call.reply) if isinstance(call.reply, dict) else call.reply)


def _answered_later(case: Case, call: Call) -> bool:
    return any(each.ok and each.tool == call.tool and each.seq > call.seq for each in case.calls)


def cut_off(case: Case, call: Call) -> bool:
    """Whether a search was cut off, and the rest of it never asked for."""
    return _capped(case, call) and not _narrowed(case, call)


def _outside(call: Call, row: Mapping[str, Any]) -> bool:
    """Whether a row is left out by a bound of time that a search was made with."""
    for name, bound in call.arguments.items():
        stem, _, side = name.removeprefix("tkt_").rpartition("_")
        at = str(row.get(f"{stem}At") or "")
        if at and side in ("after", "before") and isinstance(bound, str):
            at, bound = at[: len(bound)], bound[: len(at)]
            if at < bound if side == "after" else at > bound:
                return True
    return False


def _capped(case: Case, call: Call) -> bool:
    """Whether a search showed as many rows as it may."""
    if not isinstance(call.reply, list):
        return False
    profile, limit = case.toolset.profile, call.arguments.get("limit")
    asked = int(limit) if isinstance(limit, int | float) and limit == limit and abs(limit) < 1e9 else 0
    most = profile.default_limit if asked == 0 else max(1, min(asked, profile.max_limit))
    return len(call.reply) >= most


def _narrowed(case: Case, call: Call) -> bool:
    """Whether the same search was made again with other bounds, in a part of what it had found."""
    kept = {name: value for name, value in call.arguments.items() if not _bounds(name)}
    others = (each for each in case.calls if each.tool == call.tool and each.ok and each.seq > call.seq)
    return any(_holds(each.arguments, kept) and each.arguments != call.arguments for each in others)


def _bounds(name: str) -> bool:
    """Arguments that cut a search into parts: from when, up to which price, how many."""
    return (
        name == "limit" or name.endswith(("_after", "_before", "_price")) or name in ("price", "minStock", "maxStock")
    )


def _holds(arguments: Mapping[str, Any], kept: Mapping[str, Any]) -> bool:
    return all(arguments.get(name) == value for name, value in kept.items())
