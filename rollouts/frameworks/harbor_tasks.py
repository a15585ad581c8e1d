"""Harbor: tasks as folders. The agent has a container with a shell and, over MCP, the tools of its episode.

The episode lives in a container beside it, which it reaches in no other way: neither rubric nor truth is where it works.

    environment/        what the agent works in, and `desk/`, which serves the one episode
    tests/              hands the answer in and asks for the grade, with a token that comes only then
    solution/           the reference: its calls and its answer, for Harbor's oracle
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from secrets import token_hex
from typing import Any

from ...engine.episode import Episode
from ...engine.errors import CoreCraftError
from ...engine.files import write_json
from ...scenarios.task import Task
from ..agents import scripted
from ..opening import in_id
from ..routes import mcp
from ..runner import Stage
from ..secret import FILE, Secret

IMAGE = "corecraft:0.1.0"
"""Of the service, from this project's Dockerfile, unless CORECRAFT_IMAGE names another."""
ANSWER = "/app/answer.md"
_TEMPLATES = files("corecraft.rollouts.frameworks") / "harbor"


def export(out: Path, stage: Stage, tasks: Iterable[Task]) -> list[Path]:
    """Write a folder for each task. Raises CoreCraftError where there is one already."""
    return [_write(out / in_id(task.id).lower(), stage, task) for task in tasks]


def _write(folder: Path, stage: Stage, task: Task) -> Path:
    if folder.exists():
        raise CoreCraftError(f"{folder} is there already; export to another folder")
    desk = folder / "environment" / "desk"
    desk.mkdir(parents=True)
    (desk / FILE).write_text(token_hex(32))
    (desk / FILE).chmod(0o600)
    secret, id = Secret.of(desk), f"{task.id}.harbor"
    given = {"task": task.id, "episode": id, "agent": "harbor"}
    url = f"http://corecraft:8765{mcp.path.replace('{key}', secret.derive('episode', id))}"
    write_json(desk / "episode.json", given)
    (desk / FILE).chmod(0o644)  # whoever the service runs as in its container has to read it
    _filled("serve.py", desk)
    _filled("Dockerfile", folder / "environment")
    _filled("docker-compose.yaml", folder / "environment", image=IMAGE)
    _filled("task.toml", folder, name=in_id(task.id).lower(), url=url, title=json.dumps(task.title), family=task.family)
    (folder / "instruction.md").write_text(instruction(stage, task))
    for name in ("test.sh", "grade.py"):
        _filled(name, folder / "tests")
    write_json(folder / "tests" / "control.json", {"episode": id, "token": secret.derive("control")})
    for name in ("solve.sh", "solve.py"):
        _filled(name, folder / "solution")
    write_json(folder / "solution" / "reference.json", {"url": url, **reference(stage, task)})
    return folder


def instruction(stage: Stage, task: Task) -> str:
    """What the agent is told: the policy, the request, and where the answer goes."""
    how = (
        "The tools of the MCP server `corecraft` are your desk; nothing else in this container belongs to the company. "
        f"Write your final answer, and nothing else, to `{ANSWER}`."
    )
    return f"{stage.system_text.rstrip()}\n\n---\n\n{task.prompt}\n\n---\n\n{how}\n"


def reference(stage: Stage, task: Task) -> dict[str, Any]:
    """The reference's calls and its answer."""
    episode: Episode = stage.open(task, "reference")
    answer = scripted(task, "reference").play(episode)
    calls = [{"name": call.tool, "arguments": call.arguments} for call in episode.trajectory().calls()]
    return {"calls": calls, "answer": answer}


def _filled(name: str, to: Path, /, **values: str) -> None:
    """A template in that folder, with what stands in it between `@`."""
    to.mkdir(exist_ok=True)
    text = (_TEMPLATES / name).read_text("utf-8")
    for key, value in values.items():
        text = text.replace(f"@{key}@", value)
    (to / name).write_text(text)
    if name.endswith(".sh"):
        (to / name).chmod(0o755)
