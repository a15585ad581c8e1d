"""One episode as it is read: its steps, the criteria with their evidence, and what is known about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from attrs import evolve, frozen

from ...engine.clock import to_text
from ...engine.errors import CoreCraftError
from ...engine.event import CALLED, DIAGNOSED, FAILED, JUDGED, RETURNED
from ...engine.run import Run
from ...engine.trajectory import Trajectory
from ...replay.otherwise import of_forks
from ...replay.view import Step, counted, steps, summary
from ...replay.visible import visible
from .shelf import Shelf
from .values import Shown, show

LONG = 6_000
"""Bytes of a reply that come with the page; a longer one is fetched when it is opened."""
MANY = 200
"""Steps of an episode whose replies come with the page at all: nobody opens hundreds of them."""

GLYPHS: Mapping[str, str] = {
    "opened": "○", "prepared": "○", "prompt": "❯", "turn": "❝", "call": "▸", "voided": "✕", "unfinished": "…", "clock": "◷",
    "outside": "◆", "answer": "■", "closed": "○", "verdict": "⚖", "diagnosis": "✚", "grade": "★",
}  # fmt: skip


@frozen
class Item:
    """One step on the page.

    seq, last: its events. title: what was done; brief: what came of it. beside: tokens, cost and time kept with it.
    cites: ids of criteria whose evidence it is. blamed: failure labels with why. long: the reply is fetched when opened.
    edits: of a fork's opening what it has otherwise besides rows, each as one line.
    """

    step: Step
    last: int
    title: str
    brief: str
    at: str
    after: int
    beside: Mapping[str, Any]
    cites: Sequence[str]
    blamed: Sequence[Mapping[str, Any]]
    arguments: Shown | None
    reply: Shown | None
    long: bool
    edits: Sequence[str] = ()

    @property
    def seq(self) -> int:
        return self.step.seq

    @property
    def kind(self) -> str:
        return self.step.kind

    @property
    def glyph(self) -> str:
        return GLYPHS[self.step.kind]

    @property
    def rejected(self) -> bool:
        return self.step.call is not None and not self.step.call.ok

    @property
    def rows(self) -> int:
        """Rows it changed; those that a task brings are no doing of anybody."""
        return 0 if self.kind == "prepared" else len({(change.entity, change.id) for change in self.step.changes})

    @property
    def own(self) -> bool:
        """Whether it stands in the conversation at first sight: openings, closings and the task's rows do not."""
        return self.kind not in ("opened", "prepared", "closed", "verdict", "diagnosis", "grade")


@frozen
class Mark:
    """A criterion as the last grade has it. state: met, unmet or waiting. to: the step its evidence begins in."""

    id: str
    tag: str
    text: str
    state: str
    reason: str
    steps: Sequence[int]
    votes: Sequence[Mapping[str, Any]]

    @property
    def order(self) -> int:
        """What went wrong stands first."""
        return ("unmet", "waiting", "met").index(self.state)

    @property
    def glyph(self) -> str:
        return {"met": "✓", "unmet": "✗", "waiting": "…"}[self.state]


@frozen
class Page:
    """All that the page of an episode shows."""

    id: str
    trajectory: Trajectory
    labels: Mapping[str, Any]
    task: Mapping[str, Any]
    items: Sequence[Item]
    marks: Sequence[Mark]
    grade: Mapping[str, Any]
    failures: Sequence[Mapping[str, Any]]
    figures: Mapping[str, str]
    damage: str
    known_world: bool
    boundaries: Sequence[int]
    """Events a fork may start after."""

    @property
    def status(self) -> str:
        return "failed" if self.trajectory.failed else self.trajectory.status

    @property
    def failure(self) -> str:
        """Why its agent could not go on, or ""."""
        own = reversed(self.trajectory.events[self.trajectory.inherited :])
        return next((visible(str(e.data.get("message") or e.data.get("error"))) for e in own if e.kind == FAILED), "")

    @property
    def reward(self) -> float | None:
        return self.grade.get("reward") if self.grade.get("reward") is not None else self.grade.get("code_reward")

    @property
    def verdict(self) -> str:
        """passed, failed, waiting, or "" where there is no grade."""
        if not self.grade or self.grade.get("not_applicable"):
            return ""
        passed = self.grade.get("passed")
        return "waiting" if passed is None else "passed" if passed else "failed"

    @property
    def title(self) -> str:
        return visible(str(self.task.get("title") or ""))

    def step_of(self, seq: int) -> int:
        """The first event of the step that an event belongs to."""
        return next((item.seq for item in reversed(self.items) if item.seq <= seq), 0)


