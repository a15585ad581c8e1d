"""What holds of the rows of any company: they have the fields of their type, in its shape, and name rows that are there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from ..engine.event import PREPARED, Change, Event
from ..engine.genesis import Row, Table
from ..engine.world import World
from ..tools.shapes import references


def misfitting(world: World, changes: Sequence[Change]) -> Iterator[str]:
    """Why rows that a task adds or alters cannot be: an unknown type or field, another shape, a dangling reference."""
    after, schema = world.fold([Event(0, PREPARED, world.now, {}, None, tuple(changes))]), world.genesis.schema
    for entity, id in dict.fromkeys((change.entity, change.id) for change in changes):
        if entity not in schema:
            yield f"unknown entity {entity}"
            continue
        row = after.get(entity, id) or {}
        yield from misshapen(entity, row, schema[entity])
        yield from dangling(entity, row, after)


def misshapen(entity: str, row: Row, table: Table) -> Iterator[str]:
    """Fields that its type has not, and values of another shape."""
    strange = sorted(set(row) - table.fields) if table.fields is not None else ()
    yield from (f"{entity} {row.get('id')}: no field {name}" for name in strange)
    if table.shape is not None:
        try:
            msgspec.convert(row, table.shape)
        except msgspec.ValidationError as error:
            yield f"{entity} {row.get('id')}: {error}"


def dangling(entity: str, row: Row, world: World) -> Iterator[str]:
    """References to rows that are not there."""
    shape = world.genesis.schema[entity].shape
    for name, parent in references(shape).items() if shape is not None else ():
        named = row.get(name)
        if isinstance(named, str) and world.get(parent, named) is None:
            yield f"{entity} {row.get('id')}: {name} {named} does not exist"
