"""A hundred thousand random calls on the toy domain: nothing is raised, and what was said is what is recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from corecraft.engine.canonical import decode
from corecraft.engine.chance import Chance
from corecraft.engine.episode import Episode
from corecraft.engine.run import Run

from ..engine.on_disk import new_run, same
from ..toy import episode, genesis

CALLS = 100_000
TOOLS = ("listPots", "paintPot", "listPots", "paintPot", "paintpot", "", "\ud800", "breakPot\0")
NAMES = ("pot_id", "color", "name", "weight", "", "\udfff", "pot_id")
VALUES: tuple[Any, ...] = (
    None, "", "p1", "p2", "p7", "p99", "red", "green", "blue", "Red", "pot", "POT 3", 0, 1, -1, 1.5, True, False, [], {},
    ["p1"], {"a": 1}, [[[]]], 10**30, float("nan"), float("inf"), "\ud800", "\0", "'; drop table pot", "p1" * 500, (1,),
    {1: 2}, b"p1", object(), "🙂", "é" * 40, '{"color":"red"}', "[" * 200,
)  # fmt: skip
BYTES = (b"", b"{}", b"[]", b"{", b"null", b'{"color":"red"}', b'{"pot_id":"p1","color":"blue"}', b"\xff", b'{"a":1e999}',
         b'{"a":"\\ud800"}', b"[" * 300, b'{"name":"pot","name":"x"}', b'{"color":null}', b"  ", b'{"pot_id":1}')  # fmt: skip


def arguments(chance: Chance) -> Any:
    what = chance.integer(0, 9)
    if what == 0:
        return chance.choice(BYTES)
    if what == 1:
        return chance.choice(VALUES)
    if what < 6:
        return {"pot_id": f"p{chance.integer(0, 9)}", "color": chance.choice(("red", "green", "blue", "black"))}
    return {chance.choice(NAMES): chance.choice(VALUES) for _ in range(chance.integer(0, 3))}


def play(line: Episode, chance: Chance, calls: int) -> tuple[int, Episode]:
    """How many were accepted; and the last fork that went on in its place."""
    accepted = 0
    for _ in range(calls):
        if chance.happens(0.002):
            line = line.fork()
        reply = line.call(chance.choice(TOOLS), arguments(chance))
        accepted += reply.ok
        assert decode(reply.json) == reply.value
        assert reply.ok or list(reply.value) == ["error"]
    return accepted, line


def test_a_hundred_thousand_random_calls_raise_nothing(tmp_path: Path):
    world = genesis()
    run, writer = new_run(tmp_path)
    accepted = 0
    for number in range(20):
        logged = number < 2
        start = episode(f"e{number}", genesis=world, log=writer if logged else None)
        ok, line = play(start, Chance(number, "calls"), CALLS // 20)
        accepted += ok
        assert line.status == "open"
        if logged:
            assert same(Run(run.path).trajectory(line.id), line.trajectory())
    assert 0.1 < accepted / CALLS < 0.9
