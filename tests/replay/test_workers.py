"""Work in several processes comes out as in one, in order, and whatever ends a process is told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path

import pytest
from attrs import frozen
from corecraft.engine.errors import CoreCraftError, WorkerLost
from corecraft.engine.run import Run
from corecraft.replay.causes import Checked, check_run, grouped
from corecraft.replay.workers import in_processes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..golden.expected import TOOLS, regrade
from ..golden.make import SEGMENT, play_toy
from ..toy import TABLES


@frozen
class Checker:
    """Verifies toys; goes to other processes."""

    run: Run
    tools: str

    def __call__(self) -> Callable[[Sequence[str]], list[Checked]]:
        genesis = cache(lambda digest: self.run.genesis(digest, lambda _: TABLES))
        check = partial(check_run, self.run, TOOLS[self.tools], genesis, regrade=regrade)
        return lambda episodes: list(check(episodes=episodes))


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    play_toy(path := tmp_path_factory.mktemp("workers") / "toy")
    return path


def told(found: Sequence[Checked]) -> list[tuple[str, str]]:
    return [(one.episode, f"{one.cause} {one.found}") for one in found]


@given(
    st.integers(0, 60),
    st.binary(max_size=3),
    st.sampled_from(["as they are", "in layers", "raised"]),
    st.integers(1, 3),
)
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_what_is_found_hangs_on_no_number_of_processes(
    toy: Path, tmp_path: Path, number: int, noise: bytes, tools: str, at_once: int
):
    path = tmp_path / "run"
    if not path.exists():
        play_toy(path)
    lines = (toy / SEGMENT).read_bytes().splitlines(keepends=True)
    lines[number % len(lines)] = lines[number % len(lines)].replace(b"p1", noise)
    (path / SEGMENT).write_bytes(b"".join(lines))
    run = Run(path, sparing=True)
    episodes = run.episodes
    portions = [episodes[start : start + at_once] for start in range(0, len(episodes), at_once)]
    one = Checker(Run(path), tools)()(episodes)
    two = [each for found in in_processes(Checker(run, tools), portions, 2) for each in found]
    assert told(one) == told(two)
    assert [(group.cause, group.tool, group.episodes) for group in grouped(one)] == [
        (group.cause, group.tool, group.episodes) for group in grouped(two)
    ]


# --- how processes end -----------------------------------------------------------------------------------------------


def doubling() -> Callable[[int], int]:
    return lambda number: number * 2


def slower_at_first() -> Callable[[int], int]:
    def work(number: int) -> int:
        time.sleep(0.2 if number == 0 else 0)
        return number

    return work


def killed_at_three() -> Callable[[int], int]:
    def work(number: int) -> int:
        if number == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    return work


def mistaken() -> Callable[[int], int]:
    def work(number: int) -> int:
        raise CoreCraftError(f"no {number}")

    return work


def broken() -> Callable[[int], int]:
    return lambda number: 1 // number


def tenths() -> Callable[[int], int]:
    os.write(1, b"%d\n" % os.getpid())

    def work(number: int) -> int:
        time.sleep(number / 10)
        return number

    return work


def hash_of_a_text() -> Callable[[int], int]:
    return lambda _: hash("a text")


def test_results_come_in_order_whoever_is_first():
    assert list(in_processes(slower_at_first, range(9), 2)) == list(range(9))
    assert list(in_processes(doubling, [], 2)) == []


def test_a_killed_process_is_told_and_not_waited_for():
    found = in_processes(killed_at_three, range(50), 2)
    with pytest.raises(WorkerLost, match="ended by signal 9 before its work was done"):
        list(found)


def ended_at_once() -> Callable[[int], int]:
    os._exit(3)


@frozen
class Large:
    """More than a pipe holds."""

    text: str = "x" * 1_000_000

    def __call__(self) -> Callable[[int], int]:
        return ended_at_once()


def test_a_process_that_never_begins_is_told():
    with pytest.raises(WorkerLost, match="ended with status 3"):
        list(in_processes(Large(), range(50), 2))


def test_what_a_process_raises_is_raised_here():
    with pytest.raises(CoreCraftError, match="no 0"):
        list(in_processes(mistaken, range(2), 1))
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        list(in_processes(broken, range(2), 1))


def test_processes_may_order_hashes_otherwise():
    first, second = (next(in_processes(hash_of_a_text, [0], 1, seed)) for seed in (1, 2))
    assert first != second
    assert first == next(in_processes(hash_of_a_text, [0], 1, 1))


SCRIPT = """
import sys
from corecraft.replay.workers import in_processes
from tests.replay.test_workers import tenths
if __name__ == "__main__":
    list(in_processes(tenths, [int(sys.argv[1])] * 10_000, 2))
"""


def started(folder: Path, tenths: int) -> tuple[subprocess.Popen[str], list[int]]:
    """A process and its two workers, each of whose portions takes so long."""
    (folder / "script.py").write_text(SCRIPT)
    root = Path(__file__).parents[2]
    parent = subprocess.Popen(
        [sys.executable, folder / "script.py", str(tenths)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True, env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    assert parent.stdout
    return parent, [int(parent.stdout.readline()) for _ in range(2)]


def test_ctrl_c_ends_all_at_once_and_only_one_speaks(tmp_path: Path):
    parent, workers = started(tmp_path, 6000)
    os.killpg(parent.pid, signal.SIGINT)  # as a terminal does
    _, said = parent.communicate(timeout=60)
    assert said.count("Traceback") == 1
    assert "KeyboardInterrupt" in said
    assert not any(map(alive, workers))


def test_a_process_that_cannot_even_start_is_told():
    """A script on stdin, which the new process looks for in vain."""
    script = SCRIPT.replace("tenths, [int(sys.argv[1])]", "tests.replay.test_workers.Large(), [1]")
    done = subprocess.run(
        [sys.executable, "-"], input="import tests.replay.test_workers" + script, capture_output=True, text=True, check=False,
        timeout=120, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert "WorkerLost: a worker process ended with status 1" in done.stderr


def test_workers_do_not_outlive_the_process_that_started_them(tmp_path: Path):
    parent, workers = started(tmp_path, 1)
    parent.kill()
    parent.communicate(timeout=60)  # ends when the last of them has closed its side
    assert not any(map(alive, workers))


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
