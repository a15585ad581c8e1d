"""The repairs of a build, and which of them is the cheapest by any fair measure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import combinations, product
from typing import Any

from attrs import frozen

from ...engine.genesis import Row
from ...tools.compatibility import verdict
from .. import truth
from ..scene import Scene, ids


@frozen
class Repair:
    """What goes and what comes, and the build after it."""

    removed: tuple[Row, ...]
    added: tuple[Row, ...]
    parts: tuple[Row, ...]


def repair(scene: Scene, components: Sequence[str]) -> Repair | None:
    """The one that is best by any fair measure: the fewest swaps with the board kept, the least for new parts, the least for
    the whole build. None where these differ, where two are as good, or where a bundle brings another as low (P-103)."""
    rows = [scene.row("product", id) for id in components]
    found = list(repairs(scene, rows))
    best = alone(found, least_changed)
    if best is None or any(alone(found, measure) is not best for measure in (cost, whole)):
        return None
    bundles = [row for row in scene.rows("product", category="bundle") if row["inventory"]["inStock"] > 0]
    return None if any(undercuts(fix, best, bundles) for fix in found) else best


def repairs(scene: Scene, rows: Sequence[Row]) -> Iterator[Repair]:
    """Every one of at most two swaps that keeps the card and changes no part that could stay. Three mend none of these builds
    for less: they would take a dearer board."""
    errors = verdict(list(rows))["errors"]
    enough: list[set[str]] = []
    for size in range(3):
        for which in combinations(dict.fromkeys(row["category"] for row in rows if row["category"] != "gpu"), size):
            old = tuple(next(row for row in rows if row["category"] == category) for category in which)
            touched = all(any(row["id"] in error for row in old) for error in errors)
            if touched and not any(each <= set(which) for each in enough):
                found = list(swaps(scene, rows, old))
                enough += [set(which)] * bool(found)
                yield from found


def swaps(scene: Scene, rows: Sequence[Row], old: Sequence[Row]) -> Iterator[Repair]:
    """Every repair that replaces just these parts, by others in stock."""
    stock = [row for row in scene.rows("product") if row["inventory"]["inStock"] > 0 and row not in old]
    for new in product(*([row for row in stock if row["category"] == part["category"]] for part in old)):
        changed = dict(zip(ids(old), new, strict=True))
        parts = tuple(changed.get(row["id"], row) for row in rows)
        if verdict(list(parts))["is_compatible"]:
            yield Repair(tuple(old), new, parts)


def alone(found: Sequence[Repair], measure: Callable[[Repair], Any]) -> Repair | None:
    """The first by a measure, unless another is level with it."""
    ranked = sorted(found, key=measure)
    level = len(ranked) > 1 and measure(ranked[1]) == measure(ranked[0])
    return ranked[0] if ranked and not level else None


def least_changed(fix: Repair) -> tuple[bool, int, Decimal]:
    return any(row["category"] == "motherboard" for row in fix.removed), len(fix.added), cost(fix)


def cost(fix: Repair) -> Decimal:
    """Of the new parts."""
    return at_list(fix.added)


def whole(fix: Repair) -> Decimal:
    """Of the build after it."""
    return at_list(fix.parts)


def at_list(rows: Iterable[Row]) -> Decimal:
    return sum((truth.dollars(row["price"]) for row in rows), Decimal(0))


def undercuts(fix: Repair, best: Repair, bundles: Sequence[Row]) -> bool:
    """Whether a bundle of parts of the build brings a repair down to what the best one costs, or below."""
    prices = {row["id"]: truth.dollars(row["price"]) for row in fix.parts}
    for bundle in bundles:
        inside = [part["componentId"] for part in bundle["specs"]["components"]]
        if set(inside) <= prices.keys():
            saved = sum(prices[id] for id in inside) - truth.dollars(bundle["price"])
            if saved > 0 and any(measure(fix) - saved <= measure(best) for measure in (cost, whole)):
                return True
    return False
