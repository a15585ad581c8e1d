"""How CoreCraft's rows are listed and indexed: each type's sort order, keys and searchable texts.

Rows may be dirty, so what is read from them here is what has the right type, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import partial
from typing import Any, cast

from attrs import evolve

from ..engine.clock import to_ms
from ..engine.errors import CoreCraftError
from ..engine.genesis import Row, Schema, SortKey, Table
from .rows import ROW_TYPES
from .shapes import field_names, prepared, value_fault

KeysOf = Callable[[Row], Iterable[Hashable]]
SEPARATOR = "\x1f"
"""Keeps a phrase from matching across two fields."""

PRIORITY_RANK = {"high": 0, "normal": 1, "low": 2}
PRIORITY_BANDS: tuple[SortKey, ...] = ((0,), (1,), (2,), (3,))
"""How the sort keys of tickets begin; the last band holds unknown priorities."""


# --- reading rows ------------------------------------------------------------------------------------------------


def stored_ms(row: Mapping[str, Any], field: str) -> int | None:
    """A stored instant in epoch milliseconds; None when absent, null or malformed (B-31)."""
    text = row.get(field)
    try:
        return to_ms(text) if text else None
    except (ValueError, TypeError):
        return None


def string(row: Mapping[str, Any], field: str) -> str:
    """A text field; "" when absent, null or no text."""
    value = row.get(field)
    return value if isinstance(value, str) else ""


def number(row: Mapping[str, Any], field: str) -> float | None:
    """A number field; None when absent, null or no number."""
    value = row.get(field)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def items(row: Mapping[str, Any], field: str) -> list[Any]:
    """A list field; empty when absent, null or no list."""
    value = row.get(field)
    return cast("list[Any]", value) if isinstance(value, list) else []


def parts(row: Mapping[str, Any], field: str) -> list[Row]:
    """The objects of a list field."""
    return [item for item in items(row, field) if isinstance(item, dict)]


def part(row: Mapping[str, Any], field: str) -> Row:
    """An object field; empty when absent, null or no object."""
    value = row.get(field)
    return cast("Row", value) if isinstance(value, dict) else {}


# --- orders ------------------------------------------------------------------------------------------------------


def newest_first(field: str) -> Callable[[Row], SortKey]:
    """Newest first by this field, ties by id; rows without the date come last. `latest` is that of `createdAt`, and
    `search.newest` finds a span of time in such an order."""

    def key(row: Row) -> SortKey:
        ms = stored_ms(row, field)
        return (1, 0, row["id"]) if ms is None else (0, -ms, row["id"])

    return key


def by(field: str) -> Callable[[Row], SortKey]:
    """By a text field, ties by id."""
    return lambda row: (string(row, field), row["id"])


latest = newest_first("createdAt")


def _ticket_order(row: Row) -> SortKey:
    """Priority high, normal, low (absent counts as normal, unknown last), then newest first."""
    priority = row.get("priority") or "normal"
    return PRIORITY_RANK.get(priority, 3) if isinstance(priority, str) else 3, *latest(row)


# --- keys and texts ----------------------------------------------------------------------------------------------


def carrier_key(carrier: str) -> str:
    """One spelling of a carrier's two: `UPS Ground` on orders is `ups_ground` on shipments."""
    return carrier.lower().replace(" ", "_")


def _field(name: str) -> KeysOf:
    def keys(row: Row) -> Iterable[Hashable]:
        value = row.get(name)
        return (value,) if isinstance(value, str) else ()

    return keys


def listed(name: str) -> KeysOf:
    return lambda row: [item for item in items(row, name) if isinstance(item, str)]


def _line_products(row: Row) -> Iterable[Hashable]:
    return [string(line, "productId") for line in parts(row, "lineItems")]


def text_of(*names: str) -> Callable[[Row], str]:
    return lambda row: SEPARATOR.join(string(row, name) for name in names)


def _address_text(row: Row) -> str:
    """What is written on a customer's addresses: neither keys nor labels (B-19)."""
    lines = (string(address, key) for address in parts(row, "addresses") for key in address if key != "label")
    return string(row, "addresses") or SEPARATOR.join(lines)


def table(
    order: Callable[[Row], SortKey],
    *fields: str,
    texts: Mapping[str, Callable[[Row], str]] | None = None,
    acts: str = "",
    **derived: KeysOf,
) -> Table:
    """How rows of a type are listed and found. fields: text fields that `world.rows(entity, where)` finds them by. texts: name
    -> the text of a row in which a part is looked for. acts: by which words an answer claims that something was done to such a
    row, besides the name of the type: alternatives of a regular expression in lower case. derived: name -> the keys of a row,
    for what is no plain field."""
    re.compile(acts)  # what is no expression fails here, not at the first lie
    indexes = {name: _field(name) for name in ("id", *fields)}
    return Table(order, {**indexes, **derived}, texts or {}, frozenset(fields), acts=acts)


