"""Three doors to one episode, stdio, HTTP and Python, given the same bytes: they reply and record alike, and whoever asks
is answered once, whatever was sent before."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from corecraft.engine.episode import Episode
from corecraft.engine.run import Run
from corecraft.engine.world import World
from corecraft.tools.mcp_messages import Unreadable, read
from corecraft.tools.mcp_server import MAX_MESSAGE_BYTES, build_server
from hypothesis import given
from hypothesis import strategies as st
from mcp import Client
from mcp.types import INVALID_PARAMS, INVALID_REQUEST, PARSE_ERROR

from ..toy import episode, genesis, toolset
from .toy_service import ROOT, Experimenter, rpc, serving

STDIO = """
import sys
from pathlib import Path
import anyio
from corecraft.engine.run import Run
from corecraft.tools.mcp_server import serve_stdio
from tests.toy import episode, genesis
log = Run.create(Path(sys.argv[1]), {}).writer("stdio", lambda: 0, new=True)
anyio.run(serve_stdio, episode(log=log, genesis=genesis(400)))
log.close()
"""
META = b'{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}'
MODERN = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "paintPot"}
HEADERS = {"modern": MODERN, "handshake": {"MCP-Protocol-Version": "2025-06-18"}, "none": {}}


def asked(arguments: bytes, id: bytes = b"1", name: bytes = b'"paintPot"', meta: bytes = META) -> bytes:
    given = b',"arguments":' + arguments if arguments else b""
    params = b'{"_meta":%s,"name":%s%s}' % (meta, name, given)
    return b'{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":%s}' % (id, params)


ARGUMENTS: dict[str, tuple[bytes, str]] = {
    "as they should be": (b'{"pot_id":"p1","color":"red"}', ""),
    "not given": (b"", "pot_id is required"),
    "null": (b"null", "pot_id is required"),
    "none": (b"{}", "pot_id is required"),
    "the last of two keys": (b'{"pot_id":"p1","pot_id":"p7777","color":"red"}', "Pot p7777 not found"),
    "a surrogate pair": (b'{"pot_id":"\\ud83d\\ude00","color":"red"}', "Pot \N{GRINNING FACE} not found"),
    "a lone surrogate": (b'{"pot_id":"\\ud800"}', "Invalid arguments: not JSON: a lone surrogate"),
    "a lone low surrogate as a key": (b'{"\\udc00":1}', "Invalid arguments: not JSON: a lone surrogate"),
    "5000 digits": (b'{"pot_id":' + b"9" * 5000 + b"}", "Invalid arguments: not JSON: a number out of range"),
    "400 digits": (b'{"pot_id":' + b"9" * 400 + b"}", "color is required"),
    "1e999": (b'{"pot_id":1e999}', "Invalid arguments: not JSON: a number out of range"),
    "NaN": (b'{"pot_id":NaN}', "Invalid arguments: not JSON: a number out of range"),
    "-Infinity": (b'{"pot_id":[-Infinity]}', "Invalid arguments: not JSON: a number out of range"),
    "5000 arrays": (b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}", "Invalid arguments: nested deeper than 64 levels"),
    "40000 objects": (b'{"a":' * 40_000 + b"1" + b"}" * 40_000, "Invalid arguments: nested deeper than 64 levels"),
    "no UTF-8": (b'{"pot_id":"\xff"}', "Invalid arguments: not UTF-8"),
    "a surrogate in bytes": (b'{"pot_id":"\xed\xa0\x80"}', "Invalid arguments: not UTF-8"),
    "a byte order mark within": (b'{"pot_id":\xef\xbb\xbf1}', "Invalid arguments: not JSON"),
    "a control character": (b'{"pot_id":"\x01"}', "Invalid arguments: not JSON"),
    "no JSON within": (b'{"pot_id" "p1"}', "Invalid arguments: not JSON"),
    "a trailing comma": (b'{"pot_id":"p1",}', "Invalid arguments: not JSON"),
    "a bare word": (b"undefined", "Invalid arguments: not JSON"),
    "text": (b'"{\\"pot_id\\":\\"p1\\"}"', "Invalid arguments: expected a JSON object"),
    "a list": (b'["p1","red"]', "Invalid arguments: expected a JSON object"),
    "a number": (b"7", "Invalid arguments: expected a JSON object"),
    "true": (b"true", "Invalid arguments: expected a JSON object"),
    "1.2 MB": (b'{"pot_id":"%s"}' % (b"x" * 1_200_000), "Invalid arguments: 1200013 bytes, more than 262144"),
}
ENVELOPES: dict[str, tuple[bytes, int, int | str | None]] = {
    "nothing": (b"", PARSE_ERROR, None),
    "no JSON": (b"hello", PARSE_ERROR, None),
    "half a request": (asked(b"{}")[:-2], PARSE_ERROR, None),
    "half its arguments": (asked(b'{"a":[')[:-2], PARSE_ERROR, None),
    "more than a request": (asked(b"{}") + b"}", PARSE_ERROR, 1),
    "a byte order mark": (b"\xef\xbb\xbf" + asked(b"{}"), PARSE_ERROR, None),
    "5000 arrays": (b"[" * 5000 + b"]" * 5000, PARSE_ERROR, None),
    "500000 arrays": (asked(b"[" * 500_000 + b"]" * 500_000), PARSE_ERROR, None),
    "100000 members": (b'{"id":1,%s"method":2}' % (b'"a":1,' * 100_000), INVALID_REQUEST, None),
    "no UTF-8 in the method": (b'{"jsonrpc":"2.0","id":"a","method":"\xff"}', PARSE_ERROR, "a"),
    "a surrogate in a parameter": (
        b'{"jsonrpc":"2.0","id":5,"method":"tools/list","params":{"cursor":"\\ud800"}}',
        PARSE_ERROR,
        5,
    ),
    "a surrogate in the metadata": (asked(b"{}", meta=b'{"a":"\\ud800"}'), PARSE_ERROR, 1),
    "a surrogate as id": (asked(b"{}", b'"\\ud800"'), PARSE_ERROR, None),
    "5000 digits as id": (asked(b"{}", b"9" * 5000), PARSE_ERROR, None),
    "a deep id": (asked(b"{}", b"[" * 5000 + b"]" * 5000), PARSE_ERROR, None),
    "a fraction as id": (asked(b"{}", b"1.5"), INVALID_REQUEST, None),
    "a whole fraction as id": (asked(b"{}", b"2.0"), INVALID_REQUEST, None),
    "null as id": (asked(b"{}", b"null"), INVALID_REQUEST, None),
    "true as id": (asked(b"{}", b"true"), INVALID_REQUEST, None),
    "a batch": (b"[" + asked(b"{}") + b"]", INVALID_REQUEST, None),
    "an empty batch": (b"[]", INVALID_REQUEST, None),
    "null": (b"null", INVALID_REQUEST, None),
    "a number as method": (b'{"jsonrpc":"2.0","id":7,"method":7}', INVALID_REQUEST, 7),
    "another version": (b'{"jsonrpc":"1.0","id":7,"method":"tools/list"}', INVALID_REQUEST, 7),
    "a list of parameters": (b'{"jsonrpc":"2.0","id":"b","method":"tools/call","params":[]}', INVALID_REQUEST, "b"),
}


def over_stdio(folder: Path, sent: bytes) -> tuple[list[dict[str, Any]], Run]:
    """The answers to all of stdin, given at once, and the run that was recorded."""
    command = [sys.executable, "-c", STDIO, str(folder)]
    done = subprocess.run(command, cwd=ROOT, input=sent, capture_output=True, check=True, timeout=60)
    return [json.loads(line) for line in done.stdout.splitlines()], Run(folder)


def lines(*requests: bytes) -> bytes:
    return b"".join(request + b"\n" for request in requests)


def calls(run: Run, episode: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """What was recorded of each call: as asked, as returned."""
    return [(call.called.data, call.returned.data) for call in run.trajectory(episode).calls()]


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Experimenter, Path]]:
    folder = tmp_path_factory.mktemp("doors") / "run"
    with serving(folder) as base:
        yield Experimenter(base), folder


def over_http(http: tuple[Experimenter, Path], sent: Sequence[bytes], headers: dict[str, str]) -> tuple[list[Any], Any]:
    """The answers to requests, each with its status, and what was recorded of the calls."""
    control, folder = http
    opened = control.open()
    answers = [rpc(opened["mcp_url"], body, **headers) for body in sent]
    recorded = calls(Run(folder), opened["episode"])
    return [(answer.status_code, answer.json()) for answer in answers], recorded


@pytest.fixture(scope="module")
def python() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    e = episode(genesis=genesis(400))
    for arguments, error in ARGUMENTS.values():
        reply = e.call("paintPot", arguments)
        assert (reply.value if error else reply.ok) == ({"error": error} if error else True)
    return [(call.called.data, call.returned.data) for call in e.trajectory().calls()]


def texts(answers: Sequence[dict[str, Any]]) -> list[Any]:
    return [json.loads(answer["result"]["content"][0]["text"]) for answer in answers]


def test_arguments_come_through_stdio_as_they_come_through_python(tmp_path: Path, python: Any):
    sent = [asked(arguments, b"%d" % n) for n, (arguments, _) in enumerate(ARGUMENTS.values())]
    answers, run = over_stdio(tmp_path / "run", lines(*sent))
    assert [answer["id"] for answer in answers] == list(range(len(sent)))
    assert texts(answers) == [returned["reply"] for _, returned in python]
    assert calls(run, "toy") == python


@pytest.mark.parametrize("era", HEADERS)
def test_arguments_come_through_http_as_they_come_through_python(http: Any, python: Any, era: str):
    answers, recorded = over_http(http, [asked(arguments) for arguments, _ in ARGUMENTS.values()], HEADERS[era])
    assert {status for status, _ in answers} == {200}
    assert texts([answer for _, answer in answers]) == [returned["reply"] for _, returned in python]
    assert recorded == python


def test_what_is_no_message_is_answered_over_stdio_and_the_next_is_served(tmp_path: Path):
    sent = [line for broken, _, _ in ENVELOPES.values() for line in (broken, asked(b"{}", b'"next"'))]
    too_long = asked(b'{"a":"%s"}' % (b"x" * MAX_MESSAGE_BYTES))
    answers, run = over_stdio(tmp_path / "run", lines(*sent, too_long) + asked(b"{}", b'"last"'))
    *answers, refusal, last = answers
    expected = [*(case[1:] for case in ENVELOPES.values()), (INVALID_REQUEST, None)]
    assert [(answer["error"]["code"], answer["id"]) for answer in (*answers[::2], refusal)] == expected
    assert [answer["id"] for answer in (*answers[1::2], last)] == ["next"] * len(ENVELOPES) + ["last"]
    assert all("error" not in answer for answer in (*answers[1::2], last))
    assert len(calls(run, "toy")) == len(ENVELOPES) + 1


@pytest.mark.parametrize("era", HEADERS)
def test_what_is_no_message_is_answered_over_http_in_the_same_words(http: Any, era: str):
    answers, recorded = over_http(http, [broken for broken, _, _ in ENVELOPES.values()], HEADERS[era])
    for (status, answer), (broken, code, id) in zip(answers, ENVELOPES.values(), strict=True):
        assert (status, answer["error"]["code"], answer["id"]) == (400, code, id)
        with pytest.raises(Unreadable) as refusal:
            read(broken)
        assert answer["error"]["message"] == refusal.value.answer.error.message
    assert recorded == []


def test_a_name_with_a_lone_surrogate_is_an_unknown_tool_at_every_door(tmp_path: Path, http: Any):
    e = episode()
    e.call("paint\ud800", b"{}")
    (called,) = [(call.called.data, call.returned.data) for call in e.trajectory().calls()]
    sent = asked(b"{}", name=b'"paint\\ud800"')
    _, run = over_stdio(tmp_path / "run", lines(sent))
    _, recorded = over_http(http, [sent], HEADERS["none"])
    assert calls(run, "toy") == recorded == [called]
    assert called == ({"tool": "paint?", "arguments": {}}, {"ok": False, "reply": {"error": "Unknown tool: paint?"}})


def test_notifications_are_not_answered_and_do_not_decide_what_is(tmp_path: Path):
    told = b'{"jsonrpc":"2.0","method":"notifications/x","params":{"a":1}}'
    answers, _ = over_stdio(tmp_path / "run", lines(*[told] * 20, asked(b"{}"), told, asked(b"{}", b"2")))
    assert [answer["id"] for answer in answers] == [1, 2]


def test_a_surrogate_in_the_answer_is_recorded_by_http_as_by_python(http: Any):
    control, folder = http
    opened = control.open()
    path = f"/episodes/{opened['episode']}"
    said = control.http.post(f"{path}/answer", content=b'{"text":"Done \\ud83d\\ude00 \\ud800\\ud800."}').json()
    e = Episode.open("python", World(genesis(400)), toolset())
    e.submit("Done \N{GRINNING FACE} \ud800\ud800.")
    assert said["answer"] == e.trajectory().answer == "Done \N{GRINNING FACE} ??."
    assert [event.data for event in Run(folder).trajectory(opened["episode"]).events[1:]] == [
        event.data for event in e.trajectory().events[1:]
    ]
    closed = control.open()
    reason = control.http.post(f"/episodes/{closed['episode']}/close", content=b'{"reason":"a\\udfff"}')
    assert reason.status_code == 200
    assert Run(folder).trajectory(closed["episode"]).events[-1].data == {"reason": "a?"}


# --- a name for a call -----------------------------------------------------------------------------------------------


CALL_IDS = [b'"call-1"', b'"%s"' % (b"x" * 200), b"null"]
BAD_CALL_IDS = [b'""', b'"%s"' % (b"x" * 201), b"7", b'"a\\nb"', b'["a"]', b'"\\u202e"']


def named(call_id: bytes) -> bytes:
    return asked(b"{}", meta=META[:-1] + b',"callId":%s}' % call_id)


def test_a_call_id_travels_to_the_history_and_the_request_id_does_not(tmp_path: Path, http: Any):
    expected = [{"call_id": "call-1"}, {"call_id": "x" * 200}, {}]
    expected = [{"tool": "paintPot", **call_id, "arguments": {}} for call_id in expected]
    requests = [named(call_id) for call_id in (*CALL_IDS, *BAD_CALL_IDS)]
    answers, run = over_stdio(tmp_path / "run", lines(*requests))
    assert [called for called, _ in calls(run, "toy")] == expected
    assert {answer["error"]["code"] for answer in answers[len(CALL_IDS) :]} == {INVALID_PARAMS}
    for headers in HEADERS.values():
        answers, recorded = over_http(http, requests, headers)
        assert [called for called, _ in recorded] == expected
        assert {answer["error"]["code"] for _, answer in answers[len(CALL_IDS) :]} == {INVALID_PARAMS}


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_official_client_gives_a_call_id(mode: str):
    e = episode()

    async def ask() -> None:
        async with Client(build_server(lambda _: e), mode=mode) as client:
            await client.call_tool("listPots", {"color": "red"}, meta={"callId": "c-9"})

    asyncio.run(ask())
    assert e.trajectory().events[1].data["call_id"] == "c-9"


# --- reading ---------------------------------------------------------------------------------------------------------


SNIPPETS = st.lists(
    st.sampled_from(
        [*b'{}[],:"\\ \x01\xff', b'"id"', b'"method"', b'"params"', b'"tools/call"', b'"arguments"', b"9"]
    ).map(lambda part: part if isinstance(part, bytes) else bytes([part])),
    max_size=40,
).map(b"".join)


@given(SNIPPETS | SNIPPETS.map(asked))
def test_whatever_is_sent_is_a_message_or_refused(raw: bytes):
    try:
        incoming = read(raw)
    except Unreadable:
        return
    assert read(incoming.body).message == incoming.message
