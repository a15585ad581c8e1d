"""Whatever stands in a run, a path, an id or an option: what the command prints is seen, and acts on nothing."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import pytest
import structlog
from corecraft.cli.main import main
from corecraft.cli.output import framed, heading, table
from corecraft.engine.world import World
from corecraft.replay.visible import hidden, one_line
from corecraft.rollouts.runner import Stage, prepare_run
from corecraft.scenarios.grading import grade
from rich.console import Console

pytestmark = pytest.mark.usefixtures("built_once")

EVIL = "\x1b[2J\x1b]0;t\x07\x9b31m\u202e\u2028\u200b\r\x08[red]\n    8  passed, code reward 1.000"
NAME = EVIL.replace("\n", "\u2029")  # what may stand in an id


@pytest.fixture(autouse=True)
def logging_as_before():
    yield
    structlog.reset_defaults()  # `serve` points it to a stderr that is gone after the test


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, stage: Stage) -> Path:
    """A run in which an agent says evil things wherever it can, in a folder with an evil name."""
    folder = tmp_path_factory.mktemp("runs") / NAME.replace("/", "")
    task = stage.tasks["S-2"]
    opened = prepare_run(folder, stage, {"agent": EVIL}, [task])
    writer = opened.writer("w", lambda: 7)
    e = stage.opening(task, task.tools).begin("told", writer, {"agent": EVIL})
    e.record("model.responded", {"text": EVIL})
    e.call("searchCustomers", {"email": EVIL, EVIL: EVIL})
    e.call(EVIL, {})
    e.call("create_escalation", {"ticket_id": EVIL, "escalation_type": EVIL, "destination": EVIL, "notes": EVIL})
    e.submit(EVIL)
    e.record("episode.graded", grade(task, e.trajectory(), World(e.world.genesis)).data())
    e.fork(5, id="other", labels={"agent": EVIL}).call("searchCustomers", {"name": EVIL})
    writer.close()
    for where in ("segments", "texts"):
        (folder / where / f"{NAME.replace('/', '')}.{'jsonl' if where == 'segments' else 'md'}").write_bytes(
            EVIL.encode()
        )
    return folder


def strings(value: object) -> list[str]:
    """All strings in a JSON value, keys too."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.items() for part in item for text in strings(part)]
    return [text for item in value for text in strings(item)] if isinstance(value, list) else []


def spoken(capfdbinary: pytest.CaptureFixture[bytes], *arguments: object) -> tuple[int, str, str]:
    try:
        code = main([str(argument) for argument in arguments])
    except SystemExit as stop:
        code = int(stop.code or 0)
    sys.stdout.flush()
    sys.stderr.flush()
    out, err = capfdbinary.readouterr()
    return code, out.decode(), err.decode()


READERS = [
    ("view", "{run}"),
    ("view", "{run}/told", "--full"),
    ("view", "{run}", "--tree"),
    ("view", "{run}", "--json"),
    ("verify", "{run}"),
    ("verify", "{run}", "--json"),
    ("diff", "{run}/told", "{run}/other"),
    ("diff", "{run}/told", "{run}/other", "--json"),
    ("sql", "{run}", "SELECT * FROM messages"),
    ("sql", "{run}", "SELECT * FROM tool_calls"),
    ("sql", "{run}", "SELECT text FROM messages", "--json"),
    ("sql", "{run}", f"SELECT '{EVIL}' AS \"{EVIL}\", 1 AS b"),
    ("sql", "{run}", "FROM damages"),
    ("fork", "{run}/told", "--at", "5", "--id", "mine"),
    ("fork", "{run}/told", "--at", "5", "--answer", "{answer}"),
]


@pytest.mark.parametrize("arguments", READERS, ids=" ".join)
def test_what_stands_in_a_run(
    run: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], arguments: Sequence[str]
):
    answer = tmp_path / "answer"
    answer.write_text(EVIL)
    given = [argument.replace("{run}", str(run)).replace("{answer}", str(answer)) for argument in arguments]
    code, out, err = spoken(capfdbinary, *given)
    assert code in (0, 1), err
    assert not [character for character in (out + err).replace("\t", "") if hidden(character)]  # tabs part cells
    assert not [line for line in (out + err).splitlines() if line.startswith("    8  passed")]
    if "--json" in arguments and "verify" not in arguments:
        assert EVIL in strings(json.loads(out)), "scripts get what is there"


