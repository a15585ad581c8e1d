"""CoreCraft's tasks in Inspect.

    pip install corecraft "inspect-ai>=0.3.285"
    inspect eval examples/frameworks/inspect_corecraft.py --model openai/gpt-5 -T split=smoke -T out=runs/inspect
    corecraft verify runs/inspect
    corecraft report runs/inspect

Any solver that uses the tools of its state plays it: `--solver mine.py@my_solver`. With `-T service=http://127.0.0.1:8765` and
the token in CORECRAFT_CONTROL_TOKEN it plays at `corecraft serve --http`, over MCP, without a sandbox.
"""

from __future__ import annotations

from corecraft.rollouts.frameworks.inspect_task import corecraft_task
from inspect_ai import Task, task


@task
def corecraft(
    out: str = "runs/inspect",
    split: str = "smoke",
    limit: int | None = None,
    tasks: str | list[str] = "",
    service: str = "",
) -> Task:
    """tasks: ids with commas between, which Inspect makes a list of; instead of a split. service: play over MCP, there."""
    ids = [tasks] if isinstance(tasks, str) and tasks else list(tasks)
    return corecraft_task(out, ids, service=service, split=split, limit=limit)
