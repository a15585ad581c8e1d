"""Past one machine: the same runner as Ray tasks (extra `ray`).

Every worker plays the whole schedule on the run folder, which all machines see: ids are claimed there, so each episode is
played by one of them. A worker that dies is started again by Ray, and goes on in the histories it left open; the others do not
wait for it.
"""

from __future__ import annotations

import logging
import os
import socket
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import anyio
from attrs import frozen

from ..engine.errors import CoreCraftError
from ..engine.faults import Faults
from ..scenarios.company import OURS
from ..scenarios.task import Form
from .agents.model import ModelAgent
from .batch import Played
from .endpoints import ChatEndpoint
from .loop import Rules
from .runner import Stage, load, standard
from .schedule import GaveUp, Schedule, jobs, play_model

MISSING = "ray is not installed: pip install 'corecraft[ray]'"
RESTARTS = 10
"""How often a worker that has died is started again."""
REFRESH = 0.5
"""Seconds from one look at the workers to the next."""
PATIENCE = 30.0
"""Seconds that workers have to let their segments go when all are to stop."""


@frozen
class Part:
    """What a worker is handed, each the same: all it takes to play by itself.

    out, world: as the machines see them; world is a saved one or a bundle, None the standard one of the company. form:
    of its tasks. version: an earlier one they are of, as `Stage.of_version` takes it. faults: calls fail so.
    """

    out: Path
    world: Path | None
    tasks: Sequence[str]
    trials: int
    labels: Mapping[str, Any]
    agent: ModelAgent
    endpoint: ChatEndpoint
    concurrency: int
    rules: Rules
    form: Form = "labelled"
    version: str | None = None
    company: str = OURS
    faults: Faults | None = None


def play_on_ray(schedule: Schedule, part: Part, done: Callable[[Played], None], workers: int | None = None) -> None:
    """Play what is left of a schedule on the cluster of RAY_ADDRESS, the one this machine is in, or a new one on it alone.

    workers: by default as many as the cluster has processors. done: told here of each episode as it ends there. What stops
    one worker stops all: raises GaveUp. Raises CoreCraftError where there is no cluster, or no processor in it.
    """
    schedule.look()
    with _cluster() as ray:
        count = workers or _processors(ray)
        told = import_module("ray.util.queue").Queue(actor_options={"num_cpus": 0})
        work = ray.remote(_work).options(num_cpus=1, max_retries=RESTARTS, scheduling_strategy="SPREAD")
        waiting = [work.remote(part, told) for _ in range(count)]
        try:
            while waiting:
                ended, waiting = ray.wait(waiting, timeout=REFRESH)
                _hear(told, schedule, done)
                for reason in ray.get(ended):
                    if reason is not None:
                        raise GaveUp(reason)
        except ray.exceptions.RayTaskError:
            raise  # a bug of ours
        except ray.exceptions.RayError as error:
            raise GaveUp(
                f"a worker died {RESTARTS + 1} times, or it or the queue was lost: {_first_line(error)}"
            ) from None
        finally:
            for one in waiting:
                ray.cancel(one)
            if waiting:
                ray.wait(waiting, num_returns=len(waiting), timeout=PATIENCE)
            with suppress(ray.exceptions.RayError):  # who kept it may be what was lost
                _hear(told, schedule, done)
            schedule.settle()  # what a worker ended and was killed before it could grade it, or tell


def _processors(ray: Any) -> int:
    """How many workers the cluster has room for. Raises CoreCraftError where that is none."""
    offered = ray.cluster_resources().get("CPU", 0)
    if offered < 1:
        raise CoreCraftError(
            f"a worker takes a whole processor, and the Ray cluster offers {offered:g}; where it grows on demand, say "
            "--workers N"
        )
    return int(offered)


def _work(part: Part, told: Any) -> str | None:
    """A worker, in a process of its own: plays what nobody plays yet. Returns what stopped it."""
    if part.version is not None:
        stage = Stage.of_version(part.version, part.form)
    else:
        stage = standard(form=part.form, company=part.company) if part.world is None else load(part.world, part.form)
    wanted = jobs([stage.tasks[id] for id in part.tasks], part.agent.name, part.trials, part.faults)
    with Schedule(part.out, stage, wanted, part.agent.name, part.labels, part.faults) as schedule:
        counted = Counter[str]()

        def done(played: Played) -> None:
            told.put((played, schedule.usage - counted))
            counted.update(schedule.usage - counted)

        async def play() -> None:
            async with part.endpoint as endpoint:
                await play_model(schedule, part.agent, endpoint, done, concurrency=part.concurrency, rules=part.rules)

        try:
            anyio.run(play)
        except CoreCraftError as error:
            return str(error)
    return None


def _hear(told: Any, schedule: Schedule, done: Callable[[Played], None]) -> None:
    """Note what the workers have told of since."""
    for played, usage in told.get_nowait_batch(told.qsize()):
        schedule.played[played.episode] = played
        schedule.usage.update(usage)
        done(played)


@contextmanager
def _cluster() -> Iterator[Any]:
    """The ray module, connected to a cluster."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # a cluster begun here reports to nobody
    try:
        ray = import_module("ray")
    except ModuleNotFoundError:
        raise CoreCraftError(MISSING) from None
    _check_address(os.environ.get("RAY_ADDRESS", ""))
    try:
        ray.init(log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, ray.exceptions.RayError) as error:
        raise CoreCraftError(f"no Ray cluster is to be had: {_first_line(error)}") from None
    try:
        yield ray
    finally:
        ray.shutdown()


def _check_address(address: str) -> None:
    """Ray itself would knock for many minutes where nobody lives."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    try:
        if host:
            socket.create_connection((host, int(port)), timeout=10).close()
    except (OSError, ValueError) as error:
        raise CoreCraftError(f"no Ray cluster answers at RAY_ADDRESS={address}: {error}") from None


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
