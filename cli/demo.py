"""`corecraft demo`: the story in under a minute, on the real parts."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from rich.text import Text

from ..analysis.database import connect, query
from ..engine.episode import Episode, fork_of
from ..engine.log import SegmentWriter
from ..engine.run import Run
from ..engine.trajectory import Trajectory
from ..replay import diff as diffing
from ..replay import view as viewing
from ..replay.verify import verify
from ..rollouts.agents import scripted
from ..rollouts.runner import Stage, finish, play, prepare_run, regrader, wall_ms
from ..scenarios.grading import Grade
from ..scenarios.registry import NAMED
from .histories import toolset_of
from .output import console, framed, heading, say, table
from .play import mark, outcome

JILLIAN = "S-2"
"""The task whose failed episode the demo opens, verifies, forks and mends."""

QUESTION = """\
SELECT e.agent, e.task_id AS task, count(*) AS calls, count(*) FILTER (NOT c.ok) AS refused,
       count(*) FILTER (c.rows = 0) AS empty, count(*) FILTER (c.rows = 10) AS capped,
       any_value(e.code_reward) AS reward
FROM tool_calls c JOIN episodes e USING (run, episode)
WHERE e.parent IS NULL GROUP BY ALL ORDER BY task, agent DESC"""


def add(commands: Any) -> None:
    demo = commands.add_parser("demo", help="the whole story in under a minute: world, play, verify, fork, SQL")
    demo.add_argument("--out", type=Path, metavar="DIR", help="run folder (default: the next free runs/demo-N)")
    demo.set_defaults(handler=_demo)


def _demo(arguments: argparse.Namespace) -> None:
    started = time.perf_counter()
    stage = _build_world()
    folder = arguments.out or _free_folder()
    run = prepare_run(folder, stage, {"agent": "demo"}, [stage.tasks[id] for id in NAMED])
    log = run.writer("demo", wall_ms, new=True)
    grades = _play_four(stage, log)
    failed = Run(folder).trajectory(f"{JILLIAN}.failing.0")
    wrong_turn = _open_failed(failed, grades[JILLIAN])
    _verify(run, failed, stage)
    mended = _fork(run, failed, stage, wrong_turn, log)
    _what_if(failed, mended, stage)
    log.close()
    _ask(folder)
    heading("")
    say(f"{time.perf_counter() - started:.1f} s in all. Everything is in {folder}: try")
    console.print()
    for hint in (
        f"view {folder}/{failed.id}",
        f"diff {folder}/{failed.id} {folder}/{mended.id}",
        "tasks show S-2",
        "--help",
    ):
        console.print(f"  corecraft {hint}")


def _build_world() -> Stage:
    _title("1", "Build the world from its seed")
    begin = time.perf_counter()
    stage = Stage.build()
    genesis = stage.world.genesis
    counts = genesis.counts()
    digest = genesis.digest
    largest = sorted(counts.items(), key=lambda item: -item[1])[:6]
    console.print(
        f"{sum(counts.values()):,} rows of {len(counts)} types in {time.perf_counter() - begin:.2f} s; digest {digest[:16]}\n"
        + ", ".join(f"{count} {entity}" for entity, count in largest)
        + ", ..."
    )
    return stage


def _free_folder() -> Path:
    number = 1
    while (folder := Path("runs") / f"demo-{number}").exists():
        number += 1
    return folder


def _play_four(stage: Stage, log: SegmentWriter) -> dict[str, Grade]:
    _title("2", "Four tasks, played by agents that make the mistakes frontier models made")
    grades = {}
    for task in (stage.tasks[id] for id in NAMED):
        play(stage, task, scripted(task, "reference"), log=log)
        _, grades[task.id] = play(stage, task, scripted(task, "failing"), log=log)
    rows = []
    for id, grade in grades.items():
        criteria = Text.assemble(*(mark(c.passed) for c in grade.criteria))
        rows.append((id, stage.tasks[id].title, f"{grade.code_reward:.2f}", criteria, ", ".join(grade.unmet)))
    table("", ("task", "title", "reward", "criteria", "lost"), rows)
    console.print("The reference agents pass all four.", style="dim")
    return grades


def _open_failed(failed: Trajectory, grade: Grade) -> int:
    """Shows where the episode went wrong and returns the seq after which to fork."""
    _title("3", f"Open the failed episode {failed.id}")
    calls = list(failed.calls())
    details = next(call for call in calls if call.tool == "getOrderDetails")
    framed("Alex asks", failed.prompt or "")
    for call in calls:
        say((f"{call.seq:>4}  ", "dim"), call.tool, ("  " + viewing.summary(call.reply), "dim"))
    thought = next(event for event in failed.events if event.kind == "model.responded")
    say((f"{thought.seq:>4}  ", "dim"), (thought.data["text"], "italic yellow"))
    invented = next(c for c in grade.criteria if c.id == "no-invented-date")
    say(f"      wrong: {invented.reason}; the order shows no delivery date, only searchShipments does", style="red")
    return details.returned.seq


def _verify(run: Run, failed: Trajectory, stage: Stage) -> None:
    _title("4", "Verify it byte for byte")
    begin = time.perf_counter()
    verdict = verify(failed, toolset_of(failed), stage.world.genesis, regrade=regrader(run))
    spent = (time.perf_counter() - begin) * 1000
    say(("✓ ", "bold green") if verdict.ok else ("✗ ", "bold red"), str(verdict))
    console.print(f"head hash {failed.head_hash[:16]}, re-executed and graded again in {spent:.1f} ms", style="dim")


def _fork(run: Run, failed: Trajectory, stage: Stage, at: int, log: SegmentWriter) -> Trajectory:
    _title("5", f"Fork it after event {at}, where it went wrong, and let the reference agent go on")
    agent = scripted(stage.tasks[JILLIAN], "reference")
    child = fork_of(
        failed, stage.world.genesis, toolset_of(failed), at=at, id=f"{failed.id}~1",
        labels={"agent": agent.name, "trial": 0}, log=log,
    )  # fmt: skip
    grade = finish(stage.tasks[JILLIAN], agent, child)
    say(f"{child.id}: ", outcome(grade), f", reward {grade.code_reward:.2f}, {len(grade.criteria)} criteria")
    return child.trajectory()


def _what_if(failed: Trajectory, mended: Trajectory, stage: Stage) -> None:
    _title("6", "Compare the two ends, and one more: what if she returns it?")
    genesis = stage.world.genesis
    difference = diffing.diff(failed, mended, genesis)
    console.print(
        f"{difference.common} events in common, then {len(difference.left_events)} against {len(difference.right_events)}; "
        f"{len(difference.rows)} rows differ: the task is to answer, not to change anything. So, in a fork of the fork:"
    )
    returned = _return_goods(mended, stage)
    console.print(diffing.render_rows(diffing.diff(failed, returned, genesis)))


def _return_goods(mended: Trajectory, stage: Stage) -> Trajectory:
    """A line nobody keeps: it lives in memory only."""
    what_if: Episode = fork_of(mended, stage.world.genesis, toolset_of(mended), id=f"{mended.id}~1")
    order = next(call for call in mended.calls() if call.tool == "getOrderDetails").arguments["order_id"]
    (payment,) = what_if.call("searchPayments", {"order_id": order}).value
    refund = {"payment_id": payment["id"], "amount": payment["amount"], "currency": "USD", "reason": "defective"}
    what_if.call("create_refund", {**refund, "status": "approved"})
    what_if.call("updateOrderStatus", {"order_id": order, "status": "refunded"})
    what_if.call("updatePaymentStatus", {"payment_id": payment["id"], "status": "refunded"})
    return what_if.trajectory()


def _ask(folder: Path) -> None:
    _title("7", "Ask all of it one question in SQL")
    console.print(Text(QUESTION, style="dim"))
    rows = query(connect([folder]), QUESTION)
    table("", tuple(rows[0]), [tuple(row.values()) for row in rows])


def _title(number: str, text: str) -> None:
    heading(Text.assemble((f"{number}. ", "bold cyan"), (text, "bold")))
