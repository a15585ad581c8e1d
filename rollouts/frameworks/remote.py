"""An episode of a service (`corecraft serve --http`), for frameworks that want tools over MCP: what `Guest` is in process.

It needs the standard library alone. The control token stays with whoever holds this; a model's side is given `mcp_url`.
"""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from typing import Any

import msgspec
from attrs import define, field, frozen

from ...engine.errors import CoreCraftError
from ...scenarios.grading import Grade
from ..agents.turns import Turn

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
        request = urllib.request.Request(f"{self.url.rstrip('/')}/control/episodes{path}", data, headers)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            raise CoreCraftError(f"{self.url}: {_said(error.read())}") from None
        except OSError as error:
            raise CoreCraftError(
                f"{self.url} was not reached: {error}; corecraft serve --http starts a service"
            ) from None


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

    def turn(self, turn: Turn) -> None:
        said = {name: value for name, value in turn.recorded().items() if name != "tokens"}
        if not self._over:
            self.service.asked(f"/{self.id}/turn", said)

    def say(self, text: str) -> str | None:
        """What the requester answers, if the task lets him be asked back. None: it was the answer, and is handed in."""
        said = self.service.asked(f"/{self.id}/answer", {"text": text})
        self._over = said["status"] != "open"
        return said.get("said")

    def finish(self, answer: str | None) -> Grade:
        """Hand in the answer, unless that was done, and grade."""
        if not self._over and self.service.asked(f"/{self.id}")["status"] == "open":
            what, body = ("close", {"reason": "no answer"}) if answer is None else ("answer", {"text": answer})
            self.service.asked(f"/{self.id}/{what}", body)
        self._over = True
        return msgspec.convert(self.service.asked(f"/{self.id}/grade", {}), Grade)

    def fail(self, error: Exception) -> None:
        if not self._over:
            self._over = True
            self.service.asked(f"/{self.id}/close", {"reason": "agent_failed"})
