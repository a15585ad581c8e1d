"""Playing many: tasks times trials, on threads, every episode recorded and graded; what failed is told apart from what lost."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from importlib import import_module
from itertools import count
from operator import attrgetter
from pathlib import Path
from typing import Any, Literal

from attrs import field, frozen

from ..engine.episode import Episode
from ..engine.errors import CoreCraftError, EpisodeEnded, EpisodeVoided, InvalidInput
from ..engine.faults import Faults
from ..engine.log import SegmentWriter
from ..scenarios.grading import Grade
from ..scenarios.task import Task
from . import faulty
from .agents import Player
from .opening import in_id, wall_ms
from .runner import Stage, episode_id, prepare_run, record_failure, record_grade

Status = Literal["graded", "failed", "voided"]


@frozen
class FunctionAgent:
    """A plain function as an agent: it is given the open episode and returns the final answer."""

    name: str
    function: Callable[[Episode], str]

    def play(self, episode: Episode) -> str:
        return self.function(episode)


@frozen
class Played:
    """One episode. status: "failed" where the agent raised something (`error`), "voided" where one of our tools did; neither is
    graded, and neither counts for or against the agent."""

    episode: str
    task: Task = field(repr=attrgetter("id"))
    trial: int
    status: Status
    grade: Grade | None = field(default=None, repr=False)
    error: str = ""

    def row(self) -> dict[str, Any]:
        """As one row of a table.

        code_reward, code_passed: what code alone decides, the figures to compare by. reward, passed: null while a judge is
        still to speak, so that an average of them silently drops rows.
        """
        about = {"episode": self.episode, "task": self.task.id, "trial": self.trial, "status": self.status}
        told = {name: getattr(self.task, name) for name in ("family", "category", "kind", "difficulty")}
        grade = self.grade
        figures = {
            name: None if grade is None else getattr(grade, name)
            for name in ("code_reward", "code_passed", "reward", "passed")
        }
        open_ = {
            "unjudged": len(grade.unjudged) if grade else 0,
            "abstained": sum(criterion.abstained for criterion in grade.criteria) if grade else 0,
        }
        return {**about, **told, **figures, **open_, "lost": grade.failed if grade else [], "error": self.error}


@frozen(repr=False)
class Results:
    """What was played, in the order of tasks and trials. run: the folder it is recorded in, if any."""

    played: Sequence[Played]
    run: Path | None = None

    def __iter__(self) -> Iterator[Played]:
        return iter(self.played)

    def __len__(self) -> int:
        return len(self.played)

    @property
    def graded(self) -> list[Played]:
        return [one for one in self.played if one.grade is not None]

    @property
    def pass_at_1(self) -> float | None:
        """Mean over tasks of the share of trials that code finds passed; None when nothing was graded."""
        passes: dict[str, list[bool]] = defaultdict(list)
        for one in self.graded:
            passes[one.task.id].append(one.grade is not None and one.grade.code_passed is True)
        return _mean([sum(each) / len(each) for each in passes.values()])

    @property
    def mean_reward(self) -> float | None:
        """Mean of `code_reward` over graded episodes; None when there are none."""
        return _mean([one.grade.code_reward for one in self.graded if one.grade and one.grade.code_reward is not None])

    def by(self, name: str) -> dict[Any, Results]:
        """Split by a column of `rows`, such as "category", "family" or "difficulty"; sorted."""
        parts: dict[Any, list[Played]] = defaultdict(list)
        for one in self.played:
            parts[one.row()[name]].append(one)
        return {key: Results(parts[key], self.run) for key in sorted(parts)}

    def rows(self) -> list[dict[str, Any]]:
        """A dict an episode; see `Played.row`."""
        return [one.row() for one in self.played]

    def frame(self) -> Any:
        """The rows as a pandas data frame, or one of polars, or as they are where neither is installed."""
        for library in ("pandas", "polars"):
            try:
                return import_module(library).DataFrame(self.rows())
            except ModuleNotFoundError:
                continue
        return self.rows()

    def _counts(self) -> str:
        counts = Counter(one.status for one in self.played)
        return ", ".join(f"{number} {status}" for status, number in counts.items()) or "nothing played"

    def __repr__(self) -> str:
        return f"Results({self._counts()})"

    def __str__(self) -> str:
        lines = [self._counts()]
        for key, part in self.by("category").items():
            lines.append(f"{key:24} pass@1 {_shown(part.pass_at_1)}   mean code reward {_shown(part.mean_reward)}")
        lines.append(f"{'all':24} pass@1 {_shown(self.pass_at_1)}   mean code reward {_shown(self.mean_reward)}")
        waiting = [one for one in self.graded if one.grade and (one.grade.unjudged or one.grade.passed is None)]
        if waiting:
            held = f"{len(waiting)} episode{'s hold' if len(waiting) > 1 else ' holds'}"
            lines.append(
                f"{held} criteria that wait for a judge: left out here, or, where code abstained, not met until then"
            )
        return "\n".join(lines)


def play_many(
    stage: Stage,
    tasks: Iterable[Task],
    agent: Player | Callable[[Episode], str],
    *,
    trials: int = 1,
    out: Path | str | None = None,
    threads: int = 1,
    name: str = "",
    done: Callable[[Played], None] = lambda _: None,
    faults: Faults | None = None,
) -> Results:
    """Play every task so many times, and grade it.

    agent: a function that is given an open episode, calls tools, and returns the final answer; or anything with `name` and
    `play`. What it raises ends that episode as failed, ungraded, and the others go on. threads: episodes at a time; the agent
    must bear that. out: the run folder it is recorded in, made if new and added to if not: trials go on counting. name: who
    played, for labels and, with `-` for what cannot stand there, for ids. done: told of each episode as it ends, on this
    thread. faults: calls fail so, and tools keep nobody from doing a thing twice (docs/faults.md).
    """
    tasks, player = list(tasks), as_player(agent, name)
    if trials < 1 or threads < 1:
        raise CoreCraftError("trials and threads must be 1 or more")
    with ExitStack() as stack:
        log: SegmentWriter | None = None
        if out is not None:
            run = prepare_run(Path(out), stage, {"agent": player.name}, tasks)
            log = stack.enter_context(closing(run.writer(in_id(player.name), wall_ms, new=True)))
        pool = stack.enter_context(ThreadPoolExecutor(threads))
        stack.callback(pool.shutdown, cancel_futures=True)  # whoever interrupts it waits for what is being played alone
        taken = Counter[str]()
        jobs = [
            pool.submit(_one, stage, task, player, log, _trial(task, player, log, taken), faults)
            for task in tasks
            for _ in range(trials)
        ]
        played: list[Played] = []
        for job in jobs:
            played.append(job.result())
            done(played[-1])
    return Results(played, None if out is None else Path(out))


def as_player(agent: Any, name: str = "") -> Player:
    """Whoever plays, from a function of the open episode too."""
    if hasattr(agent, "play"):
        return agent if not name else FunctionAgent(name, agent.play)
    return FunctionAgent(name or getattr(agent, "__name__", "agent").strip("<>"), agent)


def _trial(task: Task, agent: Player, log: SegmentWriter | None, taken: Counter[str]) -> int:
    """A number that nobody has taken: in the run, where there is one, else here."""
    if log is not None:
        return next_trial(log, task, agent)
    taken[task.id] += 1
    return taken[task.id] - 1


def next_trial(log: SegmentWriter, task: Task, agent: Player) -> int:
    """The first trial number that nobody plays or has played in this run, here or in another process."""
    return int(log.claim(episode_id(task, agent, trial) for trial in count()).rpartition(".")[2])


def _one(
    stage: Stage, task: Task, agent: Player, log: SegmentWriter | None, trial: int, faults: Faults | None
) -> Played:
    labels: Mapping[str, Any] = {"agent": agent.name, "trial": trial}
    opening = stage.opening(task)
    if faults is not None:
        opening, labels = (
            faulty.failing(opening, faulty.of_trial(faults, task, trial)),
            {**labels, **faulty.labels(faults)},
        )
    episode = opening.begin(episode_id(task, agent, trial), log, labels)
    about = (episode.id, task, trial)
    try:
        answer = agent.play(episode)
        if episode.status == "open":
            if not isinstance(answer, str):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise InvalidInput(f"the agent returned {answer!r:.60}; return the final answer as text")
            episode.submit(answer)
    except EpisodeEnded:
        pass  # its budget is used up: it is graded as it stands, without an answer
    except EpisodeVoided as bug:
        return Played(*about, "voided", error=str(bug))
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        record_failure(episode, error)
        return Played(*about, "failed", error=said)
    return Played(*about, "graded", record_grade(task, episode))


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _shown(value: float | None) -> str:
    return "   -" if value is None else f"{value:.2f}"
