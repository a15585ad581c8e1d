"""Who plays forks on, for `corecraft bisect` and `what-if`: a script of the task, or a model."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

from attrs import evolve

from ..engine.episode import Episode
from ..engine.run import Run
from ..engine.trajectory import Trajectory
from ..rollouts import forking
from ..rollouts.bisecting import Policy
from ..rollouts.branching import Each
from ..rollouts.loop import Rules
from . import models
from .histories import system_text


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--policy", dest="agent", default="reference", metavar="AGENT",
        help="who plays on: reference (default), failing or another known mistake, openai:MODEL, or local",
    )  # fmt: skip
    model = parser.add_argument_group(
        "models", f"with --policy {models.SCHEME}MODEL, behind any OpenAI-compatible endpoint, or local"
    )
    models.add_endpoint_options(model)
    models.add_local_options(model, "--policy")


Cast = Callable[[Run, Trajectory, Callable[[], Episode]], Policy]
"""Who plays a line on. The last: a new episode at its beginning, which is not kept."""


@contextmanager
def policies(arguments: argparse.Namespace) -> Iterator[tuple[Cast, Each]]:
    """Who plays a line on, and how many forks at a time. Raises CoreCraftError for a model that cannot be reached."""
    if not models.is_model(arguments.agent):
        yield partial(_script, arguments.agent), map
        return
    models.agent_of(arguments, "")  # a wrong option is told before anything is started
    with models.address_of(arguments) as url, ThreadPoolExecutor(arguments.concurrency) as pool:
        models.endpoint_at(url, arguments)
        yield partial(_model, arguments, url), pool.map


def _script(name: str, run: Run, past: Trajectory, untouched: Callable[[], Episode]) -> Policy:
    return Policy.script(forking.script(run, past, name, continues=False), untouched)


def _model(
    arguments: argparse.Namespace, url: str | None, run: Run, past: Trajectory, untouched: Callable[[], Episode]
) -> Policy:
    agent = models.agent_of(arguments, "")
    if arguments.agent != models.LOCAL and not arguments.system:
        agent = evolve(agent, system=system_text(run, past) or "")
    rules = Rules(turns=arguments.max_turns)
    return Policy.model(models.ModelPlayer(agent, lambda: models.endpoint_at(url, arguments), rules))
