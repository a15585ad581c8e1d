"""`corecraft tasks` where a family is new: what it takes, what it leaves as it was, and what `pin` refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import attrs
import pytest
from corecraft.cli import tasks
from corecraft.cli.main import main
from corecraft.engine.errors import CoreCraftError
from corecraft.rollouts.runner import Stage
from corecraft.scenarios import families as home
from corecraft.scenarios import splits
from corecraft.scenarios.families import families
from corecraft.scenarios.registry import Casebook, TaskBook
from corecraft.scenarios.scene import Scene
from corecraft.scenarios.splits import Split, Splits, differences, renewed

NEW = "XX-01"


@pytest.fixture
def book(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> TaskBook:
    """The standard tasks with a family that nobody has published, as the command meets them."""
    more = {**families(), NEW: attrs.evolve(families()["RS-03"], id=NEW, title="New")}
    made = TaskBook(stage.world, stage.recipe)
    made.__dict__["books"] = {**stage.tasks.books, NEW: Casebook(more[NEW], Scene(stage.world), stage.company)}
    monkeypatch.setattr(tasks, "_book", lambda _: made)
    return made


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit code, output and complaints of `corecraft tasks ...`."""
    code = main(["tasks", *map(str, arguments)])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


def own(version: int = 1, **tasks: dict[str, str]) -> Splits:
    return Splits(version, "w", {name: Split("d", each) for name, each in tasks.items()})


# --- a new family ------------------------------------------------------------------------------------------------


def test_a_family_in_no_split_offers_all_its_tasks(book: TaskBook, capsys: pytest.CaptureFixture[str]):
    code, out, err = told(capsys, "list", "--family", NEW, "--json")
    assert code == 0
    assert [line["id"] for line in json.loads(out)] == list(book.books[NEW])
    assert f"{NEW} is in no published split; taking all its 120 tasks" in err
    (line,) = (line for line in told(capsys, "list")[1].splitlines() if line.startswith("in no split: "))
    assert NEW in line


def test_of_very_many_tasks_the_first_are_taken_and_it_is_said(
    book: TaskBook, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tasks, "MOST_UNPINNED", 7)
    _, out, err = told(capsys, "list", "--family", NEW, "--json")
    assert [line["id"] for line in json.loads(out)] == list(book.books[NEW])[:7]
    assert "taking its first 7 tasks" in err


@pytest.mark.slow
def test_a_new_family_displaces_no_published_task(book: TaskBook, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(splits, "_pinned", lambda book, version, ids: ids)
    drawn: Any = splits.draw(book)
    assert drawn == {name: list(split.tasks) for name, split in splits.pinned().splits.items()}
    published: Any = splits.draw(book, [NEW])
    assert {len(published[name]) for name in ("train", "heldout")} == {1000, 150}
    assert any(id.startswith(NEW) for id in published["train"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("list", "--family", NEW, "--split", "train"),
            f"There is no task of {NEW} in train; no split there holds any",
        ),
        (("check", "--family", "MW-05", "--split", "train"), "no task of MW-05 in train; it has tasks in heldout"),
        (("check", "--family", "YY-01"), "No family 'YY-01'"),
        (
            ("list", "--splits", "none.json"),
            "There is no none.json; corecraft tasks pin --splits none.json --family ID",
        ),
        (("pin", "--splits", "none.json"), "none.json would hold no task; say of which families: --family ID"),
        (("pin", "--splits", "none.json", "--family", "YY-01"), "No family 'YY-01'"),
    ],
)
def test_what_chooses_nothing_is_one_line(
    book: TaskBook, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
):
    code, out, err = told(capsys, *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"id": "RS-3"}, "the id of a family is two capitals and two digits"),
        ({"id": "MW-01"}, "there is another family MW-01"),
        (None, "has no FAMILY"),
    ],
)
def test_what_is_offered_as_a_family_and_is_none_is_one_line(
    change: dict[str, str] | None, words: str, monkeypatch: pytest.MonkeyPatch
):
    offered = None if change is None else attrs.evolve(families()["RS-03"], **change)
    others = [(id, each) for id, each in families().items() if id == "MW-01"]
    monkeypatch.setattr(home, "_offered", lambda: iter([*others, ("families/new.py", offered)]))
    with pytest.raises(CoreCraftError, match=words):
        families.__wrapped__()


# --- splits of one's own -----------------------------------------------------------------------------------------


