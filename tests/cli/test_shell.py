"""`corecraft shell`: a world can be looked at and tried out at any event, from a terminal and from a pipe."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from .terminal import terminal
from .test_cli import corecraft

ORDER = "ord-251102-810"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("shell") / "s2"
    assert corecraft("run", "--task", "S-2", "--agent", "failing", "--out", out).returncode == 0
    return out


def inside(run: Path, *lines: str, at: int = 12) -> subprocess.CompletedProcess[str]:
    return corecraft("shell", run / "S-2.failing.0", "--at", at, stdin="\n".join(lines) + "\n")


def files(run: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in run.rglob("*") if path.is_file()}


def test_calls_have_consequences_for_this_session_only(run: Path):
    before = files(run)
    cancel = f'call updateOrderStatus {{"order_id": "{ORDER}", "status": "cancelled"}}'
    asked = f"SELECT status FROM order_here() WHERE id = '{ORDER}'"
    done = inside(
        run, f"order {ORDER}", cancel, "diff", asked, f"call getOrderDetails order_id={ORDER}", "undo", "undo", asked
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    first, changed = done.stdout.split("✓ updateOrderStatus")
    assert "status: fulfilled" in first
    assert f"order\t{ORDER}\tstatus\tfulfilled\tcancelled" in changed.replace('"', "")
    assert "nothing is written" in changed
    answers = [line for line in changed.splitlines() if line in ("cancelled", "fulfilled")]
    assert answers == ["cancelled", "fulfilled"]
    assert files(run) == before


def test_rows_events_and_places(run: Path):
    done = inside(
        run,
        "rows order status=backorder",
        "events 2",
        "at 3",
        "at 0",
        "tools getProduct",
        "SELECT max(seq) FROM events_here()",
    )
    assert done.returncode == 0, done.stderr
    assert "rows of type order" in done.stdout
    assert "checkWarrantyStatus(" in done.stdout
    assert "after event 0" in done.stdout
    assert "product_id" in done.stdout
    assert done.stdout.endswith("max(seq)\n0\n")


MISTAKES = {
    "frob": "no frob here; help lists what is",
    "order ord-251102-811": ORDER,
    "rows nope": "no rows of type 'nope'",
    "rows order colour=red": "no order has a field 'colour'",
    "rows 'order": "write rows TYPE FIELD=VALUE",
    "rows": "write rows TYPE FIELD=VALUE",
    "call nothing": "no tool nothing",
    "call getProduct {": "the JSON is broken",
    "call": "no tool",
    "undo": "nothing was called here",
    "at 99": "has no event 99",
    "at there": "write at SEQ",
    "tools nope": "no tool nope here",
    "events many": "write events, or events N",
    "SELECT 1 +": "syntax error",
    "FROM nowhere": "nowhere",
    "DELETE FROM episodes": "no DELETE here",
}


def test_mistakes_are_a_line_each_and_the_session_goes_on(run: Path):
    done = inside(run, *MISTAKES, "events 1")
    assert done.returncode == 2
    said = done.stderr.splitlines()
    assert len(said) == len(MISTAKES), done.stderr
    for line, words in zip(said, MISTAKES.values(), strict=True):
        assert line.startswith("error: ")
        assert words in line
    assert "after event 12" in done.stdout


def test_inside_a_call_it_says_where_to_go(run: Path):
    done = inside(run, "call getProduct product_id=x", at=3)
    assert "lies inside the call at 3" in done.stderr
    assert "`at SEQ` goes there" in done.stderr


def test_on_a_terminal_tab_completes_and_lines_are_remembered(run: Path, tmp_path: Path):
    with terminal("shell", run, "--at", 12, XDG_STATE_HOME=str(tmp_path)) as screen:
        screen.expect("nothing is written")
        screen.expect("S-2.failing.0@12> ")
        screen.type(f"order {ORDER[:-1]}\t\n")
        screen.expect("status: fulfilled")
        screen.type("call updateOrderStatus order_id=nope sta\tpaid\n")
        screen.expect("Order nope not found")
        screen.expect("S-2.failing.0@12+1> ")
        screen.type("quit\n")
        assert screen.end() == 0
    assert f"order {ORDER}" in (tmp_path / "corecraft" / "shell_history").read_text()
