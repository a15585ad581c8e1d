"""A run folder to go on from: any recorded episode, or a fork of it, is one call away from being played on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any

from msgspec.structs import replace

from ..engine.edits import Edit
from ..engine.episode import Budget, Episode, fork_of
from ..engine.errors import Busy, CoreCraftError, NameTaken
from ..engine.event import check_episode_id
from ..engine.log import SegmentWriter
from ..engine.run import Run
from ..engine.trajectory import Trajectory
from ..engine.world import World
from ..scenarios.company import recorded, schema_of
from ..scenarios.grading import Grade
from ..scenarios.task import Task
from .agents import Player, scripted
from .batch import as_player
from .bisecting import Bisection, Measure, Policy, bisect
from .branching import Branch, Node, Result, tree
from .diagnosis.diagnose import diagnose
from .diagnosis.labels import Diagnosis
from .judge.questions import posed
from .opening import Opening, wall_ms
from .runner import criterion_of, record_grade, record_verdict, stored_task, task_from
from .steps import beginning


class RunFolder:
    """A run, read and written. As a context manager it lets its segments go at the end.

    with open_run("runs/mine") as run:
        episode = run.fork("S-2.mine.0", at=18)
        episode.call("searchOrders", {"order_id": "ord-251102-810"})
        episode.submit("...")
        print(run.grade(episode).failed)
    """

    def __init__(self, path: Path | str, writer: str = "python") -> None:
        """writer: what the segment of new episodes and forks is called, with a number that is free."""
        self.run = Run(Path(path))
        self._genesis = cache(lambda digest: self.run.genesis(digest, schema_of))
        self._name = writer
        self._new: SegmentWriter | None = None
        self._writers: dict[str, SegmentWriter] = {}
        """By the name of the segment, that of new lines among them."""
        self._written: set[str] = set()
        """Episodes taken up here: what is known of them from the last look is behind what was written since."""

    def __repr__(self) -> str:
        return f"RunFolder({str(self.path)!r}, {len(self.episodes)} episodes)"

    def __enter__(self) -> RunFolder:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of what is being written; open episodes stay open in the run."""
        self._new = None
        while self._writers:
            self._writers.popitem()[1].close()

    @property
    def path(self) -> Path:
        return self.run.path

    @property
    def episodes(self) -> list[str]:
        """Ids, in order of opening, as of the last `reload`."""
        return list(self.run.episodes)

    def reload(self) -> None:
        """Look again at what has been written."""
        self.run.reload()

    def trajectory(self, episode: str) -> Trajectory:
        """A recorded history. Raises UnknownEpisode, or LogDamaged with what is intact."""
        if episode in self._written:
            self.reload()
        return self.run.trajectory(episode)

    def task(self, episode: str) -> Task | None:
        """The task an episode was opened on, as it was then; None for a bare world. Raises OtherVersion."""
        return stored_task(self.run, self.trajectory(episode))

    def fork(
        self,
        episode: str,
        at: int | None = None,
        *,
        edits: Sequence[Edit] = (),
        name: str | None = None,
        labels: Mapping[str, Any] | None = None,
        budget: Budget | None = None,
    ) -> Episode:
        """A new episode that shares a recorded one's past up to event `at` (default: the last one before its end).

        edits: what is otherwise in it, see `engine.edits`. name: its id, by default EPISODE~N. labels: added to the parent's.
        budget: None for no bound.
        Raises NotAtBoundary, InvalidInput, or DigestMismatch where tools have changed since.
        """
        past = self.trajectory(episode)
        told = {**self.run.labels(episode), **(labels or {})}
        genesis = self._genesis(past.events[0].data["genesis"])
        toolset = recorded(past.opened.data)
        fork_of(past, genesis, toolset, at=at, id="tried", edits=edits)  # a mistake must not use up a name
        log = self._own()
        id = _claimed(log, episode, name)
        child = fork_of(past, genesis, toolset, at=at, id=id, labels=told, log=log, edits=edits, budget=budget)
        child.keep()
        return child

    def apart(self, episode: str, at: int | None = None, edits: Sequence[Edit] = ()) -> Episode:
        """The same fork, written nowhere."""
        past = self.trajectory(episode)
        genesis = self._genesis(past.events[0].data["genesis"])
        return fork_of(past, genesis, recorded(past.opened.data), at=at, id="apart", edits=edits)

    def bisect(
        self,
        episode: str,
        agent: str | Player | Callable[[Episode], str] = "reference",
        *,
        samples: int = 4,
        threads: int = 1,
        by: Measure = "chance",
        full: bool = False,
        keep: bool = True,
    ) -> Bisection:
        """At which step an episode was lost, for an agent that plays on from there (`rollouts.bisecting`).

        agent: a script's name, with which all is exact, or whoever plays, `samples` times from each step. full: a sweep in
        place of a binary search. keep: forks stay in the run, labelled `bisect`.
        """
        past, task = self.trajectory(episode), self.task(episode)
        if task is None:
            raise CoreCraftError(f"{episode} has no task, so nothing can be lost in it")
        if isinstance(agent, str):
            policy = Policy.script(scripted(task, agent), lambda: self.apart(episode, beginning(past)))
        else:
            policy = Policy.model(as_player(agent))
        labels = {"agent": policy.name, "bisect": episode}
        outcome = Result.read(past.grade) if past.grade else None
        with ThreadPoolExecutor(threads) as pool:
            return bisect(
                past, task, policy, lambda at: self.fork(episode, at, labels=labels) if keep else self.apart(episode, at),
                samples=samples, by=by, full=full, each=map if threads == 1 else pool.map, outcome=outcome,
            )  # fmt: skip

    def tree(self, episode: str) -> Node:
        """All graded lines that hang on a graded episode by forks, itself among them, as a tree for `group_advantages`."""
        self.reload()
        graded: dict[str, Branch] = {}
        for id in self.episodes:
            line = self.run.trajectory(id)
            if line.grade and (result := Result.read(line.grade)) is not None:
                parent = line.parent or {"episode": None, "seq": -1}
                graded[id] = Branch(id, result.reward, parent["episode"], parent["seq"])
        if episode not in graded:
            raise CoreCraftError(f"{episode} is not graded, so it is no tree")
        hanging = {episode: replace(graded[episode], parent=None, at=-1)}
        while more := {id: one for id, one in graded.items() if one.parent in hanging and id not in hanging}:
            hanging |= more
        return tree(list(hanging.values()))

    def begin(self, opening: Opening, id: str, labels: Mapping[str, Any] | None = None) -> Episode:
        """A new episode of this id; also one that a process took the id for, and was killed before it wrote anything.

        Raises NameTaken where there is such an episode, StorageFailed where a living process has the id.
        """
        claimed = self.run.signatures.claimed.get(id)
        return opening.begin(id, self._own() if claimed is None else self._writer(claimed), labels)

    def take_up(self, episode: str) -> Episode:
        """An episode at its last event, whatever its status, to be gone on with (or graded) in its own line."""
        if episode not in self.run.signatures.claimed:
            self.reload()  # it was claimed after the manifest was read, and written before the segments were
        segment = self.run.signatures.claimed.get(episode)
        if segment is None:
            raise CoreCraftError(f"{episode} stands in no segment that this run's manifest knows; fork it instead")
        if segment not in self._writers:
            self._writer(segment)
            self.reload()  # whoever wrote it until now may have gone on since it was read
        past = self.trajectory(episode)
        self._written.add(episode)
        genesis = self._genesis(past.events[0].data["genesis"])
        return Episode.resume(past, genesis, recorded(past.opened.data), log=self._writer(segment))

    def resume(self, episode: str) -> Episode:
        """An open episode at its last event, to be played on in its own line, as if nobody had stopped.

        Raises CoreCraftError for one that has ended (fork it), StorageFailed while another process writes it.
        """
        taken = self.take_up(episode)
        if taken.status != "open":
            raise CoreCraftError(f"{episode} is {taken.status}; fork it to go on from an earlier step")
        return taken

    def _own(self) -> SegmentWriter:
        """Where new lines are written."""
        if self._new is None:
            self._new = self.run.writer(self._name, wall_ms, new=True)
            self._writers[self._new.path.stem] = self._new
        return self._new

    def _writer(self, segment: str) -> SegmentWriter:
        if segment not in self._writers:
            try:
                self._writers[segment] = self.run.writer(segment, wall_ms)
            except Busy:
                raise Busy(
                    f"{self.path} is served or played on by another process, which is writing {segment}; stop that process, or "
                    "fork the episode"
                ) from None
        return self._writers[segment]

    def grade(self, episode: Episode) -> Grade:
        """Grade a closed episode by the task it was opened on, and write the grade into its history."""
        return record_grade(self._task(episode), episode)

    def verdict(
        self, episode: Episode, criterion: str, verdict: bool | None, *, model: str, votes: Sequence[bool | None] = ()
    ) -> int:
        """Record what a judge says of a criterion, by its id, as `record_verdict` does; the next `grade` reads it."""
        start = World(episode.world.genesis)
        asked = criterion_of(self._task(episode), episode.trajectory(), start, criterion)
        return record_verdict(episode, asked, verdict, model=model, votes=votes)

    def diagnose(self, episode: str) -> Diagnosis:
        """Why a closed episode failed, by code: `.first` is the decisive event. Raises CoreCraftError for an open one."""
        past = self.trajectory(episode)
        if past.status != "closed":
            raise CoreCraftError(f"{episode} is {past.status}; only a closed episode has failed or passed")
        world = cache(lambda digest: World(self._genesis(digest)))
        task = posed(past, lambda digest: task_from(self.run.task(digest)), world)
        return diagnose(task, past, world(past.events[0].data["genesis"]))

    def _task(self, episode: Episode) -> Task:
        task = stored_task(self.run, episode.trajectory())
        if task is None:
            raise CoreCraftError(f"{episode.id} was opened without a task, so there is nothing to grade it by")
        return task


def _claimed(log: SegmentWriter, parent: str, wanted: str | None) -> str:
    """The name asked for, or the first EPISODE~N that no process has taken."""
    if wanted is None:
        return log.claim(f"{parent}~{n}" for n in count(1))
    try:
        return log.claim([check_episode_id(wanted)])
    except NameTaken:
        raise CoreCraftError(f"There is an episode {wanted} already; choose another name") from None


def open_run(folder: Path | str) -> RunFolder:
    """A run folder. Raises CoreCraftError for a path that is none."""
    return RunFolder(folder)
