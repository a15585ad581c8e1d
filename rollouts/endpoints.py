"""Chat-completions endpoints: any server that speaks OpenAI's protocol, asked through the `openai` client (extra `models`)."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import anyio
import httpx2
import msgspec
from attrs import field, frozen

from ..engine.errors import CoreCraftError
from .agents.model import Rubbish, choice_of
from .agents.turns import Ask, Completion
from .loop import ContextOverflow

MISSING = "models are asked through the openai client, which is not installed: pip install 'corecraft[models]'"
RETRIES = 6
"""After a refusal for load, a failure of the server, a time-out or an answer that is none; the waits double."""
TIMEOUT = 600.0
"""Seconds for one answer."""


class EndpointFailed(CoreCraftError):
    """No answer was to be had, for all retries: nobody's zero."""


class EndpointUnusable(CoreCraftError):
    """It will not work for any episode: a wrong address, key or model."""


TOKENS = ("prompt_tokens", "completion_tokens")


def tokens(usage: object) -> Counter[str]:
    """What was read and written, by TOKENS, as far as it is told in whole numbers. usage: whatever a server says of it."""
    told: Mapping[str, Any] = usage if isinstance(usage, Mapping) else {}
    return Counter({name: n for name in TOKENS if type(n := told.get(name)) is int and 0 < n < 2**53})


@frozen
class Price:
    """US dollars for a million tokens."""

    prompt: float = 0.0
    completion: float = 0.0

    def of(self, usage: Mapping[str, Any]) -> float:
        read, written = map(tokens(usage).__getitem__, TOKENS)
        return (self.prompt * read + self.completion * written) / 1e6


@frozen
class ChatEndpoint:
    """An endpoint, as an async context manager. url: up to and with `/v1`; None: the client's own. key: or OPENAI_API_KEY."""

    url: str | None = None
    key: str | None = field(default=None, repr=False)
    price: Price | None = None
    retries: int = RETRIES
    timeout: float = TIMEOUT
    _client: Any = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        try:
            import openai
        except ModuleNotFoundError:
            raise CoreCraftError(MISSING) from None
        if self.url:
            _check_address(self.url)
        key = self.key or ("none" if self.url else None)
        try:
            client = openai.AsyncOpenAI(base_url=self.url, api_key=key, max_retries=self.retries, timeout=self.timeout)
        except openai.OpenAIError:
            raise EndpointUnusable("no key: set OPENAI_API_KEY, or name a server with --base-url") from None
        object.__setattr__(self, "_client", client)

    def __reduce__(self) -> tuple[Any, ...]:
        """A worker elsewhere makes a client of its own, with the key found here."""
        return ChatEndpoint, (self.url, self._client.api_key, self.price, self.retries, self.timeout)

    async def __aenter__(self) -> ChatEndpoint:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._client.close()

    async def complete(self, ask: Ask) -> Completion:
        """Raises ContextOverflow, EndpointUnusable, or EndpointFailed."""
        began = time.monotonic()
        for attempt in range(self.retries + 1):
            raw, retried = await self._asked(ask.body)
            body = _decoded(raw)
            try:
                choice_of(body)
            except Rubbish as rubbish:
                if attempt == self.retries:
                    raise EndpointFailed(f"{self._where}: {rubbish}") from None
                await anyio.sleep(min(0.5 * 2**attempt, 8))
                continue
            return Completion(body, self._beside(body, began, retried + attempt))
        raise AssertionError("the last attempt returns or raises")

    async def _asked(self, body: Mapping[str, Any]) -> tuple[bytes, int]:
        """The answer's bytes and how often it had to be asked again."""
        import openai

        try:
            # The typed method walks through the whole body, which costs more than all else here for a long conversation.
            answer = await self._client.post("/chat/completions", cast_to=httpx2.Response, body=body)
            return answer.content, int(answer.request.headers.get("x-stainless-retry-count", 0))
        except (openai.AuthenticationError, openai.PermissionDeniedError, openai.NotFoundError) as error:
            raise EndpointUnusable(f"{self._where}: {_said(error)}") from None
        except openai.BadRequestError as error:
            said = _said(error)
            if _is_overflow(said, error):
                raise ContextOverflow(said) from None
            raise EndpointFailed(f"{self._where} refuses the request: {said}") from None
        except openai.APIConnectionError as error:
            raise EndpointFailed(f"{self._where}: {error}") from None
        except openai.APIStatusError as error:
            if _is_overflow(_said(error), error):
                raise ContextOverflow(_said(error)) from None
            raise EndpointFailed(f"{self._where}: {_said(error)}") from None
        except (openai.APIError, ValueError, TypeError) as error:
            raise EndpointFailed(f"{self._where}: {type(error).__name__}: {error}") from None

    @property
    def _where(self) -> str:
        return str(self._client.base_url).rstrip("/")

    def _beside(self, body: Mapping[str, Any], began: float, retried: int) -> dict[str, Any]:
        beside: dict[str, Any] = {"latency_ms": round((time.monotonic() - began) * 1000)}
        if retried:
            beside["retries"] = retried
        usage = body.get("usage")
        if self.price is not None and isinstance(usage, Mapping):
            beside["cost_usd"] = round(self.price.of(usage), 8)
        return beside


def _check_address(url: str) -> None:
    """Or the client would try it again and again, as if a server were down."""
    try:
        read = httpx2.URL(url)
        known = read.scheme in ("http", "https") and read.host and 0 < (read.port or 80) < 65536
    except httpx2.InvalidURL:
        known = False
    if not known:
        raise EndpointUnusable(f"{url} is no address of an endpoint; write one like http://127.0.0.1:8080/v1")


def _decoded(raw: bytes) -> Any:
    """The body, or what stands there instead of one."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return raw[:200].decode("utf-8", "replace")


def _said(error: Any) -> str:
    """What the server said of a refusal, in one line."""
    body = error.body
    message = body.get("message") if isinstance(body, Mapping) else None
    status = f"{error.status_code} " if hasattr(error, "status_code") else ""
    return status + " ".join(str(message or body or error).split())[:300]


def _is_overflow(said: str, error: Any) -> bool:
    told = f"{said} {json.dumps(error.body, default=str)}".lower()
    return "context" in told and any(word in told for word in ("exceed", "length", "maximum", "too long", "window"))
