"""One episode of the toy domain, from the opening to the end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import pytest
from attrs import evolve
from corecraft.engine import FORMAT, VERSION
from corecraft.engine.beginning import Beginning
from corecraft.engine.canonical import decode
from corecraft.engine.episode import Episode, fork_of
from corecraft.engine.errors import (
    DigestMismatch,
    EpisodeEnded,
    EpisodeVoided,
    InvalidInput,
    NotAtBoundary,
    StorageFailed,
)
from corecraft.engine.event import Change
from corecraft.engine.run import Run
from corecraft.engine.tool import Outcome, command, fact, set_
from corecraft.engine.toolset import Toolset
from corecraft.engine.world import World

from ..toy import START, TABLES, episode, genesis, list_pots, toolset
from .on_disk import new_run, same, segment


def test_a_command_records_call_fact_and_reply():
    e = episode()
    reply = e.call("paintPot", {"pot_id": "p1", "color": "red"})
    assert reply.ok
    assert reply.value["color"] == "red"
    kinds = [event.kind for event in e.trajectory().events]
    assert kinds == ["episode.opened", "tool.called", "pot.painted", "tool.returned"]
    assert e.world.get("pot", "p1")["color"] == "red"


def test_a_rejection_is_recorded_and_changes_nothing():
    e = episode()
    before = e.world
    reply = e.call("paintPot", {"pot_id": "p77", "color": "red"})
    assert not reply.ok
    assert reply.value == {"error": "Pot p77 not found"}
    assert e.world is before


def test_a_bug_in_a_handler_voids_the_episode():
    e = episode()
    with pytest.raises(EpisodeVoided, match="breakPot failed with ZeroDivisionError"):
        e.call("breakPot", {"pot_id": "p1"})
    assert e.status == "voided"
    assert e.trajectory().events[-1].kind == "episode.voided"
    with pytest.raises(EpisodeEnded):
        e.call("listPots", {})
    assert e.fork().call("listPots", {}).ok


def test_forks_share_the_past_and_never_see_each_other():
    e = episode()
    e.call("paintPot", {"pot_id": "p1", "color": "red"})
    left, right = e.fork(), e.fork()
    left.call("paintPot", {"pot_id": "p1", "color": "blue"})
    assert right.world.get("pot", "p1")["color"] == "red"
    assert e.world.get("pot", "p1")["color"] == "red"
    assert left.trajectory().events[: len(e.trajectory())] == e.trajectory().events


def test_a_fork_inside_a_call_is_refused_with_the_places_to_fork_at():
    e = episode()
    e.call("paintPot", {"pot_id": "p1", "color": "red"})
    with pytest.raises(NotAtBoundary, match="inside the call at 1; fork at 0 or 3"):
        e.fork(at=2)


# --- opening ---------------------------------------------------------------------------------------------------------


def test_an_opening_pins_what_the_history_depends_on():
    e = episode(task={"id": "t-1", "digest": "d"}, prompts=[{"role": "user", "text": "Paint it."}])
    opened, prompt = e.trajectory().events
    assert opened.data == {
        "format": FORMAT,
        "engine": VERSION,
        "genesis": genesis().digest,
        "toolset": toolset().digest,
        "tools": "toy",
        "behaviour": 1,
        "seed": 0,
        "task": {"id": "t-1", "digest": "d"},
    }
    assert (prompt.cause, prompt.at, e.trajectory().prompt) == (0, START, "Paint it.")


@pytest.mark.parametrize("id", ["", "a b", "a/b", '"', "a\n", "../a", "~a", "ä", "a" * 201, "\ud800", "a\0"])
def test_an_id_must_fit_into_lines_and_paths(id: str):
    e = episode()
    for act in (
        lambda: episode(id),
        lambda: e.fork(id=id),
        lambda: fork_of(e.trajectory(), genesis(), toolset(), id=id),
    ):
        with pytest.raises(InvalidInput, match="cannot name an episode"):
            act()
    assert episode("A1._~@:-" + "x" * 190).fork().id.endswith("x~1")


@pytest.mark.parametrize(
    "options",
    [
        {"prompts": [{"role": "user", "text": "\ud800"}]},
        {"prompts": ["text"]},
        {"task": {"id": {1, 2}}},
        {"labels": {"agent": object()}},
    ],
)
def test_what_is_not_json_cannot_open_an_episode(options: dict[str, Any], tmp_path: Path):
    run, writer = new_run(tmp_path)
    with pytest.raises(InvalidInput):
        episode(log=writer, **options)
    assert segment(run).read_bytes() == b""


def test_an_episode_opens_on_a_genesis_world():
    painted = episode()
    painted.call("paintPot", {"pot_id": "p1", "color": "blue"})
    later = episode()
    later.advance_clock(START + 1)
    for world in (painted.world, later.world):
        with pytest.raises(InvalidInput, match="opens on a genesis world"):
            Episode.open("x", world, toolset())


def test_episodes_that_begin_alike_share_their_first_events_and_nothing_after_them(tmp_path: Path):
    run, writer = new_run(tmp_path)
    asked = {"task": {"id": "t", "digest": "d"}, "prompts": [{"role": "user", "text": "Paint."}]}
    start = Beginning.of(World(genesis()), toolset(), **asked)
    one = Episode.begin("one", start, log=writer, labels={"trial": 1})
    one.call("paintPot", {"pot_id": "p1", "color": "red"})
    other = Episode.begin("other", start, log=writer)
    assert other.head_hash == Episode.open("alone", World(genesis()), toolset(), **asked).head_hash
    assert [event.kind for event in other.trajectory().events] == ["episode.opened", "prompt.given"]
    other.submit("Done.")
    writer.close()
    for e in (one, other):
        assert same(Run(run.path).trajectory(e.id), e.trajectory())


def test_equal_histories_have_equal_hashes_whoever_played_them():
    one, other = episode("one", labels={"agent": "a"}), episode("other", labels={"agent": "b"})
    for e in (one, other):
        e.call("paintPot", {"pot_id": "p1", "color": "red"})
    assert one.head_hash == other.head_hash
    other.call("listPots", {})
    assert one.head_hash != other.head_hash


# --- calls -----------------------------------------------------------------------------------------------------------


def test_a_reply_is_the_callers_own():
    e = episode()
    reply = e.call("listPots", {"color": "red"})
    reply.value[0]["color"] = "black"
    assert {pot["color"] for pot in e.call("listPots", {"color": "red"}).value} == {"red"}
    assert e.trajectory().events[reply.seq].data == {"ok": True, "reply": decode(reply.json)}


def test_a_call_is_caused_by_the_last_thing_that_came_from_outside():
    e = episode(prompts=[{"role": "user", "text": "hello"}])
    e.call("listPots", {}, call_id="c-1")
    turn = e.record("model.responded", {"text": "hm"})
    e.call("paintPot", {"pot_id": "p1", "color": "red"}, call_id="\ud800")
    causes = [(event.kind, event.cause) for event in e.trajectory().events]
    assert causes == [
        ("episode.opened", None),
        ("prompt.given", 0),
        ("tool.called", 1),
        ("tool.returned", 2),
        ("model.responded", 1),
        ("tool.called", turn),
        ("pot.painted", 5),
        ("tool.returned", 5),
    ]
    assert [call.called.data["call_id"] for call in e.trajectory().calls()] == ["c-1", "?"]


@pytest.mark.parametrize(
    ("result", "bug"),
    [
        (lambda: {"not": "an outcome"}, "AttributeError"),
        (lambda: Outcome({"x": object()}), "TypeError"),
        (lambda: Outcome({}, (fact("pot.made", set_("pot", "p1", shape=object())),)), "TypeError"),
        (lambda: Outcome({}, (fact("pot.made", set_("pot", "p1"), note="\ud800"),)), "UnicodeEncodeError"),
        (lambda: Outcome({}, None), "TypeError"),  # type: ignore[arg-type]
        (lambda: {}["gone"], "KeyError"),
        (lambda: [][0], "IndexError"),
    ],
)
def test_whatever_goes_wrong_in_a_handler_voids_and_is_recorded(result: Callable[[], Any], bug: str, tmp_path: Path):
    @command("odd", makes="pot.made")
    def odd(world: World) -> Annotated[Outcome, dict[str, Any]]:
        """Do something odd."""
        return result()

    run, writer = new_run(tmp_path)
    e = Episode.open("odd", World(genesis()), Toolset("odd", {"odd": odd}, None, TABLES), log=writer)
    before = e.world
    with pytest.raises(EpisodeVoided, match=f"odd: odd failed with {bug}"):
        e.call("odd", {})
    assert (e.status, e.world) == ("voided", before)
    assert e.trajectory().events[-1].data["error"] == bug
    assert same(Run(run.path).trajectory("odd"), e.trajectory())


def test_an_interrupt_in_a_handler_leaves_the_head_where_it_was():
    @command("slow", makes="pot.made")
    def slow(world: World) -> Annotated[Outcome, dict[str, Any]]:
        """Take too long."""
        raise KeyboardInterrupt

    e = Episode.open("slow", World(genesis()), Toolset("slow", {"slow": slow}, None, TABLES))
    with pytest.raises(KeyboardInterrupt):
        e.call("slow", {})
    assert (len(e.trajectory()), e.status) == (1, "open")


# --- from outside ----------------------------------------------------------------------------------------------------


def test_a_record_is_a_copy_and_its_changes_are_folded():
    e = episode()
    said, pot = {"tokens": [1, 2]}, {"id": "p100", "price": 1, "name": "New", "color": "red"}
    e.record("fixture.given", said, [Change("pot", "p100", pot)])
    said["tokens"].append(3)
    pot["price"] = 99
    assert e.trajectory().events[-1].data == {"tokens": [1, 2]}
    assert e.world.get("pot", "p100") == {"id": "p100", "price": 1, "name": "New", "color": "red"}
    e.record("fixture.mended", {}, [Change("pot", "p100", {"price": 2}, ("name",))])
    assert e.world.get("pot", "p100") == {"id": "p100", "price": 2, "color": "red"}


@pytest.mark.parametrize(
    ("kind", "data", "changes", "beside"),
    [
        ("tool.called", {}, (), None),
        ("answer.submitted", {"text": "without a close"}, (), None),
        ("episode.voided", {}, (), None),
        ("turn\n", {}, (), None),
        ("turn\ud800", {}, (), None),
        ("turn", {"text": "\ud800"}, (), None),
        ("turn", {"score": float("nan")}, (), None),
        ("turn", {"x": (1,)}, (), None),
        ("turn", {}, (), {"cost": object()}),
        ("turn", {}, (Change("pot", "p1", {"price": float("inf")}),), None),
        ("turn", {}, (Change("pot", "p1", {"id": "p2"}),), None),
        ("turn", {}, (Change("pot", "p1", {}, ("id",)),), None),
        ("turn", {}, (Change("pot", "new", {"price": 1}),), None),
        ("pot.painted", {"pot_id": "p1"}, (Change("pot", "p1", {"color": "red"}),), None),
        ("pot.stolen", {}, (), None),
        ("episode.paused", {}, (), None),
        ("tool.mended", {}, (), None),
        ("clock.advanced", {"from": 0}, (), None),
        ("turn", {}, (Change("order", "o1", {"id": "o1"}),), None),
        ("prompt.given", {"role": 7}, (), None),
        ("prompt.given", {"role": "user", "text": ["hi"]}, (), None),
        ("model.responded", {"text": 1}, (), None),
    ],
)
def test_what_cannot_be_recorded_is_refused_and_nothing_moves(kind: Any, data: Any, changes: Any, beside: Any):
    e = episode()
    before = e.head_hash, e.world
    with pytest.raises(InvalidInput):
        e.record(kind, data, changes, beside=beside)
    assert (e.head_hash, e.world) == before


def test_the_clock_only_goes_forward():
    e = episode()
    e.advance_clock(START + 5)
    e.advance_clock(START + 5)
    with pytest.raises(InvalidInput, match="cannot go to"):
        e.advance_clock(START + 4)
    assert [event.at - START for event in e.trajectory().events] == [0, 5, 5]
    assert e.fork(at=0).world.now == START


def test_after_the_end_only_grades_are_recorded():
    e = episode()
    e.submit("It is \ud800 red.")
    e.record("episode.graded", {"reward": 1.0})
    e.record("episode.graded", {"reward": 0.5})
    for act in (
        lambda: e.call("listPots", {}),
        lambda: e.record("prompt.given", {}),
        lambda: e.advance_clock(START + 1),
        lambda: e.submit("again"),
        lambda: e.close("again"),
    ):
        with pytest.raises(EpisodeEnded, match="toy is closed"):
            act()
    assert (e.trajectory().answer, e.trajectory().grade) == ("It is ? red.", {"reward": 0.5})
    for kind in ("episode.graded", "criterion.judged", "episode.diagnosed"):
        with pytest.raises(EpisodeEnded, match="only a closed episode is judged, graded and diagnosed"):
            episode().record(kind, {})


def test_what_is_graded_is_the_answer_or_the_end_without_one():
    answered, ended = episode(), episode()
    answered.submit("Red.")
    ended.close("step_limit")
    for e in (answered, ended):
        e.record("episode.graded", {"reward": 1.0})
        e.record("episode.graded", {"reward": 0.5})
    causes = [[e.trajectory().events[g.cause or 0].kind for g in e.trajectory().events[-2:]] for e in (answered, ended)]
    assert causes == [["answer.submitted"] * 2, ["episode.closed"] * 2]


@pytest.mark.parametrize(("set", "removed"), [({"color": "red", "size": 1}, ()), ({}, ("size",))])
def test_rows_get_no_field_that_their_type_does_not_have(set: Any, removed: Any):
    tools = toolset()
    tools.tables = {"pot": evolve(TABLES["pot"], fields=frozenset({"id", "name", "color", "price"}))}
    e = Episode.open("e", World(genesis()), tools)
    with pytest.raises(InvalidInput, match="rows of type pot have no size"):
        e.record("turn", {}, [Change("pot", "p1", set, removed)])
    e.record("turn", {}, [Change("pot", "p1", {"color": "red"}, ("name",))])


def test_a_tool_makes_only_the_facts_it_declares():
    @command("odd", makes="pot.made")
    def odd(world: World) -> Annotated[Outcome, dict[str, Any]]:
        """Makes another fact than it says."""
        return Outcome({}, (fact("pot.broken"),))

    e = Episode.open("e", World(genesis()), Toolset("toy", {"odd": odd}, None, TABLES))
    with pytest.raises(EpisodeVoided, match=r"odd is declared to make pot\.made and made pot\.broken"):
        e.call("odd", {})


def test_a_history_made_with_other_behaviour_is_not_gone_on_with():
    changed = toolset()
    changed.behaviour = 2
    past = episode().trajectory()
    assert changed.digest == toolset().digest
    with pytest.raises(DigestMismatch, match="made with behaviour 1, at hand is behaviour 2"):
        fork_of(past, genesis(), changed, id="f")
    toolset().check({k: v for k, v in past.opened.data.items() if k != "behaviour"})  # of before it was recorded


# --- forks -----------------------------------------------------------------------------------------------------------


def painted() -> Episode:
    """0 opened, 1-3 a call, 4-6 a call."""
    e = episode()
    for color in ("red", "blue"):
        e.call("paintPot", {"pot_id": "p1", "color": color})
    return e


def test_a_fork_nobody_plays_leaves_no_trace(tmp_path: Path):
    run, writer = new_run(tmp_path)
    e = episode(log=writer)
    size = segment(run).stat().st_size
    e.fork().fork().fork(at=0)
    assert segment(run).stat().st_size == size


def test_an_unplayed_fork_already_shows_the_opening_it_will_be_written_with():
    e = painted()
    fork = e.fork(at=3, id="f")
    shown = fork.trajectory()
    assert shown.parent == {"episode": "toy", "seq": 3, "hash": e.trajectory().hashes[3].hex()}
    assert (shown.opened.seq, shown.inherited, shown.head_hash) == (4, 4, fork.head_hash)
    fork.call("listPots", {})
    assert fork.trajectory().events[:5] == shown.events


def test_a_fork_of_an_unplayed_fork_is_its_sibling(tmp_path: Path):
    run, writer = new_run(tmp_path)
    e = episode("e", log=writer)
    e.call("paintPot", {"pot_id": "p1", "color": "red"})
    unplayed = e.fork(id="unplayed")
    heirs = [unplayed.fork(id="h1"), unplayed.fork(at=4, id="h2"), unplayed.fork(at=0, id="h3"), unplayed.fork(id="h4")]
    origins = []
    for heir in heirs:
        heir.call("paintPot", {"pot_id": "p2", "color": "red"})
        loaded = Run(run.path).trajectory(heir.id)
        assert same(loaded, heir.trajectory())
        origins.append((loaded.parent["episode"], loaded.parent["seq"]))
    assert origins == [("e", 3), ("e", 3), ("e", 0), ("e", 3)]
    assert unplayed.world.get("pot", "p2")["color"] != "red"


def test_ended_episodes_are_forked_before_their_end():
    answered, stopped, voided = painted(), painted(), painted()
    answered.submit("blue")
    answered.record("episode.graded", {"reward": 1.0})
    stopped.close("limit")
    with pytest.raises(EpisodeVoided):
        voided.call("breakPot", {"pot_id": "p1"})
    for e in (answered, stopped, voided):
        fork = e.fork()
        assert fork.trajectory().parent["seq"] == 6
        assert (fork.status, fork.trajectory().answer, fork.trajectory().grade) == ("open", None, None)
        assert fork.call("listPots", {}).ok
        with pytest.raises(NotAtBoundary, match=r"fork at 6( or earlier)?$"):
            e.fork(at=len(e.trajectory()) - 1)
    with pytest.raises(NotAtBoundary, match="toy had ended by event 7; fork at 6 or earlier"):
        answered.fork(at=7)


@pytest.mark.parametrize("at", [-1, 7, 1000])
def test_a_fork_at_an_event_that_is_not_there(at: int):
    with pytest.raises(NotAtBoundary, match=f"toy has no event {at}; its events are 0 to 6"):
        painted().fork(at=at)


def test_forks_of_forks_go_deeper_than_calls_of_python_do(tmp_path: Path):
    run, writer = new_run(tmp_path)
    e = episode("e", log=writer)
    for number in range(1200):
        e = e.fork(id=f"f{number}")
        e.call("paintPot", {"pot_id": "p1", "color": "red"})
    assert len(e.trajectory()) == 1 + 1200 * 4
    assert same(Run(run.path).trajectory(e.id), e.trajectory())
    assert e.fork(at=0).world.overlay == {}


def test_the_same_fork_from_memory_and_from_disk_plays_the_same_history(tmp_path: Path):
    run, writer = new_run(tmp_path)
    e = episode("e", log=writer)
    e.call("paintPot", {"pot_id": "p1", "color": "red"})
    e.advance_clock(START + 7)
    e.submit("done")
    for at in (None, 0, 3, 4):
        live = e.fork(at, id=f"live-{at}")
        loaded = fork_of(Run(run.path).trajectory("e"), genesis(), toolset(), at=at, id=f"disk-{at}", log=writer)
        for fork in (live, loaded):
            fork.call("paintPot", {"pot_id": "p2", "color": "blue"})
            fork.record("prompt.given", {"role": "user", "text": "go on"})
            fork.call("listPots", {"color": "blue"})
        assert live.head_hash == loaded.head_hash
        assert live.world.state_hash == loaded.world.state_hash
        assert Run(run.path).trajectory(live.id).hashes == Run(run.path).trajectory(loaded.id).hashes


def test_a_recorded_history_is_forked_only_onto_its_own_world_and_tools():
    past = painted().trajectory()
    with pytest.raises(DigestMismatch, match="world differs"):
        fork_of(past, genesis(8), toolset(), id="f")
    with pytest.raises(DigestMismatch, match="toolset differs"):
        fork_of(past, genesis(), Toolset("toy", {"listPots": list_pots}, None, TABLES), id="f")


def test_labels_and_costs_stand_beside_their_own_events(tmp_path: Path):
    run, writer = new_run(tmp_path)
    e = episode("e", labels={"agent": "a"}, log=writer)
    fork = e.fork(id="f", labels={"agent": "b"})
    fork.record("model.responded", {"text": "hm"}, beside={"cost": 3})
    silent = e.fork(id="g")
    silent.record("model.responded", {"text": "hm"}, beside={"cost": 4})
    beside = [
        (line["episode"], line["event"]["kind"], line.get("beside")) for line in map(decode, segment(run).open("rb"))
    ]
    assert beside == [
        ("e", "episode.opened", {"labels": {"agent": "a"}}),
        ("f", "episode.opened", {"labels": {"agent": "b"}}),
        ("f", "model.responded", {"cost": 3}),
        ("g", "episode.opened", None),
        ("g", "model.responded", {"cost": 4}),
    ]
    assert [Run(run.path).labels(id) for id in "efg"] == [{"agent": "a"}, {"agent": "b"}, {}]


# --- storage that fails ----------------------------------------------------------------------------------------------


class Fickle:
    """A log that fails while told to."""

    def __init__(self) -> None:
        self.fails = False
        self.kept: list[str] = []

    def append(self, episode: str, entries: Sequence[tuple[bytes, bytes]], beside: Any = None) -> None:
        if self.fails:
            raise StorageFailed("no space")
        self.kept += [decode(data)["kind"] for data, _ in entries]


def test_nothing_happens_when_the_log_cannot_be_written():
    log = Fickle()
    e = episode(log=log)
    fork = e.fork()
    log.fails = True
    for line in (e, fork):
        before = line.head_hash, line.world, len(line.trajectory())
        for act in (
            lambda line=line: line.call("paintPot", {"pot_id": "p1", "color": "red"}),
            lambda line=line: line.call("breakPot", {"pot_id": "p1"}),
            lambda line=line: line.record("prompt.given", {}),
            lambda line=line: line.advance_clock(START + 1),
            lambda line=line: line.submit("x"),
            lambda line=line: line.close("x"),
        ):
            with pytest.raises(StorageFailed):
                act()
            assert (line.head_hash, line.world, len(line.trajectory()), line.status) == (*before, "open")
    log.fails = False
    for line in (e, fork):
        line.submit("now")
    opened = ["episode.opened"]
    assert log.kept == [*opened, "answer.submitted", "episode.closed", *opened, "answer.submitted", "episode.closed"]


def test_a_seed_that_nothing_would_use_is_refused():
    with pytest.raises(InvalidInput, match="nothing in an episode is drawn by chance"):
        episode(seed=7)
    assert episode(seed=0).head_hash == episode().head_hash


def test_two_runs_of_a_script_are_equal_whatever_the_hash_seed():
    script = """
from tests.toy import episode, genesis, toolset
e = episode("e")
e.call("paintPot", {"pot_id": "p1", "color": "red", })
e.record("fault.injected", {"b": [1, {"y": 1, "x": 2}], "a": None})
f = e.fork(at=3)
for name, arguments in (("listPots", {"color": "red"}), ("listPots", {"weight": 1, "size": 2}), ("x", {})):
    f.call(name, arguments)
print(genesis().digest, toolset().digest, e.head_hash, f.head_hash, f.world.state_hash)
"""
    root = Path(__file__).parents[2]
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4294967295")
    }
    assert len(outputs) == 1
