"""What people buy together. Line items hold product and quantity; most orders have one line (entities section 4)."""

from __future__ import annotations

from typing import Any

from ...engine.chance import Chance
from .builds import parts_for
from .pools import WITH_BOARD, Pools

Line = dict[str, Any]

_SINGLE = {
    "gpu": 13, "storage": 12, "memory": 11, "monitor": 10, "psu": 7, "cooling": 7, "mouse": 7, "cpu": 7, "keyboard": 6,
    "motherboard": 6, "headset": 5, "networking": 5, "case": 5, "cable": 4, "accessory": 4, "bundle": 4,
    "prebuilt": 1.5, "workstation": 0.6,
}  # fmt: skip
"""Categories of a one-line order."""

_ALONG = {
    "gpu": ("psu", "cable", "accessory"),
    "cpu": ("cooling", "accessory"),
    "motherboard": ("cpu", "memory", "storage"),
    "memory": ("storage", "cooling"),
    "storage": ("memory", "cable"),
    "monitor": ("cable", "keyboard", "mouse"),
    "case": ("psu", "cooling", "accessory"),
    "keyboard": ("mouse", "headset", "accessory"),
    "mouse": ("keyboard", "accessory", "headset"),
    "headset": ("mouse", "accessory"),
    "networking": ("cable", "networking"),
    "prebuilt": ("monitor", "keyboard", "mouse"),
    "workstation": ("monitor", "keyboard"),
}
"""What goes with what; anything else goes with cables and accessories."""

_SIZES = {"one": 56, "two": 17, "three": 12, "many": 15}
_UNITS = {1: 92, 2: 6, 3: 1, 4: 1}
_SIZES_NOW = {"one": 58, "two": 23, "three": 11, "many": 8}
_SIZES_LATEST = {"one": 61, "two": 24, "three": 13, "many": 2}
"""Since version 5."""
_UNITS_NOW = {1: 83, 2: 9, 3: 4, 4: 4}
"""Since version 4: what support is asked about is seldom a whole machine, and more often bought in twos."""

_OFFICE = ("keyboard", "mouse", "headset", "monitor", "cable", "networking", "storage", "memory", "accessory")
"""What companies buy in numbers."""

_STYLES = {"budget": 3, "midrange": 4, "highend": 2, "office": 1}


def basket(pools: Pools, chance: Chance, *, boards: bool, version: int) -> list[Line]:
    """A private customer's lines. boards: whether a motherboard, loose or inside something, may be among them."""
    sizes, units = (_SIZES_NOW, _UNITS_NOW) if version >= 4 else (_SIZES, _UNITS)
    size = chance.weighted(_SIZES_LATEST if version >= 5 else sizes)
    if size == "many":
        return _parts_haul(pools, chance, boards)
    first = _product(pools, chance, chance.weighted(_SINGLE), boards)
    chosen = [first]
    for _ in range({"one": 0, "two": 1, "three": 2}[size]):
        partner = chance.choice(_ALONG.get(pools.category(first), ("cable", "accessory")))
        chosen.append(_product(pools, chance, partner, boards))
    return lines_of(chosen, {id: chance.weighted(units) for id in chosen})


def company_basket(pools: Pools, chance: Chance) -> list[Line]:
    """A company's lines: few products, many units."""
    chosen = [_product(pools, chance, chance.choice(_OFFICE), boards=False) for _ in range(chance.integer(1, 4))]
    return lines_of(chosen, {id: chance.weighted({2: 2, 3: 2, 4: 1, 5: 4, 6: 1, 8: 1, 10: 2, 12: 1}) for id in chosen})


def along_with(pools: Pools, chance: Chance, lines: list[Line], *, company: bool) -> list[Line]:
    """These lines among what else such an order holds: nothing of their categories, and no motherboard."""
    size = chance.weighted(_SIZES)
    if company:
        others = [_product(pools, chance, chance.choice(_OFFICE), False) for _ in range(chance.integer(0, 3))]
    elif size == "many":
        others = [line["productId"] for line in _parts_haul(pools, chance, boards=False)]
    else:
        partners = _ALONG.get(pools.category(lines[0]["productId"]), ("cable", "accessory"))
        count = {"one": 1, "two": 2, "three": 3}[size] - len(lines)
        others = [_product(pools, chance, chance.choice(partners), False) for _ in range(count)]
    known = {pools.category(line["productId"]) for line in lines}
    new = [id for id in others if pools.category(id) not in known]
    units = {5: 1, 10: 1} if company else {}
    return chance.shuffled([*lines, *lines_of(new, {id: chance.weighted(_UNITS | units) for id in new})])


def upgrade_with(pools: Pools, chance: Chance, product: str) -> list[Line]:
    """An order around one given product: alone, or with what fits it."""
    if chance.happens(0.5):
        return lines_of([product])
    if pools.category(product) != "motherboard":
        return lines_of([product, _product(pools, chance, chance.choice(("cable", "keyboard", "mouse")), boards=False)])
    parts = parts_for(pools, chance, "midrange", product)
    return lines_of([part for part in parts if pools.category(part) in ("motherboard", "cpu", "memory")])


def lines_of(product_ids: list[str], counts: dict[str, int] | None = None) -> list[Line]:
    """One line per product, in order of first mention; a product named twice is bought twice."""
    times: dict[str, int] = {}
    for id in product_ids:
        times[id] = times.get(id, 0) + 1
    return [{"productId": id, "qty": (counts or times)[id]} for id in times]


def _parts_haul(pools: Pools, chance: Chance, boards: bool) -> list[Line]:
    """Most of a machine, four to ten lines, of parts that fit each other."""
    style = chance.weighted(_STYLES)
    parts = [id for id in parts_for(pools, chance, style) if boards or id not in WITH_BOARD]
    extras = chance.sample(("cable", "accessory", "keyboard", "mouse"), chance.integer(0, 2))
    return lines_of(parts[: chance.integer(4, 8)] + [_product(pools, chance, extra, boards) for extra in extras])


def _product(pools: Pools, chance: Chance, category: str, boards: bool) -> str:
    ids = (pools.by_category if boards else pools.boardless)[category]
    return chance.choice(ids or pools.by_category["gpu"])
