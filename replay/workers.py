"""Work in several processes, whose results come in the order of the work.

`concurrent.futures` would leave its processes behind when their parent is killed, and hands out all work at once. Here each
process has a pipe of its own: when either end is gone, the other one notices.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from traceback import format_exc
from typing import Any, Generic, TypeVar

from attrs import define, field, frozen

from ..engine.errors import CoreCraftError, WorkerLost

P = TypeVar("P")
R = TypeVar("R")

Begin = Callable[[], Callable[[P], R]]
"""Called once in each process, to which it goes by pickle; gives what does a portion of the work."""

_AHEAD = 2
"""Portions that a process has at once, so that it need not wait for the next one."""


def processors() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_processes(begin: Begin[P, R], portions: Sequence[P], jobs: int, hash_seed: int | None = None) -> Iterator[R]:
    """What becomes of each portion, in their order. hash_seed: how the processes order what is hashed (default: like this one).

    The processes end with the iterator, however that ends. Raises WorkerLost where one of them was ended from outside, and
    what a portion raised.
    """
    crew = _Crew(portions)
    try:
        with _quiet_start(hash_seed):
            for _ in range(min(jobs, len(portions))):
                crew.start()
        crew.brief(begin)
        yield from crew.results()
    finally:
        crew.end()


@frozen
class _Failure:
    """What a process raised: our bug, unless it is a CoreCraftError."""

    told: str
    error: CoreCraftError | None


@define
class _Crew(Generic[P, R]):
    portions: Sequence[P]
    handed: int = 0
    pipes: dict[Connection[Any, Any], BaseProcess] = field(factory=dict)

    def start(self) -> None:
        context = get_context("spawn")  # a forked process would share open connections of DuckDB, and locks of threads
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs,), daemon=True)
        process.start()
        theirs.close()  # or its end would not be noticed
        self.pipes[ours] = process

    def brief(self, begin: Begin[P, R]) -> None:
        """What to do, and the first portions of it. Not as an argument of the process: where that ends before it has read all
        of a large one, its parent would wait for ever."""
        for pipe in self.pipes:
            with suppress(BrokenPipeError, ConnectionResetError):  # it is met where its results are read
                pipe.send(begin)
            for _ in range(_AHEAD):
                self.hand(pipe)

    def hand(self, pipe: Connection[Any, Any]) -> None:
        """The next portion, if there is one."""
        if self.handed < len(self.portions):
            with suppress(BrokenPipeError, ConnectionResetError):
                pipe.send((self.handed, self.portions[self.handed]))
            self.handed += 1

    def results(self) -> Iterator[R]:
        done: dict[int, R] = {}
        for number in range(len(self.portions)):
            while number not in done:
                for pipe in wait(list(self.pipes)):
                    place, result = self.received(pipe)  # pyright: ignore[reportArgumentType]
                    done[place] = result
            yield done.pop(number)

    def received(self, pipe: Connection[Any, Any]) -> tuple[int, R]:
        try:
            place, result = pipe.recv()
        except (EOFError, ConnectionResetError):
            raise WorkerLost(_how_it_ended(self.pipes[pipe])) from None
        if isinstance(result, _Failure):
            raise result.error or RuntimeError(f"a worker process failed:\n{result.told}")
        self.hand(pipe)
        return place, result

    def end(self) -> None:
        for pipe, process in self.pipes.items():
            pipe.close()
            process.kill()
        for process in self.pipes.values():
            process.join()


def _how_it_ended(process: BaseProcess) -> str:
    process.join(1)
    code = process.exitcode
    how = f"by signal {-code}" if code and code < 0 else f"with status {code}"
    return (
        f"a worker process ended {how} before its work was done (for its memory?), so nothing is told; try fewer --jobs"
    )


@contextmanager
def _quiet_start(hash_seed: int | None) -> Iterator[None]:
    """Processes that are started herein do not hear Ctrl-C: it ends this one, which ends them, and they say nothing."""
    resource_tracker.ensure_running()  # or the first start would begin it, which unblocks Ctrl-C again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    name = "PYTHONHASHSEED"
    seed = os.environ.get(name)
    try:
        if hash_seed is not None:
            os.environ[name] = str(hash_seed)
        yield
    finally:
        if hash_seed is not None:
            os.environ.pop(name)
            if seed is not None:
                os.environ[name] = seed
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(pipe: Connection[Any, Any]) -> None:
    """The life of a worker: portion by portion, until the other end is closed."""
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            work = pipe.recv()()
            while True:
                place, portion = pipe.recv()
                pipe.send((place, work(portion)))
        except (EOFError, BrokenPipeError, ConnectionResetError):
            raise
        except Exception as error:
            told = error if isinstance(error, CoreCraftError) else None
            pipe.send((0, _Failure(format_exc(), told)))