def test_a_file_of_ones_own_is_written_read_and_kept(
    book: TaskBook, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    file = tmp_path / "mine.json"
    assert told(capsys, "pin", "--splits", file, "--family", NEW)[0] == 0
    first = file.read_bytes()
    held = splits.read(file)
    assert (held.version, held.families, list(held.splits)) == (1, (NEW,), ["train", "heldout"])
    assert held.splits["train"].tasks == {id: book[id].digest for id in book.books[NEW].train}
    assert "nothing changed; it stays version 1" in told(capsys, "pin", "--splits", file, "--version", 5)[1]
    assert file.read_bytes() == first

    code, _, err = told(capsys, "pin", "--splits", file, "--family", "RS-06")
    assert code == 2
    assert "version 1 holds other tasks, and what a version holds never changes: heldout has 37 new (RS-06-h" in err
    assert "--version 2" in err
    assert file.read_bytes() == first
    assert told(capsys, "pin", "--splits", file, "--family", "RS-06", "--version", 2)[0] == 0
    assert splits.read(file).families == (NEW, "RS-06")

    _, out, _ = told(capsys, "list", "--splits", file, "--split", "train", "--json")
    assert [line["id"] for line in json.loads(out)] == list(held.splits["train"].tasks)
    assert "MW-01" not in told(capsys, "list", "--splits", file)[1]


@pytest.mark.parametrize(
    ("file", "command"),
    [(None, f"corecraft tasks pin --version {splits.pinned().version + 1}"),
     (Path("mine.json"), "corecraft tasks pin --splits mine.json --version 8")],
)  # fmt: skip
def test_who_changed_a_task_is_told_how_to_pin_that_very_file(book: TaskBook, file: Path | None, command: str):
    held = splits.pinned() if file is None else own(7)
    changed = Splits(held.version, "w", {"train": Split("d", {"S-2": "another"})})
    (fault,) = tasks._unpinned(book, changed, file)
    assert fault == f"S-2: not the task that split train pins; after an intended change: {command}"


def test_a_file_that_names_what_is_not_here_is_one_line(
    book: TaskBook, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    file = tmp_path / "mine.json"
    file.write_text('{"version": 1, "world": "w", "splits": {"a": {"digest": "d", "tasks": {"ZZ-01-001": "d"}}}}')
    code, _, err = told(capsys, "check", "--splits", file)
    assert code == 2
    assert f"{file} names ZZ-01-001, and there is no such task here" in err
    file.write_text("{")
    assert f"{file} is no splits file" in told(capsys, "list", "--splits", file)[2]


def test_a_stage_selects_from_it(stage: Stage, tmp_path: Path):
    file = tmp_path / "mine.json"
    file.write_text('{"version": 1, "world": "w", "splits": {"few": {"digest": "d", "tasks": {"S-2": "d"}}}}')
    assert [task.id for task in stage.select(split="few", splits=file)] == ["S-2"]
    with pytest.raises(CoreCraftError, match="There are: few"):
        stage.select(split="train", splits=file)


# --- versions ----------------------------------------------------------------------------------------------------

BEFORE = own(3, train={"A": "1", "B": "1", "C": "1"}, smoke={"A": "1"})


@pytest.mark.parametrize(
    ("after", "what"),
    [
        (
            own(3, train={"A": "1", "B": "2", "D": "1"}, smoke={"A": "1"}),
            "train has 1 new (D), 1 gone (C), 1 changed (B)",
        ),
        (own(3, train={"B": "1", "A": "1", "C": "1"}, smoke={"A": "1"}), "train is in another order"),
        (own(3, train={"A": "1", "B": "1", "C": "1"}), "smoke has 1 gone (A)"),
        (own(3, train=BEFORE.splits["train"].tasks, smoke={"A": "2"}), "smoke has 1 changed (A)"),
    ],
)
def test_other_content_takes_a_new_version(after: Splits, what: str):
    assert list(differences(BEFORE, after)) == [what]
    for taken in (None, 2, 3):
        with pytest.raises(CoreCraftError) as refused:
            renewed(BEFORE, after, taken)
        assert what in str(refused.value)
        assert "--version 4" in str(refused.value)
        assert "\n" not in str(refused.value)
    assert renewed(BEFORE, after, 4).version == 4
    assert renewed(BEFORE, after, 4).splits == after.splits


def test_equal_content_keeps_its_version():
    assert renewed(BEFORE, BEFORE, None) is BEFORE
    assert renewed(BEFORE, BEFORE, 4) is BEFORE
    assert renewed(None, BEFORE, None).version == 3
    assert renewed(None, BEFORE, 7).version == 7


def test_pin_refuses_to_change_the_published_splits_and_touches_no_file(
    book: TaskBook, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    folder = Path(splits.__file__).parent
    before = [(folder / name).read_bytes() for name in (splits.FILES["labelled"], "reading/words.txt")]
    monkeypatch.setattr(splits, "draw", lambda *_: own(splits.pinned().version, train={"A": "1"}))
    code, _, err = told(capsys, "pin")
    assert code == 2
    assert "heldout has 150 gone" in err
    assert f"--version {splits.pinned().version + 1}" in err
    assert [(folder / name).read_bytes() for name in (splits.FILES["labelled"], "reading/words.txt")] == before
