"""Simulation time and what is due: stories of one line. Random ones stand in `tests/simulation`."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from corecraft.engine.agenda import Clock, Due, Plan, Where
from corecraft.engine.clock import LATEST_MS
from corecraft.engine.episode import Episode
from corecraft.engine.errors import InvalidInput, NotAtBoundary
from corecraft.engine.event import CALLED, CLOCK_ADVANCED, RETURNED, Change
from corecraft.engine.run import Run
from corecraft.engine.trajectory import Trajectory
from corecraft.replay.verify import verify
from msgspec.structs import replace

from ..toy import START, episode, genesis, rechained, toolset

MINUTE = 60_000


def repaint(minutes: int, color: str, **options: Any) -> Due:
    change = Change("pot", "p1", {"color": color})
    return Due(at=START + minutes * MINUTE, kind="world.repainted", changes=(change,), **options)


def color(e: Episode) -> str:
    return (e.world.get("pot", "p1") or {})["color"]


def kinds(e: Episode) -> list[str]:
    return [event.kind for event in e.trajectory().events]


def test_time_stands_still_without_a_plan():
    e = episode()
    e.call("listPots", {})
    assert kinds(e) == ["episode.opened", CALLED, RETURNED]
    assert e.world.now == START


def test_a_stepped_call_takes_its_minutes_and_what_is_due_happens_meanwhile():
    plan = Plan(Clock("stepped", 5, {"paintPot": 20}), (repaint(7, "blue"),))
    e = episode(plan=plan)
    assert e.call("listPots", {}).ok
    assert (e.world.now, color(e)) == (START + 5 * MINUTE, "green")
    reply = e.call("listPots", {"color": "blue"})
    assert (e.world.now, color(e)) == (START + 10 * MINUTE, "blue")
    assert "p1" in [pot["id"] for pot in reply.value], "the answer is that of the moment it is given"
    called, moved, happened, on, returned = e.trajectory().events[-5:]
    assert [one.kind for one in (called, moved, happened, on, returned)] == [
        CALLED, CLOCK_ADVANCED, "world.repainted", CLOCK_ADVANCED, RETURNED,
    ]  # fmt: skip
    assert (moved.cause, happened.cause, on.cause) == (called.seq, moved.seq, called.seq)
    assert (happened.at, on.at, moved.data["due"]) == (START + 7 * MINUTE, START + 10 * MINUTE, 1)
    assert e.call("paintPot", {"pot_id": "p1", "color": "red"}).ok
    assert (e.world.now, color(e)) == (START + 30 * MINUTE, "red")
    assert [call.tool for call in e.trajectory().calls()] == ["listPots", "listPots", "paintPot"]
    assert [len(call.facts) for call in e.trajectory().calls()] == [0, 0, 1], "what fell due is nobody's doing"
    assert verify(e.trajectory(), toolset(), genesis()).ok


def test_a_scheduled_clock_goes_to_what_is_due_next():
    e = episode(plan=Plan(Clock("scheduled"), (repaint(90, "blue"), repaint(30, "red"))))
    seen = []
    for _ in range(3):
        e.call("listPots", {})
        seen.append((e.world.now - START, color(e)))
    assert seen == [(30 * MINUTE, "red"), (90 * MINUTE, "blue"), (90 * MINUTE, "blue")]


def test_at_one_instant_priority_comes_first_and_then_the_order_of_the_plan():
    due = (repaint(5, "red", priority=1), repaint(5, "blue"), repaint(5, "green", priority=1))
    e = episode(plan=Plan(due=due))
    e.advance_clock(START + 5 * MINUTE)
    happened = [event.changes[0].set["color"] for event in e.trajectory().events if event.kind == "world.repainted"]
    assert happened == ["blue", "red", "green"]


def test_what_may_no_longer_happen_then_never_does():
    due = (repaint(5, "red", when=(Where("pot", "p1", "color", "blue"),)), repaint(9, "blue"))
    e = episode(plan=Plan(Clock("stepped", 4), due))
    for _ in range(4):
        e.call("listPots", {})
    assert color(e) == "blue"
    assert kinds(e).count("world.repainted") == 1
    other = Plan(Clock("stepped", 4), (repaint(5, "red", when=(Where("pot", "p1", "color", "blue", differs=True),)),))
    f = episode(plan=other)
    f.call("listPots", {})
    f.call("listPots", {})
    assert color(f) == "red"


def test_a_fork_has_what_its_parent_had_to_come_and_may_have_another_plan():
    e = episode(plan=Plan(Clock("stepped", 4), (repaint(5, "red"),)))
    first = e.call("listPots", {})
    e.call("listPots", {})
    child = e.fork(first.seq)
    child.call("listPots", {})
    assert color(child) == color(e) == "red"
    assert child.world.state_hash == e.world.state_hash
    other = e.fork(first.seq, edits=[Plan(Clock("frozen"), (repaint(50, "blue"),), instead=True)])
    other.call("listPots", {})
    assert (color(other), other.world.now) == ("green", START + 4 * MINUTE)
    other.advance_clock(START + 60 * MINUTE)
    assert color(other) == "blue"
    for line in (child, other):
        assert verify(line.trajectory(), toolset(), genesis()).ok


def test_a_fork_cannot_start_while_what_was_due_is_still_happening():
    e = episode(plan=Plan(due=(repaint(5, "red"), repaint(5, "blue"))))
    last = e.advance_clock(START + 5 * MINUTE)
    for within in (last - 2, last - 1):
        with pytest.raises(NotAtBoundary, match=f"fork at {last - 3} or {last}"):
            e.fork(within)
    assert color(e.fork(last - 3)) == "green"
    assert color(e.fork(last)) == "blue"


def test_it_is_taken_up_from_disk_as_if_nobody_had_stopped(tmp_path: Path):
    run = Run.create(tmp_path / "run", {})
    writer = run.writer("w", lambda: 0)
    plan = Plan(Clock("stepped", 4), (repaint(5, "red"), repaint(11, "blue")))
    e, whole = episode(plan=plan, log=writer), episode(plan=plan)
    for line in (e, whole):
        line.call("listPots", {})
        line.advance_clock(START + 5 * MINUTE)
    again = Episode.resume(Run(run.path).trajectory(e.id), genesis(), toolset(), log=writer)
    for line in (again, whole):
        line.call("listPots", {})
        line.call("listPots", {})
    writer.close()
    assert again.head_hash == whole.head_hash
    assert color(again) == "blue"


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (Plan(due=(repaint(-1, "red"),)), "is due at"),
        (Plan(due=(Due(at=START, kind="pot.painted"),)), "is what a tool of toy makes true"),
        (Plan(due=(Due(at=START, kind="episode.closed"),)), "recorded by the engine itself"),
        (Plan(due=(Due(at=START, kind="x.y", changes=(Change("cup", "c", {"id": "c"}),)),)), "no rows of type cup"),
        (Plan(due=(Due(at=START, kind="x.y", changes=(Change("pot", "new", {"price": 1}),)),)), "a new row sets all"),
        (Plan(due=(Due(at=START, kind="x.y", data={"a": object()}),)), "agenda.planned: Encoding"),
        (Plan(Clock("steped")), "Invalid enum value"),  # pyright: ignore[reportArgumentType]
        (Plan(Clock("stepped", 10**9)), "Expected `int` <= 10000000"),
        (Plan(due=(Due(at=10**17, kind="x.y"),)), "Expected `int` <= 253402300799999"),
        (
            Plan(due=(Due(at=START, kind="prompt.given", data={"text": 5}),)),
            "recorded by the engine itself, or from outside",
        ),
        (Plan(due=(Due(at=START, kind="criterion.judged"),)), "recorded by the engine itself, or from outside"),
        (Plan(due=(Due(at=START, kind="world.prepared"),)), "recorded by the engine itself, or from outside"),
        (Plan(due=(Due(at=START, kind=""),)), "no name for an event"),
        (Plan(Clock("stepped", -1)), "Expected `int` >= 0"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(plan: Plan, said: str, tmp_path: Path):
    with closing(Run.create(tmp_path / "run", {}).writer("w", lambda: 0)) as log:
        with pytest.raises(InvalidInput, match=said):
            episode(plan=plan, log=log)
        assert episode(plan=Plan(Clock("stepped", 1)), log=log).call("listPots", {}).ok, "nothing of it is on disk"
    e = episode()
    with pytest.raises(InvalidInput, match=said):
        e.plan(plan)
    assert len(e.trajectory()) == 1


def test_a_scheduled_clock_lets_happen_what_is_due_right_now():
    e = episode(plan=Plan(Clock("scheduled"), (repaint(0, "red"), repaint(9, "blue"))))
    e.call("listPots", {})
    assert (e.world.now, color(e)) == (START, "red")
    e.call("listPots", {})
    assert (e.world.now, color(e)) == (START + 9 * MINUTE, "blue")


def test_a_clock_stops_where_time_ends():
    e = episode(plan=Plan(Clock("stepped", 10_000_000)))
    e.advance_clock(LATEST_MS - 1)
    assert e.call("listPots", {}).ok
    assert e.world.now == LATEST_MS
    assert verify(e.trajectory(), toolset(), genesis()).ok


def test_a_row_that_never_came_to_be_is_not_changed_either():
    new = Change("pot", "p77", {"id": "p77", "name": "Pot 77", "color": "red", "price": 1})
    never = Due(at=START, kind="world.brought", changes=(new,), when=(Where("pot", "p1", "color", "pink"),))
    with pytest.raises(InvalidInput, match="a new row sets all its fields"):
        episode(plan=Plan(due=(never, Due(at=START + 1, kind="x.y", changes=(Change("pot", "p77", {"price": 2}),)))))
    lid = Change("lid", "l1", {"id": "l1"})
    e = episode(plan=Plan(due=(Due(at=START, kind="x.y", changes=(lid,)),)))
    e.plan(Plan(due=(never,)))
    e.advance_clock(START + 5)
    assert e.world.get("pot", "p77") is None
    assert e.world.get("lid", "l1") == {"id": "l1"}


@pytest.mark.parametrize(
    ("forged", "reason"),
    [
        ({"due": [{"at": START, "kind": "episode.closed"}]}, "recorded by the engine itself"),
        ({"due": [{"at": START, "kind": "pot.painted"}]}, "what a tool of toy makes true"),
        ({"due": [{"at": START - 1, "kind": "x.y"}]}, "is due at"),
        (
            {"due": [{"at": START, "kind": "x.y", "changes": [{"entity": "cup", "id": "c", "set": {}}]}]},
            "no rows of type cup",
        ),
        ({"faults": {"seed": 1, "rate": 7}}, "Expected `float` <= 1"),
    ],
)
def test_a_forged_plan_is_found(forged: dict[str, Any], reason: str):
    found = verify(rechained(episode(plan=Plan()).trajectory(), 1, data=forged), toolset(), genesis()).divergence
    assert found is not None
    assert reason in found.reason


def test_time_that_passes_without_a_move_of_the_clock_is_found():
    e = episode(plan=Plan(due=(repaint(5, "red"),)))
    e.record("note.made", {})
    found = verify(rechained(e.trajectory(), 2, at=START + 10 * MINUTE), toolset(), genesis()).divergence
    assert found is not None
    assert "without a clock.advanced" in found.reason


def test_what_fell_due_otherwise_than_planned_is_found():
    e = episode(plan=Plan(Clock("stepped", 4), (repaint(3, "red"),)))
    e.call("listPots", {})
    past = e.trajectory()
    events = list(past.events)
    seq = next(event.seq for event in events if event.kind == "world.repainted")
    events[seq] = replace(events[seq], changes=(Change("pot", "p1", {"color": "blue"}),))
    found = verify(Trajectory(past.id, events, past.hashes), toolset(), genesis()).divergence
    assert found is not None
    assert (found.seq, found.kind) == (seq, "fact")
