"""Runs as files: every page is there, leads only to what is there, and nothing of it needs a server."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from urllib.parse import unquote

import pytest
from corecraft.analysis.viewer import publish as module
from corecraft.analysis.viewer.publish import MARKER, publish
from corecraft.analysis.viewer.shelf import Shelf
from corecraft.cli.main import main
from corecraft.engine.errors import CoreCraftError
from corecraft.engine.run import Run
from corecraft.scenarios.company import schema_of

_LINK = re.compile(r'(?:href|src)="([^"]*)"')


@pytest.fixture(scope="module")
def copy(played: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copies") / "copy"
    *_, last = publish(Shelf.of([played], schema_of), folder)
    assert last.done == last.total == len(Run(played).episodes)
    assert last.size == sum(page.stat().st_size for page in folder.rglob("*.html"))
    return folder


def dead(folder: Path) -> list[tuple[str, str]]:
    """Links of pages that lead nowhere: page, link."""
    found: list[tuple[str, str]] = []
    for page in folder.rglob("*.html"):
        for link in _LINK.findall(page.read_text("utf-8")):
            file, _, anchor = link.replace("&amp;", "&").partition("#")
            target = page.parent / unquote(file) if file else page
            if not target.is_file() or (anchor and f'id="{anchor}"' not in target.read_text("utf-8")):
                found.append((page.name, link))
    return found


def test_every_link_leads_to_something(copy: Path):
    assert dead(copy) == []


def test_nothing_needs_a_server(copy: Path):
    for page in copy.rglob("*.html"):
        text = page.read_text("utf-8")
        assert "hx-get" not in text
        assert "<form" not in text.replace('<form method="dialog"', "")
        assert 'http-equiv="Content-Security-Policy"' in text
        for what in ("/sql", "/judge", "/compare", "tab-world", "fork from here", 'style="', "htmx.min.js"):
            assert what not in text, (page.name, what)


def test_an_episode_has_its_replies_and_criteria(copy: Path, played: Path):
    page = (copy / "runs" / played.name / "episodes" / "S-2.failing.0.html").read_text("utf-8")
    assert 'id="s0"' in page
    assert 'id="criteria"' in page
    assert "searchKnowledgeBase" in page
    table = (copy / "runs" / played.name / "index.html").read_text("utf-8")
    assert 'href="../../runs/played/episodes/S-2.failing.0.html"' in table


def test_long_tables_have_several_files(played: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "ROWS", 4)
    list(publish(Shelf.of([played], schema_of), tmp_path / "copy"))
    own = sorted(path.name for path in (tmp_path / "copy" / "runs" / "played").glob("*.html"))
    assert own == ["index.html", "page-2.html", "page-3.html"]
    assert dead(tmp_path / "copy") == []
    rows = [(tmp_path / "copy" / "runs" / "played" / name).read_text("utf-8").count('<th scope="row">') for name in own]
    assert rows == [4, 4, len(Run(played).episodes) - 8]


def test_a_limit_leaves_rows_without_pages(played: Path, tmp_path: Path):
    *_, last = publish(Shelf.of([played], schema_of), tmp_path / "copy", 2)
    assert last.done == last.total == 2
    assert dead(tmp_path / "copy") == []
    table = (tmp_path / "copy" / "runs" / "played" / "index.html").read_text("utf-8")
    assert f"The first 2 episodes have pages here, {len(Run(played).episodes) - 2} do not." in table
    assert table.count('class="open"') == 2


def test_an_episode_that_cannot_be_read_has_a_page_that_says_so(played: Path, tmp_path: Path):
    run = shutil.copytree(played, tmp_path / "run")
    for segment in (run / "segments").iterdir():
        lines = segment.read_bytes().splitlines(keepends=True)
        at = next(n for n, line in enumerate(lines) if b"S-2.failing.0" in line)
        lines[at] = lines[at].replace(b"episode.opened", b"episode.OPENED", 1)
        segment.write_bytes(b"".join(lines))
    *_, last = publish(Shelf.of([run], schema_of), tmp_path / "copy")
    page = (tmp_path / "copy" / "runs" / "run" / "episodes" / "S-2.failing.0.html").read_text("utf-8")
    assert "This cannot be shown" in page
    assert "S-2.failing.0: " in page
    assert 'id="criteria"' in (
        tmp_path / "copy" / "runs" / "run" / "episodes" / "CM-09-000.reference.0.html"
    ).read_text("utf-8")
    assert last.done == last.total
    assert dead(tmp_path / "copy") == []


def test_names_of_files_differ_on_every_disk():
    assert list(module._files(["a:b", "A:b", "c~1", "C~1", "c~1 (2)"]).values()) == [
        "a%3Ab.html", "A%3Ab (2).html", "c~1.html", "C~1 (2).html", "c~1%20%282%29.html",
    ]  # fmt: skip


def test_only_an_earlier_export_is_written_anew(copy: Path, played: Path, tmp_path: Path):
    shelf = Shelf.of([played], schema_of)
    again = shutil.copytree(copy, tmp_path / "again")
    old, kept = again / "runs" / "gone" / "episodes" / "x.html", again / "runs" / "notes.txt"
    old.parent.mkdir(parents=True)
    for file in (old, kept):
        file.write_text("mine")
    list(publish(shelf, again, 1))
    assert not old.exists()
    assert kept.read_text() == "mine"
    assert len(list((again / "runs" / "played" / "episodes").iterdir())) == 1
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    list(publish(shelf, foreign, 1))  # an empty folder will do
    (foreign / MARKER).unlink()
    for where, why in (
        (foreign, "not empty, and no earlier export"),
        (played / "pages", "must not lie within one another"),
        (played.parent, "must not lie within one another"),
        (kept, "is no folder"),
        (kept / "below", "cannot be written"),
    ):
        with pytest.raises(CoreCraftError, match=why):
            list(publish(shelf, where))


def test_the_command(played: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["ui", str(played), "--export", str(tmp_path / "copy"), "--limit", "2"]) == 0
    said = re.sub(r"\s*\n(┆ )?", " ", capsys.readouterr().out)  # as wide as a terminal
    assert re.search(r"wrote .*index\.html: 2 episodes, [0-9.]+ MB", said)
    assert (tmp_path / "copy" / "index.html").is_file()
    (tmp_path / "copy" / MARKER).unlink()
    assert main(["ui", str(played), "--export", str(tmp_path / "copy")]) == 2
    assert "is not empty, and no earlier export" in capsys.readouterr().err.replace("\n", " ")
