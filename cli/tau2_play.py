"""`corecraft tau2`: tau2's tasks played by an agent, recorded like any other, with pass^k as tau2 has it."""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable
from contextlib import AsyncExitStack, ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio

from ..analysis.figures import pass_all
from ..engine.errors import CoreCraftError
from ..engine.run import Run
from ..rollouts.agents.model import ModelAgent
from ..rollouts.loop import Endpoint, Rules
from ..rollouts.opening import in_id, wall_ms
from . import models
from .output import emit_json, progress, say, table

if TYPE_CHECKING:
    from ..rollouts.agents.turns import Agent
    from ..rollouts.tau2.grading import Tau2Grade
    from ..rollouts.tau2.tasks import Tau2Stage

SCRIPT = "script"
EPILOG = """\
The user says what the scenario has: a script says all of it at once and then agrees,
a model (--user openai:MODEL) talks. docs/tau2.md says how far that is tau2's own.

examples:
  corecraft tau2 retail --limit 5 --agent local --adapter lora.gguf --out runs/tau2
  corecraft tau2 retail --trials 4 --agent openai:MODEL --user openai:OTHER --out runs/tau2
  corecraft verify runs/tau2
"""


def add(commands: Any) -> None:
    play = commands.add_parser(
        "tau2", help="play tau2's tasks with an agent: pass^k", epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    play.add_argument("domain", metavar="DOMAIN", help="retail, airline or mock")
    play.add_argument(
        "--task", action="append", default=[], metavar="ID", help="one of its tasks; as often as you like"
    )
    play.add_argument("--limit", type=int, metavar="N", help="so many tasks, at equal distances (default: all)")
    play.add_argument("--trials", type=int, default=1, metavar="N", help="of each task (default: 1)")
    play.add_argument("--agent", required=True, metavar="WHO", help="openai:MODEL, or local")
    play.add_argument("--user", default=SCRIPT, metavar="WHO", help="script (default), or openai:MODEL")
    play.add_argument("--user-url", metavar="URL", help="where the user's model is asked (default: --base-url)")
    play.add_argument("--out", type=Path, required=True, metavar="DIR", help="run folder, which must be new")
    play.add_argument("--json", action="store_true", help="one JSON object")
    group = play.add_argument_group("models", "with --agent openai:MODEL, or local")
    models.add_endpoint_options(group)
    models.add_local_options(group)
    play.set_defaults(handler=_play, max_turns=50)


def _play(arguments: argparse.Namespace) -> int:
    from ..rollouts.tau2 import conversing, tasks  # takes tau2, which is an extra

    stage = tasks.stage(arguments.domain)
    chosen = _chosen(arguments, stage)
    agent, user_of = _agent(arguments, stage), _user(arguments)
    if arguments.out.exists():
        raise CoreCraftError(f"{arguments.out} is there already: choose another --out, or remove it")
    with ExitStack() as stack:
        url = stack.enter_context(models.address_of(arguments))
        run = Run.create(arguments.out, {"created_ms": wall_ms(), "tau2": arguments.domain, "agent": agent.name})
        run.add_text(stage.toolset.domain.policy)
        for task in chosen:
            stage.opening(task, request="").store(run)
        log = stack.enter_context(closing(run.writer(in_id(agent.name), wall_ms)))
        bar = stack.enter_context(progress(arguments.json))
        step = bar.add_task("playing", total=len(chosen) * arguments.trials)
        grades: dict[str, list[Tau2Grade]] = defaultdict(list)

        async def one(task: Any, trial: int, user: Agent, endpoint: Any) -> None:
            labels = {**models.labels_of(agent), "agent": agent.name, "trial": trial, "user": user.name}
            _, grade = await conversing.talk(
                stage, task, agent, user, endpoint, in_id(f"{task.id}.{agent.name}.{trial}"),
                log=log, labels=labels, rules=Rules(turns=arguments.max_turns),
            )  # fmt: skip
            grades[task.id].append(grade)
            bar.advance(step)

        async def everything() -> None:
            async with AsyncExitStack() as reached:
                both = await _reached(arguments, url, reached)
                waiting = iter([(task, trial) for trial in range(arguments.trials) for task in chosen])

                async def worker() -> None:
                    for task, trial in waiting:
                        await one(task, trial, user_of(task), both)

                async with anyio.create_task_group() as group:
                    for _ in range(1 if arguments.agent == models.LOCAL else arguments.concurrency):
                        group.start_soon(worker)

        try:
            anyio.run(everything)
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
    _tell(arguments, grades, conversing.pass_hat(grades, pass_all), conversing.successes)
    return 0


def _chosen(arguments: argparse.Namespace, stage: Tau2Stage) -> list[Any]:
    if arguments.trials < 1 or (arguments.limit is not None and arguments.limit < 1):
        raise CoreCraftError("--trials and --limit must be 1 or more")
    for id in arguments.task:
        if id not in stage.tasks:
            raise CoreCraftError(f"tau2's {arguments.domain} has no task {id}")
    listed = [stage.tasks[id] for id in arguments.task] or list(stage.tasks.values())
    wanted = min(arguments.limit or len(listed), len(listed))
    return [listed[place * len(listed) // wanted] for place in range(wanted)]


def _agent(arguments: argparse.Namespace, stage: Tau2Stage) -> ModelAgent:
    """With the domain's policy for a system text. A local model is told the tools too, since it never saw these."""
    if not models.is_model(arguments.agent):
        raise CoreCraftError(f"--agent {arguments.agent} is no model: {models.SCHEME}MODEL, or {models.LOCAL}")
    agent = models.agent_of(arguments, stage.toolset.domain.policy)
    if arguments.agent != models.LOCAL:
        return agent
    system = agent.system if arguments.system else stage.toolset.domain.policy
    return ModelAgent(agent.name, agent.model, system, "text", cut=agent.cut, parameters=agent.parameters)


def _user(arguments: argparse.Namespace) -> Callable[[Any], Agent]:
    from ..rollouts.tau2 import conversing

    if arguments.user == SCRIPT:
        return conversing.scripted_user
    model = arguments.user.removeprefix(models.SCHEME)
    if model == arguments.user or not model:
        raise CoreCraftError(f"--user is {SCRIPT} or {models.SCHEME}MODEL, not {arguments.user}")
    return lambda task: conversing.model_user(task, model, {})


async def _reached(arguments: argparse.Namespace, url: str | None, stack: AsyncExitStack) -> Endpoint:
    """Where the agent is asked, and the user too, if a model is in his place."""
    from ..rollouts.tau2.conversing import Between

    agent = await stack.enter_async_context(models.endpoint_at(url, arguments))
    if arguments.user == SCRIPT:
        return agent
    of_user = arguments.user_url or arguments.base_url
    user = await stack.enter_async_context(models.endpoint_at(of_user, arguments))
    return Between(agent, user, arguments.user.removeprefix(models.SCHEME))


def _tell(
    arguments: argparse.Namespace,
    grades: dict[str, list[Tau2Grade]],
    hats: dict[int, float],
    successes: Callable[[list[Tau2Grade]], int],
) -> None:
    rows = [[task, len(found), successes(found)] for task, found in grades.items()]
    if arguments.json:
        told = [{"task": task, "trials": trials, "passed": passed} for task, trials, passed in rows]
        emit_json({"run": str(arguments.out), "pass_hat": {str(k): v for k, v in hats.items()}, "tasks": told})
        return
    table("", ["task", "trials", "passed"], rows)
    for k, value in hats.items():
        say(f"pass^{k} {value:.3f} over {len(rows)} tasks")
