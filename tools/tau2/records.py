"""Records of a tau2 database as rows, and back: a row restores the very record it was made of.

A row has an `id`, the record's own fields, and `position`, its place among the others: the first match of a search is the
answer, and tau2 compares lists in order. One whose position is null is no longer there, since no row is ever taken away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

from attrs import frozen

from ...engine.canonical import decode, encode, sorted_bytes
from ...engine.errors import CoreCraftError, InvalidWorld
from ...engine.genesis import Row
from .package import part
from .tracked import Tracked

Side = Literal["assistant", "user"]
"""Whose database it is, in tau2's word for who calls."""

OWN = ("id", "position")
"""The fields that a row has beside those of its record."""


@frozen
class Collection:
    """Records of one type: a field of a database.

    entity: the type of their rows. kept: as a dictionary, a list, or one record alone. key: of a list, the field of its records
    that names each.
    """

    side: Side
    field: str
    entity: str
    kept: Literal["keyed", "listed", "single"]
    model: Any
    key: str = ""

    def records(self, database: Any) -> Iterator[tuple[str, Any]]:
        """Id and record, in tau2's order."""
        held = getattr(database, self.field)
        if self.kept == "keyed":
            yield from held.records() if isinstance(held, Tracked) else held.items()
        elif self.kept == "listed":
            yield from ((getattr(record, self.key), record) for record in held)
        else:
            yield self.field, held


def collections(database: Any, side: Side) -> list[Collection]:
    """What a database holds. Raises CoreCraftError for what cannot be rows."""
    found: list[Collection] = []
    model_of = cast("Any", type(database))
    for name, field in model_of.model_fields.items():
        entity = name if side == "assistant" else f"user_{name}"
        kept, model = _kept(field.annotation)
        if not _is_model(model) or set(OWN) & set(model.model_fields):
            raise CoreCraftError(f"tau2's {model_of.__name__}.{name} cannot be held as rows: {field.annotation}")
        key = next(iter(model.model_fields)) if kept == "listed" else ""
        found.append(Collection(side, name, entity, kept, model, key))
    return found


def _kept(hint: Any) -> tuple[Literal["keyed", "listed", "single"], Any]:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is dict and arguments[0] is str:
        return "keyed", arguments[1]
    return ("listed", arguments[0]) if origin is list else ("single", hint)


def _is_model(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, part("environment.db").BaseModelNoExtra.__mro__[1])


def dumped(record: Any) -> bytes:
    """A record as JSON, also where it holds what its type does not allow: tau2 assigns unchecked."""
    return record.model_dump_json(warnings=False).encode()


def row_of(id: str, position: int, data: bytes) -> Row:
    return {"id": id, "position": position, **decode(data)}


def restored(collection: Collection, row: Row) -> Any:
    """The record that a row was made of. Raises InvalidWorld where there can be none, as after an edit by hand."""
    fields = {name: value for name, value in row.items() if name not in OWN}
    wanted = sorted_bytes(fields)
    try:
        record = collection.model.model_validate_json(encode(fields))
        if sorted_bytes(decode(dumped(record))) == wanted:
            return record
    except ValueError:
        pass
    record = _built(collection.model, fields)
    if sorted_bytes(decode(dumped(record))) != wanted:
        raise InvalidWorld(f"{collection.entity} {row['id']}: its row cannot be a record of tau2's")
    return record


def _built(hint: Any, value: Any) -> Any:
    """A value put together as its type says, but taken as it is where it is none: what tau2 assigned unchecked."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _built(arguments[0], value)
    if origin in (Union, UnionType):
        return _built(_meant(arguments, value), value)
    if origin is list and isinstance(value, list):
        return [_built(arguments[0], item) for item in cast("list[Any]", value)]
    if origin is dict and isinstance(value, dict):
        pairs = cast("dict[str, Any]", value).items()
        return {_built(arguments[0], key): _built(arguments[1], item) for key, item in pairs}
    if isinstance(value, dict) and _is_model(hint):
        return _model(hint, cast("dict[str, Any]", value))
    return _leaf(hint, value)


def _model(model: Any, fields: Mapping[str, Any]) -> Any:
    hints = {name: field.annotation for name, field in model.model_fields.items() if name in fields}
    return model.model_construct(**{name: _built(hint, fields[name]) for name, hint in hints.items()})


def _meant(options: tuple[Any, ...], value: Any) -> Any:
    """The member of a union that a value is of; where it is of none, one that has its form."""
    fitting = (option for option in options if _valid(option, value) is not None)
    formed = (option for option in options if isinstance(value, dict) == _is_model(option))
    return next(fitting, next(formed, type(None)))


def _leaf(hint: Any, value: Any) -> Any:
    if isinstance(hint, type) and issubclass(hint, Enum | date):
        found = _valid(hint, value)
        return value if found is None else found
    return value


def _valid(hint: Any, value: Any) -> Any:
    """The value as pydantic reads it; None where it does not, and for null."""
    from pydantic import TypeAdapter  # pyright: ignore[reportMissingImports, reportUnknownVariableType]

    try:
        return TypeAdapter(hint).validate_python(value)  # pyright: ignore[reportUnknownMemberType]
    except ValueError:
        return None
