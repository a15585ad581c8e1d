"""Verify re-executes the calls and shows both sides of the first difference."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest
from corecraft.engine.canonical import encode
from corecraft.engine.errors import DigestMismatch, EpisodeVoided, LogDamaged
from corecraft.engine.event import GRADED, Change
from corecraft.engine.run import Run
from corecraft.engine.tool import Outcome, command, fact, set_
from corecraft.engine.toolset import Toolset
from corecraft.engine.trajectory import Trajectory
from corecraft.engine.world import World
from corecraft.replay.verify import Verification, verify, verify_run

from ..toy import TABLES, Color, break_pot, episode, genesis, list_pots, rechained, toolset, with_hashes


def played(**options: Any):
    """An episode with a query, a command, two rejections, refused bytes, a clock, an answer and a grade."""
    e = episode(prompts=[{"role": "user", "text": "Paint it red."}], **options)
    e.record("model.responded", {"text": "On it."}, beside={"cost": 0.1})
    e.call("listPots", {"color": "red"}, call_id="c-1")
    e.call("paintPot", {"pot_id": "p1", "color": "red"})
    e.call("paintPot", {"pot_id": "p99", "color": "red"})
    e.call("noSuchTool", {})
    e.call("listPots", b'{"color": ')
    e.advance_clock(e.world.now + 1000)
    e.call("paintPot", {"pot_id": "p1", "color": "blue"})
    e.submit("Done.")
    e.record(GRADED, {"reward": 1.0, "passed": True, "criteria": []})
    return e


def test_a_recorded_history_verifies():
    verdict = verify(played().trajectory(), toolset(), genesis())
    assert verdict.ok
    assert (verdict.calls, verdict.events) == (6, 21)
    head = played().head_hash
    assert str(verdict) == f"toy: verified, 6 calls and 21 events are the same; head {head}"


def test_a_history_read_back_from_disk_verifies(tmp_path: Path):
    run = Run.create(tmp_path / "run", {})
    played(log=run.writer("w", lambda: 0))
    assert verify(run.trajectory("toy"), toolset(), genesis()).ok


def test_a_tampered_reply_is_found_though_its_hashes_fit():
    e = episode()
    e.call("paintPot", {"pot_id": "p1", "color": "red"})
    honest = e.trajectory()
    reply = {**honest.events[3].data["reply"], "price": 1}
    verdict = verify(rechained(honest, 3, data={"ok": True, "reply": reply}), toolset(), genesis())
    assert str(verdict) == (
        "toy: differs at seq 3 (paintPot): the reply differs\n"
        '  recorded  {"seq":3,"kind":"tool.returned","at":1764615600000,"data":{"ok":true,'
        '"reply":{"id":"p1","name":"Pot 1","color":"red","price":1}},"cause":1}\n'
        '  produced  {"seq":3,"kind":"tool.returned","at":1764615600000,"data":{"ok":true,'
        '"reply":{"id":"p1","name":"Pot 1","color":"red","price":2}},"cause":1}'
    )


@command("paintPot", makes="pot.painted", destructive=True)
def paint_pot_generously(world: World, *, pot_id: str, color: Color) -> Annotated[Outcome, dict[str, Any]]:
    """Paint a pot.

    Args:
        pot_id: The pot.
        color: Its new color.
    """
    pot = {**(world.get("pot", pot_id) or {}), "color": color}
    return Outcome(pot, (fact("pot.painted", set_("pot", pot_id, color=color, layers=2), pot_id=pot_id),))


def changed_toolset() -> Toolset:
    """The same published tools, another handler: what an innocent refactoring may do."""
    tools = {tool.name: tool for tool in (list_pots, paint_pot_generously, break_pot)}
    return Toolset("toy", tools, None, TABLES)


def test_a_changed_handler_is_found_with_both_sides():
    e = episode()
    e.call("paintPot", {"pot_id": "p1", "color": "red"})
    assert changed_toolset().digest == toolset().digest
    verdict = verify(e.trajectory(), changed_toolset(), genesis())
    assert str(verdict) == (
        "toy: differs at seq 2 (paintPot): pot.painted differs\n"
        '  recorded  {"seq":2,"kind":"pot.painted","at":1764615600000,"data":{"pot_id":"p1"},"cause":1,'
        '"changes":[{"entity":"pot","id":"p1","set":{"color":"red"}}]}\n'
        '  produced  {"seq":2,"kind":"pot.painted","at":1764615600000,"data":{"pot_id":"p1"},"cause":1,'
        '"changes":[{"entity":"pot","id":"p1","set":{"color":"red","layers":2}}]}'
    )


def test_a_rejection_that_is_none_any_more_shows_the_fact_it_now_brings():
    e = episode()
    e.call("paintPot", {"pot_id": "p99", "color": "red"})
    divergence = verify(e.trajectory(), changed_toolset(), genesis()).divergence
    assert divergence is not None
    assert (divergence.kind, divergence.seq) == ("fact", 2)
    assert divergence.recorded is not None
    assert divergence.recorded.kind == "tool.returned"
    assert divergence.produced is not None
    assert divergence.produced.kind == "pot.painted"


def test_handlers_that_say_they_behave_otherwise_are_other_tools():
    changed = toolset()
    changed.behaviour = 2
    with pytest.raises(DigestMismatch, match="made with behaviour 1, at hand is behaviour 2"):
        verify(played().trajectory(), changed, genesis())


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("pot.painted", (Change("pot", "p1", {"color": "red"}),)),
        ("turn", (Change("order", "o1", {"id": "o1"}),)),
        ("turn", (Change("pot", "p1", {"id": "p2"}),)),
        ("turn", (Change("pot", "p1", {}, ("id",)),)),
    ],
)
def test_what_nobody_may_record_from_outside_has_a_form_fault(kind: str, changes: tuple[Change, ...]):
    honest = played().trajectory()
    verdict = verify(rechained(honest, 2, kind=kind, changes=changes), toolset(), genesis())
    assert verdict.divergence is not None
    assert (verdict.divergence.kind, verdict.divergence.seq) == ("form", 2)


def test_a_voided_call_must_fail_again_in_the_same_words():
    e = episode()
    with pytest.raises(EpisodeVoided):
        e.call("breakPot", {"pot_id": "p1"})
    voided = e.trajectory()
    assert verify(voided, toolset(), genesis()).ok
    other = rechained(voided, 2, data={"error": "KeyError", "message": "x"})
    divergence = verify(other, toolset(), genesis()).divergence
    assert divergence is not None
    assert (divergence.kind, divergence.seq) == ("voided", 2)


def test_a_handler_that_fails_now_is_a_difference_and_not_a_crash():
    e = episode()
    e.call("paintPot", {"pot_id": "p1", "color": "red"})
    broken = Toolset("toy", {**toolset().tools, "paintPot": exploding("paintPot")}, None, TABLES)
    divergence = verify(e.trajectory(), broken, genesis()).divergence
    assert divergence is not None
    assert divergence.reason == "the handler now fails with RuntimeError: a handler was run"


def exploding(name: str):
    """A tool with the published face of the toy's, whose handler must not be run."""
    tool = toolset().tools[name]

    def explode(*_: Any, **__: Any) -> Any:
        raise RuntimeError("a handler was run")

    copy = object.__new__(type(tool))
    copy.__dict__.update({**vars(tool), "handler": explode})
    return copy


