"""A counter to try the command tools and calculators at: a small shop, and what each call answered and changed.

    shop = Shop()
    row = shop.call("updateOrderStatus", order_id="o-1", status="paid")
    shop.changes == {("order", "o-1"): {"status": "paid", "updatedAt": NOW}}
    shop.facts[0].kind == "order.status_changed"
    shop.refused("updateOrderStatus", order_id="o-9", status="paid") == "Order o-9 not found"

Every reply is checked against the published schema; a refusal must leave no fact and no change.
"""

from __future__ import annotations

import copy
from functools import cache
from hashlib import sha256
from typing import Any

import jsonschema
from corecraft.engine.clock import to_ms
from corecraft.engine.episode import Episode
from corecraft.engine.event import Event
from corecraft.engine.genesis import Genesis
from corecraft.engine.world import World
from corecraft.scenarios.company import by_name
from corecraft.tools.tables import TABLES
from corecraft.tools.toolset import toolset

NOW = "2025-12-01T19:00:00Z"

Tables = dict[str, dict[str, dict[str, Any]]]


def product(category: str, price: float, months: int | None = None, **specs: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"category": category, "price": price, "specs": {category: specs}}
    return row if months is None else {**row, "warrantyMonths": months}


def _bundle(price: float, *components: str) -> dict[str, Any]:
    entries = [{"componentId": id, "qty": 1} for id in components]
    return {"category": "bundle", "price": price, "specs": {"components": entries, "discount": {"type": "fixed"}}}


def _system(category: str, price: float, months: int, base: str) -> dict[str, Any]:
    specs = {"prebuilt": {"series": "x", "baseBuildId": base}}
    return {"category": category, "price": price, "specs": specs, "warrantyMonths": months}


def order(customer: str, created: str, *products: str, **fields: Any) -> dict[str, Any]:
    lines = [{"productId": id, "qty": 1} for id in products]
    return {"customerId": customer, "lineItems": lines, "status": "paid", "createdAt": created, **fields}


TABLE_ROWS: Tables = {
    "product": {
        "cpu": product("cpu", 449.99, 36, socket="AM5", tdpWatts=105),
        "cpu-intel": product("cpu", 589.99, 36, socket="LGA1700", tdpWatts=125),
        "cpu-hot": product("cpu", 649.99, 36, socket="AM5", tdpWatts=900),
        "board": product(
            "motherboard",
            349.99,
            36,
            socket="AM5",
            memoryType="DDR5",
            formFactor="ATX",
            maxMemoryMhz=5600,
            maxMemorySlots=4,
            sataPorts=2,
        ),
        "board-big": product("motherboard", 649.99, 36, socket="AM5", memoryType="DDR5", formFactor="E-ATX"),
        "gpu": product("gpu", 599.99, 36, lengthMm=350, recommendedPsuWatts=650),
        "gpu-long": product("gpu", 1199.99, 36, lengthMm=351, recommendedPsuWatts=700),
        "gpu-plain": product("gpu", 289.99, 24, lengthMm=240, recommendedPsuWatts=0),
        "kit": product("memory", 189.99, 60, type="DDR5", speedMhz=5600, modules=2),
        "kit-fast": product("memory", 199.99, 60, type="DDR5", speedMhz=6400, modules=2),
        "kit-old": product("memory", 79.99, 60, type="DDR4", speedMhz=5600),
        "sata": product("storage", 199.99, 36, interface="SATA"),
        "nvme": product("storage", 149.99, 60, interface="NVMe-Gen4"),
        "psu": product("psu", 129.99, 84, wattage=650),
        "psu-blank": product("psu", 79.99, 36),
        "case": product(
            "case",
            89.99,
            24,
            supportedFormFactors=["ATX", "Micro-ATX"],
            gpuMaxLengthMm=350,
            coolerMaxHeightMm=155,
        ),
        "cooler": product("cooling", 39.99, 36, heightMm=155),
        "cooler-high": product("cooling", 49.99, 36, heightMm=156),
        "mouse": product("mouse", 79.99),
        "pc": _system("prebuilt", 1499.99, 24, "pc-base"),
        "station": _system("workstation", 2299.99, 36, "station-base"),
        "duo": _bundle(679.98, "gpu", "psu"),
        "p100": product("accessory", 100),
        "p50": product("accessory", 50),
        "p33": product("accessory", 33.333),
        "p150": product("accessory", 150),
        "p400": product("accessory", 400),
        "p850": product("accessory", 850),
        "unpriced": {"category": "accessory"},
    },
    "customer": {"ann": {"name": "Ann Lee", "loyaltyTier": "gold"}, "bob": {"name": "Bob Ray"}},
    "employee": {"alex": {"name": "Alex Morgan"}, "mei": {"name": "Mei Zhang"}},
    "order": {
        "o-1": order("ann", "2025-11-04T15:00:00Z", "psu", "mouse", updatedAt="2025-11-04T15:05:00Z"),
        "o-2": order("ann", "2025-10-31T12:00:00.500Z", "duo", "pc", "station"),
        "o-3": order("bob", "2024-12-01T19:00:00Z", "mouse"),
        "o-bare": {"customerId": "bob", "lineItems": [], "status": "pending", "createdAt": "2025-11-01T00:00:00Z"},
        "o-undated": {"customerId": "bob", "lineItems": [{"productId": "mouse", "qty": 1}], "status": "pending"},
    },
    "payment": {
        "pay-1": {"orderId": "o-1", "amount": 219.97, "method": "card", "status": "captured"},
        "pay-2": {"orderId": "o-3", "amount": 89.98, "status": "failed", "failureReason": "insufficient_funds"},
    },
    "refund": {"ref-1": {"paymentId": "pay-1", "amount": 10.0, "reason": "other", "status": "processed", "lines": []}},
    "support_ticket": {
        "t-1": {
            "customerId": "ann",
            "orderId": "o-1",
            "status": "open",
            "priority": "normal",
            "subject": "Dead PSU",
            "assignedEmployeeId": "mei",
            "createdAt": "2025-11-20T15:00:00Z",
        },
        "t-2": {"customerId": "bob", "status": "new", "priority": "low", "subject": "Where is it"},
    },
    "build": {
        "pc-base": {"ownerType": "internal", "name": "PC base", "componentIds": ["cpu", "gpu", "mouse"]},
        "station-base": {"ownerType": "internal", "name": "Station base", "componentIds": ["cpu-intel", "kit"]},
        "b-1": {
            "ownerType": "customer",
            "customerId": "ann",
            "name": "Ann's rig",
            "componentIds": ["kit", "cpu", "kit"],
            "createdAt": "2025-11-01T15:00:00Z",
            "updatedAt": "2025-11-01T15:00:00Z",
        },
        "b-old": {"customerId": "bob", "name": "Old", "productIds": ["cpu", "gpu"]},
    },
    "slack_channel": {
        "support-general": {"name": "support-general", "members": {"connect": [{"id": "alex"}]}},
        "escalations": {"name": "escalations", "members": {"connect": []}},
    },
}


