"""What people see: at 80 and 120 columns, in colour and without, and what goes through a pipe."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from corecraft.cli import screens
from corecraft.cli.screens import COMMAND, STYLES, plain

from . import warm
from .warm import on_terminal

MARK = "┆"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "s2"
    for arguments in (
        ("run", "--task", "S-2", "--agent", "failing", "--out", folder),
        ("fork", folder / "S-2.failing.0", "--at", 18, "--agent", "reference"),
        ("fork", folder / "S-2.failing.0", "--at", 18, "--agent", "reference", "--continue"),
    ):
        assert piped(*arguments).returncode == 0
    return folder


def piped(*arguments: object) -> subprocess.CompletedProcess[str]:
    return warm.run([*map(str, arguments)], environment=environment())


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "COLUMNS"}


def test_a_command_that_is_started_anew_shows_what_a_warm_one_does(run: Path):
    """All other screens are those of warm processes."""
    asked = given("diff", run)
    started = subprocess.run(
        [*COMMAND, *asked], capture_output=True, text=True, timeout=120, check=False, env=environment()
    )
    assert started.stdout == piped(*asked).stdout != ""
    assert screens.on_terminal(80, *asked) == on_terminal(80, *asked) != ""


SCREENS = {
    "view": ("view", "{run}/S-2.failing.0"),
    "view in full": ("view", "{run}/S-2.failing.0", "--full", "--system"),
    "tree": ("view", "{run}", "--tree"),
    "diff": ("diff", "{run}/S-2.failing.0", "{run}/S-2.failing.0~1"),
    "sql": ("sql", "{run}", "SELECT * FROM episodes"),
    "sql, narrow": ("sql", "{run}", "SELECT episode, id, passed, detail->>'$.reason' AS why FROM criteria"),
    "schema": ("sql", "{run}", "--schema", "tasks"),
    "tasks": ("tasks", "list", "--split", "smoke"),
    "families": ("tasks", "list"),
    "task": ("tasks", "show", "S-2"),
    "tools": ("tools", "list"),
    "verify": ("verify", "{run}"),
}

QUICK = ("view", "diff", "sql", "sql, narrow", "tree")
"""The rest take seconds each, and are looked at by `make test-all`."""
FIRST_COLUMNS = {"task", "family", "criterion", "tool", "episode"}
"""Their names are left out where rows stand one by one."""


def given(screen: str, run: Path) -> list[str]:
    return [argument.replace("{run}", str(run)) for argument in SCREENS[screen]]


@pytest.mark.parametrize(
    "screen", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in SCREENS]
)
def test_a_screen_keeps_its_width_breaks_no_word_and_is_plain_through_a_pipe(run: Path, screen: str):
    wide, through = plain(on_terminal(4000, *given(screen, run))), piped(*given(screen, run)).stdout
    for columns in (80, 120):
        shown = plain(on_terminal(columns, *given(screen, run)))
        assert max(map(len, shown.splitlines())) <= columns
        assert words(wide) - FIRST_COLUMNS <= words(shown), "a word was broken"
    assert not re.search("[━│┃┏╭─]{2}|\x1b", through.replace("└──", "").replace("├──", ""))
    assert screen == "schema" or words(wide) <= words(through)  # examples are for people
    if screen not in ("schema", "view in full"):  # the one tells of SQL, the other holds articles
        assert not re.search(r"\b(?:None|True|False)\b|\{'|\['|<corecraft|object at 0x", through), "a Python repr"


def words(shown: str) -> set[str]:
    """Those that have room on a line of 80 columns; floats are rounded on a terminal."""
    found = set(re.findall(r"[\w.~-]+", shown.replace("─", "").replace("\\n", " ")))
    return {word for word in found if len(word) <= 40 and not re.fullmatch(r"\d+\.\d+", word)}


def test_wrapped_lines_keep_the_seqs_of_a_view_visible(run: Path):
    lines = plain(on_terminal(80, "view", run / "S-2.failing.0")).splitlines()
    margin = [line[:5].strip() for line in lines[1:] if line.strip()]
    assert [int(seq) for seq in margin if seq] == [0, 1, 2, *range(3, 21, 2), 21, 22, 23, 24]
    assert all(
        line.lstrip().startswith((MARK, "✓", "✗", "·")) for line in lines[1:] if line.strip() and not line[:5].strip()
    )


@pytest.mark.parametrize("screen", ["view", "diff", "sql"])
def test_without_colour_the_same_is_said(run: Path, screen: str):
    coloured = on_terminal(80, *given(screen, run))
    bare = on_terminal(80, *given(screen, run), NO_COLOR="1")
    assert STYLES.search(coloured)
    assert not re.search(r"\x1b\[(?:\d+;)*(?:3[0-79]|9\d|4\d)", bare)
    assert plain(coloured) == plain(bare)


def test_no_colour_is_one_that_vanishes_on_a_light_or_on_a_dark_screen(run: Path):
    """Only the terminal's own colours, which its theme keeps readable: no white, no black, nothing of 256 or of true colour."""
    shown = on_terminal(120, *given("view", run)) + on_terminal(120, *given("diff", run))
    used = {code for found in STYLES.findall(shown) for code in found[2:-1].split(";")}
    assert used <= {"0", "1", "2", "3", "31", "32", "33", "34", "35", "36", "39"}, used


