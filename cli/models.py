"""What `corecraft run` knows of models: how one is named, reached and asked, and what is missing in the end."""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
from attrs import frozen

from ..engine.episode import Episode
from ..engine.errors import CoreCraftError
from ..rollouts import local
from ..rollouts.agents.model import Dialect, ModelAgent
from ..rollouts.cluster import Part
from ..rollouts.endpoints import RETRIES, ChatEndpoint, Price
from ..rollouts.loop import Rules, converse
from ..rollouts.schedule import Schedule
from ..scenarios.task import Task
from .typed import JSON

SCHEME = "openai:"
"""Before the name of a model behind a chat-completions endpoint."""
LOCAL = local.LOCAL
"""A small model on this machine, with or without an adapter."""


def add_options(run: argparse.ArgumentParser) -> None:
    model = run.add_argument_group(
        "models", f"with --agent {SCHEME}MODEL, behind any OpenAI-compatible endpoint, or local"
    )
    add_endpoint_options(model)
    add_local_options(model)
    model.add_argument(
        "--ray", action="store_true",
        help="play on a Ray cluster, each worker so many episodes at a time; all machines must see the run folder",
    )  # fmt: skip
    model.add_argument("--workers", type=int, metavar="N", help="with --ray (default: the processors of the cluster)")


def add_endpoint_options(model: argparse._ArgumentGroup) -> None:
    """How a model behind an endpoint is reached and asked."""
    model.add_argument(
        "--base-url", metavar="URL", help="the endpoint, up to /v1 (default: OpenAI's; key: OPENAI_API_KEY)"
    )
    model.add_argument(
        "--dialect", choices=("native", "text", "json"), default="native",
        help="the endpoint's tool calls, JSON in plain text, or turns held to a JSON schema (default: native)",
    )  # fmt: skip
    model.add_argument("--system", type=Path, metavar="FILE", help="another system text than the company's policy")
    model.add_argument(
        "--param", metavar="NAME=JSON", action="append", default=[],
        help="of sampling, e.g. temperature=0 or max_tokens=2000; as often as you like",
    )  # fmt: skip
    model.add_argument("--max-turns", type=int, default=1000, metavar="N", help="turns of an episode (default: 1000)")
    model.add_argument("--retries", type=int, default=RETRIES, metavar="N", help="of a request (default: %(default)s)")
    model.add_argument("--cut", type=int, metavar="N", help="characters of a reply the model is shown (default: all)")
    model.add_argument("--price", type=float, nargs=2, metavar=("IN", "OUT"), help="US dollars for a million tokens")
    model.add_argument(
        "--name", metavar="NAME", help="who plays, in ids and labels; of a person too (default: the model's name)"
    )


def add_local_options(model: argparse._ArgumentGroup, option: str = "--agent") -> None:
    """How many episodes are played at a time, and what a model of this machine is made of."""
    model.add_argument("--concurrency", type=int, default=16, metavar="N", help="episodes at a time (default: 16)")
    model.add_argument("--adapter", type=Path, metavar="FILE", help=f"with {option} local: a LoRA adapter (GGUF)")
    model.add_argument(
        "--model", type=Path, metavar="FILE", help=f"with {option} local: another model (GGUF) than SmolLM2-135M"
    )


def is_model(agent: str) -> bool:
    return agent == LOCAL or agent.startswith(SCHEME)


def agent_of(arguments: argparse.Namespace, system: str) -> ModelAgent:
    """The agent the options describe. system: the text unless --system names another."""
    model = arguments.agent.removeprefix(SCHEME)
    if not model:
        raise CoreCraftError(f"--agent {SCHEME}MODEL wants the name of a model")
    if min(arguments.concurrency, arguments.max_turns, 1 if arguments.cut is None else arguments.cut) < 1:
        raise CoreCraftError("--concurrency, --max-turns and --cut must be 1 or more")
    if arguments.retries < 0:
        raise CoreCraftError("--retries must be 0 or more")
    if arguments.agent == LOCAL:
        return _local_agent(arguments)
    name = arguments.name or re.sub(r"[^\w.-]+", "-", model.rpartition("/")[2]).strip("-.")
    dialect: Dialect = arguments.dialect
    text = system if arguments.system is None else _text(arguments.system)
    return ModelAgent(name, model, text, dialect, cut=arguments.cut, parameters=dict(map(_parameter, arguments.param)))


