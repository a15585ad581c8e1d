"""Simulations that tau2 recorded, as a run: every call is made again, and its reply compared with the recorded one.

What comes in is a history like any other: its world is the domain's, so that it is verified, forked and asked for rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import chain, count
from pathlib import Path
from shutil import rmtree
from typing import Any

from attrs import define, field, frozen
from msgspec import Struct, ValidationError, convert

from ...engine.canonical import decode, printable
from ...engine.episode import Episode
from ...engine.errors import CoreCraftError, StorageFailed
from ...engine.event import Change
from ...engine.files import read
from ...engine.log import SegmentWriter
from ...engine.run import Run
from ...replay.fields import deep_differences
from ...tools.tau2.package import part
from ...tools.tau2.replies import content_of, same_content
from ...tools.tau2.replies import read as read_content
from ..opening import in_id
from .grading import IMPORTED, UNPREPARED, Tau2Grade, record_grade
from .messages import tell
from .tasks import Tau2Stage, prepared, read_task, stage


@frozen
class Disagreement:
    """A reply that is another one here. number: of the call in its simulation, from 1. field: the way to the first field that
    differs; empty where all of it does."""

    number: int
    tool: str
    field: str
    recorded: Any
    here: Any


@define
class Simulated:
    """A simulation that came in. recorded: the reward it was given there. unprepared: why its initial state could not be made
    here, so that it has no grade; else empty."""

    episode: str
    task: str
    calls: int = 0
    differing: list[Disagreement] = field(factory=list[Disagreement])
    recorded: float | None = None
    unprepared: str = ""
    grade: Tau2Grade | None = None

    @property
    def same_grade(self) -> bool | None:
        """None where there is nothing to compare: no reward there, or one that waits for a reader here."""
        if self.recorded is None or self.grade is None or self.grade.reward is None:
            return None
        return abs(self.recorded - self.grade.reward) < 1e-9


@frozen
class Imported:
    run: Run
    domain: str
    simulations: list[Simulated]


class _Environment(Struct):
    domain_name: str
    policy: str | None = None


class _Agent(Struct):
    llm: str | None = None
    implementation: str = "agent"


class _Info(Struct):
    environment_info: _Environment
    agent_info: _Agent | None = None
    git_commit: str | None = None


class _Reward(Struct):
    reward: float | None = None


class _Simulation(Struct):
    id: str
    task_id: str
    messages: list[dict[str, Any]]
    termination_reason: str = ""
    reward_info: _Reward | None = None
    trial: int | None = None
    policy: str | None = None


class _Results(Struct):
    """What we need of a file of tau2's; it has more."""

    info: _Info
    tasks: list[dict[str, Any]]
    simulations: list[_Simulation]


def read_results(file: Path) -> _Results:
    """Raises CoreCraftError for a file that is none of tau2's results, and says where it breaks their form."""
    try:
        return convert(decode(read(file)), _Results)
    except OSError as error:
        raise CoreCraftError(f"{file} cannot be read: {error.strerror or error}") from None
    except ValidationError as error:
        reason, _, place = str(error).partition(" - at `$.")
        raise CoreCraftError(f"{file}{', ' if place else ''}{place.rstrip('`')}: {reason}") from None
    except (ValueError, RecursionError) as error:
        raise CoreCraftError(f"{file} is not JSON: {error}") from None


def bring_in(file: Path, out: Path, created_ms: int, done: Callable[[], None] = lambda: None) -> Imported:
    """A new run with the simulations of a file. done: called after each.

    Raises CoreCraftError for what is no file of tau2's results, where tau2 or the domain is missing, and where `out` is taken.
    """
    results = read_results(file)
    desk = stage(results.info.environment_info.domain_name)
    tasks = {str(task.get("id")): read_task(task) for task in results.tasks}
    told = [_messages(file, number, one) for number, one in enumerate(results.simulations)]
    if out.exists() or out.is_symlink():
        raise CoreCraftError(f"{out} is there already: choose another --out, or remove it")
    aside = out.with_name(out.name + ".part")
    rmtree(aside, ignore_errors=True)
    try:
        simulations = list(_written(aside, created_ms, _Source(file, results, desk, tasks, told), done))
        aside.rename(out)
    except OSError as error:
        raise StorageFailed(f"{out} cannot be written: {error.strerror or error}") from None
    finally:
        rmtree(aside, ignore_errors=True)
    return Imported(Run(out), desk.toolset.domain.name, simulations)


@frozen
class _Source:
    """A file that was read. tasks: by id. messages: of each simulation."""

    file: Path
    results: _Results
    stage: Tau2Stage
    tasks: Mapping[str, Any]
    messages: list[list[Any]]

    def task(self, simulation: _Simulation) -> Any:
        """As the file has it, or else as the package does."""
        id = simulation.task_id
        if id not in self.tasks and id not in self.stage.tasks:
            raise CoreCraftError(
                f"{self.file}: simulation {simulation.id} is of task {id}, which is nowhere to be found"
            )
        return self.tasks[id] if id in self.tasks else self.stage.tasks[id]


