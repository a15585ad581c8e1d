"""An episode as other programs know one: who said what, which tools were called, and what came of it.

Every format is written from this and read into it, so that none of them has to know how a history is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

from attrs import evolve, frozen

from ...engine.canonical import decode, encode, parsed
from ...engine.errors import CoreCraftError
from ...engine.event import ANSWERED, CALLED, CLOSED, OPENED, PROMPTED, RESPONDED, RETURNED, Event
from ...engine.run import Run
from ...engine.trajectory import Trajectory

IMPORTED = "trajectory.imported"
"""What an episode that was made elsewhere says of where it is from."""

Tools = Sequence[Mapping[str, Any]]
"""As MCP publishes them: name, description, inputSchema."""
Definitions = Callable[[Trajectory], Tools | None]
"""The tools a history was made with, for whoever knows them; None where nobody does."""


@frozen
class Said:
    """What the agent was told. role: system, user, or another's. sender: who asks, where that is known.

    copied: it comes from a parent, before the fork.
    """

    role: str
    text: str
    sender: Any = None
    copied: bool = False
    wall_ms: int | None = None


@frozen
class Call:
    """A call. arguments: JSON text as the caller wrote it, which may be broken. reply: None, where `replied` is False, says
    nothing: there is none on record."""

    id: str
    name: str
    arguments: str
    replied: bool = False
    reply: Any = None
    wall_ms: int | None = None

    @property
    def read(self) -> dict[str, Any] | None:
        """The arguments as an object; None where they are none."""
        try:
            value = parsed(self.arguments.encode("utf-8", "surrogatepass") or b"{}")
        except ValueError:
            return None
        return cast("dict[str, Any]", value) if isinstance(value, dict) else None

    @property
    def rejected(self) -> bool:
        return self.replied and is_rejection(self.reply)


@frozen
class Turn:
    """What the agent said and called. scripted: no model said it; it was made of what a script called or answered.

    beside: cost and latency, where they are known.
    """

    text: str = ""
    calls: tuple[Call, ...] = ()
    reasoning: str = ""
    usage: Mapping[str, Any] | None = None
    finish_reason: str = ""
    model: str = ""
    tokens: Mapping[str, Any] | None = None
    scripted: bool = False
    copied: bool = False
    wall_ms: int | None = None
    beside: Mapping[str, Any] = {}


Message = Said | Turn


@frozen
class Conversation:
    """One episode. about: what else is known of it, see `about_of`; of a foreign one, what its file says.

    tools: None where they are not known.
    """

    id: str
    messages: tuple[Message, ...]
    tools: Tools | None = None
    answer: str | None = None
    closed: str | None = None
    about: Mapping[str, Any] = {}

    @property
    def turns(self) -> list[Turn]:
        return [message for message in self.messages if isinstance(message, Turn)]

    @property
    def grade(self) -> Mapping[str, Any]:
        return self._known("grade")

    @property
    def reward(self) -> float | None:
        """Over all criteria or, where some wait for a judge, over those that code decides."""
        found = self.grade.get("reward")
        found = self.grade.get("code_reward") if found is None else found
        return float(found) if isinstance(found, int | float) else None

    @property
    def passed(self) -> bool | None:
        found = self.grade.get("passed")
        found = self.grade.get("code_passed") if found is None else found
        return found if isinstance(found, bool) else None

    @property
    def criteria(self) -> list[Mapping[str, Any]]:
        listed = self.grade.get("criteria")
        return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []

    @property
    def labels(self) -> Mapping[str, Any]:
        return self._known("labels")

    @property
    def agent(self) -> str:
        return str(self.labels.get("agent") or "")

    @property
    def model(self) -> str:
        """The model that played, as far as that is on record; else the agent's name."""
        named = next((turn.model for turn in self.turns if turn.model), "")
        return named or str(self.labels.get("model") or "") or self.agent or "unknown"

    @property
    def task(self) -> str:
        """The id of the task; empty where there is none."""
        named = self.about.get("task")
        return named if isinstance(named, str) else str(self._known("task").get("id") or "")

    @property
    def parent(self) -> str:
        """The episode it was forked from; empty where it is no fork."""
        return str(self._known("parent").get("episode") or "")

    def _known(self, name: str) -> Mapping[str, Any]:
        """What is known of something, if it has the form that we give it: files of others may have anything there."""
        found = self.about.get(name)
        return cast("dict[str, Any]", found) if isinstance(found, dict) else {}

    @property
    def times(self) -> list[int]:
        """When things were written, as far as that is known."""
        return [message.wall_ms for message in self.messages if message.wall_ms is not None]