def test_rows_through_a_pipe_are_tab_separated(run: Path):
    sql = "SELECT 'a' || chr(9) || 'b' || chr(10) || 'c' AS evil, [1, 2] AS list, true AS yes, NULL AS nothing, 0.5e0 AS half"
    lines = piped("sql", run, sql).stdout.splitlines()
    assert lines == ["evil\tlist\tyes\tnothing\thalf", "a\\tb\\nc\t[1, 2]\ttrue\t\t0.5"]
    families = [line.split("\t") for line in piped("tasks", "list").stdout.splitlines()]
    assert {len(line) for line in families[:42]} == {len(families[0])}


# --- what a view tells ------------------------------------------------------------------------------------------------


def test_a_view_shows_the_values_of_small_replies(run: Path):
    shown = piped("view", run / "S-2.failing.0").stdout
    assert "is_under_warranty: true, warranty_end_date: 2028-11-02" in shown


def test_full_shows_everything_but_the_policy(run: Path):
    short, full, system = (
        piped("view", run / "S-2.failing.0", *options).stdout for options in ((), ("--full",), ("--system",))
    )
    assert '"trackingNumber"' not in short + system
    assert '"warrantyMonths": 36' in full
    assert "Operations Handbook" not in short + full
    assert "Operations Handbook" in system


def test_a_view_as_json_holds_task_labels_parent_and_system_text(run: Path):
    (found,) = json.loads(piped("view", run / "S-2.failing.0~1", "--json").stdout)
    assert found["labels"]["agent"] == "reference"
    assert (found["parent"]["episode"], found["parent"]["seq"]) == ("S-2.failing.0", 18)
    assert found["task"]["id"] == "S-2"
    assert found["task"]["criteria"]
    assert "Operations Handbook" in found["system"]


# --- diff and fork ----------------------------------------------------------------------------------------------------


def test_a_diff_begins_where_they_part_and_shows_both_answers_and_grades(run: Path):
    lines = piped("diff", run / "S-2.failing.0", run / "S-2.failing.0~1").stdout.splitlines()
    assert "> 8 steps as in the common past, taken again" in lines
    assert any(re.match(r">\s+\d+  searchShipments\(.*\)  -> 1 row: ship-251105-676", line) for line in lines)
    assert f"  < {MARK} Return window: CLOSED, last day 26 November 2025" in lines
    assert f"  > {MARK} Return window: STILL OPEN, last day 4 December 2025" in lines
    assert any(line.startswith("  < ✗ return-window") for line in lines)
    assert any(line.startswith("  > ✓ return-window") for line in lines)
    assert not [line for line in lines if "nothing-changed" in line or "searchCustomers" in line]
    full = piped("diff", run / "S-2.failing.0", run / "S-2.failing.0~1", "--full").stdout
    assert "nothing-changed" in full
    assert "searchCustomers" in full


def test_a_diff_of_a_fork_that_went_on_is_short(run: Path):
    shown = piped("diff", run / "S-2.failing.0", run / "S-2.failing.0~2").stdout
    assert "taken again" not in shown
    assert "= 1 step that both took" in shown


def test_a_fork_says_that_its_agent_starts_over_and_goes_on_where_asked(run: Path):
    began = piped("fork", run / "S-2.failing.0", "--at", 18, "--agent", "reference", "--id", "over").stdout
    assert "reference: started over with 10 calls, although 8 stood there already; --continue" in began
    went_on = piped(
        "fork", run / "S-2.failing.0", "--at", 18, "--agent", "reference", "--continue", "--id", "on"
    ).stdout
    assert "reference: went on after 8 calls of the past, with 2 of its own" in went_on
    refused = piped("fork", run / "S-2.failing.0", "--at", 18, "--continue")
    assert refused.returncode == 2
    assert "--continue goes with --agent" in refused.stderr


def test_families_without_an_agent_are_named_and_left_out(tmp_path: Path):
    done = piped("run", "--split", "smoke", "--agent", "utc-days", "--out", tmp_path / "run", "--json")
    assert done.returncode == 0
    played = [one["episode"] for one in json.loads(done.stdout)["episodes"]]
    assert played == ["RS-03-000.utc-days.0"]
    assert re.search(r"left out 11 tasks that have no agent utc-days, of .*MW-06", done.stderr)
    nobody = piped("run", "--split", "smoke", "--agent", "nobody", "--out", tmp_path / "other")
    assert nobody.returncode == 2
    assert "No agent 'nobody' for" in nobody.stderr