def _written(folder: Path, created_ms: int, source: _Source, done: Callable[[], None]) -> Iterator[Simulated]:
    domain = source.stage.toolset.domain.name
    run = Run.create(folder, {"created_ms": created_ms, "imported": "tau2", "domain": domain})
    clock = _Clock()
    log = run.writer("import", clock)
    try:
        clerk = _Clerk(run, log, clock, source)
        for simulation, messages in zip(source.results.simulations, source.messages, strict=True):
            yield clerk.write(simulation, messages)
            done()
    finally:
        log.close()


def _messages(file: Path, number: int, simulation: _Simulation) -> list[Any]:
    """tau2's own objects."""
    kinds = part("data_model.message")
    by_role = {"assistant": kinds.AssistantMessage, "user": kinds.UserMessage, "tool": kinds.ToolMessage}
    found: list[Any] = []
    for place, message in enumerate(simulation.messages):
        try:
            found.append(by_role[message["role"]].model_validate(message))
        except (KeyError, TypeError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise CoreCraftError(f"{file}, simulations[{number}].messages[{place}]: {reason}") from None
    return found


@define
class _Clock:
    """The wall clock of a log that is written after the fact: what the file says, or 0 where it says nothing."""

    ms: int = 0

    def __call__(self) -> int:
        return self.ms

    def at(self, message: Any) -> None:
        try:
            self.ms = int(datetime.fromisoformat(message.timestamp).timestamp() * 1000)
        except (TypeError, ValueError):
            self.ms = 0


@define
class _Clerk:
    """Writes simulations into a run, under names of which each is free."""

    run: Run
    log: SegmentWriter
    clock: _Clock
    source: _Source
    taken: set[str] = field(factory=set[str])

    def write(self, simulation: _Simulation, messages: list[Any]) -> Simulated:
        task = self.source.task(simulation)
        if messages:
            self.clock.at(messages[0])
        reward = simulation.reward_info and simulation.reward_info.reward
        found = Simulated(self._name(simulation), simulation.task_id, recorded=reward)
        episode = self._open(simulation, task, found)
        replies = iter([message for message in messages if message.role == "tool"])
        for message in messages:
            self.clock.at(message)
            for call, reply in tell(episode, message):
                found.calls += 1
                recorded = next(replies, None)
                found.differing += _differing(
                    found.calls, call.name, recorded, content_of(reply.value, reply.ok), reply.ok
                )
        episode.close(simulation.termination_reason or "unknown")
        found.grade = record_grade(task, episode)
        return found

    def _open(self, simulation: _Simulation, task: Any, found: Simulated) -> Episode:
        info, stage = self.source.results.info, self.source.stage
        policy = simulation.policy or info.environment_info.policy
        fixtures: tuple[Change, ...] = ()
        try:
            fixtures = prepared(stage.toolset, stage.world, task)
        except CoreCraftError as error:  # another version's task: what can be done without is still worth a look
            found.unprepared = str(error)
        opening = stage.opening(task, request="", policy=policy, fixtures=fixtures)
        self.run.add_text(opening.system)
        opening.store(self.run)
        agent = info.agent_info
        labels = {"agent": (agent and (agent.llm or agent.implementation)) or "unknown", "trial": simulation.trial or 0}
        episode = opening.begin(found.episode, self.log, {**labels, "simulation": simulation.id}, budget=None)
        source = {
            "simulation": simulation.id,
            "git_commit": info.git_commit,
            "reward": found.recorded,
            UNPREPARED: found.unprepared or None,
        }
        known = {name: value for name, value in source.items() if value is not None}
        episode.record(IMPORTED, {"format": "tau2", "file": printable(self.source.file.name), "source": known})
        return episode

    def _name(self, simulation: _Simulation) -> str:
        name = in_id(f"{simulation.task_id}.{simulation.trial or 0}")
        free = next(one for one in chain([name], (f"{name}-{n}" for n in count(2))) if one not in self.taken)
        self.taken.add(free)
        return free


def _differing(number: int, tool: str, recorded: Any, here: str, ok: bool) -> Iterator[Disagreement]:
    """Nothing where a reply says the same, as tau2 itself compares them."""
    if recorded is None:
        yield Disagreement(number, tool, "", "no reply", here)
    elif not same_content(recorded.content or "", here) or recorded.error == ok:
        left, right = read_content(recorded.content or ""), read_content(here)
        first = next(deep_differences(left, right), None)
        sides = (left, right) if first is None else (first.left, first.right)
        yield Disagreement(number, tool, "" if first is None else first.name, *sides)


def told_of(one: Simulated) -> Mapping[str, Any]:
    """A simulation as `--json` tells it."""
    return {
        "episode": one.episode,
        "task": one.task,
        "calls": one.calls,
        "equal": one.calls - len(one.differing),
        "differing": [
            {"call": each.number, "tool": each.tool, "field": each.field, "recorded": each.recorded, "here": each.here}
            for each in one.differing
        ],
        "recorded_reward": one.recorded,
        "reward": one.grade and one.grade.reward,
        "same_grade": one.same_grade,
        "unprepared": one.unprepared,
    }
