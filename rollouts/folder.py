"""A run folder to go on from: any recorded episode, or a fork of it, is one call away from being played on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any

from ..engine.episode import Episode, fork_of
from ..engine.errors import CoreCraftError, NameTaken
from ..engine.event import Change, check_episode_id
from ..engine.log import SegmentWriter
from ..engine.run import Run
from ..engine.trajectory import Trajectory
from ..scenarios.grading import Grade
from ..scenarios.task import Task
from ..tools.tables import TABLES
from ..tools.toolset import by_name
from .opening import wall_ms
from .runner import record_grade, stored_task


class RunFolder:
    """A run, read and written. As a context manager it lets its segments go at the end.

    with open_run("runs/mine") as run:
        episode = run.fork("S-2.mine.0", at=18)
        episode.call("searchOrders", {"order_id": "ord-251102-810"})
        episode.submit("...")
        print(run.grade(episode).failed)
    """

    def __init__(self, path: Path | str, writer: str = "python") -> None:
        """writer: what the segment of its forks is called, with a number that is free."""
        self.run = Run(Path(path))
        self._name = writer
        self._forks: SegmentWriter | None = None
        self._writers: dict[str, SegmentWriter] = {}
        """By the name of the segment, that of the forks among them."""

    def __enter__(self) -> RunFolder:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of what is being written; open episodes stay open in the run."""
        self._forks = None
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
        return self.run.trajectory(episode)

    def task(self, episode: str) -> Task | None:
        """The task an episode was opened on, as it was then; None for a bare world. Raises OtherVersion."""
        return stored_task(self.run, self.trajectory(episode))

    def fork(
        self,
        episode: str,
        at: int | None = None,
        *,
        edits: Sequence[Change] = (),
        name: str | None = None,
        labels: Mapping[str, Any] | None = None,
    ) -> Episode:
        """A new episode that shares a recorded one's past up to event `at` (default: the last one before its end).

        edits: rows that are otherwise in its world. name: its id, by default EPISODE~N. labels: added to the parent's.
        Raises NotAtBoundary, InvalidInput, or DigestMismatch where tools have changed since.
        """
        past = self.trajectory(episode)
        told = {**self.run.labels(episode), **(labels or {})}
        genesis = self.run.genesis(past.events[0].data["genesis"], TABLES)
        toolset = by_name(past.opened.data["tools"])
        fork_of(past, genesis, toolset, at=at, id="tried", edits=edits)  # a mistake must not use up a name
        if self._forks is None:
            self._forks = self.run.writer(self._name, wall_ms, new=True)
            self._writers[self._forks.path.stem] = self._forks
        log = self._forks
        id = _claimed(log, episode, name)
        child = fork_of(past, genesis, toolset, at=at, id=id, labels=told, log=log, edits=edits)
        child.keep()
        return child

    def resume(self, episode: str) -> Episode:
        """An open episode at its last event, to be played on in its own line, as if nobody had stopped.

        Raises CoreCraftError for one that has ended (fork it), StorageFailed while another process writes it.
        """
        past = self.trajectory(episode)
        if past.status != "open":
            raise CoreCraftError(f"{episode} is {past.status}; fork it to go on from an earlier step")
        genesis = self.run.genesis(past.events[0].data["genesis"], TABLES)
        segment = self.run.signatures.claimed.get(episode)
        if segment is None:
            raise CoreCraftError(f"{episode} stands in no segment that this run's manifest knows; fork it instead")
        if segment not in self._writers:
            self._writers[segment] = self.run.writer(segment, wall_ms)
        return Episode.resume(past, genesis, by_name(past.opened.data["tools"]), log=self._writers[segment])

    def grade(self, episode: Episode) -> Grade:
        """Grade a closed episode by the task it was opened on, and write the grade into its history."""
        task = stored_task(self.run, episode.trajectory())
        if task is None:
            raise CoreCraftError(f"{episode.id} was opened without a task, so there is nothing to grade it by")
        return record_grade(task, episode)


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
