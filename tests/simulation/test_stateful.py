"""Any sequence of calls, forks, verifies, records and clock advances agrees with plain dicts, in memory and on disk."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from attrs import define, field
from corecraft.engine.agenda import Clock, Due, Plan, Where
from corecraft.engine.edits import ClockSet, Edit, EditedReply, OtherTools, Told
from corecraft.engine.episode import Episode, Reply
from corecraft.engine.errors import EpisodeEnded, EpisodeVoided, InvalidInput, NotAtBoundary
from corecraft.engine.event import Change
from corecraft.engine.genesis import Genesis
from corecraft.engine.run import Run
from corecraft.engine.toolset import Toolset
from corecraft.engine.world import World
from corecraft.replay.verify import verify
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from ..engine.on_disk import new_run, same
from ..toy import START, TABLES, episode, genesis, toolset

Rows = dict[str, dict[str, Any]]
POTS = st.sampled_from([f"p{n}" for n in range(9)])
COLORS = st.sampled_from(["red", "green", "blue"])
GENESIS = genesis()
TOOLS = toolset()
DUE = st.lists(st.tuples(st.integers(0, 300_000), st.integers(0, 1), POTS, COLORS, st.none() | COLORS), max_size=4)
EDITS = st.fixed_dictionaries(
    {
        "color": st.none() | COLORS,
        "reply": st.none() | st.dictionaries(st.sampled_from(["error", "id"]), st.text(max_size=3), min_size=1),
        "text": st.none() | st.sampled_from(["Lists.", "Lists all."]),
        "ms": st.none() | st.integers(0, 1000),
        "said": st.none() | st.just("Never mind."),
    }
)
MISTAKES: list[tuple[str, Any]] = [
    ("paintPot", {"pot_id": "p99", "color": "red"}),
    ("paintPot", {"pot_id": "p1", "color": "black"}),
    ("paintPot", {"color": "red"}),
    ("paintPot", {"pot_id": "p1", "color": "red", "coats": 2}),
    ("meltPot", {"pot_id": "p1"}),
    ("listPots", b"[1"),
    ("listPots", {"name": float("nan")}),
]


def planned(minutes: int | None, due: Any, instead: bool) -> Plan:
    clock = Clock("scheduled") if minutes is None else Clock("stepped" if minutes else "frozen", minutes)
    return Plan(clock, tuple(happens(*one) for one in due), instead)


def happens(at: int, priority: int, pot: str, color: str, before: str | None) -> Due:
    when = () if before is None else (Where("pot", pot, "color", before),)
    return Due(
        at=at, kind="world.repainted", changes=(Change("pot", pot, {"color": color}),), priority=priority, when=when
    )


def tools_of(opened: Mapping[str, Any]) -> Toolset:
    return TOOLS.describing(opened.get("described", {}))


@define
class Model:
    """What an episode should be: rows and clock, and how they were after each event that a fork may start at."""

    rows: Rows
    now: int
    seq: int
    status: str = "open"
    origin: int | None = None
    """While nobody has played it: the event of the parent it forks after."""
    past: dict[int, tuple[Rows, int]] = field(factory=dict[int, Any])
    agenda_at: dict[int, Any] = field(factory=dict[int, Any])
    given: dict[int, Any] = field(factory=dict[int, Any])
    """Seq of a reply -> what it was."""
    otherwise: list[tuple[int, int, Any]] = field(factory=list[Any])
    """Of forks: seq of the opening, and the reply that reads otherwise from there on."""
    minutes: int | None = 0
    """That a call takes; None: up to what is due next."""
    due: list[tuple[int, int, str, str, str | None]] = field(factory=list[Any])
    """In its order: at, priority, the pot that gets another color, which, and the color it must have before."""
    edited: bool = False
    """Whether its opening says that something is otherwise: a fork of it is none of its parent's."""

    @property
    def told(self) -> dict[int, Any]:
        """Seq of a reply -> what the agent of this line was told."""
        return self.given | {seq: reply for _, seq, reply in self.otherwise}

    def moves(self, events: int) -> None:
        self.seq += events
        self.origin = None
        self.stands()

    def stands(self) -> None:
        """Keep how everything is here."""
        self.past[self.seq] = (deepcopy(self.rows), self.now)
        self.agenda_at[self.seq] = (self.minutes, list(self.due))

    def plans(self, minutes: int | None, due: list[Any]) -> None:
        self.minutes = minutes
        self.due = sorted([*self.due, *due], key=lambda one: one[:2])

    def waits(self) -> None:
        """A call takes its time. `moves` counts its own events, and what happened meanwhile is counted here."""
        if self.minutes is None and self.due:  # also what is due right now
            self.passes(max(self.now, self.due[0][0]))
        elif self.minutes:
            self.passes(self.now + self.minutes * 60_000)

    def passes(self, to: int, outside: bool = False) -> None:
        """outside: not while a call is made, so that a fork may start wherever the clock stood still."""
        for at in sorted({max(one[0], self.now) for one in self.due if one[0] <= to} | {to}):
            self.seq += 1
            self.now = at
            while self.due and self.due[0][0] <= at:
                _, _, pot, color, before = self.due.pop(0)
                if before is None or self.rows[pot]["color"] == before:
                    self.rows[pot]["color"] = color
                    self.seq += 1
            if outside:
                self.stands()

    def fork(self, at: int) -> Model:
        rows, now = deepcopy(self.past[at])
        child = Model(rows, now, at, past={seq: then for seq, then in self.past.items() if seq <= at})
        child.minutes, child.due = self.agenda_at[at][0], list(self.agenda_at[at][1])
        child.agenda_at = {seq: then for seq, then in self.agenda_at.items() if seq <= at}
        child.given = {seq: deepcopy(reply) for seq, reply in self.given.items() if seq <= at}
        child.otherwise = [one for one in self.otherwise if one[0] <= at]
        child.moves(1)
        child.origin = at
        return child


