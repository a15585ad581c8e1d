"""Commands as processes of their own, forked from one that has loaded the libraries and built the standard world.

A command takes 20 ms instead of more than a second. It has its own output, environment, folder and exit code as when it is
started from a shell; that it also starts from a shell is what `test_readme.py`, `test_screens.py` and others try.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).parents[2]


def run(
    arguments: Sequence[str], *, environment: Mapping[str, str], cwd: Path | None = None, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    """One command, as `subprocess.run` with captured text would give it."""
    with TemporaryDirectory() as folder:
        files = {name: Path(folder, name) for name in ("stdin", "stdout", "stderr")}
        files["stdin"].write_text(stdin or "")
        asked = {"arguments": list(arguments), "environment": dict(environment), "cwd": str(cwd or Path.cwd()),
                 "files": {name: str(file) for name, file in files.items()}}  # fmt: skip
        code = _ask(asked)
        return subprocess.CompletedProcess(
            list(arguments), code, *(files[name].read_text() for name in ("stdout", "stderr"))
        )


def _ask(asked: Mapping[str, Any]) -> int:
    server = _server()
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(json.dumps(asked) + "\n")
    server.stdin.flush()
    return int(server.stdout.readline())


@cache
def _server() -> subprocess.Popen[str]:
    """It ends with this process, which holds the other end of its input."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.cli.warm"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


# --- the warm process ------------------------------------------------------------------------------------------------


def _warm() -> None:
    """Load what every command needs, but not the command line itself: it looks at its terminal as it is loaded."""
    import duckdb  # noqa: F401
    import rich.console
    import rich.progress  # noqa: F401
    from corecraft.analysis import database  # noqa: F401
    from corecraft.rollouts.runner import Stage

    Stage.build()
    Stage.build = cache(Stage.build)  # pyright: ignore[reportAttributeAccessIssue]
    Stage.build().tasks["S-1"]


def _serve() -> None:
    _warm()
    while line := sys.stdin.readline():
        asked = json.loads(line)
        if not (child := os.fork()):
            _become(asked)
            return
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(status, flush=True)


def _become(asked: Mapping[str, Any]) -> None:
    """Be the command. Returns never."""
    for number, (name, flags) in enumerate((("stdin", os.O_RDONLY), ("stdout", os.O_WRONLY), ("stderr", os.O_WRONLY))):
        file = os.open(asked["files"][name], flags | os.O_CREAT)
        os.dup2(file, number)
        os.close(file)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  # the old one may have read ahead
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["cwd"])
    sys.argv = ["corecraft", *asked["arguments"]]
    from corecraft.cli.main import main

    sys.exit(main(asked["arguments"]))


if __name__ == "__main__":
    _serve()
