"""The viewer over five million sealed events: opening it, a page of the table, an episode, and what it takes of memory.

Asked in a process of its own, as a user's would be, over the whole of Starlette but for the socket. Medians of nine.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from .timing import ANY_SCALE, Results, sample

_ROUNDS = 9


def measure(folder: Path) -> Results:
    """All rows of this module, over a run that stands in `folder`."""
    command = [sys.executable, "-m", f"{__package__}.viewer", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {row: {ANY_SCALE: sample([value])} for row, value in json.loads(done.stdout).items()}


def _asked(folder: Path) -> dict[str, float]:
    from starlette.testclient import TestClient

    from ..analysis.viewer.app import Viewer
    from ..analysis.viewer.shelf import Shelf
    from ..cli.query import connected
    from ..scenarios.company import schema_of

    shelf = Shelf.of([folder], schema_of, connected)
    opened = _seconds(shelf.connection)
    (run,) = shelf.paths
    ask = TestClient(Viewer(shelf).app("t"), base_url="http://127.0.0.1", headers={"Authorization": "Bearer t"}).get
    episodes = [
        row["episode"] for row in shelf.ask("SELECT episode FROM parts.listing ORDER BY hash(episode) LIMIT 40")
    ]

    def get(path: str) -> None:
        assert ask(path).status_code == 200, path

    pages = iter(range(1, 1000))
    others = iter(episodes)
    return {
        "view-open": opened,
        "view-table": _median(lambda: get(f"/runs/{run}?sort=score&down=1&page={next(pages)}")),
        "view-filter": _median(lambda: get(f"/runs/{run}?q={next(pages) % 10}&verdict=failed&family=IR-01")),
        "view-episode": _median(lambda: get(f"/runs/{run}/{next(others)}")),
        "view-memory": _most_memory(),
    }


def _most_memory() -> int:
    """Bytes of this process at its peak. Linux says so; what `getrusage` says begins with the peak of who started it."""
    told = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in told if line.startswith("VmHWM:")) * 1024


def _median(act: Callable[[], object]) -> float:
    act()
    return statistics.median(_seconds(act) for _ in range(_ROUNDS))


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


if __name__ == "__main__":
    print(json.dumps(_asked(Path(sys.argv[1]))))
