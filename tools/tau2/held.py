"""The records of one type as tau2 holds them, in the state of whatever world was shown last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ...engine.canonical import decode, encode
from ...engine.event import Change
from ...engine.genesis import Row
from ...engine.world import World
from .records import OWN, Collection, dumped, restored, row_of
from .tracked import Tracked

_NOTHING: Final[dict[str, Row]] = {}


class Held:
    """kit: tau2's toolkit, in whose database they stand.

    Between two worlds only the rows that differ are exchanged, and what a call did is read off the records handed to it.
    """

    def __init__(self, collection: Collection, kit: Any, genesis: Mapping[str, Row]) -> None:
        self.collection = collection
        self._kit = kit
        self._shown: Mapping[str, Row] = _NOTHING
        self._strayed: dict[str, None] = {}
        """Ids of records that a call has changed: they stand for no world until they are put back."""
        rows = _in_order(genesis.values())
        self._put({row["id"]: restored(collection, row) for row in rows})
        self._dumps = {id: dumped(record) for id, record in collection.records(kit.db)}

    # --- into the state of a world ---------------------------------------------------------------------------------

    def show(self, world: World) -> None:
        """Put the records into the state of a world on the same genesis, and forget which were handed out."""
        wanted = world.overlay.get(self.collection.entity, _NOTHING)
        if self._strayed or wanted is not self._shown:
            differing = (id for id in (*self._shown, *wanted) if self._shown.get(id) is not wanted.get(id))
            self._exchange(world, dict.fromkeys((*self._strayed, *differing)))
            self._shown, self._strayed = wanted, {}
        if self._tracked is not None:
            self._tracked.forget()

    def _exchange(self, world: World, ids: Iterable[str]) -> None:
        rows = {id: world.get(self.collection.entity, id) for id in ids}
        held = self._tracked
        if held is None or any((id in held) != _is_present(row) for id, row in rows.items()):
            held = self._reorder(world)
        for id, row in rows.items():
            if row is not None and _is_present(row):
                record = restored(self.collection, row)
                held.put(id, record) if isinstance(held, Tracked) else held.update({id: record})
                self._dumps[id] = dumped(record)
            else:
                self._dumps.pop(id, None)
        self._put(held)

    def _reorder(self, world: World) -> dict[str, Any]:
        """The records that are in a world, in its order; those that differ are still to be restored."""
        entity, held = self.collection.entity, dict(self.collection.records(self._kit.db))
        known = dict.fromkeys((*world.genesis.tables.get(entity, _NOTHING), *world.overlay.get(entity, _NOTHING)))
        rows = (row for id in known if (row := world.get(entity, id)) is not None)
        return {row["id"]: held.get(row["id"]) for row in _in_order(rows)}

    def _put(self, records: dict[str, Any]) -> None:
        """Have the database hold these: a dictionary so that it says what it hands out."""
        kept = self.collection.kept
        self._tracked = None if kept != "keyed" else records if isinstance(records, Tracked) else Tracked(records)
        value = self._tracked
        if value is None:
            value = list(records.values()) if kept == "listed" else next(iter(records.values()))
        setattr(self._kit.db, self.collection.field, value)

    # --- what a call did -------------------------------------------------------------------------------------------

    def changes(self, world: World, reads: bool) -> Iterator[Change]:
        """What is otherwise than in the world that was shown.

        reads: records that the tool merely came by in a loop are taken to be as they were, since tau2 says it changes none.
        """
        ids, records = self._handed_out(reads)
        for id in ids:
            record = records.look(id) if isinstance(records, Tracked) else records.get(id)
            data = None if record is None else dumped(record)
            if data != self._dumps.get(id):
                self._strayed[id] = None
                yield self._change(world, id, data)

    def _handed_out(self, reads: bool) -> tuple[Iterable[str], Mapping[str, Any]]:
        """Ids of the records that may have been changed, and the records as they are now."""
        table = self._tracked
        if table is not None and getattr(self._kit.db, self.collection.field) is table:
            return (table.reached if reads else dict.fromkeys((*table.reached, *table.scanned))), table
        records = dict(self.collection.records(self._kit.db))
        if table is not None:  # the whole table was replaced
            self._put(Tracked(records))
        return dict.fromkeys((*self._dumps, *records)), records

    def _change(self, world: World, id: str, data: bytes | None) -> Change:
        entity, before = self.collection.entity, world.get(self.collection.entity, id)
        if before is None or not _is_present(before):
            return Change(entity, id, row_of(id, self._next_position(world), data or b"{}"))
        if data is None:
            return Change(entity, id, {"position": None}, tuple(name for name in before if name not in OWN))
        after = decode(data)
        fields = {name: value for name, value in after.items() if name not in before or _differ(before[name], value)}
        return Change(entity, id, fields, tuple(name for name in before if name not in after and name not in OWN))

    def _next_position(self, world: World) -> int:
        """The place after the last record, those included that this call has added."""
        entity = self.collection.entity
        taken = [row["position"] for row in world.genesis.tables.get(entity, _NOTHING).values() if _is_present(row)]
        taken += [row["position"] for row in world.overlay.get(entity, _NOTHING).values() if _is_present(row)]
        added = sum(world.get(entity, id) is None for id in self._strayed)
        return max(taken, default=-1) + max(1, added)


def _in_order(rows: Iterable[Row]) -> list[Row]:
    """Those that are there, in tau2's order."""
    return sorted((row for row in rows if _is_present(row)), key=lambda row: (row["position"], row["id"]))


def _is_present(row: Row | None) -> bool:
    return row is not None and row.get("position") is not None


def _differ(before: Any, after: Any) -> bool:
    """1 and 1.0 do: tau2's hash tells them apart."""
    return encode(before) != encode(after)
