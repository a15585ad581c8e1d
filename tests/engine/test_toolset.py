"""A toolset: its digest, its aliases, and requests in every shape that agents have sent."""

from __future__ import annotations

import collections
import datetime
import json
import types
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, frozen
from corecraft.engine.run import Run
from corecraft.engine.tool import Outcome, query
from corecraft.engine.toolset import MAX_STRING_BYTES, Request, Toolset
from corecraft.engine.world import World
from hypothesis import given
from hypothesis import strategies as st

from ..toy import TABLES, episode, genesis, list_pots, paint_pot, toolset
from .on_disk import new_run, same
from .test_canonical import JSON, cyclic, nested

WORLD = World(genesis())
DEEP = "Invalid arguments: nested deeper than 64 levels"
NO_JSON = "Invalid arguments: not JSON"
NO_UTF8 = "Invalid arguments: not UTF-8"
RANGE = "Invalid arguments: not JSON: a number out of range"
SURROGATE = "Invalid arguments: not JSON: a lone surrogate"
NO_TEXT_KEY = "Invalid arguments: not JSON: a key that is no string"
NO_OBJECT = "Invalid arguments: expected a JSON object"


def deep_bytes(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


REFUSED: list[tuple[str, Any, str]] = [
    ("10 MB of bytes", b'{"a":"' + b"x" * 10_000_000 + b'"}', "Invalid arguments: 10000008 bytes, more than 262144"),
    ("10 MB of text", {"a": "x" * 10_000_000}, "Invalid arguments: 10000008 bytes, more than 262144"),
    ("a long text", {"a": ["", "x" * 65_537]}, "Invalid arguments: a: a text of 65537 bytes, more than 65536"),
    (
        "a long text in bytes",
        b'{"b":1,"a":{"c":"%s"}}' % ("é" * 40_000).encode(),
        "Invalid arguments: a: a text of 80000 bytes, more than 65536",
    ),
    ("a long key", {"a": {"x" * 70_000: 1}}, "Invalid arguments: a: a text of 70000 bytes, more than 65536"),
    ("a long name", {"x" * 70_000: 1}, "Invalid arguments: a name: a text of 70000 bytes, more than 65536"),
    ("65 levels of bytes", deep_bytes(65), DEEP),
    ("5000 levels of bytes", deep_bytes(5000), DEEP),
    ("unclosed brackets", b"[" * 100_000, DEEP),
    ("65 levels", {"a": nested(64)}, DEEP),
    ("5000 levels", {"a": nested(5000)}, DEEP),
    ("a cycle", cyclic(), DEEP),
    ("NaN in bytes", b'{"a":NaN}', RANGE),
    ("Infinity in bytes", b'{"a":-Infinity}', RANGE),
    ("1e400 in bytes", b'{"a":1e400}', RANGE),
    ("NaN", {"a": float("nan")}, RANGE),
    ("Infinity", {"a": [float("inf")]}, RANGE),
    ("a lone surrogate as an escape", b'{"a":"\\ud800 x"}', SURROGATE),
    ("a lone low surrogate as an escape", b'{"a":"\\udfff"}', SURROGATE),
    ("a lone surrogate as a key", b'{"\\ud800":1}', SURROGATE),
    ("raw surrogate bytes", b'{"a":"\xed\xa0\x80"}', NO_UTF8),
    ("raw bytes that are no UTF-8", b'{"a":"\xff\xfe"}', NO_UTF8),
    ("a lone surrogate in text", {"a": "\ud800"}, SURROGATE),
    ("a lone surrogate in a key", {"a\udfff": 1}, SURROGATE),
    ("number keys", {1: "a"}, NO_TEXT_KEY),
    ("null keys", {None: "a"}, NO_TEXT_KEY),
    ("tuple keys", {(1, 2): "a"}, NO_TEXT_KEY),
    ("tuples", {"a": (1, 2)}, f"{NO_JSON}: a value of type tuple"),
    ("sets", {"a": {1}}, NO_JSON),
    ("bytes within", {"a": b"x"}, NO_JSON),
    ("a datetime", {"a": datetime.datetime(2025, 12, 1)}, NO_JSON),
    ("an object", {"a": object()}, NO_JSON),
    ("5000 digits", b'{"a":' + b"1" * 5000 + b"}", RANGE),
    ("an array in bytes", b"[1]", NO_OBJECT),
    ("5000 digits of Python", {"a": 10**5000}, RANGE),
    ("a number in bytes", b"7", NO_OBJECT),
    ("text in bytes", b'"{}"', NO_OBJECT),
    ("false in bytes", b"false", NO_OBJECT),
    ("false", False, NO_OBJECT),
    ("an array", [1], NO_OBJECT),
    ("pairs", [["color", "red"]], NO_OBJECT),
    ("text", '{"color":"red"}', NO_OBJECT),
    ("white space", b"  ", NO_JSON),
    ("two objects", b"{}{}", NO_JSON),
    ("half an object", b'{"a":', NO_JSON),
    ("a control character", b'{"a":"\x01"}', NO_JSON),
    ("a byte order mark", "\ufeff{}".encode(), NO_JSON),
]
ACCEPTED: list[tuple[str, Any, dict[str, Any]]] = [
    ("empty bytes", b"", {}),
    ("null in bytes", b" null ", {}),
    ("None", None, {}),
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
    ("just short enough", {"a": "x" * MAX_STRING_BYTES}, {"a": "x" * MAX_STRING_BYTES}),
    ("just small enough", {"a": ["x" * 60_000] * 4, "b": 8 * ["xyz"]}, {"a": ["x" * 60_000] * 4, "b": 8 * ["xyz"]}),
]


def names(cases: list[Any]) -> dict[str, Any]:
    return {"argnames": ("sent", "expected"), "argvalues": [case[1:] for case in cases], "ids": [c[0] for c in cases]}


@pytest.mark.parametrize(**names(REFUSED))
def test_what_cannot_be_recorded_is_refused_in_words_of_our_own(sent: Any, expected: str):
    request = Request.of(sent)
    assert request.arguments is None
    assert request.refused is not None
    assert request.refused.startswith(expected) if expected == NO_JSON else request.refused == expected
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


ODD = st.sampled_from(
    [float("nan"), float("-inf"), -(10**4299), 10**4300 - 1, "\udfff", {"\ud800": 1}, nested(70), 2**64]
)


@given(
    st.recursive(JSON | ODD, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))
)
def test_bytes_and_the_python_value_they_stand_for_are_read_alike(value: Any):
    asked = {"a": value}
    of_bytes, of_python = Request.of(json.dumps(asked).encode()), Request.of(asked)
    assert (of_bytes.arguments, of_bytes.refused) == (of_python.arguments, of_python.refused)


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
        called = live.trajectory().events[-2].data
        assert max(len(called["tool"]), len(called["call_id"])) <= 201
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
