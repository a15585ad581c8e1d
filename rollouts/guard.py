"""Connections as the service bears them: each has a time for everything, and one that wastes it never keeps others out.

uvicorn bounds the size of a request's head and how long a connection may idle between requests. The rest is here: how
long head and body may take, how long a client may leave its response unread, and how many connections there are. When
there are too many, the one goes that has kept us waiting longest: whoever means to ask has asked long before, and an agent
whose idle connection was closed opens another.
"""

from __future__ import annotations

import asyncio
import resource
from enum import Enum
from functools import partial
from typing import Any

import structlog
from attrs import define, field, frozen
from uvicorn.protocols.http.h11_impl import H11Protocol

_log = structlog.get_logger("corecraft.service")

ACCEPTED_AT_ONCE = 8
"""How many connections asyncio accepts before it lets anything else happen. They count only two rounds later."""
RESERVED = 64
"""Descriptors left for all else: files of the run, and connections accepted or closed but not yet counted as such."""
MOST = 10_000


@frozen
class Patience:
    """Seconds a client has.

    head: from connecting, or the first byte of a further request, to the end of the head. body: from there to its end.
    unread: while its response cannot be delivered. idle: between requests; longer than any client keeps an idle
    connection (httpx2: 5 s), since whoever closes first while the other sends makes the call fail.
    """

    head: float = 10
    body: float = 30
    unread: float = 30
    idle: float = 120


class Phase(Enum):
    """What a connection is waiting for."""

    HEAD = "the head of a request"
    BODY = "its body"
    REPLY = "our reply"
    IDLE = "another request"
    GOING = "its last bytes to be delivered"


def most_connections() -> int:
    """What the limit on descriptors (`ulimit -n`) leaves room for."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else max(ACCEPTED_AT_ONCE, min(MOST, soft - RESERVED))


@define(eq=False)
class Guard:
    """All connections of a server. most: how many there may be."""

    patience: Patience = Patience()
    most: int = field(factory=most_connections)
    _busy: set[GuardedProtocol] = field(factory=set, init=False)
    _keeping_us: dict[GuardedProtocol, None] = field(factory=dict, init=False)
    """Those whose turn it is, longest waited for first."""
    _told: float = field(default=-60.0, init=False)

    @property
    def protocol(self) -> Any:
        """For `uvicorn.Config(http=...)`."""
        return partial(GuardedProtocol, guard=self)

    def moved(self, connection: GuardedProtocol, phase: Phase | None) -> None:
        """phase: None when it has gone."""
        self._keeping_us.pop(connection, None)
        self._busy.discard(connection)
        if phase is Phase.REPLY:
            self._busy.add(connection)
        elif phase is not None:
            self._keeping_us[connection] = None

    def admit(self) -> None:
        """Make room for the connection that came last."""
        if len(self._keeping_us) + len(self._busy) <= self.most:
            return
        now = asyncio.get_running_loop().time()
        if now - self._told >= 60:
            self._told = now
            _log.warning("too many connections", most=self.most, advice="raise ulimit -n if these are your agents")
        next(iter(self._keeping_us)).drop()

    def seconds(self, phase: Phase) -> float | None:
        """Until the connection is dropped; None while it is for us to hurry."""
        patience = self.patience
        match phase:
            case Phase.HEAD:
                return patience.head
            case Phase.BODY:
                return patience.body
            case Phase.GOING:
                return patience.unread
            case Phase.IDLE:
                return patience.idle + 1  # uvicorn closes it at its time, if it can
            case Phase.REPLY:
                return None


class GuardedProtocol(H11Protocol):
    """uvicorn's connection with a clock for what it waits for. A deadline is for the whole, not for each byte."""

    def __init__(self, *args: Any, guard: Guard, **options: Any) -> None:
        super().__init__(*args, **options)
        self._guard = guard
        self._phase: Phase | None = None
        self._request: Any = None
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    def drop(self) -> None:
        """Let go at once, with whatever was not delivered."""
        self._enter(None)
        self.transport.abort()

    # --- what happens to a connection ----------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._look()
        self._guard.admit()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look(begun=True)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._look(begun=bool(self.conn.trailing_data[0]))

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self.loop.call_later(self._guard.patience.unread, self.drop)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._read()

    def connection_lost(self, exc: Exception | None) -> None:
        self._enter(None)
        self._read()
        super().connection_lost(exc)

    # --- its clocks ----------------------------------------------------------------------------------------------

    def _look(self, begun: bool = False) -> None:
        """begun: bytes are there of a request that uvicorn does not know yet, if of none that it knows."""
        request = self.cycle
        if self.transport.is_closing():
            phase = Phase.GOING
        elif request is None or request.response_complete:
            phase = Phase.HEAD if begun or request is None else Phase.IDLE
        else:
            phase = Phase.BODY if request.more_body else Phase.REPLY
        if (phase, request) != (self._phase, self._request):
            self._request = request
            self._enter(phase)

    def _enter(self, phase: Phase | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        self._guard.moved(self, phase)
        self._phase = phase
        seconds = None if phase is None else self._guard.seconds(phase)
        if seconds is not None:
            self._deadline = self.loop.call_later(seconds, self.drop)

    def _read(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
