"""`corecraft report`: on a terminal, through a pipe, as files, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from corecraft.cli.screens import plain

from .test_cli import answer, corecraft
from .warm import on_terminal

Runs = tuple[Path, Path]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    folder = tmp_path_factory.mktemp("runs")
    for name in ("reference", "failing"):
        assert corecraft("run", "--split", "smoke", "--agent", name, "--out", folder / name).returncode == 0
    return folder / "reference", folder / "failing"


def test_figures_as_data(runs: Runs):
    found = answer("report", *runs, "--split", "smoke", "--json")
    first, second = found["standings"]
    assert (first["entrant"], first["split"], second["entrant"]) == ("reference", "smoke", "failing")
    assert first["score"]["code"]["pass_at_1"]["value"] == 1.0
    assert first["score"]["code"]["pass_at_1"]["low"] < 0.75, "twelve tasks prove no more"
    assert first["score"]["tally"] == {
        "tasks": 12, "planned": 12, "scored": 12, "masked": 0, "missing": 0, "waiting": 5, "completeness": 1.0,
    }  # fmt: skip
    assert second["score"]["code"]["pass_at_1"]["value"] == 0.0
    assert found["comparison"] is None


def test_a_terminal_of_80_and_120_columns_and_a_pipe(runs: Runs):
    arguments = ("report", *runs, "--split", "smoke", "--compare", *(run.name for run in runs))
    for columns in (80, 120):
        lines = plain(on_terminal(columns, *arguments)).splitlines()
        assert max(map(len, lines)) <= columns
        assert any(line.startswith("reference minus failing, paired on ") for line in lines)
        assert any(line.startswith("By category, by code") for line in lines)
    piped = corecraft(*arguments)
    assert "reference\t1.000 [0.735, 1.000]\t1.000 [0.735, 1.000]\t100.0% of 12\n" in piped.stdout
    assert "\x1b" not in piped.stdout


def test_broken_down_by_what_is_asked(runs: Runs):
    assert "trap\tentrant\ttasks" in corecraft("report", runs[0], "--by", "trap").stdout
    assert "entrant\ttasks" not in corecraft("report", runs[0], "--by", "agent").stdout


def test_files_are_written_and_named(runs: Runs, tmp_path: Path):
    page, text = tmp_path / "new" / "report.html", tmp_path / "report.md"
    done = corecraft("report", *runs, "--split", "smoke", "--html", page, "--markdown", text)
    assert done.returncode == 0
    assert done.stderr == f"wrote {text}\nwrote {page}\n"
    assert page.read_text().startswith("<!doctype html>")
    assert text.read_text().startswith("# CoreCraft report\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--split", "nothing"), "reference holds no split nothing. It holds: smoke, train"),
        (("--trials", "0"), "trials must be 1 or more"),
        (("--compare", "reference", "somebody"), "somebody is nobody here; there are reference, failing"),
    ],
)
def test_what_cannot_be_reported_is_one_line(runs: Runs, arguments: tuple[str, ...], said: str):
    done = corecraft("report", *runs, *arguments)
    assert done.returncode == 2
    assert done.stderr == f"error: {said}\n"
    assert done.stdout == ""


def test_no_run_and_a_run_named_twice(runs: Runs, tmp_path: Path):
    assert corecraft("report", tmp_path).stderr.startswith("error: ")
    assert corecraft("report", runs[0], runs[0]).stderr == "error: A run was named twice\n"
