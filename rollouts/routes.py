"""Every route of the service: what it takes and answers, when it refuses, an example. The service serves this table, and
docs/http.md is written from it (`http_reference.py`)."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import anyio.lowlevel
import msgspec
from attrs import frozen

from ..engine.canonical import encode
from ..engine.errors import InvalidInput
from .hosting import EpisodeHost, Hosted
from .requests import (
    AnswerRequest,
    CloseRequest,
    EpisodeInfo,
    EventsQuery,
    ForkRequest,
    Nothing,
    OpenRequest,
    TurnRequest,
    VerdictRequest,
)

CONTROL = "/control"
"""Where everything wants the control token."""


@frozen
class Refusal:
    """An answer with an error: its status, and when it comes."""

    status: int
    when: str


@frozen
class Asked:
    """A request as its handler sees it. id: of the episode in the path. base: scheme and host it came under."""

    id: str
    body: Any
    query: Any
    base: str


@frozen
class Endpoint:
    """summary, text: what it is for. answers: what comes back with `status`, in words or as a described type.
    example: the body of one, on the episode `on`. serve: None for what speaks another protocol."""

    method: str
    path: str
    summary: str
    text: str
    answers: Any
    status: int
    refusals: tuple[Refusal, ...]
    body: type
    query: type
    example: Mapping[str, Any]
    on: str
    serve: Callable[[EpisodeHost, Asked], Awaitable[Any]] | None


TABLE: list[Endpoint] = []
"""In the order of an episode's life."""


def _endpoint(
    method: str,
    path: str,
    answers: Any,
    *refusals: Refusal,
    status: int = 200,
    body: type = Nothing,
    query: type = Nothing,
    example: Mapping[str, Any] | None = None,
    on: str = "mine",
    served: bool = True,
) -> Callable[[Any], Endpoint]:
    def add(handler: Any) -> Endpoint:
        summary, _, text = inspect.cleandoc(handler.__doc__).partition("\n\n")
        serve = handler if served else None
        TABLE.append(
            Endpoint(method, path, summary, text, answers, status, refusals, body, query, example or {}, on, serve)
        )
        return TABLE[-1]

    return add


# --- why something is refused ------------------------------------------------------------------------------------

NO_TOKEN = Refusal(401, "the header `Authorization: Bearer TOKEN` is missing, or holds another token")
NO_PATH = Refusal(404, "there is no such path")
NO_METHOD = Refusal(405, "the path takes other methods: the error and the header `Allow` name them")
FOREIGN_ORIGIN = Refusal(403, "a web page of another origin asks")
FOREIGN_HOST = Refusal(421, "it was asked for under a host name that it does not serve (`--allow-host`)")
TOO_LARGE = Refusal(413, "the body is larger than 1 MiB; of an MCP request, than 2 MiB")
UNREADABLE = Refusal(
    400,
    "a field is unknown, missing or of another type (the error says where, and names those there are), or it is no JSON",
)
NOT_RECORDED = Refusal(503, "it could not be recorded, so it did not happen: the disk is full, for example")
BUG = Refusal(500, "a mistake of ours; what came of it is on the server's stderr")
EVERYWHERE = (UNREADABLE, NO_TOKEN, FOREIGN_ORIGIN, NO_PATH, NO_METHOD, TOO_LARGE, FOREIGN_HOST, BUG, NOT_RECORDED)

UNKNOWN = Refusal(404, "there is no such episode")
APART = Refusal(409, "it can only be read here: another process began it, or its world or tools differ by now")
ENDED = Refusal(409, "it is closed or voided")
OPEN = Refusal(409, "it is open: answer or close it first")
VOIDED = Refusal(409, "it is voided")
NO_TASK = Refusal(409, "it has no task: a bare world")
ALTERED = Refusal(409, "the run no longer holds its task as it was")
TAKEN = Refusal(409, "there is an episode of that id")
BAD_ID = Refusal(400, "`episode` cannot name an episode")
NOT_ONE = Refusal(400, "neither `task` nor `world`, or both")
OWN_PROMPT = Refusal(400, "`prompt` together with `task`")
SEEDED = Refusal(400, "`seed` is not 0")
NO_NAME = Refusal(404, "no task (the error names near ones), world or toolset (it lists them) of that name")
SILENT = Refusal(400, "nothing is given but `beside`")
NO_TEXT = Refusal(400, "a text holds a lone surrogate")
NO_CRITERION = Refusal(404, "its rubric has no such criterion (the error lists them)")
TWO_PLACES = Refusal(400, "both `at` and `step`")
NO_STEP = Refusal(400, "it has fewer completed calls than `step`")
NO_PLACE = Refusal(409, "`at` is no event of it, lies within a call, or after its end")
NO_ROW = Refusal(
    400,
    "`edits` name a type of row or a field that there is not, a value that the field cannot hold, a new row without `id`, or "
    "take an id away",
)
NO_KEY = Refusal(404, "the address is none of an episode; nothing is told of any other")
NO_MESSAGE = Refusal(400, "no JSON-RPC request: the answer is a JSON-RPC error, with the id where it can be read")
NOT_JSON = Refusal(400, "the header `Content-Type: application/json` is missing")
NOT_TAKEN = Refusal(406, "the header `Accept` is missing, or takes no `application/json`")

