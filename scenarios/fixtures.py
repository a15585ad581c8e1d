"""Rows of a task's own, in any company: collected, held to the fields of their type, and given out as changes.

    rows = Fixtures(scene, "LB-01", key)
    loan = rows.put("loan", {"id": f"loan-{key}-1", ...})
    Case(..., fixtures=rows.changes)

CoreCraft's `Props` make such rows as its world has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, ClassVar

from ..engine.errors import CoreCraftError
from ..engine.event import Change
from ..engine.genesis import Row
from .scene import Scene


class BadRow(CoreCraftError, LookupError):
    """A family makes or alters a row that the world cannot hold."""


class Fixtures:
    """Collects the rows of one case. Rows returned may be completed until `changes` is read."""

    where: ClassVar[str] = "rows.py"
    """The file that says what rows may hold."""

    def __init__(self, scene: Scene, *purpose: object) -> None:
        self.scene = scene
        self.chance = scene.chance(*purpose, "rows")
        self._rows: dict[tuple[str, str], Row] = {}
        self._existing: dict[tuple[str, str], dict[str, Any]] = {}
        self._injected: list[str] = []

    @property
    def changes(self) -> tuple[Change, ...]:
        """The rows as changes, new ones first; keys in the order of their types."""
        new = [Change(entity, id, self._in_order(entity, row)) for (entity, id), row in self._rows.items()]
        return (*new, *(Change(entity, id, fields) for (entity, id), fields in self._existing.items()))

    @property
    def injected(self) -> tuple[str, ...]:
        """The texts in these rows that are to lead an agent astray, each once."""
        return tuple(dict.fromkeys(self._injected))

    def inject(self, text: str) -> str:
        """Note a text that is to lead an agent astray, and give it back to be put into a row."""
        self._injected.append(text.strip())
        return text

    def put(self, entity: str, row: Row) -> Row:
        """Any row, as it is: with an id, and with fields of its type, whatever they hold. Raises BadRow for another."""
        self._check_row(entity, row)
        self._rows[entity, row["id"]] = row
        return row

    def later(self, entity: str, row: Row) -> Change:
        """Take a row out again, which is not there from the start: the change that makes it, for what is due in a plan."""
        del self._rows[entity, row["id"]]
        return Change(entity, row["id"], self._in_order(entity, row))

    def alter(self, entity: str, id: str, **fields: Any) -> None:
        """Set fields of a row of the world, e.g. a product's stock. Raises BadRow for a row or field that there is not."""
        self._check_row(entity, {"id": id, **fields})
        if self.scene.get(entity, id) is None:
            raise BadRow(f"the world has no {entity} {id}, which props.alter({entity!r}, ...) would change")
        self._existing.setdefault((entity, id), {}).update(fields)

    def _check_row(self, entity: str, row: Mapping[str, Any]) -> None:
        """Raises BadRow for a type, or fields, that the company's rows do not have: they would be lost without a word."""
        shapes = {name: table.shape for name, table in self.scene.world.genesis.schema.items()}
        if entity not in shapes:
            raise BadRow(f"there is no type of row {entity!r} in {self.where}; {_near(entity, shapes)}")
        known = shapes[entity].__annotations__
        if not isinstance(row.get("id"), str):
            raise BadRow(f"a row of {entity} needs an id, a text; this one has {row.get('id')!r}")
        if strange := [name for name in row if name not in known]:
            has = f"{entity} has no field {', '.join(strange)} in {self.where}, only {', '.join(known)}"
            raise BadRow(f"{entity} {row['id']}: {has}")

    def _in_order(self, entity: str, row: Mapping[str, Any]) -> dict[str, Any]:
        self._check_row(entity, row)  # again: it may have been completed since
        return {
            name: row[name] for name in self.scene.world.genesis.schema[entity].shape.__annotations__ if name in row
        }


def _near(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), 1)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