def is_rejection(reply: Any) -> bool:
    """Whether a tool refused: that is the form refusals have."""
    return isinstance(reply, dict) and set(cast("dict[str, Any]", reply)) == {"error"}


# --- replies as text -------------------------------------------------------------------------------------------------


def reply_text(reply: Any) -> str:
    """A reply as text: JSON, as the agent read it. A text that is none stays as it is, so that what was read from a foreign
    file is written as it stood there."""
    if isinstance(reply, str) and reply_of(reply) == reply:
        return reply
    return encode(reply).decode()


def reply_of(text: str) -> Any:
    """The value a text stands for: of JSON what it says, else the text."""
    try:
        return parsed(text.encode())
    except ValueError:
        return text


# --- from a run ------------------------------------------------------------------------------------------------------


def conversation_of(run: Run, episode: str, definitions: Definitions = lambda _: None) -> Conversation:
    """A recorded episode, with what it inherited. Raises UnknownEpisode or LogDamaged."""
    trajectory = run.trajectory(episode)
    messages, answer = _messages(run, trajectory, _asides(run, trajectory))
    closed = next((e.data["reason"] for e in reversed(trajectory.events) if e.kind == CLOSED), None)
    tools = _kept_tools(run, trajectory) or definitions(trajectory)
    return Conversation(episode, messages, tools, answer, closed, about_of(run, trajectory))


def about_of(run: Run, trajectory: Trajectory) -> dict[str, Any]:
    """What formats keep of an episode in their own place for such things: task, labels, parent, status, grade, and what pins
    it. Of one that was imported, what its file said of these: its own pins tell nothing of where it was made."""
    opened, parent = trajectory.opened.data, trajectory.parent
    about = {
        "task": trajectory.task,
        "labels": run.labels(trajectory.id),
        "parent": parent and {name: parent[name] for name in ("episode", "seq")},
        "status": trajectory.status,
        "grade": trajectory.grade,
        **{name: opened[name] for name in ("genesis", "toolset", "tools")},
        "head": trajectory.head_hash,
    }
    source = next((e.data["source"] for e in trajectory.events if e.kind == IMPORTED), None)
    if source is not None:
        own = {name: about[name] if name in ("labels", "status", "grade") else None for name in about}
        about = {**own, **source}  # in the order in which they stand in what is exported first
    return {name: value for name, value in about.items() if value}


_Asides = Mapping[int, tuple[int | None, Mapping[str, Any]]]
"""By seq: when an event was written, where that is known, and what stands beside it."""


def _asides(run: Run, trajectory: Trajectory) -> _Asides:
    """Those of the line, its ancestors' included."""
    found: dict[int, tuple[int | None, Mapping[str, Any]]] = {}
    episode, upto, parent = trajectory.id, len(trajectory), trajectory.parent
    while True:
        found |= {seq: (wall_ms or None, beside) for seq, wall_ms, beside in run.asides(episode) if seq < upto}
        if parent is None:
            return found
        episode, upto = parent["episode"], min(upto, parent["seq"] + 1)
        parent = run.trajectory(episode).parent


def _kept_tools(run: Run, trajectory: Trajectory) -> Tools | None:
    """Those of an imported episode, which its run keeps as a text."""
    try:
        return decode(run.text(trajectory.opened.data["toolset"]).encode())["definitions"]
    except (CoreCraftError, ValueError, LookupError, TypeError):
        return None


def _messages(run: Run, trajectory: Trajectory, asides: _Asides) -> tuple[tuple[Message, ...], str | None]:
    """All that was said and called, and the final answer."""
    messages: list[Message] = []
    place = 0  # of the call under way, in the last turn
    answer: str | None = None
    for event in trajectory.as_told():
        wall_ms, beside = asides.get(event.seq, (None, {}))
        copied = event.seq < trajectory.inherited or bool(event.data.get("copied"))
        if event.kind == PROMPTED:
            data = event.data
            messages.append(Said(data.get("role") or "user", _text(run, data), data.get("from"), copied, wall_ms))
        elif event.kind == RESPONDED:
            messages.append(_turn(event.data, copied, wall_ms, beside))
        elif event.kind == CALLED:
            place = _place(messages, event, copied, wall_ms)
        elif event.kind == RETURNED:
            _reply(messages, place, event.data["reply"], wall_ms)
        elif event.kind == ANSWERED:
            answer = event.data["text"]
            if not (messages and isinstance(last := messages[-1], Turn) and not last.calls):
                messages.append(Turn(text=answer or "", scripted=True, copied=copied, wall_ms=wall_ms))
        elif event.kind == OPENED:
            answer = None  # of a parent that went on from here
    return tuple(messages), answer


def _text(run: Run, data: Mapping[str, Any]) -> str:
    return data["text"] if data.get("text") is not None else run.text(data["digest"]) if data.get("digest") else ""


