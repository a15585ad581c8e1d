"""Two hundred lives of one writer, each ended by SIGKILL: run by test_kill.py as a process of its own.

python -m tests.simulation.lives <folder> <lives> <seed>

One warm process forks a child per life. The child opens the segment its predecessor left behind, plays many interleaved
episodes and says on a pipe what it was told is recorded, each time after the call has returned. The parent kills it
after a random number of such words and a random moment more, and keeps all it has heard.
Prints one JSON object: lives, and acknowledged as [folder, episode, seq, hash].
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import structlog
from corecraft.engine.chance import Chance
from corecraft.engine.episode import Episode
from corecraft.engine.run import Run

from ..toy import episode, genesis

LIVES_PER_RUN = 25
COLORS = ("red", "green", "blue")


def play(folder: Path, life: int, chance: Chance, pipe: int) -> None:
    """Never ends by itself."""
    writer = Run.create(folder, {}).writer("w", lambda: life)
    world = genesis()
    lines: list[Episode] = []

    def acknowledge(line: Episode) -> None:
        os.write(pipe, f"{line.id} {len(line.trajectory()) - 1} {line.head_hash}\n".encode())

    while True:
        if len(lines) < 6:
            id = f"l{life}-{chance.number}"
            fork = chance.choice(lines).fork(id=id) if lines and chance.happens(0.5) else None
            lines.append(fork or episode(id, genesis=world, log=writer, prompts=[{"role": "user", "text": "Paint!"}]))
            if fork is None:
                acknowledge(lines[-1])
        line = chance.choice(lines)
        what = chance.integer(0, 9)
        if what < 6:
            line.call("paintPot", {"pot_id": f"p{chance.integer(0, 9)}", "color": chance.choice(COLORS)})
        elif what < 8:
            line.call("listPots", {"color": chance.choice(COLORS)})
        elif what < 9:
            line.record("model.responded", {"text": "x" * chance.integer(0, 9000)}, beside={"cost": 1})
        else:
            line.submit("done")
            lines.remove(line)
        acknowledge(line)


def live_once(folder: Path, life: int, chance: Chance) -> list[tuple[str, int, str]]:
    """One life and its end; what was acknowledged in it."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            play(folder, life, chance.of("child"), theirs)
        finally:
            os._exit(1)
    os.close(theirs)
    words = b""
    enough = chance.integer(1, 25)
    while words.count(b"\n") < enough:
        heard = os.read(ours, 1 << 16)
        if not heard:
            raise SystemExit(f"life {life} ended by itself")
        words += heard
    for _ in range(chance.integer(0, 2000)):  # a moment, so that the kill falls anywhere within a call
        pass
    os.kill(child, signal.SIGKILL)
    while heard := os.read(ours, 1 << 16):
        words += heard
    os.close(ours)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL
    said = [word.split() for word in words.decode().splitlines(keepends=True) if word.endswith("\n")]
    return [(id, int(seq), hash) for id, seq, hash in said]


def main(folder: str, lives: str, seed: str) -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    acknowledged: list[tuple[str, str, int, str]] = []
    for life in range(int(lives)):
        run = Path(folder) / f"run{life // LIVES_PER_RUN}"
        said = live_once(run, life, Chance(int(seed), f"life/{life}"))
        acknowledged += [(run.name, *word) for word in said]
    json.dump({"lives": int(lives), "acknowledged": acknowledged}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