@define(eq=False)
class Pair:
    live: Episode
    model: Model


class Episodes(RuleBasedStateMachine):
    pairs = Bundle("pairs")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp(prefix="corecraft-"))
        self.run, self.writer = new_run(self.folder)
        self.all: list[Pair] = []
        self.played: set[str] = set()

    def add(self, live: Episode, model: Model) -> Any:
        if len(self.all) >= 12:
            return multiple()
        pair = Pair(live, model)
        self.all.append(pair)
        return pair

    @initialize(target=pairs)
    def first(self) -> Any:
        return self.open()

    def open(self) -> Any:
        live = episode(f"e{len(self.all)}", genesis=GENESIS, log=self.writer)
        self.played.add(live.id)
        model = Model(deepcopy(GENESIS.tables["pot"]), START, -1)
        model.moves(1)
        return self.add(live, model)

    @rule(target=pairs)
    def another(self) -> Any:
        return self.open() if len(self.all) < 3 else multiple()

    def acts(self, pair: Pair, act: Any) -> Any:
        """The result of an action on an open episode; on one that ended, None after the refusal."""
        if pair.model.status != "open":
            with pytest.raises(EpisodeEnded):
                act()
            return None
        self.played.add(pair.live.id)
        acted = act()
        if isinstance(acted, Reply):
            pair.model.given[acted.seq] = acted.value
        return acted

    def waits(self, pair: Pair) -> None:
        if pair.model.status == "open":
            pair.model.waits()

    def forked(self, pair: Pair) -> None:
        """What a fork does to its parent: one that is otherwise than its own parent, and not written yet, is written."""
        if pair.model.origin is not None and pair.model.edited:
            self.played.add(pair.live.id)
            pair.model.origin = None

    @rule(pair=pairs, pot=POTS, color=COLORS)
    def paint(self, pair: Pair, pot: str, color: str) -> None:
        self.waits(pair)
        reply = self.acts(pair, lambda: pair.live.call("paintPot", {"pot_id": pot, "color": color}))
        if reply is not None:
            pair.model.rows[pot] = {**pair.model.rows[pot], "color": color}
            pair.model.moves(3)
            assert (reply.value, reply.seq) == (pair.model.rows[pot], pair.model.seq)

    @rule(pair=pairs, color=st.none() | COLORS, name=st.none() | st.sampled_from(["pot", "T 3", "x"]))
    def list(self, pair: Pair, color: str | None, name: str | None) -> None:
        self.waits(pair)
        reply = self.acts(pair, lambda: pair.live.call("listPots", {"color": color, "name": name}))
        if reply is not None:
            pair.model.moves(2)
            found = [
                row
                for row in pair.model.rows.values()
                if (color is None or row["color"] == color) and (name is None or name.lower() in row["name"].lower())
            ]
            assert reply.value == sorted(found, key=TABLES["pot"].sort_key)

    @rule(pair=pairs, mistake=st.sampled_from(MISTAKES))
    def err(self, pair: Pair, mistake: tuple[str, Any]) -> None:
        self.waits(pair)
        reply = self.acts(pair, lambda: pair.live.call(*mistake))
        if reply is not None:
            pair.model.moves(2)
            assert not reply.ok
            assert list(reply.value) == ["error"]

    @rule(pair=pairs, pot=st.sampled_from(["p0", "p8", "new", "newer"]), price=st.integers(0, 9))
    def give(self, pair: Pair, pot: str, price: int) -> None:
        row = {"id": pot, "name": f"Pot {pot}", "color": "red", "price": price}
        if self.acts(pair, lambda: pair.live.record("fixture.given", {"pot": pot}, [Change("pot", pot, row)])):
            pair.model.rows[pot] = {**pair.model.rows.get(pot, {}), **row}
            pair.model.moves(1)

    @rule(pair=pairs, ms=st.integers(-2, 1000))
    def wait(self, pair: Pair, ms: int) -> None:
        if ms < 0 and pair.model.status == "open":
            with pytest.raises(InvalidInput):
                pair.live.advance_clock(pair.model.now + ms)
        elif self.acts(pair, lambda: pair.live.advance_clock(pair.model.now + ms)):
            pair.model.passes(pair.model.now + ms, outside=True)
            pair.model.moves(0)

    @rule(pair=pairs, minutes=st.none() | st.integers(0, 2), due=DUE, instead=st.booleans())
    def plan(self, pair: Pair, minutes: int | None, due: Any, instead: bool) -> None:
        """What is due is told as offsets; time passes by calls from here on, or goes to what is due next."""
        mine = [(pair.model.now + after, priority, *rest) for after, priority, *rest in due]
        if self.acts(pair, lambda: pair.live.plan(planned(minutes, mine, instead))):
            if instead:
                pair.model.due = []
            pair.model.plans(minutes, mine)
            pair.model.moves(1)

    @rule(target=pairs, pair=pairs)
    def fork_at_the_end(self, pair: Pair) -> Any:
        self.forked(pair)
        at = pair.model.origin if pair.model.origin is not None else max(pair.model.past)
        return self.add(pair.live.fork(id=f"f{len(self.all)}"), pair.model.fork(at))

    @rule(target=pairs, pair=pairs, share=st.floats(0, 1))
    def fork_earlier(self, pair: Pair, share: float) -> Any:
        at = round(share * (pair.model.seq + 1))
        self.forked(pair)
        if at not in pair.model.past:
            with pytest.raises(NotAtBoundary):
                pair.live.fork(at)
            return multiple()
        live = pair.live.fork(at, id=f"f{len(self.all)}")
        if pair.model.origin is not None:
            at = min(at, pair.model.origin)  # a sibling
        return self.add(live, pair.model.fork(at))

    @rule(target=pairs, pair=pairs, share=st.floats(0, 1), edits=EDITS)
    def fork_otherwise(self, pair: Pair, share: float, edits: dict[str, Any]) -> Any:
        """Any mixture of edits: each stands in the child alone."""
        if len(self.all) >= 12:
            return multiple()
        places = sorted(pair.model.past)
        at = places[round(share * (len(places) - 1))]
        self.played.add(pair.live.id)
        pair.live.keep()
        pair.model.origin = None
        model = pair.model.fork(at)
        wanted: list[Edit] = []
        if (color := edits["color"]) is not None:
            wanted.append(Change("pot", "p3", {"color": color}))
            model.rows["p3"]["color"] = color
        if edits["reply"] and model.given:
            seq = max(model.given)
            wanted.append(EditedReply(seq, edits["reply"]))
            model.otherwise.append((model.seq, seq, edits["reply"]))
        if (text := edits["text"]) is not None:
            wanted.append(OtherTools(TOOLS.describing({"listPots": text})))
        model.edited = bool(wanted)
        model.stands()
        if (ms := edits["ms"]) is not None:
            wanted.append(ClockSet(model.now + ms))
            model.passes(model.now + ms, outside=True)
            model.moves(0)
        if edits["said"]:
            wanted.append(Told(edits["said"]))
            model.moves(1)
        live = pair.live.fork(at, id=f"f{len(self.all)}", edits=wanted)
        if model.origin is None:
            self.played.add(live.id)
        return self.add(live, model)

    @rule(pair=pairs, how=st.sampled_from(["submit", "close", "bug"]))
    def end(self, pair: Pair, how: str) -> None:
        if how == "bug" and pair.model.status == "open":
            self.played.add(pair.live.id)
            with pytest.raises(EpisodeVoided):
                pair.live.call("breakPot", {"pot_id": "p1"})
            events = 2
        else:
            self.acts(pair, lambda: pair.live.submit("done") if how == "submit" else pair.live.close("limit"))
            events = 2 if how == "submit" else 1
        if pair.model.status == "open":
            pair.model.seq += events
            pair.model.origin = None
            pair.model.status = "voided" if how == "bug" else "closed"

    @rule(pair=pairs)
    def restart(self, pair: Pair) -> None:
        """Taken up from disk by another process it goes on as if nothing had happened; `verify` compares causes too."""
        pair.live.keep()
        self.played.add(pair.live.id)
        pair.model.origin = None
        past = Run(self.run.path).trajectory(pair.live.id)
        pair.live = Episode.resume(past, GENESIS, tools_of(past.opened.data), log=self.writer)

    @rule(pair=pairs)
    def verify(self, pair: Pair) -> None:
        """Re-execution finds nothing to object to, and (see `agrees`) leaves everything as it was."""
        verdict = verify(pair.live.trajectory(), tools_of, GENESIS)
        assert verdict.ok, str(verdict)
        assert verdict.events == pair.model.seq + 1

    @invariant()
    def agrees(self) -> None:
        for pair in self.all:
            live, model = pair.live, pair.model
            assert (live.status, live.world.now) == (model.status, model.now)
            assert {row["id"]: row for row in live.world.rows("pot")} == model.rows
            assert len(live.trajectory()) == model.seq + 1
            assert {call.returned.seq: call.reply for call in live.trajectory().calls()} == model.told

    def teardown(self) -> None:
        try:
            self.writer.close()
            self.run.writer("w", lambda: 0).close()  # an intact segment has nothing to repair
            disk = Run(self.run.path)
            assert set(disk.episodes) == self.played
            for pair in self.all:
                past = pair.live.trajectory()
                assert pair.live.head_hash == past.head_hash
                assert pair.live.world.state_hash == Genesis({"pot": pair.model.rows}, 0, TABLES).state_hash
                assert World(GENESIS).fold(past.events).state_hash == pair.live.world.state_hash
                for seq, (rows, now) in pair.model.past.items():
                    world = past.world_at(seq, GENESIS)
                    assert ({row["id"]: row for row in world.rows("pot")}, world.now) == (rows, now)
                if pair.live.id in self.played:
                    assert same(disk.trajectory(pair.live.id), past)
                    verdict = verify(disk.trajectory(pair.live.id), tools_of, GENESIS)
                    assert verdict.ok, str(verdict)
        finally:
            shutil.rmtree(self.folder)


class TestEpisodes(Episodes.TestCase):
    settings = settings(max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.slow
class TestEpisodesAtLength(Episodes.TestCase):
    settings = settings(
        max_examples=500, stateful_step_count=80, deadline=None, suppress_health_check=list(HealthCheck)
    )
