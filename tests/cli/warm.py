"""Commands as processes of their own, forked from one that has loaded the libraries and built the standard world.

A command takes 20 ms instead of more than a second. It has its own output, environment, folder and exit code as when it is
started from a shell; that it also starts from a shell is what `test_readme.py`, `test_screens.py` and others try.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import pty
import subprocess
import sys
import termios
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from tempfile import TemporaryDirectory
from typing import Any

from corecraft.cli import screens
from corecraft.scenarios.company import OURS

ROOT = Path(__file__).parents[2]


def run(
    arguments: Sequence[str], *, environment: Mapping[str, str], cwd: Path | None = None, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    """One command, as `subprocess.run` with captured text would give it."""
    (done,) = at_once(arguments, environment=environment, cwd=cwd, stdin=stdin)
    return done


def at_once(
    *commands: Sequence[str], environment: Mapping[str, str], cwd: Path | None = None, stdin: str | None = None
) -> list[subprocess.CompletedProcess[str]]:
    """The same of several commands, all of which run at the same time."""
    with TemporaryDirectory() as folder:
        Path(folder, "stdin").write_text(stdin or "")
        files = [
            {name: str(Path(folder, f"{name}{'' if name == 'stdin' else number}")) for name in STREAMS}
            for number in range(len(commands))
        ]
        codes = _ask(*(_asked(command, environment, cwd, each) for command, each in zip(commands, files, strict=True)))
        return [
            subprocess.CompletedProcess([*command], code, *(Path(each[name]).read_text() for name in STREAMS[1:]))
            for command, code, each in zip(commands, codes, files, strict=True)
        ]


def on_terminal(columns: int, *arguments: object, **environment: str) -> str:
    """All that the command shows on a terminal of this width, as `screens.on_terminal` tells it."""
    here, there = pty.openpty()
    termios.tcsetwinsize(there, (40, columns))
    files = {"stdin": os.ttyname(there), "stdout": os.ttyname(there), "stderr": os.devnull}
    around = {**screens._environment(), "TERM": "xterm-256color", **environment}
    with ThreadPoolExecutor(1) as reader:
        shown = reader.submit(lambda: b"".join(screens._blocks(here)))
        _ask(_asked([*map(str, arguments)], around, None, files))
        os.close(there)  # the last one that held it, so the reader ends
        output = shown.result()
    os.close(here)
    return screens._MOVES.sub("", output.decode().replace("\r\n", "\n"))


STREAMS = ("stdin", "stdout", "stderr")


def _asked(
    arguments: Sequence[str], environment: Mapping[str, str], cwd: Path | None, files: Mapping[str, str]
) -> dict[str, Any]:
    return {"arguments": [*arguments], "environment": {**environment}, "cwd": str(cwd or Path.cwd()), "files": files}


def _ask(*asked: Mapping[str, Any]) -> list[int]:
    """Exit codes of commands that run at the same time."""
    server = _server()
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(json.dumps(asked) + "\n")
    server.stdin.flush()
    return json.loads(server.stdout.readline())


@cache
def _server() -> subprocess.Popen[str]:
    """It ends with this process, which holds the other end of its input."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.cli.warm"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


# --- the warm process ------------------------------------------------------------------------------------------------


def _warm() -> None:
    """Load what commands need, but not the command line itself, which is forgotten again: it looks at its terminal as it is
    loaded."""
    from corecraft import cli
    from corecraft.rollouts.runner import Stage
    from corecraft.scenarios.splits import task_ids

    for module in iter_modules(cli.__path__, "corecraft.cli."):
        import_module(module.name)
    for name in [name for name in sys.modules if name.startswith("corecraft.cli")]:
        del sys.modules[name]
    Stage.build = once(Stage.build)  # pyright: ignore[reportAttributeAccessIssue]
    stage = Stage.build()
    for id in task_ids("smoke"):
        stage.tasks[id]
    gc.freeze()  # or each child would copy what it only looks at


def once(build: Callable[..., Any]) -> Callable[..., Any]:
    """`Stage.build`, which makes each world once, in whichever words it is asked for."""
    kept = cache(build)

    def found(
        seed: int = 0, scale: int = 1, version: int | None = None, form: str = "labelled", company: str = OURS
    ) -> Any:
        return kept(seed, scale, version, form, company)

    return found


def _serve() -> None:
    _warm()
    while line := sys.stdin.readline():
        children: list[int] = []
        for asked in json.loads(line):
            if not (child := os.fork()):
                _become(asked)
                return
            children.append(child)
        print([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children], flush=True)


def _become(asked: Mapping[str, Any]) -> None:
    """Be the command. Returns never."""
    for number, (name, flags) in enumerate(zip(STREAMS, (os.O_RDONLY, os.O_WRONLY, os.O_WRONLY), strict=True)):
        file = os.open(asked["files"][name], flags | os.O_CREAT)
        os.dup2(file, number)
        os.close(file)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  # the old one may have read ahead
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["cwd"])
    sys.argv = ["corecraft", *asked["arguments"]]
    try:
        status = _played(asked["arguments"])
    except SystemExit as stop:
        status = int(stop.code or 0)
    except BaseException:
        traceback.print_exc()
        status = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # not by way of taking apart all that was loaded, which takes longer than most commands


def _played(arguments: list[str]) -> int:
    from corecraft.cli.main import main

    return main(arguments)


if __name__ == "__main__":
    _serve()