def schema(tables: Mapping[str, Table], shapes: Mapping[str, type], folder: str = "tools") -> Schema:
    """The tables of a company, each with the fields its rows may have.

    tables: type -> how its rows are listed and found. shapes: type -> what they may hold. folder: where the two stand, in
    `tables.py` and `rows.py`. Raises CoreCraftError where they do not fit.
    """
    for entity in dict.fromkeys((*tables, *shapes)):
        if entity not in shapes:
            raise CoreCraftError(
                f"{folder}/tables.py has a line for {entity!r}, which is no type of rows in {folder}/rows.py"
            )
        if entity not in tables:
            raise CoreCraftError(
                f"{folder}/tables.py has no line for {entity!r} of {folder}/rows.py: say in which order it is listed"
            )
    return {entity: _whole(entity, table, shapes[entity], folder) for entity, table in tables.items()}


def _whole(entity: str, table: Table, shape: type, folder: str) -> Table:
    fields = field_names(shape)
    if strange := sorted((table.fields or frozenset()) - fields):
        raise CoreCraftError(
            f"the line of {entity!r} in {folder}/tables.py names {', '.join(strange)}: no field in {folder}/rows.py"
        )
    prepared(shape)
    return evolve(table, fields=fields, value_fault=partial(value_fault, shape), shape=shape)


_TABLES: dict[str, Table] = {
    "customer": table(
        by("name"), "email", "phone", "loyaltyTier", texts={"name": text_of("name"), "address": _address_text}
    ),
    "employee": table(
        by("name"),
        "department",
        permission=listed("permissions"),
        texts={"name": text_of("name"), "title": text_of("title")},
    ),
    "product": table(by("name"), "category", "brand", texts={"text": text_of("name", "brand", "sku")}),
    "order": table(
        latest,
        "customerId",
        "status",
        "buildId",
        acts=r"order\w*|replace\w*|place\w*|cancel\w*|refund\w*|status",
        productId=_line_products,
    ),
    "payment": table(latest, "orderId", "status", acts=r"refund\w*|payment\w*|void\w*"),
    "shipment": table(
        latest,
        "orderId",
        "trackingNumber",
        "status",
        carrier=lambda row: (carrier_key(string(row, "carrier")),),
    ),
    "refund": table(
        latest, "paymentId", "ticketId", "reason", "status", acts=r"refund\w*|credit\w*|paid back|reimburs\w+"
    ),
    "support_ticket": table(
        _ticket_order,
        "customerId",
        "orderId",
        "assignedEmployeeId",
        "status",
        "ticketType",
        "priority",
        texts={"text": text_of("subject", "body")},
        acts=r"ticket\w*|assign\w*|clos\w+|priorit\w+|set|moved|queue\w*|hand\w*",
    ),
    "resolution": table(
        latest,
        "ticketId",
        "outcome",
        "resolvedById",
        "linkedRefundId",
        texts={"details": text_of("details")},
        acts=r"resol\w+|clos\w+",
    ),
    "escalation": table(
        latest,
        "ticketId",
        "escalationType",
        "destination",
        texts={"notes": text_of("notes")},
        acts=r"escalat\w+|hand(?:ed|ing) (?:it |this |the \w+ )?over|passed (?:it |this |the \w+ )?on|forward\w+|refer\w+",
    ),
    "build": table(
        by("name"),
        "customerId",
        texts={"name": text_of("name")},
        acts=r"build\w*|swap\w*|replac\w+|sav\w+",
    ),
    "knowledge_base_article": table(
        by("title"), "category", tag=listed("tags"), texts={"text": text_of("title", "body")}
    ),
    "slack_channel": table(by("name")),
    "slack_message": table(
        newest_first("timestamp"),
        "channelId",
        "authorId",
        texts={"text": text_of("text")},
        acts=r"post\w*|messag\w+|told",
    ),
    "warranty_claim": table(latest, "productId", "orderId", "customerId", "status", acts=r"claim\w*"),
    "sla": table(by("metric"), "metric", "service", "priority"),
}


TABLES = schema(_TABLES, ROW_TYPES)
"""Every entity type with how its rows are listed and found, and the fields they may have."""