def test_a_fork_is_verified_with_all_it_inherits():
    parent = played()
    child = parent.fork(at=11)
    child.call("paintPot", {"pot_id": "p2", "color": "green"})
    grandchild = child.fork()
    grandchild.call("listPots", {})
    line = grandchild.trajectory()
    assert verify(line, toolset(), genesis()).calls == 6
    reply = {"ok": True, "reply": []}
    divergence = verify(rechained(line, 4, data=reply), toolset(), genesis()).divergence
    assert divergence is not None
    assert (divergence.seq, divergence.tool, divergence.kind) == (4, "listPots", "reply")


def test_a_fork_must_name_the_history_before_it():
    child = episode().fork()
    child.call("listPots", {})
    line = child.trajectory()
    parent = {**line.events[1].data["parent"], "hash": "00" * 32}
    divergence = verify(
        rechained(line, 1, data={**line.events[1].data, "parent": parent}), toolset(), genesis()
    ).divergence
    assert divergence is not None
    assert divergence.reason == "the fork names another history than the one before it"


def test_another_world_or_toolset_is_refused():
    line = played().trajectory()
    with pytest.raises(DigestMismatch, match="world differs"):
        verify(line, toolset(), genesis(pots=3))
    with pytest.raises(DigestMismatch, match="toolset differs"):
        verify(line, Toolset("toy", {"listPots": list_pots}, None, TABLES), genesis())


