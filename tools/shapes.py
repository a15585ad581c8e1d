"""What the rows of a type may hold, as a TypedDict, and what follows from it: columns, references, what an edit can mean.

    class Book(Identified, total=False):
        title: Text
        authorId: Annotated[Text, Of("author")]
        state: Annotated[Text, known(Literal["on shelf", "lent"])]

A row is certain to have its id and nothing else; any other field may be missing, null or dirty.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypedDict, get_args, get_origin, get_type_hints, is_typeddict

from msgspec import Meta, MsgspecError, Struct, convert
from msgspec.json import decode

Text = str | None
Number = float | None
Whole = int | None
Flag = bool | None
Instant = str | None
"""ISO-8601 as stored; it may be malformed."""


class Identified(TypedDict):
    id: str


def known(values: Any) -> Meta:
    """The values of an enumeration, told but not enforced: rows may hold others."""
    return Meta(examples=list(get_args(values)))


class Of(Struct, frozen=True):
    """Says of a field that it holds the id of a row of this type: `Annotated[Text, Of("order")]`."""

    entity: str


class Older(Struct, frozen=True):
    """Values of before, which rows may hold and nobody is told of."""

    values: tuple[str, ...]


def prepared(shape: type) -> None:
    """Let msgspec read a shape before threads may share it: two that do so at once for the first time crash the interpreter."""
    with suppress(MsgspecError):
        convert({}, shape)


def plain_fields(shape: type) -> dict[str, type]:
    """The fields that hold one plain value: str, int, float or bool."""
    found: dict[str, type] = {}
    for name, hint in get_type_hints(shape).items():
        kinds = set(get_args(hint) if isinstance(hint, UnionType) else (hint,)) - {NoneType}
        if len(kinds) == 1 and kinds <= {str, int, float, bool}:
            found[name] = kinds.pop()
    return found


def field_names(shape: Any) -> frozenset[str]:
    """The fields a row may have."""
    return shape.__required_keys__ | shape.__optional_keys__


def references(shape: type) -> dict[str, str]:
    """The fields that hold ids, with the type of the rows they name."""
    return {name: note.entity for name, hint in _hints(shape).items() for note in _notes(hint) if isinstance(note, Of)}


def text_fields(shape: type) -> dict[str, type]:
    """The fields whose list or object may be stored as JSON text, which the shape admits beside it."""
    return {
        name: kind
        for name, hint in get_type_hints(shape).items()
        if str in get_args(hint)
        for part in get_args(hint)
        if (kind := _container(part)) is not None
    }


def value_fault(shape: type, name: str, value: Any) -> str | None:
    """Why somebody who edits a row cannot mean this value of a field, or None. Stricter than rows are: no enumeration is left,
    and JSON text must be of the shape that it stands for."""
    hint = _hints(shape)[name]
    try:
        kinds = {_container(part) for part in get_args(hint)} - {None}
        convert(decode(value) if kinds and isinstance(value, str) else value, hint)
    except MsgspecError as error:
        return str(error)
    offered = _offered(hint)
    if offered and value is not None and value not in offered:
        return f"must be one of {', '.join(offered)}, not {value!r}"
    return None


@cache
def _hints(shape: type) -> dict[str, Any]:
    return get_type_hints(shape, include_extras=True)


def _notes(hint: Any) -> tuple[Any, ...]:
    return getattr(hint, "__metadata__", ())


def _offered(hint: Any) -> list[str]:
    told = [each for note in _notes(hint) if isinstance(note, Meta) for each in note.examples or ()]
    return told and [*told, *(each for note in _notes(hint) if isinstance(note, Older) for each in note.values)]


def _container(part: Any) -> type | None:
    if is_typeddict(part) or get_origin(part) is dict:
        return dict
    return list if get_origin(part) is list else None
