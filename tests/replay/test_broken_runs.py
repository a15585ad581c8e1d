"""A run folder that somebody broke is damage with a name, never a traceback, and what is not broken stays readable."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from corecraft.analysis.database import connect, query
from corecraft.cli.output import console
from corecraft.engine.canonical import encode
from corecraft.engine.errors import CoreCraftError
from corecraft.engine.event import GENESIS_HASH, chain
from corecraft.engine.run import Run
from corecraft.replay import diff as diffing
from corecraft.replay import lineage
from corecraft.replay import view as viewing
from corecraft.replay.inventory import losses
from corecraft.replay.verify import verify_run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..toy import TABLES, toolset
from .test_inventory import whole  # noqa: F401  # pyright: ignore[reportUnusedImport]


def read_everything(path: Path) -> list[str]:
    """All that a user may ask of a run. Returns what was said to be wrong; anything else that is raised is a bug."""
    problems: list[str] = []

    def ask(act: Callable[[], Any]) -> Any:
        try:
            return act()
        except CoreCraftError as error:
            problems.append(str(error))
            return None

    run = ask(lambda: Run(path))
    if run is None:
        return problems
    for _, found in verify_run(run, lambda _: toolset(), lambda digest: run.genesis(digest, lambda _: TABLES)):
        if isinstance(found, CoreCraftError) or not found.ok:
            problems.append(str(found))
    problems += losses(run)
    shown(lineage.render(lineage.lineage(run)))
    histories = [history for id in run.episodes if (history := ask(lambda id=id: run.trajectory(id)))]
    for history in histories:
        genesis = ask(lambda history=history: run.genesis(history.opened.data["genesis"], lambda _: TABLES))
        labels = run.labels(history.id)
        if genesis is not None:
            ask(
                lambda h=history, g=genesis, who=labels: shown(
                    viewing.render(h, who, genesis=g, full=True, texts=run.text)
                )
            )
            ask(lambda h=history, g=genesis: shown(diffing.render(diffing.diff(histories[0], h, g))))
        _ = (
            history.status,
            history.prompt,
            history.answer,
            history.grade,
            history.last_boundary(),
            list(history.calls()),
        )
    ask(lambda: asked(path))
    assert [problem for problem in problems if "\n" in problem and "differs at" not in problem] == []
    return problems


def shown(text: Any) -> None:
    with console.capture():
        console.print(text)


def asked(path: Path) -> None:
    con = connect([path])
    try:
        for name in ("damages", "episodes", "tool_calls", "final_state", "criteria"):
            query(con, f"FROM {name}")
    finally:
        con.close()


@pytest.fixture
def run(whole: Path, tmp_path: Path) -> Path:  # noqa: F811
    return shutil.copytree(whole, tmp_path / "run")


def test_a_whole_run_has_no_problems(run: Path):
    assert read_everything(run) == []


# --- files -----------------------------------------------------------------------------------------------------------

FILES = ["run.json", "manifest.jsonl", "segments/a.jsonl", "genesis/*/genesis.json", "genesis/*/entities/pot.json",
         "texts/*", "tasks/*"]  # fmt: skip
CONTENTS = [
    b"",
    b"\xff\xfe",
    b"null",
    b"{}",
    b"[" * 5000,
    # What is like one of these: no text, no object, too deep.
    *(
        pytest.param(content, marks=pytest.mark.slow)
        for content in (b"[1]", b'{"format":2}', b'{"a":' * 5000, b"9" * 5000, b"\0" * 99)
    ),
]
NO_FILES: list[Any] = [
    Path.mkdir,
    os.mkfifo,
    lambda path: path.symlink_to("/dev/zero"),
    *(
        pytest.param(harm, marks=pytest.mark.slow)  # like a file that is not there
        for harm in (lambda path: path.symlink_to("nowhere"), lambda path: path.symlink_to(path))
    ),
]


def damaged(run: Path, pattern: str) -> Path:
    (file,) = run.glob(pattern)
    file.unlink()
    return file


@pytest.mark.parametrize("pattern", FILES)
@pytest.mark.parametrize("content", CONTENTS, ids=lambda content: content[:12])
def test_a_file_of_nonsense_is_named(run: Path, pattern: str, content: bytes):
    damaged(run, pattern).write_bytes(content + b"\n" * (len(content) % 2))
    assert read_everything(run) != []


@pytest.mark.parametrize("pattern", FILES)
@pytest.mark.parametrize("harm", NO_FILES)
def test_what_is_no_file_is_named_and_never_waited_for(run: Path, pattern: str, harm: Callable[[Path], Any]):
    harm(damaged(run, pattern))
    assert read_everything(run) != []


@pytest.mark.parametrize("harm", [*NO_FILES, lambda path: path.write_bytes(b"[1]\n")])
def test_one_bad_segment_leaves_the_others_readable(run: Path, harm: Callable[[Path], Any]):
    harm(run / "segments" / "bad.jsonl")
    problems = read_everything(run)
    assert problems
    assert all("bad.jsonl" in problem for problem in problems), problems
    assert {row["episode"] for row in query(connect([run]), "FROM episodes")} == {"one", "two", "three", "fork"}


# --- events of another shape, with hashes that fit -------------------------------------------------------------------

STRANGE = [
    None,
    True,
    -1,
    0,
    1.5,
    2**62,
    2**63,
    -(2**63),
    10**400,
    "",
    "x",
    "\x1b[31m",
    "../../etc/passwd",
    "a\0b",
    [],
    [[]],
    {},
    {"a": {}},
]
STRANGE.append(msgspec.json.decode(b"[" * 60 + b"]" * 60))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to every part of a JSON value."""
    yield path
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, part in items:
            yield from places(part, (*path, key))


