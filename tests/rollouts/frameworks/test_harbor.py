"""A task as Harbor's: read by Harbor itself, its oracle passes, and the rubric is nowhere an agent can look."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from corecraft.engine.errors import CoreCraftError
from corecraft.rollouts.frameworks.harbor_tasks import export
from corecraft.rollouts.runner import Stage

from .conftest import Environment, free_port, graded, surroundings, verified

READ = """
import json, sys
from harbor.models.task.task import Task
assert Task.is_valid_dir(sys.argv[1])
task = Task(sys.argv[1])
(server,), config = task.config.environment.mcp_servers, task.config
print(json.dumps({"name": task.name, "instruction": task.instruction, "url": server.url, "transport": server.transport,
                  "artifact": config.artifacts[0].source}))
"""


@pytest.fixture
def folder(stage: Stage, tmp_path: Path) -> Path:
    (made,) = export(tmp_path / "tasks", stage, [stage.tasks["S-2"]])
    return made


@pytest.mark.slow
def test_its_oracle_passes_and_the_run_comes_with_it(folder: Path, tmp_path: Path):
    port, runs = free_port(), tmp_path / "runs"
    runs.mkdir()
    known = surroundings(CORECRAFT_RUNS=str(runs), CORECRAFT_BIND=f"127.0.0.1:{port}",
                         CORECRAFT_SERVICE=f"http://127.0.0.1:{port}",
                         PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")  # fmt: skip
    desk = subprocess.Popen([sys.executable, str(folder / "environment" / "desk" / "serve.py")], env=known)
    try:
        for _ in range(240):
            if (runs / "opened").exists():
                break
            assert desk.poll() is None
            time.sleep(0.25)
        for script, *words in (("solution/solve.sh", "answer.md"), ("tests/test.sh", "answer.md", "logs")):
            given = [str(tmp_path / word) for word in words]
            subprocess.run(["sh", str(folder / script), *given], env=known, check=True, timeout=60)
    finally:
        desk.terminate()
        desk.wait(20)
    assert json.loads((tmp_path / "logs" / "reward.json").read_text()) == {"reward": 1.0, "passed": 1}
    (past,) = verified(runs / "served").values()
    assert graded(past) == 1.0


def test_what_the_agent_sees_tells_nothing_of_the_grade(stage: Stage, folder: Path):
    given = ("instruction.md", "task.toml", "environment/Dockerfile")
    seen = "".join((folder / name).read_text() for name in given)
    assert stage.tasks["S-2"].prompt in seen
    token = json.loads((folder / "tests" / "control.json").read_text())["token"]
    secret = (folder / "environment" / "desk" / "secret").read_text()
    for hidden in (token, secret, *(criterion.text for criterion in stage.tasks["S-2"].criteria)):
        assert hidden not in seen
    assert (folder / "tests" / "test.sh").stat().st_mode & stat.S_IXUSR


def test_a_folder_is_not_written_over(stage: Stage, folder: Path):
    with pytest.raises(CoreCraftError, match="is there already"):
        export(folder.parent, stage, [stage.tasks["S-2"]])


@pytest.mark.slow
def test_harbor_reads_it(stage: Stage, folder: Path):
    told = json.loads(Environment.of("harbor").run("python", "-c", READ, folder))
    assert told["name"] == "corecraft/s-2"
    assert stage.tasks["S-2"].prompt in told["instruction"]
    assert told["url"].startswith("http://corecraft:8765/episodes/")
    assert (told["transport"], told["artifact"]) == ("streamable-http", "/runs/served")