_ONE = CONTROL + "/episodes/{id}"


# --- the life of an episode --------------------------------------------------------------------------------------


@_endpoint("GET", "/healthz", "`status`: `ok`")
async def health(_: EpisodeHost, __: Asked) -> Any:
    """Whether it serves. Wants no token."""
    return {"status": "ok"}


@_endpoint(
    "POST", CONTROL + "/episodes", "the episode, and `mcp_url`: its agent's address", NOT_ONE, OWN_PROMPT, SEEDED, BAD_ID,
    NO_NAME, TAKEN, status=201, body=OpenRequest, example={"task": "RS-03-006", "agent": "my-model", "episode": "mine"},
)  # fmt: skip
async def open_episode(host: EpisodeHost, asked: Asked) -> Any:
    """Open an episode: of a task, or in a bare world."""
    return _admission(await host.open(asked.body), asked)


@_endpoint("GET", CONTROL + "/episodes", "a list of episodes")
async def episodes(host: EpisodeHost, _: Asked) -> Any:
    """All episodes that are played here, in order of opening."""
    infos: list[dict[str, Any]] = []
    for hosted in host.hosted():
        infos.append(hosted.info())
        await anyio.lowlevel.checkpoint()  # there may be thousands, and agents wait for the same loop
    return infos


@_endpoint("GET", _ONE, EpisodeInfo, UNKNOWN)
async def info(host: EpisodeHost, asked: Asked) -> Any:
    """What is known of one, also of one that can only be read here."""
    return await host.info(asked.id)


@_endpoint(
    "GET", _ONE + "/prompt", "`system`; `prompt`, the request, null in a bare world; all `prompts`; and `mcp_url`",
    UNKNOWN, APART,
)  # fmt: skip
async def prompt(host: EpisodeHost, asked: Asked) -> Any:
    """What to hand to an agent: what it is told, and its address."""
    hosted = host.get(asked.id)
    said = [prompt["text"] for prompt in hosted.prompts if prompt["role"] == "user"]
    told = {"system": hosted.system, "prompt": said[-1] if said else None, "prompts": hosted.prompts}
    return {**told, "mcp_url": mcp_address(asked.base, hosted)}


@_endpoint(
    "POST", "/episodes/{key}/mcp", "JSON-RPC", NO_MESSAGE, NOT_JSON, NO_KEY, NOT_TAKEN, served=False,
    example={
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {
            "name": "searchOrders", "arguments": {"limit": 1}, "_meta": {"callId": "call-1"},
        },
    },
)  # fmt: skip
async def mcp(_: EpisodeHost, __: Asked) -> Any:
    """The agent's side: MCP over streamable HTTP, nothing but tools.

    Any client of the revisions 2024-11-05 to 2026-07-28 will do, and none is needed: there are no sessions, so that a call is
    one request, and `tools/list` gives names, descriptions and schemas. `_meta` and its `callId`, the caller's own name for the
    call in the history (at most 200 printable characters), may be left out. What an agent does wrong, arguments of any kind
    among it, is no error but a recorded reply with `isError`. The address is a secret of its agent; it wants no token,
    unless the service was started with `CORECRAFT_AGENT_TOKEN`."""


@_endpoint(
    "POST", _ONE + "/turn", "`seq` of the event `model.responded`", SILENT, NO_TEXT, UNKNOWN, APART, ENDED,
    status=201, body=TurnRequest,
    example={"text": "It was delivered.", "usage": {"output_tokens": 12}, "model": "m-1", "beside": {"cost_usd": 0.002}},
)  # fmt: skip
async def turn(host: EpisodeHost, asked: Asked) -> Any:
    """Keep a turn of the model, as it came.

    The history then holds what it thought, not only what it did."""
    said = msgspec.to_builtins(asked.body)
    beside = said.pop("beside", None)
    if not said:
        raise InvalidInput(f"A turn says something: give any of {', '.join(TurnRequest.__struct_fields__[:-1])}")
    return {"seq": host.turn(asked.id, said, beside)}


