"""A hundred thousand random calls of all 31 tools on the real world: nothing raises, nothing leaks, all of it replays."""

from __future__ import annotations

from typing import Any

import pytest
from corecraft.engine.chance import Chance, ChanceByPlace
from corecraft.engine.episode import Episode
from corecraft.engine.world import World
from corecraft.replay.verify import verify
from corecraft.rollouts.runner import Stage
from corecraft.tools.toolset import toolset
from jsonschema import Draft202012Validator

CALLS_PER_EPISODE = 250
JUNK = (
    "",
    "x",
    "0",
    "2025-11-09",
    "2025-11-09T14:00:00Z",
    "not a date",
    "' OR 1=1 --",
    "\u202e",
    "é" * 50,
    "{}",
    "[]",
    "null",
)
VALUES: tuple[Any, ...] = (None, True, 0, -1, 1, 2.5, 1e300, [], {}, [None], ["x"], [{}], {"a": 1})


class Caller:
    """Draws a tool and arguments that are mostly plausible: ids of the world, published choices, and some junk."""

    def __init__(self, world: World, tools: Any, chance: Chance) -> None:
        self.chance = chance
        self.ids = {entity: list(rows) for entity, rows in world.genesis.tables.items() if rows}
        self.definitions = {d["name"]: d["inputSchema"] for d in tools.definitions()}
        self.names = list(self.definitions)
        self.orders = [row for row in world.genesis.tables["order"].values() if row.get("lineItems")]
        self.related: dict[str, str] = {}

    def draw(self) -> tuple[str, dict[str, Any]]:
        if self.chance.happens(0.01):
            return self.chance.choice(("noSuchTool", "", "getproduct")), {}
        name = self.chance.choice(self.names)
        order = self.chance.choice(self.orders)
        product = self.chance.choice(order["lineItems"])["productId"]
        self.related = {"order": order["id"], "customer": order["customerId"], "product": product}
        schema = self.definitions[name]
        arguments = {
            parameter: self._value(parameter, kind)
            for parameter, kind in schema["properties"].items()
            if self.chance.happens(0.93 if parameter in schema["required"] else 0.2)
        }
        if self.chance.happens(0.01):
            arguments["surprise"] = 1
        return name, arguments

    def _value(self, parameter: str, schema: dict[str, Any]) -> Any:
        if self.chance.happens(0.04):
            return self.chance.choice(VALUES)
        if "enum" in schema:
            return self.chance.choice(schema["enum"])
        kind = schema.get("type")
        if kind in ("number", "integer"):
            return self.chance.choice((0, 1, 2, 10, 99.99, -5, 129.99))
        if kind == "boolean":
            return self.chance.happens(0.5)
        if kind == "array":
            count = self.chance.integer(0, 4)
            if parameter == "line_items":
                return [{"productId": self._id("product"), "qty": self.chance.integer(0, 3)} for _ in range(count)]
            if parameter == "quantities":
                return [self.chance.integer(0, 3) for _ in range(count)]
            return [self._id("product") for _ in range(count)]
        if kind == "object":
            return {"line1": "1 Main St", "city": "Louisville"}
        if parameter.endswith("_id") and self.chance.happens(0.9):
            return self._id(ENTITY_OF.get(parameter, "order"))
        return self.chance.choice(JUNK)

    def _id(self, entity: str) -> str:
        if entity in self.related and self.chance.happens(0.6):
            return self.related[entity]  # so that some calls name things that belong together
        return self.chance.choice(self.ids[entity]) if self.chance.happens(0.95) else "nobody"


ENTITY_OF = {
    "customer_id": "customer", "employee_id": "employee", "assigned_employee_id": "employee", "author_id": "employee",
    "resolved_by_id": "employee", "product_id": "product", "order_id": "order", "payment_id": "payment",
    "ticket_id": "support_ticket", "build_id": "build", "channel_id": "slack_channel", "refund_id": "refund",
    "linked_refund_id": "refund", "sla_id": "sla", "escalation_id": "escalation", "resolution_id": "resolution",
}  # fmt: skip


@pytest.mark.parametrize("calls", [20_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_random_calls_raise_nothing_and_change_nobody_elses_world(stage: Stage, calls: int):
    pristine = stage.world.genesis.digest
    tools = toolset("extended", "benchmark")
    caller = Caller(stage.world, tools, ChanceByPlace(7, "random calls"))
    accepted = 0
    for number in range(calls // CALLS_PER_EPISODE):
        episode = Episode.open(f"random-{number}", stage.world, tools)
        for _ in range(CALLS_PER_EPISODE):
            name, arguments = caller.draw()
            accepted += episode.call(name, arguments).ok
        if number % 40 == 0:
            check_replay(episode, stage, tools)
    assert 0.2 < accepted / calls < 0.95, "the calls must be a mixture of good and bad ones"
    rebuilt = type(stage.world.genesis)(stage.world.genesis.tables, stage.world.genesis.now, stage.world.genesis.schema)
    assert rebuilt.digest == pristine, "a handler wrote to a shared row"


def check_replay(episode: Episode, stage: Stage, tools: Any) -> None:
    verdict = verify(episode.trajectory(), tools, stage.world.genesis)
    assert verdict.ok, str(verdict)
    model = {entity: dict(rows) for entity, rows in stage.world.genesis.tables.items()}
    for event in episode.trajectory().events:
        for change in event.changes:
            before = model[change.entity].get(change.id, {})
            after = {**before, **change.set}
            model[change.entity][change.id] = {name: v for name, v in after.items() if name not in change.removed}
    for entity, rows in model.items():
        assert {row["id"]: row for row in episode.world.rows(entity)} == rows


def test_every_reply_keeps_to_its_published_schema(stage: Stage):
    tools = toolset("extended", "compat")
    schemas = {d["name"]: Draft202012Validator(d["outputSchema"]) for d in tools.definitions()}
    caller = Caller(stage.world, tools, ChanceByPlace(11, "schemas"))
    episode = Episode.open("schemas", stage.world, tools)
    checked = dict.fromkeys(schemas, 0)
    for _ in range(4000):
        name, arguments = caller.draw()
        reply = episode.call(name, arguments)
        if reply.ok and checked[name] < 30:
            checked[name] += 1
            schemas[name].validate(reply.value)
    assert min(checked.values()) > 0, checked
