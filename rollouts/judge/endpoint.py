"""An OpenAI-compatible endpoint, asked one question at a time; whoever has threads asks many."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Protocol

import httpx2
from attrs import field, frozen

from ...engine.errors import CoreCraftError
from ..opening import wall_ms

OPENAI = "https://api.openai.com/v1"
KEY = "OPENAI_API_KEY"

TIMEOUT = 600.0
"""Seconds for one answer."""
TRIES = 7
LONGEST_PAUSE = 120.0
"""Seconds waited at most before a further try, whatever the endpoint asks for."""

_PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
"""Statuses that another try may get over."""


class Complete(Protocol):
    """What a judge is to the rest: a request for chat completions in, the completion out."""

    def __call__(self, body: dict[str, Any], /) -> dict[str, Any]: ...


class EndpointFailed(CoreCraftError):
    """It will not serve any request: a wrong address or key, or it is down. Whoever asks many stops."""


@frozen
class Endpoint:
    """url: up to and with `/v1`. key: "" where it wants none. pause: seconds before the second try; they double."""

    url: str = OPENAI
    key: str = field(default="", repr=False)
    pause: float = 1.0
    _client: httpx2.Client = field(factory=lambda: httpx2.Client(timeout=TIMEOUT), repr=False, init=False)

    def __attrs_post_init__(self) -> None:
        if self.url.rstrip("/") == OPENAI and not self.key:
            raise CoreCraftError(f"{OPENAI} wants a key: set {KEY}, or name a server of your own with --base-url")

    def __enter__(self) -> Endpoint:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def __call__(self, body: dict[str, Any]) -> dict[str, Any]:
        """Raises EndpointFailed."""
        why = ""
        for attempt in range(TRIES):
            try:
                reply = self._client.post(self._address, json=body, headers=self._headers)
            except (httpx2.UnsupportedProtocol, httpx2.InvalidURL) as error:
                raise EndpointFailed(f"{self.url} is no address: {error}") from None
            except httpx2.ConnectError as error:
                raise EndpointFailed(f"{self.url} cannot be reached: {error}") from None
            except httpx2.HTTPError as error:
                why, asked = f"{type(error).__name__} {error}".strip(), None
            else:
                if reply.status_code not in _PASSING:
                    return self._completion(reply)
                why, asked = _said(reply), _retry_after(reply)
            if attempt < TRIES - 1:
                time.sleep(min(self.pause * 2**attempt if asked is None else asked, LONGEST_PAUSE))
        raise EndpointFailed(f"{self.url} gave no answer in {TRIES} tries, the last time: {why}")

    @property
    def _address(self) -> str:
        return f"{self.url.rstrip('/')}/chat/completions"

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}

    def _completion(self, reply: httpx2.Response) -> dict[str, Any]:
        status = reply.status_code
        if status in (401, 403):
            wants = f"does not accept the key in {KEY}" if self.key else f"wants a key: set {KEY}"
            raise EndpointFailed(f"{self.url} {wants} ({_said(reply)})")
        try:
            value = reply.json()
        except ValueError:
            value = None
        if not isinstance(value, dict):
            kind = reply.headers.get("content-type", "no type").partition(";")[0]
            raise EndpointFailed(f"{self._address} answers {status} with {kind}, not JSON; does --base-url end in /v1?")
        if status != 200:
            raise EndpointFailed(f"{self._address} refuses the request ({_said(reply)})")
        return value


def _said(reply: httpx2.Response) -> str:
    """The status and what is said of it, in one line."""
    return f"{reply.status_code}: {' '.join(reply.text.split())[:300] or reply.reason_phrase}"


def _retry_after(reply: httpx2.Response) -> float | None:
    """Seconds, where the endpoint says when to come again: as a number or as a date."""
    said = reply.headers.get("retry-after", "")
    try:
        return max(0.0, float(said))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - wall_ms() / 1000)
    except ValueError:
        return None
