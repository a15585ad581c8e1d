"""As much of `ray` as the runner asks of it, in this process: a task is carried out once it is waited for, one after the other.

For what the driver decides. Deaths, restarts and real machines are played with the real one, in test_cluster.py.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from attrs import define, field


class RayError(Exception):
    pass


class RayTaskError(RayError):
    """What a task raised, told where it is waited for."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(f"ray::task()\n{cause}")
        self.cause = cause


class RayActorError(RayError):
    pass


@define
class Queue:
    """lost: how many items it takes before whoever keeps it dies; None: it lives."""

    lost: int | None = None
    taken: int = 0
    items: list[bytes] = field(factory=list)

    def put(self, item: Any) -> None:
        self._alive()
        self.items.append(pickle.dumps(item))
        self.taken += 1

    def qsize(self) -> int:
        self._alive()
        return len(self.items)

    def get_nowait_batch(self, count: int) -> list[Any]:
        self._alive()
        given, self.items = self.items[:count], self.items[count:]
        return list(map(pickle.loads, given))

    def _alive(self) -> None:
        if self.lost is not None and self.taken >= self.lost:
            raise RayActorError("The actor died unexpectedly before finishing this task.\n\tclass_name: _QueueActor")


@define(eq=False)
class Task:
    function: Callable[..., Any]
    sent: bytes
    told: Queue
    cancelled: bool = False
    result: Any = None
    error: Exception | None = None

    def carry_out(self) -> None:
        if self.cancelled:
            return
        try:
            self.result = self.function(pickle.loads(self.sent), self.told)
        except Exception as error:
            self.error = RayTaskError(error)


@define
class Ray:
    """The module. offered: resources of the cluster. lost: see Queue."""

    offered: Mapping[str, float]
    lost: int | None = None
    tasks: list[Task] = field(factory=list)
    connected: bool = False
    exceptions: Any = field(factory=lambda: SimpleNamespace(RayError=RayError, RayTaskError=RayTaskError))

    def installed(self, monkeypatch: Any) -> Ray:
        """As what `import ray` finds."""
        queue = SimpleNamespace(Queue=lambda actor_options: Queue(self.lost))
        monkeypatch.setitem(sys.modules, "ray", self)
        monkeypatch.setitem(sys.modules, "ray.util.queue", queue)
        monkeypatch.delenv("RAY_ADDRESS", raising=False)
        return self

    def init(self, **_: Any) -> None:
        self.connected = True

    def shutdown(self) -> None:
        self.connected = False

    def cluster_resources(self) -> Mapping[str, float]:
        return self.offered

    def remote(self, function: Callable[..., Any]) -> Any:
        def begin(part: Any, told: Queue) -> Task:
            self.tasks.append(task := Task(function, pickle.dumps(part), told))
            return task

        return SimpleNamespace(options=lambda **_: SimpleNamespace(remote=begin))

    def wait(
        self, tasks: Sequence[Task], *, num_returns: int = 1, timeout: float | None = None
    ) -> tuple[list[Task], list[Task]]:
        for task in tasks[:num_returns]:
            task.carry_out()
        return list(tasks[:num_returns]), list(tasks[num_returns:])

    def get(self, tasks: Sequence[Task]) -> list[Any]:
        for task in tasks:
            if task.error is not None:
                raise task.error
        return [task.result for task in tasks]

    def cancel(self, task: Task) -> None:
        task.cancelled = True
