"""`docs/screens.md` and its pictures: what the command shows on terminals of 80 and 120 columns and through a pipe."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME, MONOKAI
from rich.text import Text

COMMAND = [sys.executable, "-m", "corecraft.cli.main"]
STYLES = re.compile(r"\x1b\[[0-9;]*m")
_MOVES = re.compile(r"\x1b\[\??[0-9;]*[A-HJKhl]")

FIRST = (
    "run --task S-2 --agent failing --out runs/s2",
    "fork runs/s2/S-2.failing.0 --at 18 --agent reference --continue",
)
"""What the screens are made from, in an empty folder."""
SHOWN = (
    "view runs/s2/S-2.failing.0",
    "diff runs/s2/S-2.failing.0 runs/s2/S-2.failing.0~1",
    'sql runs/s2 "SELECT episode, agent, calls, code_reward, code_passed FROM episodes"',
    "tasks list --split smoke",
)
INTRODUCTION = """\
# Screens

What `corecraft` shows. Lines that are wrapped, and lines of texts from the world, begin with `┆`, so that nothing an agent or a
customer wrote can pass for a line of the program. A rejection and an unmet criterion have a sign (`✗`), not only a colour;
`NO_COLOR` leaves the colours out. Through a pipe tables are tab-separated under a header, and nothing is wrapped. `--json` is
exact.

| dark | light |
|---|---|
| ![view, dark](screens/dark.svg) | ![view, light](screens/light.svg) |
"""


def page() -> str:
    """`docs/screens.md`."""
    with TemporaryDirectory() as folder:
        parts = [INTRODUCTION, *_first(Path(folder)), *(_shown(command, Path(folder)) for command in SHOWN)]
    return "\n".join(parts)


def pictures() -> Iterator[tuple[str, str]]:
    """Name and SVG of a diff as a dark and a light terminal shows it."""
    with TemporaryDirectory() as folder:
        for command in FIRST:
            on_terminal(100, *_split(command), cwd=folder)
        shown = on_terminal(100, *_split(SHOWN[1]), cwd=folder)
    for name, theme in (("dark", MONOKAI), ("light", DEFAULT_TERMINAL_THEME)):
        console = Console(width=100, record=True, file=StringIO(), force_terminal=True, color_system="standard")
        console.print(Text.from_ansi(shown.rstrip()))
        yield name, _without_fonts(console.export_svg(title=f"corecraft {SHOWN[1]}", theme=theme, unique_id=name))


def on_terminal(columns: int, *arguments: object, cwd: str | Path | None = None, **environment: str) -> str:
    """All that the command shows on a terminal of this width, styles included and progress left out."""
    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    with subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdout=there,
        stderr=subprocess.DEVNULL,
        stdin=there,
        cwd=cwd,
        env={**_environment(), "TERM": "xterm-256color", **environment},
    ):
        os.close(there)
        output = b"".join(_blocks(here))
    os.close(here)
    return _MOVES.sub("", output.decode().replace("\r\n", "\n"))


def plain(shown: str) -> str:
    """Without styles."""
    return STYLES.sub("", shown)


def _blocks(terminal: int) -> Iterator[bytes]:
    try:
        while block := os.read(terminal, 65536):
            yield block
    except OSError:
        return  # the other side is gone


def _environment() -> Mapping[str, str]:
    return {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}


def _split(command: str) -> list[str]:
    return [one.strip('"') for one in re.findall(r'"[^"]*"|\S+', command)]


def _first(folder: Path) -> Iterator[str]:
    for command in FIRST:
        shown = plain(on_terminal(80, *_split(command), cwd=folder))
        yield f"## `corecraft {command}`\n\n80 columns\n\n```text\n{_trimmed(shown)}\n```\n"


def _shown(command: str, folder: Path) -> str:
    parts = [f"## `corecraft {command}`\n"]
    for columns in (80, 120):
        parts.append(
            f"{columns} columns\n\n```text\n{_trimmed(plain(on_terminal(columns, *_split(command), cwd=folder)))}\n```\n"
        )
    piped = subprocess.run(
        [*COMMAND, *_split(command)], capture_output=True, text=True, cwd=folder, env=_environment(), check=True
    )
    return "\n".join([*parts, f"through a pipe\n\n```text\n{_trimmed(piped.stdout)}\n```\n"])


def _trimmed(shown: str) -> str:
    return "\n".join(line.rstrip() for line in shown.strip("\n").split("\n"))


def _without_fonts(svg: str) -> str:
    """Fonts are the reader's own: a picture fetches nothing."""
    return re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