def _turn(data: Mapping[str, Any], copied: bool, wall_ms: int | None, beside: Mapping[str, Any]) -> Turn:
    """A turn as whoever recorded it spelled it, mostly as chat completions do."""
    listed = [call for call in _typed(data.get("tool_calls"), list) or () if isinstance(call, dict)]
    calls = tuple(_asked(cast("dict[str, Any]", call), number) for number, call in enumerate(listed))
    text, reasoning, reason, model = (
        str(data.get(name) or "") for name in ("text", "reasoning", "finish_reason", "model")
    )
    usage, tokens = (cast("dict[str, Any] | None", _typed(data.get(name), dict)) for name in ("usage", "tokens"))
    scripted = bool(data.get("scripted"))
    return Turn(text, calls, reasoning, usage, reason, model, tokens, scripted, copied, wall_ms, beside)


def _asked(call: dict[str, Any], number: int) -> Call:
    function: Any = call["function"] if isinstance(call.get("function"), dict) else call
    arguments = function.get("arguments")
    text = arguments if isinstance(arguments, str) else encode(arguments or {}).decode()
    return Call(str(call.get("id") or f"call_{number}"), str(function.get("name") or ""), text)


Kind = TypeVar("Kind")


def _typed(value: object, kind: type[Kind]) -> Kind | None:
    return value if isinstance(value, kind) and value else None


def _place(messages: list[Message], called: Event, copied: bool, wall_ms: int | None) -> int:
    """Where in the last turn a call stands. One that no turn has asked for belongs to words that were recorded without their
    calls; any other, of a script or over MCP, is a turn of its own."""
    last = messages[-1] if messages else None
    if isinstance(last, Turn) and (found := _asked_for(last, called.data)) is not None:
        return found
    made = Call(str(called.data.get("call_id") or f"call_{called.seq}"), called.data["tool"], _arguments(called.data))
    if isinstance(last, Turn) and not (last.scripted or last.calls) and last.copied == copied:
        messages[-1] = evolve(last, calls=(made,))
    else:
        messages.append(Turn(calls=(made,), scripted=True, copied=copied, wall_ms=wall_ms))
    return 0


def _asked_for(turn: Turn, called: Mapping[str, Any]) -> int | None:
    """The first call without a reply that has its id (models may use one twice) or, where it has none, says the same."""
    open_calls = [(n, call) for n, call in enumerate(turn.calls) if not call.replied]
    if id := called.get("call_id"):
        return next((n for n, call in open_calls if call.id == id), None)
    said = called["tool"], called.get("arguments")
    return next((n for n, call in open_calls if (call.name, call.read) == said), None)


def _reply(messages: list[Message], place: int, reply: Any, wall_ms: int | None) -> None:
    turn = messages[-1]
    if isinstance(turn, Turn) and place < len(turn.calls):
        calls = list(turn.calls)
        calls[place] = evolve(calls[place], replied=True, reply=reply, wall_ms=wall_ms)
        messages[-1] = evolve(turn, calls=tuple(calls))


def _arguments(data: Mapping[str, Any]) -> str:
    """As JSON. Of what was refused unread only its size and digest are on record."""
    return "" if data.get("arguments") is None else encode(data["arguments"]).decode()


# --- from a file -----------------------------------------------------------------------------------------------------


def ended(about: dict[str, Any], messages: Sequence[Message]) -> tuple[str | None, str | None]:
    """The answer, and why it ended: taken out of what one of our exports says of it. Of anybody else's conversation what is
    said last, and calls nothing, is the answer."""
    if {"answer", "closed"} <= set(about):
        answer, closed = about.pop("answer"), about.pop("closed")
        return answer if isinstance(answer, str) else None, closed if isinstance(closed, str) else None
    last = messages[-1]
    if isinstance(last, Turn) and not last.calls:
        return last.text, "answered"
    return None, "ended without an answer"


def replied(messages: list[Message], id: str | None, value: Any) -> None:
    """Give the reply to the call of the last turn that waits for it; without an id, to the first. Raises ValueError."""
    last = messages[-1] if messages else None
    waiting = [n for n, call in enumerate(last.calls) if not call.replied] if isinstance(last, Turn) else []
    place = next((n for n in waiting if id is None or cast("Turn", last).calls[n].id == id), None)
    if place is None:
        raise ValueError(
            "a reply to a call that nobody made" if id is None else f"a reply to {id!r:.60}, which nobody called"
        )
    turn = cast("Turn", last)
    calls = list(turn.calls)
    calls[place] = evolve(calls[place], replied=True, reply=value)
    messages[-1] = evolve(turn, calls=tuple(calls))
