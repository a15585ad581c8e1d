"""Saved builds: part lists that fit together, and the share that does not (N-14). The validator of the tools decides."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from ...engine.chance import Chance
from ...engine.clock import to_text
from ...engine.genesis import Row
from ...tools.compatibility import RULES, Parts
from .customers import slug
from .draft import Draft, Person
from .pools import Pools, load
from .times import DAY, HOUR, NOW, SALE_HOURS, within

BOARD_OF = {
    "budget": {"skyforge-b550m-micro": 1},
    "office": {"skyforge-b550m-micro": 1},
    "sff": {"skyforge-b550m-micro": 1},
    "midrange": {"skyforge-b550m-micro": 4, "skyforge-x670e-pro": 4, "cryonix-z790-apex": 2},
    "highend": {"skyforge-x670e-pro": 4, "cryonix-z790-apex": 4, "voltedge-v9980se": 3},
    "workstation": {"skyforge-x670e-pro": 2, "cryonix-z790-apex": 4, "voltedge-v9980se": 3},
}
"""Boards by the style of a build, with weights."""

_PRICE_SPAN = {
    "budget": (0.0, 0.5),
    "office": (0.0, 0.4),
    "sff": (0.1, 0.7),
    "midrange": (0.2, 0.8),
    "highend": (0.5, 1.0),
    "workstation": (0.4, 1.0),
}
"""Which slice of a price list a style shops in, from cheapest 0 to dearest 1."""

_FAULTS = {"C-05": 3, "C-06": 2, "C-04": 2, "C-14": 2, "C-11": 1}
"""Form factor, memory type, socket, supply and card length, with weights."""


# --- does it fit? -------------------------------------------------------------------------------------------------


def conflicts(part_ids: Iterable[str]) -> set[str]:
    """The rules (C-02 to C-14) that a part list breaks; an empty set is a sound build."""
    parts = Parts([load().product[id] for id in part_ids])
    return {name for name, level, rule in RULES if level == "error" and next(rule(parts), None)}


_TOUCHES = {"psu": ("cpu", "gpu"), "case": ("motherboard", "gpu"), "cooling": ("case",)}
"""Which parts decide whether a supply, case or cooler fits."""


@lru_cache(maxsize=4096)
def _verdicts(category: str, others: tuple[str, ...]) -> dict[str, frozenset[str]]:
    """Products of a category, cheapest first, with the rules each would break beside the other parts."""
    pools = load()
    ids = sorted(pools.by_category[category], key=lambda id: pools.cents[id])
    before = conflicts(others)
    return {id: frozenset(conflicts([*others, id]) - before) for id in ids}


# --- choosing parts ------------------------------------------------------------------------------------------------


def parts_for(pools: Pools, chance: Chance, style: str, board: str | None = None, fault: str = "") -> list[str]:
    """A part list around a board, sound unless a fault is asked for."""
    board = board or chance.weighted(BOARD_OF[style])
    span = _PRICE_SPAN[style]
    fixed = pools.product[board]["specs"]["motherboard"]
    chosen = [_pick(pools, chance, "cpu", span, lambda s: (s["socket"] == fixed["socket"]) != (fault == "C-04"))]
    chosen.append(board)
    if style != "office":
        chosen.append(_pick(pools, chance, "gpu", span))
    kit = _pick(pools, chance, "memory", span, lambda s: (s["type"] == fixed["memoryType"]) != (fault == "C-06"))
    kit_modules = pools.product[kit]["specs"]["memory"].get("modules", 1)
    spare_slots = fixed["maxMemorySlots"] - 2 * kit_modules
    chosen += [kit, kit] if spare_slots >= 0 and style == "workstation" and chance.happens(0.5) else [kit]
    chosen.append(_pick(pools, chance, "storage", span, lambda s: s["interface"] != "SATA"))
    if chance.happens(0.35):
        chosen.append(_pick(pools, chance, "storage", (0.0, 1.0), lambda s: s["interface"] == "SATA"))
    return chosen + _housing(pools, chance, chosen, span, fault)


def _housing(pools: Pools, chance: Chance, chosen: list[str], span: tuple[float, float], fault: str) -> list[str]:
    """Supply, case and cooler for the chosen parts, with the fault in one of them if it belongs there."""
    added: list[str] = []
    for category in ("psu", "case", "cooling"):
        others = tuple(id for id in [*chosen, *added] if pools.category(id) in _TOUCHES[category])
        verdicts = _verdicts(category, others)
        good = [id for id, broken in verdicts.items() if not broken]
        bad = [id for id, broken in verdicts.items() if broken == {fault}]
        added.append(chance.choice(_slice(bad or good, span)))
    return added


def _pick(pools: Pools, chance: Chance, category: str, span: tuple[float, float], accept: Any = None) -> str:
    ids = sorted(pools.by_category[category], key=lambda id: pools.cents[id])
    ids = [id for id in ids if accept is None or accept(pools.product[id]["specs"][category])]
    return chance.choice(_slice(ids, span))


def _slice(items: list[Any], span: tuple[float, float]) -> list[Any]:
    """The part of a price-ordered list that a style shops in; never empty."""
    low, high = (round(edge * len(items)) for edge in span)
    return items[low:high] or items


# --- rows ----------------------------------------------------------------------------------------------------------


def fixed_builds(draft: Draft, cast: dict[str, Person]) -> None:
    """The internal bases and the builds that tasks name."""
    for fixed in draft.pools.fixed_builds:
        row = {key: value for key, value in fixed.items() if key != "customer_name"}
        if "customer_name" in fixed:
            row["customerId"] = cast[fixed["customer_name"]].id
        draft.take(row["id"])
        _put(draft, row)


class BuildBook:
    """The builds of one cohort: each name of the pool is used once, in random order."""

    def __init__(self, draft: Draft, cohort: int) -> None:
        self.draft = draft
        self.cohort = cohort
        names = [entry for entry in draft.pools.build_names if cohort or not entry["name"].startswith("Budget Gamer")]
        self.left = draft.chance("build names", cohort).shuffled(names)

    def make(self, person: Person, before: int, board: str | None = None) -> Row | None:
        """A build saved by `person` some time before `before`; None when the pool is used up."""
        wanted = (entry for entry in self.left if board is None or board in BOARD_OF[entry["style"]])
        entry = next(wanted, None)
        if entry is None:
            return None
        self.left.remove(entry)
        return make_build(self.draft, person, entry, before, board, (self.cohort, entry["name"]))

    def make_rest(self, people: list[Person]) -> None:
        """Builds that nobody has ordered yet."""
        chance = self.draft.chance("build owners", self.cohort)
        for person in chance.sample([person for person in people if not person.company], len(self.left)):
            self.make(person, within(chance, NOW - 300 * DAY, NOW - HOUR, SALE_HOURS))


def make_build(
    draft: Draft, person: Person, entry: dict[str, str], before: int, board: str | None, key: tuple[object, ...]
) -> Row:
    """A build row; one in eight is faulty, and one in six since version 5: with the fixed ones about a fifth (N-14)."""
    chance = draft.chance("build", *key)
    fault = chance.weighted(_FAULTS) if chance.happens(0.17 if draft.version >= 5 else 0.13) else ""
    parts = parts_for(draft.pools, chance, entry["style"], board, fault)
    created = before - chance.integer(20, 9000) * 60_000
    edited = created + (chance.integer(5, 2000) * 60_000 if chance.happens(0.5) else 0)
    row: Row = {
        "id": build_id(draft, person, entry["name"], chance),
        "ownerType": "customer",
        "customerId": person.id,
        "name": entry["name"],
        "componentIds": parts,
        "createdAt": to_text(created),
        "updatedAt": to_text(min(edited, before)),
    }
    if chance.happens(0.03):
        del row["name"]
        draft.note("N-04", "build", row["id"], "name", "build without a name")
    return _put(draft, row)


def build_id(draft: Draft, person: Person, name: str, chance: Chance) -> str:
    """`configurator-<surname>-N` or a free slug."""
    surname = slug(person.name).split("-")[-1]
    free = chance.happens(0.3)
    for number in range(1, 10_000):
        id = f"configurator-{surname}-{number}"
        if free:
            id = f"customer-build-{slug(person.first)}" if number == 1 else f"{slug(name)}-{surname}-{number}"
        if draft.take(id):
            return id
    raise ValueError(f"no build id left for {person.id}")


def _put(draft: Draft, row: Row) -> Row:
    found = sorted(conflicts(row["componentIds"]))
    if found:
        draft.note("N-14", "build", row["id"], "componentIds", f"incompatible: breaks {', '.join(found)}")
    return draft.put("build", row)
