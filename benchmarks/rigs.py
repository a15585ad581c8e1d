"""Rigs: loaded worlds with a log of their own, and the calls that are timed on them.

Arguments are JSON bytes, as a server hands them over. They name rows spread over the whole table, of the same shape at
every scale (customers with two orders, orders with one payment and one shipment), so that what grows is the work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from attrs import frozen

from ..engine.canonical import encode
from ..engine.episode import Episode
from ..engine.genesis import Row
from ..engine.log import SegmentWriter
from ..engine.world import World
from ..rollouts.runner import Stage, wall_ms
from ..scenarios.task import Task

Call = tuple[str, bytes]
"""Tool and arguments."""

TASK = "S-1"
"""Its reference solution makes twelve calls."""

BUSY = 50
"""Orders, and as many tickets, changed in a busy episode."""


@frozen(slots=False)
class Rig:
    """A stage with the segment its episodes write to. `folder` is a run folder."""

    scale: int
    stage: Stage
    folder: Path
    log: SegmentWriter

    @classmethod
    def build(cls, scale: int, folder: Path) -> Rig:
        return cls.of(scale, Stage.build(0, scale), folder)

    @classmethod
    def of(cls, scale: int, stage: Stage, folder: Path) -> Rig:
        log = SegmentWriter(folder / "segments" / f"scale-{scale}.jsonl", wall_ms)
        return cls(scale, stage, folder, log)

    @property
    def column(self) -> str:
        return str(self.scale)

    @property
    def world(self) -> World:
        return self.stage.world

    @property
    def task(self) -> Task:
        return self.stage.tasks[TASK]

    @cached_property
    def calls(self) -> dict[str, list[Call]]:
        """Per row of the table, the calls that are timed for it."""
        return _calls(self.world)

    @cached_property
    def opened(self) -> Episode:
        """An episode in which a few calls were made and nothing was changed."""
        episode = self.stage.open(self.task, f"quiet-{self.scale}", self.log)
        play(episode, [call for row in ("point", "search", "details") for call in self.calls[row][:2]])
        return episode

    @cached_property
    def busy(self) -> Episode:
        """An episode in which 50 orders and 50 tickets were changed, one by one."""
        episode = self.stage.open(self.task, f"busy-{self.scale}", self.log)
        play(episode, self.calls["busy"])
        return episode


def play(episode: Episode, calls: Iterable[Call]) -> None:
    """Make the calls; every one of them must be answered."""
    for tool, arguments in calls:
        if not episode.call(tool, arguments).ok:
            raise AssertionError(f"{tool} {arguments.decode()} was rejected")


def _calls(world: World) -> dict[str, list[Call]]:
    """About 200 calls per row."""
    customers = _spread(world, "customer", lambda row: _count(world, "order", "customerId", row) == 2)
    orders = _spread(world, "order", lambda row: _whole(world, row))
    products = _spread(world, "product", lambda row: True)
    changed = {kind: _spread(world, kind, lambda row: True, BUSY) for kind in ("order", "support_ticket")}
    tickets = [_call("updateTicketStatus", ticket_id=row["id"], status="open") for row in changed["support_ticket"]]
    paid = [_call("updateOrderStatus", order_id=row["id"], status="paid") for row in changed["order"]]
    span = {"status": "fulfilled", "created_after": "2025-10-01", "created_before": "2025-11-20"}
    calls = {
        "point": [_call("getProduct", product_id=row["id"]) for row in products],
        "details": [_call("getOrderDetails", order_id=row["id"]) for row in orders],
        "search": [_call("searchOrders", customer_id=row["id"]) for row in customers],
        "search-two": [_call("searchOrders", customer_id=row["id"], status="fulfilled") for row in customers],
        "search-span": [_call("searchOrders", **span)] * 50,
        "text": [_call("searchTickets", text=text) for text in ("nebulax", "loud fan", "overcharged")] * 4,
        "command": tickets[:10] * 20,
        "command-busy": tickets * 4,
        "kb": [_call("searchKnowledgeBase", text=text) for text in ("ClarityOne", "NebulaX", "EXPO")] * 20,
        "kb-broad": [_call("searchKnowledgeBase", text="the")] * 50,
        "busy": [*paid, *tickets],
    }
    return {**calls, "details-busy": calls["details"], "search-busy": calls["search"]}


def day_of_calls(rig: Rig) -> list[Call]:
    """A long episode: 80 times a point query, a composite, a search and a command."""
    calls = rig.calls
    rows = [calls[row] for row in ("point", "details", "search", "command-busy")]
    return [row[number % len(row)] for number in range(80) for row in rows]


def _call(tool: str, **arguments: Any) -> Call:
    return tool, encode(arguments)


def _spread(world: World, entity: str, keep: Callable[[Row], bool], most: int = 200) -> list[Row]:
    """Rows of this kind, evenly over the table."""
    rows: Sequence[Row] = [row for row in world.rows(entity) if keep(row)]
    step = max(1, len(rows) // most)
    return list(rows[::step][:most])


def _count(world: World, entity: str, index: str, row: Row) -> int:
    return sum(1 for _ in world.rows(entity, {index: row["id"]}))


def _whole(world: World, order: Row) -> bool:
    return all(_count(world, entity, "orderId", order) == 1 for entity in ("payment", "shipment"))