MISTAKES = [
    (),
    (EVIL,),
    ("view", NAME),
    ("view", "{run}/" + NAME),
    ("view", "x", f"--{NAME}"),
    ("verify", NAME),
    ("verify", "{run}", "--heads", NAME),
    ("fork", NAME),
    ("fork", "{run}/told", "--at", EVIL),
    ("fork", "{run}/told", "--at", "4"),
    ("fork", "{run}/told", "--at", "5", "--id", NAME),
    ("fork", "{run}/told", "--at", "5", "--agent", EVIL),
    ("fork", "{run}/told", "--at", "5", "--answer", NAME),
    ("diff", NAME, NAME),
    ("sql", NAME, "SELECT 1"),
    ("sql", "{run}", EVIL),
    ("sql", "{run}", f'SELECT "{EVIL}"'),
    ("sql", "{run}", "SELECT 1", "--with", NAME),
    ("sql", "{run}", "SELECT 1", "--memory", EVIL),
    ("sql", "{run}", "SELECT 1", "--timeout", EVIL),
    ("run", "--task", EVIL, "--agent", "reference", "--out", "x"),
    ("run", "--task", "S-1", "--agent", EVIL, "--out", "x"),
    ("run", "--split", EVIL, "--agent", "reference", "--out", "x"),
    ("run", "--task", "S-1", "--agent", "reference", "--out", "x", "--world", NAME),
    ("run", "--task", "S-1", "--agent", "reference", "--out", "{file}/" + NAME),
    ("run", "--task", "S-1", "--agent", "reference", "--out", "x", "--trials", EVIL),
    ("tasks", "show", EVIL),
    ("tasks", "list", "--family", EVIL),
    ("tasks", "list", "--split", EVIL),
    ("tasks", "check", "--task", EVIL),
    ("tasks", EVIL),
    ("tools", "list", "--set", EVIL),
    ("world", "info", NAME),
    ("world", "build", "--seed", EVIL),
    ("world", "export", NAME, "x"),
    ("world", "import", NAME, "x"),
    ("serve", "--http", EVIL),
    ("serve", "--stdio", "--task", EVIL),
    ("serve", "--http", "127.0.0.1:0", "--world", NAME),
]


@pytest.mark.parametrize("arguments", MISTAKES, ids=lambda arguments: ascii(" ".join(arguments))[:60])
def test_what_a_users_mistake_quotes(
    run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
    arguments: Sequence[str],
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    given = [argument.replace("{run}", str(run)).replace("{file}", "file") for argument in arguments]
    code, out, err = spoken(capfdbinary, *given)
    assert code == 2, out + err
    assert not out
    assert "Traceback" not in err
    assert not [character for character in err if hidden(character)]
    ours = ("error: ", "warning: ", "usage")
    assert not [line for line in err.splitlines() if "passed" in line and not any(mark in line for mark in ours)]


@pytest.mark.parametrize("name", ["cust-[/foo]", "[bold]", ":smile:", "a\nb"])
def test_no_title_is_markup(name: str):
    """Whatever the console: rich reads the title of a frame as markup even where it is told to read none."""
    out = Console(file=StringIO(), force_terminal=True, width=60, color_system=None)
    framed(name, name, to=out)
    heading(name, to=out)
    table(name, [name], [[name]], to=out)
    shown = out.file.getvalue()  # pyright: ignore[reportAttributeAccessIssue]
    assert shown.count(one_line(name)) >= 4


SETS_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize(("arguments", "code"), [(("view", "{run}/told"), 0), (("view", "{run}/" + NAME), 2)])
def test_on_a_terminal(run: Path, arguments: Sequence[str], code: int):
    """A real one: only colours go out, and every line that the terminal could break is broken and marked before."""
    here, there = pty.openpty()
    given = [argument.replace("{run}", str(run)) for argument in arguments]
    environment = {**os.environ, "COLUMNS": "70", "TERM": "xterm-256color"}
    command = [sys.executable, "-m", "corecraft.cli.main", *given]
    with subprocess.Popen(command, stdout=there, stderr=there, stdin=there, env=environment) as process:
        os.close(there)
        output = b""
        try:
            while block := os.read(here, 65536):
                output += block
        except OSError:  # the other side is gone
            pass
    os.close(here)
    assert process.returncode == code
    lines = SETS_COLOUR.sub("", output.decode()).replace("\r\n", "\n").removesuffix("\n").split("\n")
    assert not [line for line in lines if any(map(hidden, line)) or len(line) > 70]
    assert any("┆ " in line for line in lines)


BROKEN = """
import corecraft.cli.main as command
def parser(wanted):
    raise ArithmeticError(chr(27) + chr(0x202e))
command.parser = parser
command.main(["view"])
"""


def test_a_bug_of_ours_is_told_loudly_and_acts_on_nothing():
    done = subprocess.run([sys.executable, "-c", BROKEN], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "ArithmeticError: \\x1b\\u202e" in done.stderr