@_endpoint("GET", _ONE + "/events", "a list of events", UNKNOWN, query=EventsQuery)
async def events(host: EpisodeHost, asked: Asked) -> Any:
    """The history so far.

    As it is recorded ([format.md](format.md)). A task's rubric is not in it. Leave out of what you show to a model: `changes`
    of `world.prepared` and `episode.opened`, which are rows put there for the task or edited by you, `agenda.planned` and
    `tool.faulted`, which tell what is to come and what went wrong, and `episode.graded` and `criterion.judged`, once there are
    any."""
    parts: list[bytes] = []
    for event in (await host.events(asked.id))[asked.query.after + 1 :]:
        parts.append(encode(event))
        await anyio.lowlevel.checkpoint()
    return msgspec.Raw(b"[" + b",".join(parts) + b"]")


@_endpoint(
    "POST", _ONE + "/answer",
    "the episode, closed with reason `answered`; or, where its requester can be asked, open still, and `said`: what he says",
    UNKNOWN, APART, ENDED, body=AnswerRequest,
    example={"text": "NO. The parcel was delivered on 9 November 2025; the window closed on 30 November 2025."},
)  # fmt: skip
async def answer(host: EpisodeHost, asked: Asked) -> Any:
    """Hand in the final answer."""
    said = host.say(asked.id, asked.body.text)
    return (
        host.submit(asked.id, asked.body.text).info() if said is None else {**host.get(asked.id).info(), "said": said}
    )


@_endpoint("POST", _ONE + "/grade", "the grade", UNKNOWN, APART, OPEN, VOIDED, NO_TASK, ALTERED)
async def grade(host: EpisodeHost, asked: Asked) -> Any:
    """Grade it, and record the grade.

    Asked again, it answers the same, until a verdict gives reason for another. `code_reward` and `code_passed` are over what
    code decides; `reward` and `passed` are null while a judge could still change them ([python.md](python.md) says which
    to use). Its fields are [above](#a-grade)."""
    return await host.grade(asked.id)


@_endpoint(
    "POST", _ONE + "/verdict", "`seq` of the event `criterion.judged`", NO_CRITERION, UNKNOWN, APART, OPEN, VOIDED, NO_TASK,
    ALTERED, status=201, body=VerdictRequest,
    example={"criterion": "condition", "verdict": False, "votes": [False, False, True], "model": "reader-1"},
)  # fmt: skip
async def verdict(host: EpisodeHost, asked: Asked) -> Any:
    """Record what a judge says of a criterion.

    After it `POST .../grade` makes a new grade. It counts where code leaves a criterion open: those for a judge, and those
    that code abstained from. On what code has decided it is kept, and changes nothing. Of several the last one holds. Older
    grades stay in the history."""
    return {"seq": await host.verdict(asked.id, asked.body)}


@_endpoint(
    "POST", _ONE + "/fork", "the fork, and `mcp_url`: its agent's address", TWO_PLACES, NO_STEP, NO_ROW, BAD_ID, UNKNOWN, APART,
    NO_PLACE, TAKEN, status=201, body=ForkRequest,
    example={
        "step": 0, "edits": [{"entity": "order", "id": "ord-251102-810", "set": {"status": "backorder"}}],
        "agent": "another", "episode": "what-if",
    },
)  # fmt: skip
async def fork(host: EpisodeHost, asked: Asked) -> Any:
    """Go on otherwise from any step, in an episode of its own; on disk when this answers.

    Without `at` and `step` it goes on from the last possible place. Its parent, open or over, is left alone. Python's
    `run.fork` has `at` alone."""
    return _admission(await host.fork(asked.id, asked.body), asked)


@_endpoint(
    "POST", _ONE + "/close", "the episode", UNKNOWN, APART, ENDED, body=CloseRequest, example={"reason": "step limit"},
    on="what-if",
)  # fmt: skip
async def close(host: EpisodeHost, asked: Asked) -> Any:
    """End it without an answer."""
    return host.close(asked.id, asked.body.reason).info()


@_endpoint("DELETE", _ONE, "the episode", UNKNOWN, APART, on="what-if")
async def release(host: EpisodeHost, asked: Asked) -> Any:
    """Close it if it is open, and free its memory.

    Its history stays in the run; it can be read, forked and graded as before."""
    return host.release(asked.id).info()


def _admission(hosted: Hosted, asked: Asked) -> dict[str, Any]:
    return {**hosted.info(), "mcp_url": mcp_address(asked.base, hosted)}


def mcp_address(base: str, hosted: Hosted) -> str:
    """Where its agent finds its tools. base: the address of the service."""
    return base + mcp.path.replace("{key}", hosted.key)
