"""Episodes of a service (`corecraft serve --http`): what `Guest` and `House` are in process, for workers on many machines and
for frameworks that want tools over MCP.

Requests need the standard library alone. The control token stays with whoever holds this; a model's side is given `mcp_url`.
"""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from attrs import define, field, frozen

from ...engine.episode import Reply
from ...engine.errors import CoreCraftError
from ...scenarios.grading import Grade
from ...scenarios.registry import named
from ..agents.turns import Turn
from ..runner import Stage, standard
from .guests import Guest, Rehearsal, functions, heard

TOKEN_VARIABLE = "CORECRAFT_CONTROL_TOKEN"
TIMEOUT_S = 600


@frozen
class Service:
    """A service that runs. token: its control token; from the environment unless given."""

    url: str
    token: str = field(repr=False, factory=lambda: os.environ.get(TOKEN_VARIABLE, ""))

    def guest(self, task: str, agent: str) -> RemoteGuest:
        """A new episode. Raises CoreCraftError, as all here, with what the service says."""
        opened = self.asked("", {"task": task, "agent": agent})
        told = self.asked(f"/{opened['episode']}/prompt")
        return RemoteGuest(self, opened["episode"], opened["mcp_url"], told["system"], told["prompt"])

    def asked(self, path: str, body: Any = None) -> Any:
        """A request of the control API: GET, or POST where there is a body."""
        headers = {"Authorization": f"Bearer {self.token}"}
        data = None if body is None else json.dumps(body).encode()
        return _sent(urllib.request.Request(f"{self.url.rstrip('/')}/control/episodes{path}", data, headers))


def _sent(request: urllib.request.Request) -> Any:
    where = f"{request.type}://{request.host}"
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as reply:
            return json.load(reply)
    except urllib.error.HTTPError as error:
        raise CoreCraftError(f"{where}: {_said(error.read())}") from None
    except OSError as error:
        raise CoreCraftError(f"{where} was not reached: {error}; corecraft serve --http starts a service") from None


def _object(arguments: str | Mapping[str, Any]) -> Any:
    """Arguments as MCP takes them. Of broken JSON the text, which the tool refuses as over MCP whatever is no object."""
    if not isinstance(arguments, str):
        return arguments
    try:
        return json.loads(arguments or "{}")
    except ValueError:
        return arguments


def _said(body: bytes) -> str:
    """The service's one line, or whatever stands in its place."""
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return body[:200].decode(errors="replace")


@define(eq=False)
class RemoteGuest:
    """One episode."""

    service: Service
    id: str
    mcp_url: str = field(repr=False)
    system: str = field(repr=False)
    prompt: str = field(repr=False)
    _over: bool = False

    @property
    def messages(self) -> list[dict[str, str]]:
        """What the model is told first, as chat completions write it."""
        return [{"role": "system", "content": self.system}, {"role": "user", "content": self.prompt}]

    @property
    def tools(self) -> Sequence[Mapping[str, Any]]:
        """As MCP publishes them: name, description, inputSchema."""
        return self._mcp("tools/list", {})["tools"]

    @property
    def functions(self) -> list[dict[str, Any]]:
        """The tools as chat completions want them."""
        return functions(self.tools)

    def call(self, tool: str, arguments: str | Mapping[str, Any], call_id: str | None = None) -> Reply:
        """A mistake of the model's is a reply that says so. Broken JSON goes as the text it is, and is refused as such."""
        meta = {} if call_id is None else {"_meta": {"callId": call_id}}
        told = self._mcp("tools/call", {"name": tool, "arguments": _object(arguments), **meta})
        return Reply(told["content"][0]["text"].encode(), not told.get("isError"), -1)

    def _mcp(self, method: str, params: Mapping[str, Any]) -> Any:
        """A request of the agent's side, which wants no session and no token."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        told = _sent(urllib.request.Request(self.mcp_url, body, headers))
        if "error" in told:
            raise CoreCraftError(f"{self.id}: {told['error'].get('message')}")
        return told["result"]

    def hear(self, turn: Turn) -> list[dict[str, str]]:
        """Record a turn and do what it asks, see `heard`."""
        return heard(self, turn)

    def turn(self, turn: Turn) -> None:
        """Keep what the model said. After the end there is nothing to keep it in."""
        beside = {"beside": dict(turn.beside)} if turn.beside else {}
        self._while_open("turn", turn.recorded() | beside)

    def say(self, text: str) -> str | None:
        """What the requester answers, if the task lets him be asked back. None: it was the answer, and is handed in."""
        said = self._while_open("answer", {"text": text})
        if said is not None:
            self._over = said["status"] != "open"
        return said and said.get("said")

    def _while_open(self, what: str, body: Mapping[str, Any]) -> Any:
        """None where the episode is over, perhaps just now: its budget is used up."""
        if self._over:
            return None
        try:
            return self.service.asked(f"/{self.id}/{what}", body)
        except CoreCraftError:
            if self.over:
                return None
            raise

    @property
    def over(self) -> bool:
        self._over = self._over or self.service.asked(f"/{self.id}")["status"] != "open"
        return self._over

    @property
    def head_hash(self) -> str:
        """Of the history up to now: what pins it."""
        return self.service.asked(f"/{self.id}")["head"]

    def finish(self, answer: str | None) -> Grade:
        """Hand in the answer, unless that was done, and grade."""
        if not self.over:
            what, body = ("close", {"reason": "no answer"}) if answer is None else ("answer", {"text": answer})
            self.service.asked(f"/{self.id}/{what}", body)
        self._over = True
        return msgspec.convert(self.service.asked(f"/{self.id}/grade", {}), Grade)

    def fail(self, error: Exception) -> None:
        if not self._over:
            self._over = True
            self.service.asked(f"/{self.id}/close", {"reason": "agent_failed"})


@frozen
class RemoteHouse:
    """Where workers on many machines meet: the episodes of all of them are one service's. stage: what rehearsals are played on,
    which must be the service's; the standard one unless given."""

    service: Service
    agent: str
    stage: Stage = field(factory=standard, repr=False)

    def guest(self, task: str, **labels: Any) -> RemoteGuest:
        """A new episode of a task. Labels stay here: the service names its episodes itself."""
        return self.service.guest(task, self.agent)

    def rehearsal(self, task: str) -> Rehearsal:
        """For loops that tell tools nothing of the turn that calls them. Raises UnknownTask."""
        asked = named(self.stage.tasks, task)
        return Rehearsal(self, asked, Guest(asked, self.stage.open(asked, "rehearsal"), self.stage.system_text))