def rows(**replaced: dict[str, dict[str, Any]]) -> Tables:
    """The shop's tables, some of them replaced."""
    tables = {**copy.deepcopy(TABLE_ROWS), **replaced}
    return {entity: {id: {"id": id, **row} for id, row in table.items()} for entity, table in tables.items()}


class Shop:
    """An episode at the shop, with what its last call did: `changes` holds (type, id) -> the fields that are new or other,
    `facts` the events behind them. tools: the set, also one of your own. replaced: whole tables in place of the shop's, e.g.
    `refund={"ref-9": {...}}` without the ids in the rows."""

    def __init__(
        self,
        profile: str = "benchmark",
        *,
        tools: str = "extended",
        now: str = NOW,
        **replaced: dict[str, dict[str, Any]],
    ) -> None:
        self.tools = toolset(tools, profile)
        world = World(Genesis(rows(**replaced), to_ms(now), TABLES))
        self.episode = Episode.open("shop", world, self.tools)
        self.changes: dict[tuple[str, str], dict[str, Any]] = {}
        self.facts: list[Event] = []

    def call(self, tool: str, **arguments: Any) -> Any:
        """The reply to a call that must be accepted."""
        ok, value = self._do(tool, arguments)
        assert ok, value
        _validator(self.tools.name, self.tools.aliases.get(tool, tool)).validate(value)
        return value

    def refused(self, tool: str, **arguments: Any) -> str:
        """The words of a call that must be refused."""
        ok, value = self._do(tool, arguments)
        assert not ok, value
        assert not self.facts
        assert not self.changes
        assert list(value) == ["error"]
        return value["error"]

    def row(self, entity: str, id: str) -> dict[str, Any] | None:
        """A row as it stands now, or None."""
        return self.episode.world.get(entity, id)

    def _do(self, tool: str, arguments: dict[str, Any]) -> tuple[bool, Any]:
        before = self.episode.world
        events = len(self.episode.trajectory().events)
        reply = self.episode.call(tool, arguments)
        self.facts = self.episode.trajectory().events[events + 1 : -1]
        self.changes = changes(before, self.episode.world)
        return reply.ok, reply.value


@cache
def _validator(tools: str, tool: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(by_name(tools).tools[tool].output_schema())


def changes(before: World, after: World) -> dict[tuple[str, str], dict[str, Any]]:
    """What differs between two worlds: (type, id) -> the fields that are new or other."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for entity in {*before.genesis.tables, *after.overlay}:
        ids = {*before.genesis.tables.get(entity, {}), *before.overlay.get(entity, {}), *after.overlay.get(entity, {})}
        for id in ids:
            old, new = before.get(entity, id) or {}, after.get(entity, id)
            assert new is not None
            assert not set(old) - set(new), "a field was removed"
            if fields := {name: value for name, value in new.items() if name not in old or old[name] != value}:
                found[entity, id] = fields
    return found


def hashed(prefix: str, text: str) -> str:
    """An id as G-15 makes it, written out once more so that tests do not trust the code they check."""
    return prefix + sha256(text.encode()).hexdigest()[:12]
