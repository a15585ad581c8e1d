"""View: a recorded history as steps one can read. Nothing is run; old values come from folding recorded changes.

World text is data: see visible.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

from attrs import frozen
from rich.console import Group, RenderableType
from rich.text import Text

from ..engine.canonical import encode
from ..engine.clock import to_text
from ..engine.errors import CoreCraftError
from ..engine.event import (
    ANSWERED,
    CALLED,
    CLOCK_ADVANCED,
    CLOSED,
    DIAGNOSED,
    FAULTED,
    GRADED,
    JUDGED,
    OPENED,
    PREPARED,
    PROMPTED,
    RESPONDED,
    RETURNED,
    VOIDED,
    Change,
    Event,
)
from ..engine.genesis import Genesis, Row
from ..engine.trajectory import Call, Trajectory, is_fact_of
from ..engine.world import World
from .fields import ABSENT, UNKNOWN, FieldDifference, around, same, shown
from .visible import Passage, visible

StepKind = Literal[
    "opened",
    "prepared",
    "prompt",
    "turn",
    "call",
    "voided",
    "unfinished",
    "clock",
    "outside",
    "answer",
    "closed",
    "verdict",
    "diagnosis",
    "grade",
]

_KINDS: Mapping[str, StepKind] = {
    OPENED: "opened",
    PREPARED: "prepared",
    PROMPTED: "prompt",
    RESPONDED: "turn",
    CLOCK_ADVANCED: "clock",
    ANSWERED: "answer",
    CLOSED: "closed",
    JUDGED: "verdict",
    DIAGNOSED: "diagnosis",
    GRADED: "grade",
}

Texts = Callable[[str], str]
"""Digest -> a text kept once per run, such as `Run.text`."""

_BODY = 7
"""Columns that the seq takes."""

SUMMARY_IDS = 6
"""Ids shown of a longer reply."""
SUMMARY_VALUE = 48
"""Characters shown of one value of a small reply."""
SUMMARY = 240
"""Characters shown of a reply, of arguments and of a turn."""


@frozen
class RowChange:
    """What an event did to one row: fields old -> new. `created`: the row was not there before."""

    seq: int
    entity: str
    id: str
    created: bool
    fields: tuple[FieldDifference, ...]


@frozen
class Step:
    """One step of a history.

    events: a single event, or all of a call from `tool.called` on.
    call: for kind "call". A "voided" call failed in its handler; an "unfinished" one has no reply on record.
    inherited: it happened to a parent, before the fork. edited: its reply is the one that the fork reads instead.
    """

    kind: StepKind
    events: tuple[Event, ...]
    changes: tuple[RowChange, ...]
    call: Call | None
    inherited: bool
    edited: bool = False

    @property
    def seq(self) -> int:
        return self.events[0].seq

    @property
    def data(self) -> dict[str, Any]:
        """What its first event says."""
        return self.events[0].data

    @property
    def fault(self) -> str:
        """How the call went wrong as planned, or ""."""
        return next((str(event.data.get("fault")) for event in self.events if event.kind == FAULTED), "")


def steps(trajectory: Trajectory, genesis: Genesis | None = None) -> list[Step]:
    """The history in steps, with replies as this line's agent read them. Without `genesis` the old value of a field set for the
    first time is UNKNOWN.

    Raises DigestMismatch when genesis is not the one this history was made on.
    """
    if genesis is not None:
        trajectory.check_genesis(genesis)
    world = World(genesis or Genesis({}, trajectory.events[0].at, {}))
    found: list[Step] = []
    edited = trajectory.edited_replies
    for events in _grouped(trajectory.as_told()):
        changes, world = _row_changes(events, world, known=genesis is not None)
        inherited, otherwise = events[0].seq < trajectory.inherited, events[-1].seq in edited
        found.append(Step(_kind(events), events, changes, _call(events), inherited, otherwise))
    return found


def _grouped(events: Sequence[Event]) -> Iterator[tuple[Event, ...]]:
    """The events of a call together, every other event alone."""
    open_call: list[Event] = []
    for event in events:
        if open_call or event.kind == CALLED:
            open_call.append(event)
            if event.kind in (RETURNED, VOIDED):
                yield tuple(open_call)
                open_call = []
        else:
            yield (event,)
    if open_call:
        yield tuple(open_call)


def _kind(events: tuple[Event, ...]) -> StepKind:
    if events[0].kind != CALLED:
        return _KINDS.get(events[0].kind, "outside")
    if events[-1].kind == RETURNED:
        return "call"
    return "voided" if events[-1].kind == VOIDED else "unfinished"


def _call(events: tuple[Event, ...]) -> Call | None:
    if events[-1].kind != RETURNED or len(events) == 1:
        return None
    return Call(events[0], tuple(event for event in events[1:-1] if is_fact_of(events[0], event)), events[-1])


def _row_changes(events: Sequence[Event], world: World, known: bool) -> tuple[tuple[RowChange, ...], World]:
    changes: list[RowChange] = []
    for event in events:
        # One event may change a row twice, so the world moves change by change.
        for change in event.changes:
            before = world.get(change.entity, change.id)
            world = world.fold((Event(event.seq, event.kind, event.at, {}, changes=(change,)),))
            changes.append(_row_change(event.seq, change, before, known))
    return tuple(changes), world


def _row_change(seq: int, change: Change, before: Row | None, known: bool) -> RowChange:
    # Where genesis is not at hand, only a new row sets its own id (all fields of a new row are set).
    created = before is None and (known or change.set.get("id") == change.id)
    missing = ABSENT if created or known else UNKNOWN
    old = before or {}
    fields = [FieldDifference(name, old.get(name, missing), value) for name, value in change.set.items()]
    fields += [FieldDifference(name, old.get(name, missing), ABSENT) for name in change.removed]
    return RowChange(seq, change.entity, change.id, created, tuple(f for f in fields if not same(f.left, f.right)))


# --- rendering -------------------------------------------------------------------------------------------------------


def render(
    trajectory: Trajectory,
    labels: Mapping[str, Any] | None = None,
    *,
    genesis: Genesis | None = None,
    full: bool = False,
    system: bool = False,
    texts: Texts | None = None,
    beside: Mapping[int, Mapping[str, Any]] | None = None,
) -> RenderableType:
    """The history for a terminal.

    full: replies, turns, changes and earlier grades in full, not as summaries. system: with the system text. texts: looks up
    what events name by digest; without it such a text is only named. beside: by seq, what is kept beside events, such as cost.
    """
    told = steps(trajectory, genesis)
    last = max((step.seq for step in told if step.kind == "grade"), default=-1)
    shows = Shows(full, system, texts, last, beside or {})
    lines: list[RenderableType] = [Passage(_heading(trajectory, labels or {}))]
    lines += (line for step in told for line in _step_lines(step, shows))
    return Group(*lines)


def part(trajectory: Trajectory, first: int, last: int, *, genesis: Genesis | None = None) -> RenderableType:
    """The events from `first` to `last`, as `render` shows them."""
    told = (step for step in steps(trajectory, genesis) if first <= step.seq <= last)
    return Group(*(line for step in told for line in _step_lines(step, Shows())))


@frozen
class Shows:
    """How much is shown; see `render`. graded: seq of the grade that counts."""

    full: bool = False
    system: bool = False
    texts: Texts | None = None
    graded: int = -1
    beside: Mapping[int, Mapping[str, Any]] = {}

    @property
    def limit(self) -> int | None:
        return None if self.full else SUMMARY


def counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def summary(reply: Any) -> str:
    """A reply in a few words: of several rows their ids, of one row its values."""
    if isinstance(reply, list):
        count = counted(len(reply), "row")
        ids = [str(row["id"]) for row in reply if isinstance(row, dict) and "id" in row]
        if len(reply) == 1 and ids:
            return f"{count}: {_values(reply[0])}"
        more = ", ..." if len(ids) > SUMMARY_IDS else ""
        return f"{count}: {', '.join(ids[:SUMMARY_IDS])}{more}" if ids else count
    if isinstance(reply, dict):
        return str(reply["error"]) if set(reply) == {"error"} else _values(reply)
    return shown(reply)


def _values(row: Mapping[str, Any]) -> str:
    """Fields with their values; what holds more than one value only with how many."""
    parts = [str(row["id"])] if "id" in row else []
    parts += [f"{name}: {_value(value)}" for name, value in row.items() if name != "id"]
    return ", ".join(parts)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return str(value["id"]) if "id" in value else f"{len(value)} fields"
    if isinstance(value, list) and value:
        return counted(len(value), "item")
    text = value if isinstance(value, str) else shown(value)
    return text if len(text) <= SUMMARY_VALUE else f"{text[: SUMMARY_VALUE - 3]}..."


def _heading(trajectory: Trajectory, labels: Mapping[str, Any]) -> Text:
    heading = Text(visible(trajectory.id), "bold")
    for name, value in labels.items():
        heading.append(f"  {visible(str(name))}={visible(str(value))}", "not bold cyan")
    parent = trajectory.parent
    if parent is not None:
        heading.append(f"  fork of {visible(str(parent['episode']))} after {parent['seq']}", "not bold magenta")
    status = "failed" if trajectory.failed else trajectory.status
    heading.append(f"  {counted(len(trajectory), 'event')}, {status}", "not bold dim")
    return heading


def _step_lines(step: Step, shows: Shows) -> Iterator[RenderableType]:
    yield Passage(head_line(step, shows), hang=_BODY)
    if step.kind != "prepared" or shows.full:
        for change in step.changes:
            yield Passage(_change_line(change, shows), _BODY + 1)
    if step.kind == "grade" and (shows.full or step.seq == shows.graded):
        for criterion in step.data.get("criteria") or ():
            yield Passage(criterion_line(criterion), _BODY + 1)
    if shows.full:
        yield from (Passage(Text(visible(detail), "dim"), _BODY, 2) for detail in _details(step, shows))


def _details(step: Step, shows: Shows) -> Iterator[str]:
    """What only the full view tells of a step."""
    data = step.data
    if step.call is not None:
        yield f"reply:\n{_pretty(step.call.reply)}"
    if step.kind == "turn":
        yield from (f"{name}: {_plain(data[name])}" for name in _OF_A_TURN if data.get(name))
    if step.kind == "verdict":
        yield from _votes(data)
    if step.kind == "diagnosis":
        yield from (f"{one['label']} at {one['at']}: {one.get('why', '')}" for one in data["findings"])
    if beside := {name: value for name, value in shows.beside.get(step.seq, {}).items() if name != "labels"}:
        yield f"beside: {shown(beside)}"


_OF_A_TURN = ("reasoning", "tool_calls", "usage", "finish_reason", "model")


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else shown(value)


def _votes(data: Mapping[str, Any]) -> Iterator[str]:
    readings = data.get("readings") or [{}] * len(data.get("votes") or ())
    for vote, reading in zip(data.get("votes") or (), readings, strict=False):
        evidence = f"  [{', '.join(map(str, reading['evidence']))}]" if reading.get("evidence") else ""
        yield f"vote: {_SAID[vote]}  {reading.get('reason', '')}{evidence}".rstrip()


_SAID = {True: "yes", False: "no", None: "cannot tell"}


def _why(data: Mapping[str, Any]) -> str:
    """What it came of, where, and what else there is."""
    findings = data["findings"]
    if not findings:
        return f"{visible(data['by'])} finds nothing that went wrong"
    first, *others = findings
    more = f"; also {', '.join(dict.fromkeys(one['label'] for one in others))}" if others else ""
    return visible(f"{data['by']}: {first['label']} at {first['at']}, {first.get('why', '')}{more}", SUMMARY)


def head_line(step: Step, shows: Shows = Shows()) -> Text:
    """A step as one line: its seq, what was done and what came of it."""
    line = Text(f"{step.seq:>5}  ", "dim")
    if step.inherited:
        line.append("^ ", "magenta")
    data = step.data
    if step.kind in ("call", "voided", "unfinished"):
        return _call_line(line, step, shows)
    if step.kind in ("prompt", "turn"):
        line.append(f"{visible(str(data.get('role', 'assistant')))}: ", "bold blue")
        if step.kind == "turn" and not data.get("text"):
            return line.append(visible(_calls(data), shows.limit), "dim")
        return line.append(
            visible(_said(data, shows), shows.limit if data.get("role") != "system" else None), "default"
        )
    if step.kind == "answer":
        line.append("answer: ", "bold green")
        return line.append(visible(str(data.get("text", "")), None), "default")
    if step.kind == "verdict":
        said = _SAID[data["verdict"]]
        probe = f" (under the probe {visible(data['probe'])})" if data.get("probe") else ""
        return line.append(f"{visible(data['model'])} of {visible(data['criterion'])}: {said}{probe}", "yellow")
    if step.kind == "diagnosis":
        return line.append(_why(data), "yellow")
    if step.kind == "grade":
        return _grade_line(line, data)
    if step.kind == "clock":
        return line.append(f"clock moved to {to_text(step.events[0].at)}", "yellow")
    if step.kind == "opened":
        return line.append(_opening(data, shows.limit), "dim")
    if step.kind == "prepared":
        types = Counter(change.entity for change in step.changes)
        told = ", ".join(f"{number} {visible(entity)}" for entity, number in types.items())
        return line.append(f"{PREPARED}  the task's own rows: {told}", "dim")
    if step.kind == "closed":
        return line.append(f"closed: {visible(str(data.get('reason')))}", "dim")
    line.append(visible(step.events[0].kind), "yellow" if step.kind == "outside" else "dim")
    return line.append(f" {visible(shown(data), shows.limit)}", "dim")


def _opening(data: Mapping[str, Any], limit: int | None) -> str:
    if parent := data.get("parent"):
        told = (f"; instead of {one['seq']} it reads {shown(one['reply'])}" for one in data.get("replies", ()))
        begun = f"forked here, after {parent['seq']} of {parent['episode']}, tools {data.get('tools')}"
        described = f"; described otherwise: {', '.join(data['described'])}" if data.get("described") else ""
        return visible(begun + described + "".join(told), limit)
    task = data.get("task") or {}
    begun = f"{OPENED}  world {str(data.get('genesis'))[:12]}, tools {data.get('tools')}"
    return visible(begun + (f", task {task['id']}" if "id" in task else ""))


def _calls(turn: Mapping[str, Any]) -> str:
    """What a turn without text did. Its calls have the form of whoever recorded it, mostly that of chat completions."""
    calls = [call for call in turn.get("tool_calls") or () if isinstance(call, dict)]
    functions = [call["function"] if isinstance(call.get("function"), dict) else call for call in calls]
    names = ", ".join(str(function.get("name", "?")) for function in functions)
    return f"calls {names}" if names else "(says nothing)"


def _said(data: Mapping[str, Any], shows: Shows) -> str:
    if data.get("role") == "system" and not shows.system:
        return "(the policy: --system shows it)"
    if "text" in data or "digest" not in data:
        return str(data.get("text") or "")
    named = str(data["digest"])  # a long text is kept once per run: texts/<digest>.md
    if shows.texts is None:
        return f"(text {named})"
    try:
        return shows.texts(named)
    except CoreCraftError as error:  # the rest can still be read
        return f"(text {named}: {error})"


def _call_line(line: Text, step: Step, shows: Shows) -> Text:
    data = step.data
    line.append(visible(str(data.get("tool"))), "bold")
    arguments = data.get("arguments")
    asked = f"refused, {data.get('size')} bytes" if arguments is None else _arguments(arguments)
    line.append(f"({visible(asked, shows.limit)})", "default")
    if step.call is None:
        outcome = "no reply on record"
        if step.kind == "voided":
            bug = step.events[-1].data
            outcome = f"voided: {bug.get('error')}: {bug.get('message')}"
        return line.append(f"  {visible(outcome)}", "bold red")
    line.append("  -> ", "dim")
    if step.fault:
        line.append(f"[fault: {visible(step.fault)}] ", "yellow")
    if step.edited:
        line.append("[edited] ", "magenta")
    if not step.call.ok:
        line.append("✗ ", "bold red")
    return line.append(visible(summary(step.call.reply), SUMMARY), "default" if step.call.ok else "red")


def _arguments(arguments: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={shown(value)}" for name, value in arguments.items())


def _change_line(change: RowChange, shows: Shows) -> Text:
    line = Text("+ " if change.created else "~ ", "green" if change.created else "yellow")
    line.append(visible(f"{change.entity} {change.id}"), "default")
    if change.created:
        fields = ", ".join(f"{field.name}={shown(field.right)}" for field in change.fields)
        return line.append(f"  {visible(fields, shows.limit)}", "green")
    for field in change.fields:
        left, right = (shown(field.left), shown(field.right)) if shows.full else around(field.left, field.right)
        line.append(f"  {visible(field.name)} ", "default").append(visible(left), "red")
        line.append(" -> ", "dim").append(visible(right), "green")
    return line


def _grade_line(line: Text, data: Mapping[str, Any]) -> Text:
    if data.get("not_applicable"):
        return line.append(f"no grade: {visible(str(data['not_applicable']), 240)}", "bold yellow")
    waits = data.get("passed") is None and "code_passed" in data
    passed = data.get("code_passed" if waits else "passed")
    line.append("passed" if passed else "not passed", "bold green" if passed else "bold red")
    name = "code_reward" if data.get("reward") is None and "code_reward" in data else "reward"
    line.append(f", {name.replace('_', ' ')} {rewarded(data.get(name))}", "default")
    return line.append(", unjudged criteria left out", "dim") if waits or name == "code_reward" else line


def rewarded(reward: Any) -> str:
    return f"{reward:.3f}" if isinstance(reward, float) else visible(shown(reward))


def criterion_line(criterion: Any) -> Text:
    """What was asked, then why it was or was not met and the events behind that; graders may leave out either."""
    if not isinstance(criterion, dict):
        return Text(visible(shown(criterion)))
    passed = criterion.get("passed")
    if "passed" in criterion and passed is None:
        waits = "code cannot tell" if criterion.get("abstained") else "unjudged"
        return Text(
            f"· {visible(str(criterion.get('id')))}  {visible(str(criterion.get('text', '')), 160)}  {waits}", "dim"
        )
    line = Text.assemble(("✓ ", "green") if passed else ("✗ ", "bold red"))
    line.append(visible(str(criterion.get("id"))), "default" if passed else "bold")
    line.append(f"  {visible(str(criterion.get('text', '')), 160)}", "default")
    if reason := criterion.get("reason"):
        line.append(f"  {visible(str(reason), 160)}", "dim" if passed else "red")
    if evidence := criterion.get("evidence"):
        line.append(f"  [{', '.join(map(str, evidence[:SUMMARY_IDS]))}]", "dim")
    return line


def _pretty(value: Any) -> str:
    from msgspec.json import format

    return format(encode(value), indent=2).decode()