def page(shelf: Shelf, name: str, episode: str) -> Page:
    """Raises CoreCraftError where there is no such episode, or nothing of it can be read."""
    run = shelf.run(name)
    trajectory, damage = shelf.trajectory(name, episode)
    genesis = shelf.genesis(name, trajectory)
    told, beside = steps(trajectory, genesis), _beside(run, trajectory)
    grade, failures = trajectory.grade or {}, _failures(trajectory)
    starts = [step.seq for step in told]
    marks = [_mark(each, starts, trajectory) for each in grade.get("criteria") or () if isinstance(each, dict)]
    cites: dict[int, list[str]] = {}
    for mark in marks:
        for seq in mark.steps:
            cites.setdefault(seq, []).append(mark.id)
    blamed: dict[int, list[Mapping[str, Any]]] = {}
    for failure in failures:
        if isinstance(failure.get("at"), int):
            blamed.setdefault(_start(starts, failure["at"]), []).append(failure)
    most = LONG if len(told) <= MANY else 0
    items = [_item(run, step, beside, cites, blamed, trajectory.events[0].at, most) for step in told]
    edits = {seq: one.words(rows=False) for seq, one in of_forks(trajectory).items()}
    items = [evolve(item, edits=edits[item.seq]) if edits.get(item.seq) else item for item in items]
    return Page(
        episode, trajectory, run.labels(episode), _task(run, trajectory), items, marks, grade, failures,
        _figures(items, trajectory), str(damage or ""), genesis is not None, _boundaries(trajectory),
    )  # fmt: skip


def _item(
    run: Run,
    step: Step,
    beside: Mapping[int, Mapping[str, Any]],
    cites: Mapping[int, Sequence[str]],
    blamed: Mapping[int, Sequence[Mapping[str, Any]]],
    began: int,
    most: int,
) -> Item:
    title, brief = _told(run, step)
    call, at = step.call, step.events[0].at
    arguments = None if "arguments" not in step.data or step.data["arguments"] is None else show(step.data["arguments"])
    long = call is not None and len(msgspec.json.encode(call.reply)) > most
    return Item(
        step, step.events[-1].seq, title, brief, to_text(at), (at - began) // 1000, beside.get(step.seq, {}),
        cites.get(step.seq, ()), blamed.get(step.seq, ()), arguments,
        None if call is None or long else show(call.reply), long,
    )  # fmt: skip


def _told(run: Run, step: Step) -> tuple[str, str]:
    data, kind = step.data, step.kind
    if kind in ("call", "voided", "unfinished"):
        brief = summary(step.call.reply) if step.call else "no reply on record"
        if kind == "voided":
            brief = f"{step.events[-1].data.get('error')}: {step.events[-1].data.get('message')}"
        return visible(str(data.get("tool"))), visible(brief, 160)
    if kind in ("prompt", "turn"):
        return visible(str(data.get("role", "assistant"))), visible(text_of(run, data))
    if kind == "answer":
        return "answer", visible(str(data.get("text") or ""))
    if kind == "clock":
        return "clock", to_text(step.events[0].at)
    if kind == "prepared":
        counts = Counter(change.entity for change in step.changes)
        return "the task's own rows", visible(", ".join(f"{number} {entity}" for entity, number in counts.items()))
    if kind == "opened":
        parent = data.get("parent")
        return ("forked here", visible(f"from {parent['episode']} after {parent['seq']}")) if parent else ("opened", "")
    if kind == "closed":
        return "closed", visible(str(data.get("reason") or ""))
    if kind == "verdict":
        said = {True: "yes", False: "no", None: "cannot tell"}[data.get("verdict")]
        return "verdict", visible(f"{data.get('model')} of {data.get('criterion')}: {said}")
    if kind == "diagnosis":
        return "diagnosis", visible(
            ", ".join(str(one.get("label")) for one in data.get("findings") or ()) or "nothing found"
        )
    if kind == "grade":
        return "grade", counted(len(data.get("criteria") or ()), "criterion").replace("criterions", "criteria")
    return visible(step.events[0].kind), visible(str(data.get("message") or ""))


