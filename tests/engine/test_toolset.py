"""A toolset: its digest, its aliases, and requests in every shape that agents have sent."""

from __future__ import annotations

import collections
import datetime
import types
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, frozen
from corecraft.engine.run import Run
from corecraft.engine.tool import Outcome, query
from corecraft.engine.toolset import MAX_ARGUMENT_BYTES, Request, Toolset
from corecraft.engine.world import World
from hypothesis import given
from hypothesis import strategies as st

from ..toy import TABLES, episode, genesis, list_pots, paint_pot, toolset
from .on_disk import new_run, same
from .test_canonical import JSON, cyclic, nested

WORLD = World(genesis())
DEEP = "Invalid arguments: nested deeper than 64 levels"
NO_JSON = "Invalid arguments: not JSON"


def deep_bytes(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


REFUSED: list[tuple[str, Any, str]] = [
    ("10 MB of bytes", b'{"a":"' + b"x" * 10_000_000 + b'"}', "Invalid arguments: 10000008 bytes, more than 1000000"),
    ("10 MB of text", {"a": "x" * 10_000_000}, "Invalid arguments: 10000008 bytes, more than 1000000"),
    ("65 levels of bytes", deep_bytes(65), DEEP),
    ("5000 levels of bytes", deep_bytes(5000), DEEP),
    ("unclosed brackets", b"[" * 100_000, DEEP),
    ("65 levels", {"a": nested(64)}, DEEP),
    ("5000 levels", {"a": nested(5000)}, DEEP),
    ("a cycle", cyclic(), DEEP),
    ("NaN in bytes", b'{"a":NaN}', "Invalid arguments: JSON is malformed"),
    ("Infinity in bytes", b'{"a":-Infinity}', "Invalid arguments: JSON is malformed"),
    ("1e400 in bytes", b'{"a":1e400}', "Invalid arguments: Number out of range"),
    ("NaN", {"a": float("nan")}, NO_JSON),
    ("Infinity", {"a": [float("inf")]}, NO_JSON),
    ("a lone surrogate as an escape", b'{"a":"\\ud800 x"}', "Invalid arguments: "),
    ("a lone low surrogate as an escape", b'{"a":"\\udfff"}', "Invalid arguments: "),
    ("a lone surrogate as a key", b'{"\\ud800":1}', "Invalid arguments: "),
    ("raw surrogate bytes", b'{"a":"\xed\xa0\x80"}', "Invalid arguments: 'utf-8' codec can't decode"),
    ("raw bytes that are no UTF-8", b'{"a":"\xff\xfe"}', "Invalid arguments: 'utf-8' codec can't decode"),
    ("a lone surrogate in text", {"a": "\ud800"}, NO_JSON),
    ("a lone surrogate in a key", {"a\udfff": 1}, NO_JSON),
    ("number keys", {1: "a"}, NO_JSON),
    ("null keys", {None: "a"}, NO_JSON),
    ("tuple keys", {(1, 2): "a"}, NO_JSON),
    ("tuples", {"a": (1, 2)}, NO_JSON),
    ("sets", {"a": {1}}, NO_JSON),
    ("bytes within", {"a": b"x"}, NO_JSON),
    ("a datetime", {"a": datetime.datetime(2025, 12, 1)}, NO_JSON),
    ("an object", {"a": object()}, NO_JSON),
    ("5000 digits", b'{"a":' + b"1" * 5000 + b"}", "Invalid arguments: Integer value out of range"),
    ("an array in bytes", b"[1]", "Invalid arguments: expected a JSON object"),
    ("null in bytes", b"null", "Invalid arguments: expected a JSON object"),
    ("an array", [1], "Invalid arguments: expected a JSON object"),
    ("pairs", [["color", "red"]], "Invalid arguments: expected a JSON object"),
    ("text", '{"color":"red"}', "Invalid arguments: expected a JSON object"),
    ("None", None, "Invalid arguments: expected a JSON object"),
    ("white space", b"  ", "Invalid arguments: Input data was truncated"),
    ("two objects", b"{}{}", "Invalid arguments: JSON is malformed: trailing characters (byte 3)"),
    ("half an object", b'{"a":', "Invalid arguments: Input data was truncated"),
    ("a control character", b'{"a":"\x01"}', "Invalid arguments: JSON is malformed"),
    ("a byte order mark", "\ufeff{}".encode(), "Invalid arguments: JSON is malformed"),
]
ACCEPTED: list[tuple[str, Any, dict[str, Any]]] = [
    ("empty bytes", b"", {}),
    ("64 levels of bytes", deep_bytes(64), eval('{"a":' * 64 + "1" + "}" * 64)),
    ("64 levels", {"a": nested(63)}, {"a": nested(63)}),
    ("the last of duplicate keys", b'{"a":1,"a":2}', {"a": 2}),
    ("a surrogate pair", b'{"a":"\\ud83d\\ude00"}', {"a": "😀"}),
    ("big integers", b'{"a":%d,"b":-%d}' % (2**64, 10**40), {"a": 2**64, "b": -(10**40)}),
    ("big integers of Python", {"a": 10**40}, {"a": 10**40}),
    ("numbers at the edge", b'{"a":1e308,"b":5e-324,"c":-0.0,"d":1E2}', {"a": 1e308, "b": 5e-324, "c": 0.0, "d": 100}),
    ("brackets in text", {"a": "[" * 1000}, {"a": "[" * 1000}),
    ("the null character", {"a": "\0", "": "\u2028"}, {"a": "\0", "": "\u2028"}),
    ("a read-only mapping", types.MappingProxyType({"a": 1}), {"a": 1}),
    ("an ordered dict", collections.OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
    ("just small enough", {"a": "x" * (MAX_ARGUMENT_BYTES - 8)}, {"a": "x" * (MAX_ARGUMENT_BYTES - 8)}),
]


def names(cases: list[Any]) -> dict[str, Any]:
    return {"argnames": ("sent", "expected"), "argvalues": [case[1:] for case in cases], "ids": [c[0] for c in cases]}


@pytest.mark.parametrize(**names(REFUSED))
def test_what_cannot_be_recorded_is_refused_in_stable_words(sent: Any, expected: str):
    request = Request.of(sent)
    assert request.arguments is None
    assert request.refused is not None
    assert request.refused.startswith(expected)
    assert request == Request.of(sent)
    if isinstance(sent, bytes):
        assert (request.size, request.sha256) == (len(sent), sha256(sent).hexdigest())
    assert Request(**request.recorded()) == request


@pytest.mark.parametrize(**names(ACCEPTED))
def test_what_can_be_recorded_is_accepted_faithfully(sent: Any, expected: dict[str, Any]):
    request = Request.of(sent)
    assert (request.refused, request.arguments) == (None, expected)
    assert list(request.arguments or ()) == list(expected)
    assert request.recorded() == {"arguments": expected}


def test_the_recorded_request_is_a_copy():
    mine = {"a": [1]}
    request = Request.of(mine)
    mine["a"].append(2)
    assert request.arguments == {"a": [1]}


def test_every_request_is_a_recorded_reply_and_disk_says_the_same_as_memory(tmp_path: Path):
    run, writer = new_run(tmp_path)
    live = episode("nasty", log=writer)
    for _, sent, expected in REFUSED:
        reply = live.call("listPots", sent)
        assert not reply.ok
        assert reply.value["error"].startswith(expected)
    for _, sent, expected in ACCEPTED:
        reply = live.call("listPots", sent)
        assert reply.ok == (expected == {})
        assert live.trajectory().events[-2].data["arguments"] == expected
    for name in ("", "\ud800", "a" * 10_000, "listpots", '"', "\n", "__class__"):
        assert not live.call(name, {}, call_id=name).ok
    assert live.status == "open"
    assert same(Run(run.path).trajectory("nasty"), live.trajectory())


@given(st.binary(max_size=40) | JSON | st.dictionaries(st.text(st.characters(), max_size=3), JSON, max_size=3))
def test_reading_a_request_never_raises(sent: Any):
    request = Request.of(sent)
    assert (request.refused is None) == isinstance(request.arguments, dict)


# --- the published set -----------------------------------------------------------------------------------------------


@frozen
class Profile:
    cap: int = 10


def test_the_digest_covers_names_schemas_descriptions_and_profile():
    @query("listPots")
    def quieter(world: World, *, color: str | None = None) -> list[dict[str, Any]]:
        """List pots.

        Args:
            color: Exact color.
        """
        return []

    base = Toolset("toy", {"listPots": list_pots, "paintPot": paint_pot}, Profile(), TABLES)
    others = [
        evolve(base, tools={"listPots": list_pots}),
        evolve(base, tools={"listPots": quieter, "paintPot": paint_pot}),
        evolve(base, profile=Profile(cap=50)),
    ]
    assert len({toolset.digest for toolset in (base, *others)}) == 4
    assert evolve(base, tools={"paintPot": paint_pot, "listPots": list_pots}).digest == base.digest
    assert evolve(base, name="other").digest == base.digest


def test_definitions_come_in_name_order_and_aliases_are_not_published():
    tools = evolve(toolset(), aliases={"paint_pot": "paintPot"})
    assert [definition["name"] for definition in tools.definitions()] == ["breakPot", "listPots", "paintPot"]
    arguments = Request.of({"pot_id": "p1", "color": "red"})
    assert tools.handle(WORLD, "paint_pot", arguments) == tools.handle(WORLD, "paintPot", arguments)
    assert tools.digest == toolset().digest


def test_mistakes_are_outcomes_and_bugs_are_raised():
    tools = toolset()
    unknown = tools.handle(WORLD, "melt", Request({}))
    assert (unknown.ok, unknown.outcome) == (False, Outcome({"error": "Unknown tool: melt"}))
    with pytest.raises(ZeroDivisionError):
        tools.handle(WORLD, "breakPot", Request({"pot_id": "p1"}))


def test_words_of_refusal_recorded_once_are_said_again():
    refused = Request(refused="Invalid arguments: whatever it once said", size=3, sha256="00")
    assert toolset().handle(WORLD, "listPots", refused).outcome.reply == {"error": refused.refused}
