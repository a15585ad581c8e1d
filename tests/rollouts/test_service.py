"""The HTTP service: agents over MCP by the official client, experiments over the control API, mischief over raw HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from corecraft.engine.errors import InvalidInput, StorageFailed
from corecraft.engine.log import SegmentWriter
from corecraft.engine.run import Run
from corecraft.replay.verify import verify_run
from corecraft.rollouts.hosting import EpisodeHost
from corecraft.rollouts.opening import wall_ms
from corecraft.rollouts.requests import OpenRequest
from corecraft.rollouts.service import create_app
from starlette.testclient import TestClient

from ..toy import TABLES, toolset
from .toy_service import AGENT, CONTROL, JSON_HEADERS, Experimenter, Toys, agent, rpc, serving

HANDSHAKE = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
eras = pytest.mark.parametrize("mode", ["auto", "2026-07-28", "legacy"])


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("service") / "run"


@pytest.fixture(scope="module")
def base(run_folder: Path) -> Iterator[str]:
    with serving(run_folder) as url:
        yield url


@pytest.fixture
def control(base: str) -> Iterator[Experimenter]:
    experimenter = Experimenter(base)
    with experimenter.http:
        yield experimenter


def play(url: str, *calls: tuple[str, dict[str, Any]], mode: str = "auto", token: str | None = None) -> list[Any]:
    """Results of calls made one after another by one client."""

    async def run() -> list[Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with httpx2.AsyncClient(headers=headers, timeout=30) as http, agent(url, http, mode) as client:
            return [await client.call_tool(*call) for call in calls]

    return asyncio.run(run())


def paint(pot: str, color: str = "red") -> tuple[str, dict[str, Any]]:
    return "paintPot", {"pot_id": pot, "color": color}


def tool_call(name: str = "paintPot", arguments: str = "{}") -> bytes:
    """A raw tools/call with arguments as JSON text, however broken."""
    meta = '{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}'
    params = f'{{"_meta":{meta},"name":"{name}","arguments":{arguments}}}'
    return f'{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{params}}}'.encode()


def modern(name: str = "paintPot") -> dict[str, str]:
    return {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": name}


# --- a task, from opening to grade -------------------------------------------------------------------------------


@eras
def test_a_task_is_played_answered_and_graded(control: Experimenter, mode: str):
    opened = control.open(task="red", agent="painter", trial=2, seed=0)
    path = f"/episodes/{opened['episode']}"
    assert (opened["status"], opened["agent"], opened["trial"], opened["seed"]) == ("open", "painter", 2, 0)
    said = control.get(f"{path}/prompt")
    assert (said["system"], said["prompt"]) == ("You paint.", "Paint p1 red.")

    painted, refused = play(opened["mcp_url"], paint("p1"), paint("p1000"), mode=mode)
    assert painted.structured_content["color"] == "red"
    assert refused.content[0].text == '{"error":"Pot p1000 not found"}'

    assert control.post(f"{path}/grade").status_code == 409
    assert control.post(f"{path}/answer", text="Done.").json()["status"] == "closed"
    assert control.post(f"{path}/answer", text="Again.").status_code == 409
    assert control.post(f"{path}/grade").json() == {"reward": 1.0, "passed": True}
    assert control.post(f"{path}/grade").json() == {"reward": 1.0, "passed": True}

    (late,) = play(opened["mcp_url"], paint("p1"), mode=mode)
    assert late.content[0].text == '{"error":"This episode has ended."}'
    info = control.get(path)
    assert (info["status"], info["answer"], info["calls"], info["grade"]["passed"]) == ("closed", "Done.", 2, True)
    assert "mcp_url" not in info


def test_a_bare_world_takes_a_prompt_and_no_grade(control: Experimenter):
    opened = control.open(prompt="Do as you like.")
    path = f"/episodes/{opened['episode']}"
    assert control.get(f"{path}/prompt")["prompt"] == "Do as you like."
    assert control.post(f"{path}/close", reason="step limit").json()["status"] == "closed"
    assert control.post(f"{path}/close").status_code == 409
    assert control.post(f"{path}/grade").status_code == 409


def test_a_bug_in_a_handler_voids_the_episode_and_tells_nobody_why(control: Experimenter):
    opened = control.open(task="red")
    path = f"/episodes/{opened['episode']}"
    (result,) = play(opened["mcp_url"], ("breakPot", {"pot_id": "p1"}))
    assert result.content[0].text == '{"error":"The simulation failed. This episode is void."}'
    assert control.get(path)["status"] == "voided"
    assert control.post(f"{path}/answer", text="x").status_code == 409
    assert control.post(f"{path}/grade").json() == {"error": f"{opened['episode']} is voided and counts for nothing"}


# --- what the model said -----------------------------------------------------------------------------------------


def test_a_turn_of_the_model_is_kept_between_its_calls(control: Experimenter, run_folder: Path):
    opened = control.open(task="red")
    path = f"/episodes/{opened['episode']}"
    turn = {
        "text": "I will paint it.", "reasoning": "Red was asked for.", "tool_calls": [{"name": "paintPot"}],
        "usage": {"output_tokens": 12}, "finish_reason": "tool_calls", "model": "m-1",
    }  # fmt: skip
    said = control.post(f"{path}/turn", **turn, beside={"cost_usd": 0.002})
    assert said.status_code == 201
    play(opened["mcp_url"], paint("p1"))
    control.post(f"{path}/answer", text="Done.")
    past = Run(run_folder).trajectory(opened["episode"])
    event = past.events[said.json()["seq"]]
    assert (event.kind, event.data) == ("model.responded", turn)
    assert past.events[said.json()["seq"] + 1].cause == event.seq  # the call came of it
    assert control.post(f"{path}/turn", text="Too late.").status_code == 409


def test_a_turn_that_says_nothing_or_says_it_wrongly_is_told_what_it_may_say(control: Experimenter):
    path = f"/episodes/{control.open(task='red')['episode']}/turn"
    nothing, unknown, mistyped = control.post(path), control.post(path, thought="x"), control.post(path, text=5)
    assert [reply.status_code for reply in (nothing, unknown, mistyped)] == [400, 400, 400]
    assert "give any of text, reasoning, tool_calls" in nothing.json()["error"]
    assert "unknown field `thought`; the body may have text, reasoning, tool_calls" in unknown.json()["error"]


# --- forks -------------------------------------------------------------------------------------------------------


def test_a_fork_shares_the_past_and_nothing_else(control: Experimenter):
    parent = control.open(agent="first")
    play(parent["mcp_url"], paint("p1"), paint("p2"))
    response = control.post(f"/episodes/{parent['episode']}/fork", step=1, agent="second", prompt="Go on.")
    assert response.status_code == 201
    child = response.json()
    assert child["parent"]["episode"] == parent["episode"]
    assert child["agent"] == "second"
    assert child["mcp_url"] != parent["mcp_url"]
    play(child["mcp_url"], paint("p1", "green"))
    (theirs,) = play(parent["mcp_url"], ("listPots", {"name": "pot 1"}))
    (ours,) = play(child["mcp_url"], ("listPots", {"name": "pot 2"}))
    assert next(pot for pot in theirs.structured_content["result"] if pot["id"] == "p1")["color"] == "red"
    assert next(pot for pot in ours.structured_content["result"] if pot["id"] == "p2")["color"] == "blue"
    assert control.get(f"/episodes/{parent['episode']}/prompt")["prompt"] is None
    assert control.get(f"/episodes/{child['episode']}/prompt")["prompt"] == "Go on."


def test_a_graded_task_can_be_forked_though_it_has_left_memory(control: Experimenter):
    parent = control.open(task="red")
    path = f"/episodes/{parent['episode']}"
    play(parent["mcp_url"], paint("p1", "blue"))
    control.post(f"{path}/answer", text="Blue it is.")
    assert control.post(f"{path}/grade").json()["passed"] is False
    child = control.post(f"{path}/fork", step=0).json()
    play(child["mcp_url"], paint("p1"))
    control.post(f"/episodes/{child['episode']}/answer", text="Red it is.")
    assert control.post(f"/episodes/{child['episode']}/grade").json()["passed"] is True
    assert control.get(path)["grade"]["passed"] is False


@pytest.mark.parametrize(
    ("request_", "status"),
    [({"step": 9}, 400), ({"step": 0, "at": 0}, 400), ({"at": 99}, 409), ({"at": 1}, 409), ({"episode": "a/b"}, 400)],
)
def test_a_fork_where_there_is_no_place_for_one(control: Experimenter, request_: dict[str, Any], status: int):
    parent = control.open()
    play(parent["mcp_url"], paint("p1"))
    response = control.post(f"/episodes/{parent['episode']}/fork", **request_)
    assert response.status_code == status
    assert_one_line(response)


# --- who may do what ---------------------------------------------------------------------------------------------


def assert_one_line(response: httpx2.Response) -> None:
    error = response.json()
    assert list(error) == ["error"]
    assert error["error"]
    assert "\n" not in error["error"]
    assert "Traceback" not in response.text


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {CONTROL}"}])
@pytest.mark.parametrize("path", ["/control/episodes", "/control/episodes/x/grade", "/control/nothing", "/control/"])
def test_control_needs_its_token(base: str, path: str, headers: dict[str, str]):
    for method in ("GET", "POST", "DELETE"):
        response = httpx2.request(method, base + path, headers=headers)
        assert response.status_code == 401
        assert_one_line(response)


def test_an_agents_url_leads_nowhere_else(base: str, control: Experimenter):
    opened = control.open(task="red")
    url, id = opened["mcp_url"], opened["episode"]
    key = url.split("/")[-2]
    assert len(key) >= 40
    assert id not in url
    for path in ("/grade", "/fork", "/..", "/../../../control/episodes", "/reset", "/%2e%2e/%2e%2e/control/episodes"):
        assert httpx2.post(url + path, headers=JSON_HEADERS).status_code in (401, 404)
    for path in (f"/episodes/{id}/mcp", f"/episodes/{key[:-1]}/mcp", "/episodes//mcp", f"/episodes/{key}", "/mcp"):
        response = rpc(base + path, tool_call(), **modern())
        assert response.status_code == 404
        assert_one_line(response)
    assert httpx2.get(f"{base}/control/episodes", headers={"Authorization": f"Bearer {key}"}).status_code == 401
    for method in ("GET", "DELETE", "PUT"):
        assert httpx2.request(method, url).status_code == 405


def test_a_foreign_host_name_is_turned_away(base: str, control: Experimenter):
    url = control.open()["mcp_url"]
    foreign = {"Host": "evil.example"}
    token = {"Authorization": f"Bearer {CONTROL}"}
    assert rpc(url, tool_call(), **foreign, **modern()).status_code == 421
    assert httpx2.get(f"{base}/control/episodes", headers={**foreign, **token}).status_code == 421
    assert rpc(url, tool_call(), Origin="http://evil.example", **modern()).status_code == 403


def test_agents_may_need_a_token_too(tmp_path: Path):
    with serving(tmp_path / "run", "agent-token", AGENT) as base:
        opened = Experimenter(base).open()
        assert rpc(opened["mcp_url"], tool_call(), **modern()).status_code == 401
        wrong = {"Authorization": f"Bearer {CONTROL}"}
        assert rpc(opened["mcp_url"], tool_call(), **wrong, **modern()).status_code == 401
        assert httpx2.get(f"{base}/control/episodes", headers={"Authorization": f"Bearer {AGENT}"}).status_code == 401
        (painted,) = play(opened["mcp_url"], paint("p1"), token=AGENT)
        assert not painted.is_error


def test_tokens_must_be_worth_something(tmp_path: Path):
    host = EpisodeHost(Run.create(tmp_path, {}), Toys())
    for control, agents in (("short", None), (CONTROL, "short"), (CONTROL, CONTROL)):
        with pytest.raises(InvalidInput):
            create_app(host, control_token=control, agent_token=agents)
    host.shut()


# --- what is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/episodes", b"{", 400),
        ("/episodes", b"[]", 400),
        ("/episodes", b"{}", 400),
        ("/episodes", b'{"task":"red","world":"pots"}', 400),
        ("/episodes", b'{"task":"red","prompt":"x"}', 400),
        ("/episodes", b'{"task":"red","reset":true}', 400),
        ("/episodes", b'{"task":7}', 400),
        ("/episodes", b'{"world":"pots","prompt":"\\ud800"}', 400),
        ("/episodes", b'{"world":"pots","episode":"../x"}', 400),
        ("/episodes", b'{"world":"pots","seed":1e999}', 400),
        ("/episodes", b'{"world":"pots","seed":7}', 400),
        ("/episodes", b'{"task":"red","seed":-1}', 400),
        ("/episodes", b'{"task":"\\ud800"}', 404),
        ("/episodes", b'{"world":"pots","toolset":"\\ud800"}', 404),
        ("/episodes", b'{"world":"pots","episode":"\\ud800"}', 400),
        ("/episodes", b'{"world":"pots","agent":"\\ud800"}', 400),
        ("/episodes", b'{"\\ud800":1}', 400),
        ("/episodes", b'{"world":"\xff"}', 400),
        ("/episodes", b'{"task":' + b"[" * 100_000, 400),
        ("/episodes", b'{"task":"' + b"x" * 2_000_000 + b'"}', 413),
        ("/episodes", b'{"task":"blue"}', 404),
        ("/episodes", b'{"world":"pots","toolset":"none"}', 404),
        ("/episodes/none/answer", b'{"text":"x"}', 404),
        ("/episodes/none/fork", b"{}", 404),
        ("/nothing", b"{}", 404),
    ],
)
def test_a_bad_control_request(control: Experimenter, path: str, body: bytes, status: int):
    response = control.http.post(path, content=body)
    assert response.status_code == status, response.text
    assert_one_line(response)


def test_an_id_is_taken_once(control: Experimenter):
    assert control.open(episode="mine")["episode"] == "mine"
    response = control.post("/episodes", world="pots", episode="mine")
    assert response.status_code == 409
    assert_one_line(response)


RECORDED = {
    "not a number": '{"pot_id": NaN}',
    "too large a number": '{"pot_id": 1e999}',
    "nested": '{"pot_id": %s}' % ("[" * 100 + "]" * 100),
    "1.5 MB": '{"pot_id": "%s"}' % ("x" * 1_500_000),
    "endless integer": '{"a": %s}' % ("9" * 5000),
    "a lone surrogate": '{"pot_id": "\\ud800"}',
}
REFUSED = {
    "10 MB": (tool_call(arguments='{"pot_id": "%s"}' % ("x" * 10_000_000)), 413),
    "nested deeper": (tool_call(arguments="[" * 100_000), 400),
    "no JSON": (b'{"jsonrpc": ', 400),
    "no UTF-8": (b'{"\xff": 1}', 400),
    "nothing": (b"", 400),
    "no request": (b"[1, 2]", 400),
}
headers_of_both_eras = pytest.mark.parametrize(
    "headers", [modern(), {"MCP-Protocol-Version": "2025-06-18"}, {}], ids=["modern", "handshake", "none"]
)


@headers_of_both_eras
@pytest.mark.parametrize("what", RECORDED)
def test_bad_arguments_are_a_recorded_rejection(control: Experimenter, what: str, headers: dict[str, str]):
    opened = control.open()
    response = rpc(opened["mcp_url"], tool_call(arguments=RECORDED[what]), **headers)
    assert response.status_code == 200
    result = response.json()["result"]
    assert result["isError"]
    assert json.loads(result["content"][0]["text"])["error"].startswith("Invalid arguments: ")
    assert control.get(f"/episodes/{opened['episode']}")["calls"] == 1


@headers_of_both_eras
@pytest.mark.parametrize("what", REFUSED)
def test_a_bad_body_is_refused_in_one_line(control: Experimenter, what: str, headers: dict[str, str]):
    opened = control.open()
    body, status = REFUSED[what]
    response = rpc(opened["mcp_url"], body, **headers)
    assert response.status_code == status
    error = response.json()["error"]
    message = error if isinstance(error, str) else error["message"]
    assert len(message) < 100
    assert "\n" not in message
    assert "pydantic" not in response.text
    assert control.get(f"/episodes/{opened['episode']}")["calls"] == 0


@pytest.mark.parametrize("revision", HANDSHAKE)
def test_every_handshake_revision_is_served(control: Experimenter, revision: str):
    url = control.open()["mcp_url"]
    hello = {"protocolVersion": revision, "capabilities": {}, "clientInfo": {"name": "old", "version": "1"}}
    request = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello}
    greeting = rpc(url, json.dumps(request).encode()).json()["result"]
    assert greeting["protocolVersion"] == revision
    # Revisions before 2025-06-18 knew no such header.
    headers = {"MCP-Protocol-Version": revision} if revision >= "2025-06-18" else {}
    result = rpc(url, tool_call(arguments='{"pot_id":"p1","color":"red"}'), **headers).json()["result"]
    assert json.loads(result["content"][0]["text"])["color"] == "red"
    if headers:
        assert result["structuredContent"]["color"] == "red"


# --- storage -----------------------------------------------------------------------------------------------------


class FillingDisk:
    """Takes some writes, then is full."""

    def __init__(self, writes: int) -> None:
        self.left = writes

    def claim(self, ids: Iterator[str]) -> str:
        return next(ids)

    def close(self) -> None:
        """There is no file."""

    def append(self, *_: Any) -> None:
        if self.left == 0:
            raise StorageFailed("/secret/place: No space left on device; nothing was recorded")
        self.left -= 1


def test_a_full_disk_fails_the_call_cleanly_and_the_head_stays(tmp_path: Path):
    host = EpisodeHost(Run.create(tmp_path, {}), Toys(), log=FillingDisk(1))
    with TestClient(create_app(host, control_token=CONTROL), base_url="http://127.0.0.1:1") as http:
        hosted = asyncio.run(host.open(OpenRequest(world="pots")))
        head = hosted.live.head_hash
        url = f"/episodes/{hosted.key}/mcp"
        for headers in (modern(), {"MCP-Protocol-Version": "2025-11-25"}):
            body = tool_call(arguments='{"pot_id":"p1","color":"red"}')
            response = http.post(url, content=body, headers={**JSON_HEADERS, **headers})
            assert response.status_code == 200
            assert response.json()["result"]["isError"]
            assert "secret" not in response.text
        assert hosted.live.head_hash == head
        assert hosted.live.world.get("pot", "p1")["color"] == "green"
        token = {"Authorization": f"Bearer {CONTROL}"}
        refused = http.post(f"/control/episodes/{hosted.id}/answer", json={"text": "x"}, headers=token)
        assert refused.status_code == 503
        assert http.post("/control/episodes", json={"world": "pots"}, headers=token).status_code == 503


def test_an_unwritable_folder_is_told_at_the_start(tmp_path: Path):
    run = Run.create(tmp_path, {})
    (tmp_path / "segments").write_text("in the way")
    with pytest.raises(StorageFailed):
        EpisodeHost(run, Toys())


# --- the process -------------------------------------------------------------------------------------------------


def test_a_shutdown_closes_the_log(tmp_path: Path):
    folder = tmp_path / "run"
    with serving(folder) as base:
        control = Experimenter(base)
        graded, opened = control.open(task="red", agent="a", trial=3), control.open()
        play(graded["mcp_url"], paint("p1"))
        play(opened["mcp_url"], paint("p2"))
        control.post(f"/episodes/{graded['episode']}/answer", text="Done.")
        control.post(f"/episodes/{graded['episode']}/grade")
        fork = control.post(f"/episodes/{opened['episode']}/fork", agent="b").json()
        play(fork["mcp_url"], paint("p3"))
    SegmentWriter(folder / "segments" / "service.jsonl", wall_ms).close()
    run = Run(folder)
    assert run.damages == []
    assert run.labels(graded["episode"]) == {"agent": "a", "trial": 3}
    assert run.labels(fork["episode"])["agent"] == "b"
    assert run.trajectory(graded["episode"]).grade["passed"] is True


def test_what_is_over_leaves_memory(tmp_path: Path):
    host = EpisodeHost(Run.create(tmp_path, {}), Toys())
    task, bare, dropped = (
        asyncio.run(host.open(OpenRequest(**{kind: name})))
        for kind, name in (("task", "red"), *[("world", "pots")] * 2)
    )
    host.submit(task.id, "x")
    assert task.live is not None, "a grade is still to come"
    asyncio.run(host.grade(task.id))
    host.close(bare.id, "step limit")
    host.release(dropped.id)
    assert [hosted.live for hosted in (task, bare, dropped)] == [None, None, None]
    assert host.release(dropped.id).info()["status"] == "closed"
    host.shut()


def test_keys_and_tokens_are_never_logged(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    with serving(tmp_path / "run") as base:
        url = Experimenter(base).open()["mcp_url"]
        play(url, paint("p1"), ("breakPot", {"pot_id": "p1"}), paint("p1"))
        rpc(url, b"{", **modern())
        rpc(url, tool_call(), Host="evil.example", **modern())
    out, err = capfd.readouterr()
    assert "ZeroDivisionError" in err, "operators are told what failed"
    assert url.split("/")[-2] not in out + err
    assert CONTROL not in out + err


# --- many at once ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "count"),
    [
        ("auto", 60),
        ("legacy", 20),
        pytest.param("auto", 300, marks=pytest.mark.slow),
        pytest.param("legacy", 100, marks=pytest.mark.slow),
    ],
)
def test_many_episodes_at_once_stay_apart(tmp_path: Path, mode: str, count: int):
    folder = tmp_path / "run"
    colors = ("red", "green", "blue")

    async def one(number: int, url: str, http: httpx2.AsyncClient) -> None:
        async with agent(url, http, mode) as client:
            color = colors[(number + 1) % 3]
            painted = await client.call_tool(*paint(f"p{number}", color))
            assert not painted.is_error
            seen = await client.call_tool("listPots", {"color": color})
            ids = [pot["id"] for pot in seen.structured_content["result"]]
            assert [id for id in ids if colors[int(id[1:]) % 3] != color] == [f"p{number}"]

    async def all_of(urls: list[str]) -> None:
        limits = httpx2.Limits(max_connections=count + 50, max_keepalive_connections=count + 50)
        async with httpx2.AsyncClient(timeout=300, limits=limits) as http:
            await asyncio.gather(*(one(number, url, http) for number, url in enumerate(urls)))

    with serving(folder) as base:
        control = Experimenter(base)
        opened = [control.open(agent=f"agent-{number}", trial=number) for number in range(count)]
        asyncio.run(all_of([episode["mcp_url"] for episode in opened]))
        assert control.http.get(f"{base}/healthz").json() == {"status": "ok"}
        assert len(control.get("/episodes")) == count

    run = Run(folder)
    assert run.damages == []
    for number, episode in enumerate(opened):
        calls = list(run.trajectory(episode["episode"]).calls())
        assert [call.tool for call in calls] == ["paintPot", "listPots"]
        assert calls[0].arguments["pot_id"] == f"p{number}"
        assert run.labels(episode["episode"]) == {"agent": f"agent-{number}", "trial": number}
    verdicts = list(verify_run(run, lambda _: toolset(), lambda digest: run.genesis(digest, lambda _: TABLES)))
    assert len(verdicts) == count
    assert all(verdict.ok for _, verdict in verdicts)