def forged(run: Path, number: int, pick: int, strange: Any, remove: bool) -> None:
    """Alter one part of one line, and make the rest of its episode fit."""
    file = run / "segments" / "a.jsonl"
    lines = [msgspec.json.decode(line) for line in file.read_bytes().splitlines()]
    line = lines[number % len(lines)]
    ways = [way for way in places({"event": line["event"], "beside": line.get("beside")}) if way]
    parent = bytes.fromhex(next(line["event"] for line in lines if line["episode"] == "fork")["data"]["parent"]["hash"])
    *way, last = ways[pick % len(ways)]
    part = line
    for key in way:
        part = part[key]
    if part is None:
        return
    if remove and isinstance(part, dict):
        part.pop(last, None)
    else:
        part[last] = strange
    heads: dict[str, bytes] = {}
    for line in lines:
        data = encode(line.get("event"))
        start = parent if line["episode"] == "fork" else GENESIS_HASH
        head = heads[line["episode"]] = chain(heads.get(line["episode"], start), data)
        line["hash"] = head.hex()
    file.write_bytes(b"".join(encode(line) + b"\n" for line in lines))


forgeries = given(st.integers(0, 40), st.integers(0, 60), st.sampled_from(STRANGE), st.booleans())
quick = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@forgeries
@quick
def test_an_event_of_any_shape_is_read_or_named(whole: Path, number: int, pick: int, strange: Any, remove: bool):  # noqa: F811
    read_forged(whole, number, pick, strange, remove)


@pytest.mark.slow
@forgeries
@settings(quick, max_examples=100)
def test_an_event_of_any_shape_is_read_or_named_at_length(
    whole: Path,  # noqa: F811
    number: int,
    pick: int,
    strange: Any,
    remove: bool,
):
    read_forged(whole, number, pick, strange, remove)


def read_forged(whole: Path, number: int, pick: int, strange: Any, remove: bool) -> None:  # noqa: F811
    with tempfile.TemporaryDirectory() as folder:
        run = shutil.copytree(whole, Path(folder) / "run")
        forged(run, number, pick, strange, remove)
        read_everything(run)
