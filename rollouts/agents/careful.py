"""How scripted agents bear calls that fail: look whether it was done, else ask again, a few times.

| told | what they do |
|---|---|
| it was not carried out, try later, the reply was cut off | ask again |
| the outcome is unknown, of a tool that sets something | ask again: set twice is set |
| the outcome is unknown, of a tool that makes a row | look for that row: it is the reply; ask again where it is not there |
| the same, where no tool shows such rows | give up: what is done twice cannot be taken back |
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from ...engine.canonical import encode
from ...engine.clock import to_ms
from ...engine.episode import Episode, Reply
from ...engine.errors import CoreCraftError
from ...engine.event import FAULTED
from ...engine.faults import CUT_OFF, TOLD
from ...engine.trajectory import Call

TRIES = 6
"""Calls in a row that may fail before one gives up."""

GAVE_UP = "gave_up"
"""Why such an episode is closed."""

_UNKNOWN = TOLD["lost"]
_FAILED = frozenset((*TOLD.values(), CUT_OFF))

_LOOKS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "create_refund": ("searchRefunds", ("payment_id",)),
    "create_resolution": ("searchResolutions", ("ticket_id",)),
    "create_escalation": ("searchEscalations", ("ticket_id",)),
    "createBuild": ("searchBuilds", ("customer_id", "name")),
    "createOrder": ("searchOrders", ("customer_id",)),
    "postSlackMessage": ("searchSlackMessages", ("channel_id",)),
}
"""Creating tool -> what shows its rows, newest first, and which of its arguments narrow that."""
_HISTORY: Mapping[str, str] = {"create_resolution": "resolutions", "create_escalation": "escalations"}
"""The same of sets without those: the part of a customer's history that shows its rows."""


class Stuck(CoreCraftError):
    """Calls failed too often, or nothing tells what became of one."""


def call(episode: Episode, tool: str, arguments: Mapping[str, Any], failed: Call | None = None) -> Reply:
    """Call a tool until it answers. failed: the same call, made before, that did not. Raises Stuck."""
    since, past = episode.world.now, None
    if failed is not None:
        since, past = failed.called.at, Reply(encode(failed.reply), failed.ok, failed.returned.seq)
    for _ in range(TRIES):
        reply, past = past or episode.call(tool, arguments), None
        told = told_of(reply)
        if told is None:
            return reply
        if told == _UNKNOWN and _creates(episode, tool):
            rows = _shown(episode, tool, arguments)
            if (row := next((row for row in rows if _is_made_by(row, arguments, since)), None)) is not None:
                return Reply(encode(row), True, reply.seq)
    raise Stuck(f"{episode.id}: {tool} failed {TRIES} times in a row")


def failing(episode: Episode) -> bool:
    """Whether any call of it has gone wrong as planned."""
    return any(event.kind == FAULTED for event in episode.trajectory().events)


def told_of(reply: Reply | Call) -> str | None:
    """By what a reply says that it is no answer; None for one that is."""
    if reply.ok:
        return None
    value = reply.value if isinstance(reply, Reply) else reply.reply
    error = value.get("error") if isinstance(value, dict) else None
    return error if isinstance(error, str) and error in _FAILED else None


def _creates(episode: Episode, tool: str) -> bool:
    return tool in _LOOKS or getattr(episode.toolset.tools.get(tool), "makes", None) == "warranty_claim.created"


def _shown(episode: Episode, tool: str, arguments: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """Rows of the kind that such a call makes. Raises Stuck where nothing shows them."""
    look, by = _LOOKS.get(tool, ("", ()))
    if look in episode.toolset.tools:
        return call(episode, look, {name: arguments[name] for name in by if name in arguments}).value
    if tool not in _HISTORY:
        raise Stuck(f"{episode.id}: whether {tool} was carried out is unknown, and no tool shows it")
    tickets = call(episode, "searchTickets", {"ticket_id": arguments.get("ticket_id")}).value
    customers = [ticket["customerId"] for ticket in tickets if ticket.get("customerId")]
    history = [call(episode, "getCustomerTicketHistory", {"customer_id": id}).value for id in customers]
    return [row for one in history for row in one.get(_HISTORY[tool], ())]


def _is_made_by(row: Mapping[str, Any], arguments: Mapping[str, Any], since: int) -> bool:
    """Whether all that both say is the same, and it is not of before. An overview may leave out fields, and the date."""
    with suppress(ValueError):
        if to_ms(str(row.get("createdAt") or row.get("timestamp"))) < since:
            return False
    return all(_same(row[name], value) for argument, value in arguments.items() if (name := _field(row, argument)))


def _field(row: Mapping[str, Any], argument: str) -> str | None:
    first, *rest = argument.split("_")
    camel = first + "".join(word.capitalize() for word in rest)
    return next((name for name in (argument, camel) if name in row), None)


def _same(held: Any, given: Any) -> bool:
    if isinstance(given, float | int) and isinstance(held, float | int):
        return abs(held - given) < 0.01
    if isinstance(given, str) and isinstance(held, str):
        return held.strip() == given.strip()
    return held == given if not isinstance(given, list | dict) else True
