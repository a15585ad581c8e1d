"""What is wrong with a company is one line; and a run of one that is not here can be looked at."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest
from corecraft.cli.main import main
from corecraft.engine.errors import CoreCraftError
from corecraft.scenarios import company as companies_
from corecraft.scenarios.families import by_id

from .conftest import Command, forget, offering


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("tasks", "list", "--company", "nowhere"), "There is no company 'nowhere' here, only corecraft, library"),
        (("run", "--company", "library", "--split", "heldout", "--form", "natural", "--agent", "reference", "--out", "x"),
         "library has no published splits of natural tasks"),
        (("tasks", "list", "--company", "library", "--split", "smoke"), "No split 'smoke'. There are: train, heldout"),
        (("tasks", "show", "S-1", "--company", "library"), "see: corecraft tasks list --company library"),
        (("tasks", "keep", "--company", "library"), "only tasks of corecraft are kept here"),
        (("tools", "list", "--company", "library", "--profile", "compat"), "Toolsets: library/base/desk, library/base/ung"),
    ],
)  # fmt: skip
def test_what_there_is_not_is_one_line(command: Command, words: tuple[str, ...], line: str):
    told = command(*words, exits=2).strip()
    assert line in told
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("json:dumps", "json:dumps of an installed package is no Company"),
        ("no_such_package.company:COMPANY", "no_such_package.company:COMPANY of an installed package cannot be loaded"),
        ("json:nothing", "json:nothing of an installed package cannot be loaded"),
        ("corecraft_library.company:COMPANY", "there is another company library"),
        ("odd_library:COMPANY", "the toolset library/base/desk is not called odd/SET/PROFILE"),
    ],
)
def test_what_an_entry_point_offers_wrongly_is_one_line(
    path: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    value: str,
    line: str,
    capsys: pytest.CaptureFixture[str],
):
    odd = "import attrs\nfrom corecraft_library.company import COMPANY\nCOMPANY = attrs.evolve(COMPANY, name='odd')\n"
    (tmp_path / "odd_library.py").write_text(odd, "utf-8")
    monkeypatch.syspath_prepend(str(offering(tmp_path, value, "wrong")))
    forget()
    assert main(["tasks", "list"]) == 2
    (told,) = capsys.readouterr().err.strip().splitlines()
    assert line in told
    monkeypatch.undo()
    forget()


def test_a_family_that_comes_twice_is_one_line(path: str):
    (family, *_) = companies_.company("library").families().values()
    with pytest.raises(CoreCraftError, match=r"^here: there is another family LB-01$"):
        by_id([("there", family), ("here", family)])
    with pytest.raises(CoreCraftError, match=r"^here: the id of a family is two capitals and two digits"):
        by_id([("here", attrs.evolve(family, id="lend"))])


def test_a_run_of_a_company_that_is_not_here_is_looked_at(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    run, lost = tmp_path / "run", "LB-02-001.failing.0"
    played = ("--company", "library", "--task", "LB-02-001", "--out", run)
    for agent in ("failing", "reference"):
        command("run", *played, "--agent", agent)
    monkeypatch.setattr(companies_, "entry_points", lambda **_: ())
    forget()
    assert "~ loan loan-020010  renewals 1 -> 2" in command("view", run / lost)
    assert "loan loan-020010  renewals 2 | 1" in command("diff", run / lost, run / "LB-02-001.reference.0")
    assert lost in command("tree", run)
    assert "2" in command("sql", run, "SELECT count(DISTINCT episode) FROM final_loan")
    assert "workflow" in command("report", run)
    command("ui", run, "--export", tmp_path / "pages")
    for words in (
        ("fork", run / lost, "--at", 3, "--agent", "reference"),
        ("bisect", run / lost, "--policy", "reference"),
        ("serve", "--stdio", "--fork", f"{run / lost}@3"),
        ("run", "--world", next(run.glob("genesis*/*")), "--task", "LB-02-001", "--agent", "reference", "--out", run),
    ):
        (told,) = command(*words, exits=2).strip().splitlines()
        assert "no company 'library' here" in told
        assert "is its package installed?" in told
    command("verify", run, exits=1)
    monkeypatch.undo()
    forget()
