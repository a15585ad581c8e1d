"""docs/http.md: it is what the table gives, its examples do what they show, and every error it names comes when it says."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from corecraft.engine.run import Run
from corecraft.rollouts import routes
from corecraft.rollouts.hosting import EpisodeHost
from corecraft.rollouts.http_reference import SHOWN_AT, TOKEN, document, examples, serving, shown
from corecraft.rollouts.requests import EpisodeInfo, OpenRequest
from corecraft.rollouts.routes import CONTROL, EVERYWHERE, TABLE, Endpoint, Refusal
from corecraft.rollouts.service import create_app
from starlette.testclient import TestClient

from . import toy_service
from .test_service import FillingDisk
from .toy_service import JSON_HEADERS, Experimenter, Toys, rpc

PAGE = (toy_service.ROOT / "docs" / "http.md").read_text("utf-8")


@pytest.fixture(scope="module")
def live() -> Iterator[tuple[str, list[Any]]]:
    """A service of the standard world, and what it answers to the examples."""
    with serving() as base:
        yield base, examples(base)


def test_the_page_is_what_the_table_gives(live: tuple[str, list[Any]]):
    assert document(live[1]) == PAGE, "python -m corecraft.rollouts.http_reference docs/http.md"


def test_what_the_page_tells_one_to_type_gives_what_it_shows(live: tuple[str, list[Any]]):
    renamed = PAGE.replace('"mine"', '"again"').replace("/mine", "/again").replace("what-if", "what-if-again")
    blocks = re.findall(r"```console\n\$ (.*?)\n([{\[].*?)\n```", renamed, re.DOTALL)
    assert len(blocks) == len(TABLE)
    address = ""
    for (command, example), endpoint in zip(blocks, TABLE, strict=True):
        said = command.replace("$TOKEN", TOKEN).replace("$MCP_URL", address).replace(SHOWN_AT, live[0])
        answer = typed(said)
        assert answer.status_code == endpoint.status, f"{command}\n{answer.text}"
        assert keys(json.loads(shown(answer.json()))) == keys(json.loads(example)), command
        if endpoint.path == CONTROL + "/episodes" and endpoint.method == "POST":
            address = answer.json()["mcp_url"]


def typed(command: str) -> httpx2.Response:
    """What curl would get."""
    _, _, *words = shlex.split(command.replace("\\\n", " "))
    given: dict[str, list[str]] = {"-H": [], "-d": [], "-X": []}
    while words[0] in given:
        given[words[0]].append(words[1])
        words = words[2:]
    headers = dict(header.split(": ") for header in given["-H"])
    method = (given["-X"] or ["POST" if given["-d"] else "GET"])[0]
    return httpx2.request(method, words[0], headers=headers, content="".join(given["-d"]).encode(), timeout=60)


def keys(value: Any) -> Any:
    """All keys, and nothing of the values; of a list those of the first."""
    if isinstance(value, dict):
        return {name: keys(each) for name, each in value.items()}
    return [keys(each) for each in value[:1]] if isinstance(value, list) else None


def test_what_is_told_of_an_episode_is_described(live: tuple[str, list[Any]]):
    infos = [answer for answer in live[1] if isinstance(answer, dict) and "episode" in answer]
    assert len(infos) == 6
    for info in infos:
        told = {name: value for name, value in info.items() if name != "mcp_url"}
        assert list(told) == list(EpisodeInfo.__annotations__)
        msgspec.convert(told, EpisodeInfo)


# --- errors of one route -----------------------------------------------------------------------------------------

ON = {
    routes.UNKNOWN: "none", routes.APART: "elsewhere", routes.ENDED: "over", routes.OPEN: "open", routes.VOIDED: "void",
    routes.NO_TASK: "bare", routes.NO_CRITERION: "over",
}  # fmt: skip
"""The episode of which each of these is true; the others are met with on an open one."""
WITH: dict[Refusal, Any] = {
    routes.NOT_ONE: {}, routes.OWN_PROMPT: {"task": "red", "prompt": "x"}, routes.SEEDED: {"task": "red", "seed": 1},
    routes.BAD_ID: {"episode": "a/b"}, routes.NO_NAME: {"task": "none"}, routes.TAKEN: {"episode": "open"},
    routes.SILENT: {"beside": {"cost": 1}}, routes.NO_TEXT: {"text": "\ud800"},
    routes.NO_CRITERION: {"criterion": "none", "verdict": True}, routes.TWO_PLACES: {"at": 1, "step": 0},
    routes.NO_STEP: {"step": 9}, routes.NO_ROW: {"edits": [{"entity": "none", "id": "x"}]}, routes.NO_PLACE: {"at": 99},
}  # fmt: skip
AGENTS = {
    routes.NO_MESSAGE: (b"{", {}), routes.NOT_JSON: (b"{}", {"Content-Type": "text/plain"}), routes.NO_KEY: (b"{}", {}),
    routes.NOT_TAKEN: (b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}', {"Accept": "text/html"}),
}  # fmt: skip
CASES = [(endpoint, refusal) for endpoint in TABLE for refusal in endpoint.refusals]


@pytest.fixture(scope="module")
def toys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Experimenter, Path]]:
    """A service with an episode in every state."""
    folder = tmp_path_factory.mktemp("errors") / "run"
    writer = Run.create(folder, {}).writer("other", lambda: 0)
    Toys().open_bare("pots", None).begin("elsewhere", writer)
    writer.close()
    with toy_service.serving(folder) as base:
        control = Experimenter(base)
        control.open(task="red", episode="open")
        control.open(episode="bare")
        for id in ("over", "void"):
            opened = control.open(task="red", episode=id)
        body = (
            b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"breakPot","arguments":{"pot_id":"p1"}}}'
        )
        rpc(opened["mcp_url"], body)
        control.post("/episodes/over/answer", text="Done.")
        control.post("/episodes/bare/close")
        yield control, folder


@pytest.mark.parametrize(
    ("endpoint", "refusal"), CASES, ids=[f"{e.method} {e.path}: {r.status}, {r.when[:30]}" for e, r in CASES]
)
def test_every_error_of_a_route_comes_when_it_says(toys: Any, endpoint: Endpoint, refusal: Refusal):
    control, folder = toys
    if endpoint is routes.mcp:
        body, headers = AGENTS[refusal]
        url = (
            control.post("/episodes/open/fork").json()["mcp_url"] if refusal is not routes.NO_KEY else "/episodes/x/mcp"
        )
        answer = control.http.post(
            httpx2.URL(str(control.http.base_url)).join(url), content=body, headers=JSON_HEADERS | headers
        )
    elif refusal is routes.ALTERED:
        (path,) = (folder / "tasks").iterdir()
        kept = path.read_bytes()
        path.write_text('{"id":"red"}')
        answer = sent(control, endpoint, endpoint.example, "over")
        path.write_bytes(kept)
    else:
        body = WITH.get(refusal, endpoint.example)
        if refusal in (routes.BAD_ID, routes.TAKEN) and endpoint is routes.open_episode:
            body = {"task": "red", **body}
        answer = sent(control, endpoint, body, ON.get(refusal, "open"))
    assert answer.status_code == refusal.status, answer.text
    error = answer.json()["error"]
    assert isinstance(error, dict if refusal in (routes.NO_MESSAGE, routes.NOT_TAKEN) else str)


def sent(control: Experimenter, endpoint: Endpoint, body: Any, id: str) -> httpx2.Response:
    path = endpoint.path.removeprefix(CONTROL).replace("{id}", id)
    return control.http.request(endpoint.method, path, content=json.dumps(body or {}).encode())


# --- errors of all of them ---------------------------------------------------------------------------------------


def test_no_error_of_all_routes_is_forgotten_here():
    r = routes
    assert set(EVERYWHERE) == {
        r.UNREADABLE, r.NO_TOKEN, r.FOREIGN_ORIGIN, r.NO_PATH, r.NO_METHOD, r.TOO_LARGE, r.FOREIGN_HOST, r.BUG, r.NOT_RECORDED,
    }  # fmt: skip


CONTROLLED = [endpoint for endpoint in TABLE if endpoint.path.startswith(CONTROL)]


@pytest.mark.parametrize("endpoint", CONTROLLED, ids=lambda endpoint: f"{endpoint.method} {endpoint.path}")
def test_every_control_route_names_the_fields_and_the_header_it_wants(toys: Any, endpoint: Endpoint):
    control, _ = toys
    refused = sent(control, endpoint, {"tsk": 1}, "open")
    names = [field.name for field in msgspec.structs.fields(endpoint.body)]
    assert refused.status_code == routes.UNREADABLE.status
    assert refused.json()["error"] == (
        f"Invalid body: Object contains unknown field `tsk`; the body may have {', '.join(names) or 'no fields'}"
    )
    unasked = control.http.request(
        endpoint.method, endpoint.path.removeprefix(CONTROL).replace("{id}", "open") + "?x=1"
    )
    assert unasked.status_code == 400
    assert (
        "required" in unasked.text
        or "Invalid query: Object contains unknown field `x`; the query may have" in unasked.text
    )
    url = str(control.http.base_url).removesuffix("/control/") + endpoint.path
    for headers in ({}, {"Authorization": "Bearer wrong-wrong-wrong"}):
        stranger = httpx2.request(endpoint.method, url, headers=headers)
        assert stranger.status_code == routes.NO_TOKEN.status
        assert "Authorization: Bearer TOKEN" in stranger.json()["error"]
        assert toy_service.CONTROL not in stranger.text


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("/episodes", {"task": 7}, "Expected `str | null`, got `int` - at `$.task`; the body may have task, world"),
        ("/episodes", {"task": "red", "trial": "1"}, "Expected `int`, got `str` - at `$.trial`"),
        ("/episodes", [], "Expected `object`, got `array`; the body may have task"),
        ("/episodes/open/answer", {}, "Object missing required field `text`; the body may have text"),
        ("/episodes/open/verdict", {"criterion": "x"}, "missing required field `verdict`; the body may have criterion"),
        ("/episodes/open/verdict", {"criterion": "x", "verdict": "yes"}, "got `str` - at `$.verdict`"),
        (
            "/episodes/open/fork",
            {"edits": [{"entity": "pot", "id": "p1", "sets": {}}]},
            "unknown field `sets` - at `$.edits[0]`; the edit may have entity, id, set, removed",
        ),
        ("/episodes/open/fork", {"edits": [{"id": "p1"}]}, "field `entity` - at `$.edits[0]`; the edit may have"),
    ],
)
def test_what_is_wrong_in_a_body_is_told_with_its_place(toys: Any, path: str, body: Any, error: str):
    answer = toys[0].http.post(path, json=body)
    assert answer.status_code == 400
    assert error in answer.json()["error"]


@pytest.mark.parametrize("after", ["x", "-2", "1.5"])
def test_a_query_is_read_as_strictly(toys: Any, after: str):
    answer = toys[0].http.get(f"/episodes/open/events?after={after}")
    assert answer.status_code == 400
    assert answer.json()["error"].endswith("; the query may have after")


def test_a_wrong_method_is_told_the_right_ones_and_a_wrong_path_where_they_stand(toys: Any):
    control, _ = toys
    base = str(control.http.base_url).removesuffix("/control/")
    paths = {endpoint.path for endpoint in TABLE}
    for path in paths:
        methods = {endpoint.method for endpoint in TABLE if endpoint.path == path}
        allowed = ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
        refused = control.http.request("PATCH", base + path)
        assert refused.status_code == routes.NO_METHOD.status
        assert refused.headers["Allow"] == allowed
        assert refused.json() == {"error": f"PATCH is not for this path, which takes {allowed}"}
    for path in (
        "/",
        "/nothing",
        "/control/nothing",
        "/control/episodes/",
        "/control/episodes/open/rubric",
        "/healthz/",
    ):
        refused = control.http.request("GET", base + path)
        assert refused.status_code == routes.NO_PATH.status
        assert "docs/http.md" in refused.json()["error"]


def test_foreign_names_and_large_bodies_are_turned_away(toys: Any):
    http = toys[0].http
    assert http.get("/episodes", headers={"Host": "evil.example"}).status_code == routes.FOREIGN_HOST.status
    assert "--allow-host" in http.get("/episodes", headers={"Host": "evil.example"}).json()["error"]
    assert http.get("/episodes", headers={"Origin": "http://evil.example"}).status_code == routes.FOREIGN_ORIGIN.status
    assert http.post("/episodes", content=b"x" * 2_000_000).status_code == routes.TOO_LARGE.status


def test_mistakes_of_ours_and_full_disks_have_their_status(tmp_path: Path):
    class Broken(Toys):
        def grade(self, trajectory: Any, task: bytes) -> dict[str, Any]:
            raise ZeroDivisionError

    host = EpisodeHost(Run.create(tmp_path, {}), Broken(), log=FillingDisk(3))
    app = create_app(host, control_token=toy_service.CONTROL)
    token = {"Authorization": f"Bearer {toy_service.CONTROL}"}
    with TestClient(app, base_url="http://127.0.0.1:1", headers=token, raise_server_exceptions=False) as http:
        for id in ("one", "two"):
            asyncio.run(host.open(OpenRequest(task="red", episode=id)))
        assert http.post("/control/episodes/one/answer", json={"text": "x"}).status_code == 200
        assert http.post("/control/episodes/one/grade").status_code == routes.BUG.status
        full = {
            "/episodes": {"task": "red"}, "/episodes/two/turn": {"text": "x"}, "/episodes/two/answer": {"text": "x"},
            "/episodes/two/close": {}, "/episodes/two/fork": {},
            "/episodes/one/verdict": {"criterion": "shade", "verdict": True},
        }  # fmt: skip
        for path, body in full.items():
            assert http.post(CONTROL + path, json=body).status_code == routes.NOT_RECORDED.status, path
