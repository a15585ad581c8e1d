"""Every command on a run of the library, as its users type them."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

import anyio
import pytest
from corecraft.engine.run import Run
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from ...rollouts.endpoint import said, served
from .conftest import Command

LOST = "LB-02-001.failing.0"
HOLD = "hold/hold-020010"


@pytest.fixture
def run(command: Command, tmp_path: Path) -> Path:
    """A loan renewed for which somebody waits."""
    command("run", "--company", "library", "--task", "LB-02-001", "--agent", "failing", "--out", tmp_path / "run")
    return tmp_path / "run"


def test_tasks_and_tools_are_listed_shown_and_proved(command: Command):
    assert "LB-03" in command("tasks", "list", "--company", "library")
    assert "renewLoan" not in command("tasks", "show", "LB-02-001", "--company", "library")
    assert "library/base/desk: 6 tools" in command("tools", "list", "--company", "library")
    proof = command("tasks", "check", "--company", "library", "--task", "LB-02-000", "--jobs", 1, "--json")
    assert json.loads(proof)["summary"]["faults"] == 0


def test_a_run_is_verified_viewed_asked_and_compared(command: Command, run: Path):
    command("run", "--company", "library", "--task", "LB-02-001", "--agent", "reference", "--out", run)
    assert "2 of 2 episodes verified" in command("verify", run)
    assert "~ loan loan-020010  renewals 1 -> 2" in command("view", run / LOST)
    asked = "SELECT episode, renewals, typeof(renewals) FROM final_loan WHERE id = 'loan-020010' ORDER BY ALL"
    assert command("sql", run, asked).split()[3:] == [
        LOST,
        "2",
        "BIGINT",
        LOST.replace("failing", "reference"),
        "1",
        "BIGINT",
    ]
    assert "loan loan-020010  renewals 2 | 1" in command("diff", run / LOST, run / "LB-02-001.reference.0")
    assert "workflow" in command("report", run)
    assert "extra_write" in command("diagnose", "show", run)


def test_a_fork_has_a_row_a_reply_the_clock_or_the_tools_otherwise(command: Command, run: Path):
    def fork(edit: str, at: int = 3) -> str:
        return command("fork", run / LOST, "--at", at, "--agent", "reference", "--edit", edit)

    assert "passed" in fork(f'{HOLD} status="cancelled"'), "nobody waits any more, and its truth is found anew"
    assert "passed" in fork("tools=base/unguarded")
    assert "reward 0.500" in fork("clock=2025-12-20T09:00:00Z"), "the script takes today for what it was"
    assert "passed" in fork("reply 5=[]", at=5), "what was read before is read again"
    assert "✓" in command("verify", run)
    tree = command("tree", run)
    assert f'± {HOLD} status="cancelled"' in tree
    assert "± tools=library/base/unguarded" in tree


def test_where_it_was_lost_and_what_one_thing_does(command: Command, run: Path):
    assert "first bad  step 2, renewLoan" in command("bisect", run / LOST, "--policy", "reference")
    edit = f'{HOLD} status="cancelled"'
    assert "1 pairs of 1 task" in command("what-if", run / LOST, "--policy", "reference", "--edit", edit)


def test_a_world_is_stood_in(command: Command, run: Path, monkeypatch: pytest.MonkeyPatch):
    typed = 'loan loan-020010\ncall returnBook {"loan_id": "loan-020010"}\ndiff\nSELECT count(*) FROM hold_here()\n'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed.encode())))
    shown = command("shell", run / LOST, "--at", 5)
    assert "renewals: 1" in shown
    assert "loan\tloan-020010\tstatus\tout\treturned" in shown.replace('"', "")
    assert "count_star()\n13" in shown, "the task brings a hold"


def test_a_judge_and_a_reader_are_told_whose_work_it_was(command: Command, run: Path, tmp_path: Path):
    natural = ("--company", "library", "--task", "LB-01-001", "--form", "natural", "--agent", "reference")
    command("run", *natural, "--out", tmp_path / "natural")
    command("judge", "export", tmp_path / "natural", "--model", "m", "--out", tmp_path / "asked.jsonl")
    asked = (tmp_path / "asked.jsonl").read_text("utf-8")
    assert "office work for Lindenhof Library, a lending library, and gave" in asked
    assert "hours of the house" in asked
    command("diagnose", "export", run, "--out", tmp_path / "read.jsonl")
    read = (tmp_path / "read.jsonl").read_text("utf-8")
    assert "in the office of Lindenhof Library, a lending library" in read
    assert not [text for text in (asked, read) if "CoreCraft" in text or "PC" in text or "shop" in text]


def test_a_world_goes_into_a_bundle_and_comes_back(command: Command, tmp_path: Path):
    world, bundle, again = (tmp_path / name for name in ("world", "bundle", "again"))
    command("world", "build", "--company", "library", "--check", "--out", world)
    command("world", "export", world, bundle, "--task", "LB-02-001")
    told = json.loads(command("world", "import", bundle, again, "--json"))
    assert told["digest"] == json.loads(command("world", "info", world, "--json"))["digest"]
    assert (bundle / "server" / "corecraft_library" / "policy.md").exists(), "who serves it needs the company"
    assert "library" in next((bundle / "server").glob("*.dist-info")).joinpath("entry_points.txt").read_text("utf-8")


def test_calls_fail_and_who_does_things_twice_is_seen(command: Command, tmp_path: Path):
    failing = ("--faults", 0.5, "--out", tmp_path / "run")
    told = command("run", "--company", "library", "--task", "LB-03-000", "--agent", "reference", *failing)
    assert "recovery" in told
    assert "1 of 1 episodes verified" in command("verify", tmp_path / "run")
    (past,) = map(Run(tmp_path / "run").trajectory, Run(tmp_path / "run").episodes)
    assert past.opened.data["tools"] == "library/base/unguarded"


def test_pages_are_written(command: Command, run: Path, tmp_path: Path):
    command("ui", run, "--export", tmp_path / "pages")
    pages = "".join(page.read_text("utf-8") for page in (tmp_path / "pages").rglob("*.html"))
    assert "renewLoan" in pages


def test_a_model_plays_it(command: Command, tmp_path: Path):
    replies = (
        said(None, ("searchBooks", {"text": "My Quiet Garden"})),
        said(None, ("searchLoans", {"member_id": "card-020010"})),
        said("NO.\n\nREASON: WAITING\n\nLAST DAY: 6 December 2025"),
    )
    with served(lambda body, number: replies[number]) as (url, asked):
        model = ("--agent", "openai:m", "--base-url", url)
        told = command("run", "--company", "library", "--task", "LB-02-001", *model, "--out", tmp_path / "run")
    assert "passed" in told
    assert "Lindenhof Library" in asked[0]["messages"][0]["content"]
    assert len(asked[0]["tools"]) == 6


def test_an_mcp_client_plays_it(command: Command, path: str, tmp_path: Path):
    async def play() -> tuple[str, list[str]]:
        served = ["-m", "corecraft.cli.main", "serve", "--stdio", "--company", "library", "--task", "LB-02-001"]
        server = StdioServerParameters(
            command=sys.executable,
            args=[*served, "--out", str(tmp_path / "run")],
            env={**os.environ, "PYTHONPATH": path},
        )
        async with Client(stdio_client(server), mode="legacy") as client:
            await client.call_tool("getMember", {"member_id": "card-1000"})
            return client.instructions or "", [tool.name for tool in (await client.list_tools()).tools]

    instructions, tools = anyio.run(play)
    assert "Lindenhof Library" in instructions
    assert len(tools) == 6
    assert "1 of 1 episodes verified" in command("verify", tmp_path / "run")
