"""Runs as files: the pages of the viewer, to be read without a server, from a disk or any web space.

They are the same pages with other links. What needs a server is not on them: the world at every point, SQL, forks, judging.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

import msgspec
from attrs import frozen
from starlette.requests import Request
from starlette.responses import Response

from ...engine.errors import CoreCraftError, StorageFailed
from ...replay.visible import one_line
from .app import Viewer
from .listing import Choice
from .pages import ASSETS, Links
from .shelf import Shelf

ROWS = 500
"""Episodes of a table; further ones are on further pages."""
MARKER = "corecraft-export.json"
"""Stands in a folder that an export made, which the next one may write anew."""
_ASSETS = ("icon.svg", "LICENSES.txt", "colours.css", "theme.js", "viewer.css", "viewer.js")
POLICY = (
    "default-src 'none'; script-src 'self' file:; style-src 'self' file:; img-src 'self' file: data:; base-uri 'none'; "
    "form-action 'none'"
)
"""As the server's, as far as a page can say so itself. On a disk some browsers know no 'self'."""


@frozen
class Copied(Links):
    """Relative addresses. up: from the page to the folder of all. files: run -> its episodes with pages -> their files.
    totals: run -> how many episodes it has."""

    static: bool = True
    up: str = ""
    files: Mapping[str, Mapping[str, str]] = {}
    totals: Mapping[str, int] = {}
    policy: str = POLICY

    def home(self) -> str:
        return f"{self.up}index.html"

    def asset(self, name: str) -> str:
        return f"{self.up}assets/{name}"

    def run(self, run: str, query: str = "") -> str:
        return f"{self.up}runs/{quote(run)}/{table_file(int(dict(parse_qsl(query)).get('page', 1)))}"

    def episode(self, run: str, episode: str, seq: int | None = None, query: str = "") -> str:
        anchor = "" if seq is None else f"#s{seq}"
        return f"{self.up}runs/{quote(run)}/episodes/{quote(self.files[run][episode])}{anchor}"

    def has(self, run: str, episode: str) -> bool:
        return episode in self.files.get(run, {})

    def kept(self, run: str) -> int:
        return len(self.files[run])

    def left(self, run: str) -> int:
        return self.totals[run] - len(self.files[run])

    def of_episode(self, run: str, episode: str, what: str, query: str = "") -> str:
        return ""  # there are none


@frozen
class Written:
    """How far an export has come: pages of episodes, and the bytes of all pages."""

    done: int
    total: int
    size: int


def publish(shelf: Shelf, folder: Path, limit: int | None = None) -> Iterator[Written]:
    """Write all pages to a folder, and tell after each episode how far one is. limit: episodes of each run that have pages.

    Raises CoreCraftError for a folder that holds something else, and where it cannot be written.
    """
    _check(folder, shelf)
    runs = [run for run in shelf.paths if run not in set(shelf.missing())]
    episodes = {run: _episodes(shelf, run) for run in runs}
    files = {run: _files(episodes[run][:limit]) for run in runs}
    totals = {run: len(episodes[run]) for run in runs}
    try:
        _prepare(folder, runs)
        yield from _pages(shelf, folder, files, totals)
    except OSError as error:
        raise StorageFailed(f"{folder} cannot be written: {error.strerror}") from None


def _pages(
    shelf: Shelf, folder: Path, files: Mapping[str, Mapping[str, str]], totals: Mapping[str, int]
) -> Iterator[Written]:
    top, table, line = (
        Viewer(shelf, links=Copied(up="../" * depth, files=files, totals=totals), rows=ROWS) for depth in (0, 2, 3)
    )
    size = _write(folder / "index.html", top.runs(_request()))
    done, total = 0, sum(map(len, files.values()))
    for run, own in files.items():
        for number in range(1, max(1, -(-totals[run] // ROWS)) + 1):
            query = Choice(page=number).address()
            size += _write(folder / "runs" / run / table_file(number), table.episodes(_request(query, run=run)))
        for episode, file in own.items():
            size += _write(folder / "runs" / run / "episodes" / file, _episode(line, run, episode))
            done += 1
            yield Written(done, total, size)


def _episode(viewer: Viewer, run: str, episode: str) -> Response:
    """Its page, or one that says why there is none."""
    request = _request(run=run, episode=episode)
    try:
        return viewer.episode(request)
    except CoreCraftError as error:
        return viewer.render(request, "mistake.html", line=f"{episode}: {one_line(str(error))}")


def _request(query: str = "", **names: Any) -> Request:
    """What the viewer's pages are made from, without anybody who asks."""
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": query.encode()}
    return Request({**scope, "path_params": names})


def _write(path: Path, page: Response) -> int:
    path.write_bytes(page.body)
    return len(page.body)


# --- names -----------------------------------------------------------------------------------------------------------


def table_file(page: int) -> str:
    return "index.html" if page == 1 else f"page-{page}.html"


def _episodes(shelf: Shelf, run: str) -> list[str]:
    """As the table has them; then those of which not even a row could be read."""
    listed = shelf.ask("SELECT episode FROM parts.listing WHERE run = ? ORDER BY episode", [shelf.column(run)])
    return list(dict.fromkeys([*(row["episode"] for row in listed), *shelf.run(run).episodes]))


def _files(episodes: list[str]) -> dict[str, str]:
    """Episode -> its file: no two that a disk takes for one another, which may know neither case nor colons."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for episode in episodes:
        stem, number = quote(episode, safe="~@"), 1
        name = stem
        while name.lower() in taken:
            number += 1
            name = f"{stem} ({number})"
        taken.add(name.lower())
        found[episode] = f"{name}.html"
    return found


# --- the folder ------------------------------------------------------------------------------------------------------


def _check(folder: Path, shelf: Shelf) -> None:
    here = folder.resolve()
    for run in (path.resolve() for path in shelf.paths.values()):
        if here.is_relative_to(run) or run.is_relative_to(here):
            raise CoreCraftError(f"{folder} and the run {run} must not lie within one another: choose another folder")
    if folder.exists() and not folder.is_dir():
        raise CoreCraftError(f"{folder} is no folder")
    if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).exists():
        raise CoreCraftError(f"{folder} is not empty, and no earlier export: choose another folder")


def _prepare(folder: Path, runs: list[str]) -> None:
    """An earlier export's pages go, and nothing else does."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).write_bytes(msgspec.json.encode({"runs": runs}) + b"\n")
    for page in (*folder.glob("runs/*/*.html"), *folder.glob("runs/*/episodes/*.html")):
        page.unlink()
    for run in runs:
        (folder / "runs" / run / "episodes").mkdir(parents=True, exist_ok=True)
    (folder / "assets").mkdir(exist_ok=True)
    for name in _ASSETS:
        shutil.copyfile(ASSETS / name, folder / "assets" / name)