def _local_agent(arguments: argparse.Namespace) -> ModelAgent:
    name = arguments.name or (LOCAL if arguments.adapter else f"{LOCAL}-base")
    system = local.SYSTEM if arguments.system is None else _text(arguments.system)
    parameters = {**local.PARAMETERS, **dict(map(_parameter, arguments.param))}
    cut = local.CUT if arguments.cut is None else arguments.cut
    return local.local_agent(name, system=system, cut=cut, parameters=parameters)


@contextmanager
def endpoint_of(arguments: argparse.Namespace) -> Iterator[ChatEndpoint]:
    """Where the model is asked; a local one is started for it, and stopped at the end."""
    with address_of(arguments) as url:
        yield endpoint_at(url, arguments)


@contextmanager
def address_of(arguments: argparse.Namespace) -> Iterator[str | None]:
    """Up to /v1; None: the client's own."""
    if arguments.agent == LOCAL:
        with local.local_model(arguments.model or local.base_model(), arguments.adapter) as url:
            yield url
    else:
        yield arguments.base_url


def endpoint_at(url: str | None, arguments: argparse.Namespace) -> ChatEndpoint:
    price = Price(*arguments.price) if arguments.price else None
    return ChatEndpoint(url, price=price, retries=arguments.retries)


@frozen
class ModelPlayer:
    """A `Player`: a model that plays one episode to its end, wherever that stands. endpoint: makes one for each episode."""

    agent: ModelAgent
    endpoint: Callable[[], ChatEndpoint]
    rules: Rules

    @property
    def name(self) -> str:
        return self.agent.name

    def play(self, episode: Episode) -> str:
        """Returns the answer, which the loop has handed in already."""

        async def talk() -> None:
            async with self.endpoint() as endpoint:
                await converse(self.agent, episode, endpoint, self.rules)

        anyio.run(talk)
        return episode.trajectory().answer or ""


def labels_of(agent: ModelAgent) -> dict[str, Any]:
    """What is kept beside the opening of each episode."""
    return {
        "model": agent.model,
        "dialect": agent.dialect,
        **({"parameters": dict(agent.parameters)} if agent.parameters else {}),
    }


def part_of(
    arguments: argparse.Namespace,
    tasks: Sequence[Task],
    agent: ModelAgent,
    endpoint: ChatEndpoint,
    rules: Rules,
    version: str | None,
) -> Part:
    """What each worker of a cluster is handed. version: of the tasks, if an earlier one."""
    world = arguments.world and arguments.world.resolve()
    ids, labels = [task.id for task in tasks], labels_of(agent)
    out, trials, at_a_time = arguments.out.resolve(), arguments.trials, arguments.concurrency
    return Part(
        out, world, ids, trials, labels, agent, endpoint, at_a_time, rules, arguments.form, version, arguments.company
    )


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CoreCraftError(f"{file} cannot be read: {error}") from None


def _parameter(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    try:
        return name, JSON.decode(value)
    except (ValueError, RecursionError):
        raise CoreCraftError(f"--param {text} is no NAME=JSON; write for example --param temperature=0.7") from None


def completeness(schedule: Schedule) -> str:
    """The denominator, and what of it is not there."""
    counts = Counter(one.status for one in schedule.played.values())
    missing = len(schedule.jobs) - len(schedule.played)
    parts = [f"{counts['graded']} of {len(schedule.jobs)} episodes graded"]
    parts += [
        f"{counts[status]} {status}, left out of every score" for status in ("failed", "voided") if counts[status]
    ]
    if schedule.elsewhere:
        parts.append(f"{len(schedule.elsewhere)} played by another process")
    if missing > len(schedule.elsewhere):
        parts.append(f"{missing - len(schedule.elsewhere)} not finished: the same command goes on")
    return "; ".join(parts)
