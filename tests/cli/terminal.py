"""A terminal that somebody sits at: keys go in, and what is shown is waited for."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager

from corecraft.cli.screens import COMMAND

_CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
PATIENCE = 30.0
"""Seconds until what should be shown is missed."""


class Terminal:
    """The keyboard and the screen of a process."""

    def __init__(self, process: subprocess.Popen[bytes], side: int) -> None:
        self.process = process
        self._side = side
        self.raw = ""
        """All that was shown, control sequences included."""
        self._seen = 0

    def type(self, keys: str) -> None:
        os.write(self._side, keys.encode())

    def expect(self, text: str) -> str:
        """Wait until this is shown; what was shown since the last time, up to it, without control sequences."""
        until = time.monotonic() + PATIENCE
        while (at := self.shown.find(text, self._seen)) < 0:
            waits = time.monotonic() < until and self._read()
            assert waits, f"no {text!r} in {self.shown[self._seen :]!r}"
        since, self._seen = self.shown[self._seen : at + len(text)], at + len(text)
        return since

    def end(self) -> int:
        """Wait for the end of the process; its exit status."""
        while self._read():
            pass
        return self.process.wait(PATIENCE)

    @property
    def shown(self) -> str:
        return _CONTROLS.sub("", self.raw).replace("\r\n", "\n")

    def _read(self) -> bool:
        if not select.select([self._side], [], [], 0.5)[0]:
            return True
        try:
            block = os.read(self._side, 65536)
        except OSError:
            return False  # the other side is gone
        self.raw += block.decode("utf-8", "replace")
        return bool(block)


@contextmanager
def terminal(*arguments: object, columns: int = 100, **environment: str) -> Iterator[Terminal]:
    """The command on a terminal with stdin, stdout and stderr."""
    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    kept = {
        name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR", "INPUTRC")
    }
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)], stdin=there, stdout=there, stderr=there, start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        env={**kept, "TERM": "xterm-256color", "INPUTRC": os.devnull, **environment},
    )  # fmt: skip
    os.close(there)
    try:
        yield Terminal(process, here)
    finally:
        process.kill()
        process.wait()
        os.close(here)