def text_of(run: Run, data: Mapping[str, Any]) -> str:
    """What was said; a long text that many episodes share is kept once a run, by its digest."""
    if "text" in data or "digest" not in data:
        return str(data.get("text") or "")
    try:
        return run.text(str(data["digest"]))
    except CoreCraftError as error:
        return f"(text {data['digest']}: {error})"


def _mark(criterion: Mapping[str, Any], starts: Sequence[int], trajectory: Trajectory) -> Mark:
    passed = criterion.get("passed")
    cited = dict.fromkeys(_start(starts, seq) for seq in criterion.get("evidence") or () if isinstance(seq, int))
    votes = [
        event.data
        for event in trajectory.events
        if event.kind == JUDGED and event.data.get("criterion") == criterion.get("id")
    ]
    return Mark(
        visible(str(criterion.get("id"))), visible(str(criterion.get("tag", ""))), visible(str(criterion.get("text", ""))),
        "waiting" if passed is None else "met" if passed else "unmet", visible(str(criterion.get("reason", ""))),
        list(cited), votes,
    )  # fmt: skip


def _start(starts: Sequence[int], seq: int) -> int:
    return max((start for start in starts if start <= seq), default=0)


def _failures(trajectory: Trajectory) -> list[Mapping[str, Any]]:
    """What each reader found last."""
    latest = {event.data.get("by"): event.data for event in trajectory.events if event.kind == DIAGNOSED}
    return [{**finding, "by": by} for by, data in latest.items() for finding in data.get("findings") or ()]


def _beside(run: Run, trajectory: Trajectory) -> dict[int, dict[str, Any]]:
    """Tokens, cost and times of the line, those of its ancestors included."""
    found: dict[int, dict[str, Any]] = {}
    episode: str | None = trajectory.id
    upto = len(trajectory)
    while episode is not None:
        own = run.beside(episode) if episode in run.episodes else {}
        found |= {seq: value for seq, value in own.items() if seq < upto and seq not in found}
        opened = next((e for e in reversed(trajectory.events[:upto]) if e.data.get("parent")), None)
        episode, upto = (opened.data["parent"]["episode"], opened.seq) if opened else (None, 0)
    return found


def _task(run: Run, trajectory: Trajectory) -> Mapping[str, Any]:
    """The task as the run keeps it; only its id and digest where that file is lost."""
    pin = trajectory.task
    try:
        return {} if pin is None else {**msgspec.json.decode(run.task(pin["digest"])), **pin}
    except CoreCraftError:
        return pin or {}


def _figures(items: Sequence[Item], trajectory: Trajectory) -> dict[str, str]:
    calls = [item for item in items if item.kind == "call"]
    used = [item.step.data["usage"] for item in items if isinstance(item.step.data.get("usage"), dict)]
    cost = sum(item.beside.get("cost_usd") or 0 for item in items)
    own = {
        "events": f"{len(trajectory):,}",
        "calls": str(len(calls)),
        "rejected": str(sum(item.rejected for item in calls)),
        "rows changed": str(sum(item.rows for item in calls)),
        "turns": str(sum(item.kind == "turn" for item in items)),
        "tokens": f"{sum(one.get('prompt_tokens', 0) + one.get('completion_tokens', 0) for one in used):,}"
        if used
        else "",
        "cost": f"${cost:.4f}" if cost else "",
    }
    return {name: value for name, value in own.items() if value not in ("", "0")}


def _boundaries(trajectory: Trajectory) -> list[int]:
    """Events after which a fork may start, by what `Trajectory.check_boundary` lets through."""
    last, inside, found = trajectory.last_boundary(), False, list[int]()
    for event in trajectory.events[: last + 1]:
        inside = event.kind == CALLED or (inside and event.kind != RETURNED)
        if not inside:
            found.append(event.seq)
    return found