def test_an_event_its_hash_does_not_cover_is_found():
    honest = played().trajectory()
    events = list(honest.events)
    events[2] = msgspec.structs.replace(events[2], data={"text": "Never."})
    divergence = verify(Trajectory("toy", events, honest.hashes), toolset(), genesis()).divergence
    assert divergence is not None
    assert (divergence.kind, divergence.seq) == ("hash", 2)


@pytest.mark.parametrize(
    ("seq", "changed", "reason"),
    [
        (2, {"at": 5}, "simulation time goes back"),
        (2, {"seq": 7}, "it says seq 7, but 2 is its place"),
        (2, {"cause": 9}, "its cause is 9"),
        (2, {"cause": None}, "its cause is None"),
        (2, {"kind": "tool.returned"}, "tool.returned without a call"),
        (2, {"kind": "episode.graded"}, "a grade before the end"),
        (2, {"kind": "episode.closed"}, "tool.called after episode.closed"),
        (0, {"kind": "x"}, "its cause is None"),
        (3, {"data": {}}, "needs a tool"),
        (3, {"data": {"tool": "listPots", "arguments": []}}, "needs a tool"),
        (3, {"data": {"tool": "listPots", "arguments": {}, "extra": 1}}, "needs a tool"),
        (3, {"cause": 0}, "stands otherwise"),
        (20, {"kind": "late.fact"}, "late.fact after episode.closed"),
    ],
)
def test_events_no_engine_writes_there_are_found(seq: int, changed: dict[str, Any], reason: str):
    forged = rechained(played().trajectory(), seq, **changed)
    divergence = verify(forged, toolset(), genesis()).divergence
    assert divergence is not None
    assert reason in divergence.reason
    assert str(divergence)


def test_a_recording_that_ends_inside_a_call_says_so():
    e = episode()
    e.call("paintPot", {"pot_id": "p1", "color": "red"})
    line = e.trajectory()
    divergence = verify(with_hashes(line, list(line.events[:3])), toolset(), genesis()).divergence
    assert divergence is not None
    assert (divergence.kind, divergence.seq, divergence.recorded) == ("unfinished", 3, None)


def test_only_the_last_grade_is_made_again():
    e = played()
    e.record(GRADED, {"reward": 0.5, "passed": False, "criteria": []})
    line = e.trajectory()
    seen: list[int] = []

    def regrade(past: Trajectory) -> dict[str, Any]:
        seen.append(len(past))
        return {"reward": 0.5, "passed": False, "criteria": []}

    assert verify(line, toolset(), genesis(), regrade=regrade).ok
    assert seen == [len(line) - 1]
    divergence = verify(line, toolset(), genesis(), regrade=lambda past: {"reward": 0.0}).divergence
    assert divergence is not None
    assert (divergence.kind, divergence.seq) == ("grade", len(line) - 1)


def test_every_episode_of_a_run_is_verified_and_a_damaged_one_stops_none(tmp_path: Path):
    run = Run.create(tmp_path / "run", {})
    log = run.writer("w", lambda: 0)
    played(id="good", log=log)
    played(id="bad", log=log)
    path = run.segments[0]
    lines = path.read_bytes().splitlines(keepends=True)
    hit = max(n for n, line in enumerate(lines) if b'"bad"' in line and b"Done." in line)
    lines[hit] = lines[hit].replace(b"Done.", b"Gone.")
    path.write_bytes(b"".join(lines))
    found = dict(verify_run(Run(run.path), lambda _: toolset(), lambda _: genesis()))
    assert isinstance(found["good"], Verification)
    assert found["good"].ok
    assert isinstance(found["bad"], LogDamaged)


def test_verifying_writes_nothing_and_leaves_the_history_alone():
    line = played().trajectory()
    before = encode(line.events)
    verify(line, toolset(), genesis())
    assert encode(line.events) == before
