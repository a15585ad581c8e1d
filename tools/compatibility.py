"""Whether parts fit together: rules C-01..C-15 (tools, section 6).

There is no summed load and no headroom; what is inside bundles and prebuilt systems is not looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, TypedDict

from attrs import frozen

from ..engine.genesis import Row
from ..engine.tool import Rejected, query
from ..engine.world import World
from .commands import missing_products
from .components import specs
from .tables import items, number, string

DEFAULT_TDP_WATTS = 65


class Verdict(TypedDict):
    is_compatible: bool
    errors: list[str]
    warnings: list[str]


@frozen
class Part:
    """A product seen through the specs of its category. A value of the wrong type counts as missing."""

    id: str
    specs: Row

    def text(self, key: str) -> str:
        return string(self.specs, key)

    def number(self, key: str) -> float | None:
        return number(self.specs, key)


ABSENT = Part("", {})
"""Stands for a board or case that is not there: all its values are missing, so its rules are skipped."""


class Parts:
    """The parts of a build by category, smallest id first. Board, case and PSU: the first stands for the build."""

    def __init__(self, products: list[Row]) -> None:
        by_category: dict[str, list[Part]] = {}
        for product in sorted(products, key=lambda row: row["id"]):
            category = str(product.get("category"))
            by_category.setdefault(category, []).append(Part(product["id"], specs(product, category)))
        self.cpus = by_category.get("cpu", [])
        self.boards = by_category.get("motherboard", [])
        self.gpus = by_category.get("gpu", [])
        self.kits = by_category.get("memory", [])
        self.drives = by_category.get("storage", [])
        self.coolers = by_category.get("cooling", [])
        self.psus = by_category.get("psu", [])
        self.board = self.boards[0] if self.boards else ABSENT
        self.case = by_category.get("case", [ABSENT])[0]


# --- the rules: each yields one message per violation; a missing value skips -----------------------------------------


def several_cpus(parts: Parts) -> Iterator[str]:
    if len(parts.cpus) > 1:
        yield f"Build has multiple CPUs: {_ids(parts.cpus)}"


def several_boards(parts: Parts) -> Iterator[str]:
    if len(parts.boards) > 1:
        yield f"Build has multiple motherboards: {_ids(parts.boards)}"


def socket_differs(parts: Parts) -> Iterator[str]:
    cpu, board = (parts.cpus or [ABSENT])[0], parts.board
    have, want = cpu.text("socket"), board.text("socket")
    if have and want and have != want:
        yield f"CPU {cpu.id} (socket {have}) is incompatible with motherboard {board.id} (socket {want})"


def form_factor_unsupported(parts: Parts) -> Iterator[str]:
    board, case = parts.board, parts.case
    have, supported = board.text("formFactor"), items(case.specs, "supportedFormFactors")
    if have and supported and have not in supported:
        yield f"Motherboard {board.id} form factor {have} is not supported by case {case.id}"


def memory_type_differs(parts: Parts) -> Iterator[str]:
    want = parts.board.text("memoryType")
    for kit in parts.kits:
        have = kit.text("type")
        if have and want and have != want:
            yield f"Kit {kit.id} is {have} memory, motherboard {parts.board.id} takes {want} memory"


def memory_downclocked(parts: Parts) -> Iterator[str]:
    limit, fastest = parts.board.number("maxMemoryMhz"), max(_speeds(parts), default=None)
    if limit is not None and fastest is not None and fastest > limit:
        yield f"Memory at {fastest} MHz will be downclocked to the {limit} MHz of motherboard {parts.board.id}"


def memory_mismatched(parts: Parts) -> Iterator[str]:
    speeds = sorted(set(_speeds(parts)))
    if len(speeds) > 1:
        listed = ", ".join(map(str, speeds))
        yield f"Memory kits have mismatched speeds ({listed} MHz); all will run at {speeds[0]} MHz"


def too_many_modules(parts: Parts) -> Iterator[str]:
    slots = parts.board.number("maxMemorySlots")
    modules = sum(_or(kit.number("modules"), 1) for kit in parts.kits)
    if slots is not None and modules > slots:
        yield f"{modules} memory modules exceed the {slots} slots of motherboard {parts.board.id}"


def too_many_sata_drives(parts: Parts) -> Iterator[str]:
    ports = parts.board.number("sataPorts")
    drives = sum(drive.text("interface") == "SATA" for drive in parts.drives)
    if ports is not None and drives > ports:
        yield f"{drives} SATA drives exceed the {ports} SATA ports of motherboard {parts.board.id}"


def gpu_too_long(parts: Parts) -> Iterator[str]:
    limit = parts.case.number("gpuMaxLengthMm")
    for gpu in parts.gpus:
        length = gpu.number("lengthMm")
        if limit is not None and length is not None and length > limit:
            yield f"GPU {gpu.id} length {length} mm exceeds the {limit} mm of case {parts.case.id}"


def cooler_too_high(parts: Parts) -> Iterator[str]:
    limit = parts.case.number("coolerMaxHeightMm")
    for cooler in parts.coolers:
        height = cooler.number("heightMm")
        if limit is not None and height is not None and height > limit:
            yield f"Cooler {cooler.id} height {height} mm exceeds the {limit} mm of case {parts.case.id}"


def psu_too_weak_for_cpu(parts: Parts) -> Iterator[str]:
    for psu in parts.psus[:1]:
        watts = _or(psu.number("wattage"), 0)
        for cpu in parts.cpus:
            tdp = _or(cpu.number("tdpWatts"), DEFAULT_TDP_WATTS)
            if watts < tdp:
                yield f"PSU wattage {watts} W of {psu.id} is insufficient for CPU {cpu.id} ({tdp} W)"


def psu_too_weak_for_gpu(parts: Parts) -> Iterator[str]:
    for psu in parts.psus[:1]:
        watts = _or(psu.number("wattage"), 0)
        for gpu in parts.gpus:
            recommended = gpu.number("recommendedPsuWatts")
            if recommended and watts < recommended:
                yield f"PSU {psu.id} ({watts} W) is below the {recommended} W recommended for GPU {gpu.id}"


def psu_missing(parts: Parts) -> Iterator[str]:
    if not parts.psus and (parts.cpus or parts.gpus):
        yield "No PSU in the list although it has a CPU or GPU; power was not checked"


RULES: tuple[tuple[str, Literal["error", "warning"], Callable[[Parts], Iterator[str]]], ...] = (
    ("C-02", "error", several_cpus),
    ("C-03", "error", several_boards),
    ("C-04", "error", socket_differs),
    ("C-05", "error", form_factor_unsupported),
    ("C-06", "error", memory_type_differs),
    ("C-07", "warning", memory_downclocked),
    ("C-08", "warning", memory_mismatched),
    ("C-09", "error", too_many_modules),
    ("C-10", "error", too_many_sata_drives),
    ("C-11", "error", gpu_too_long),
    ("C-12", "error", cooler_too_high),
    ("C-13", "error", psu_too_weak_for_cpu),
    ("C-14", "error", psu_too_weak_for_gpu),
    ("C-15", "warning", psu_missing),
)
"""All rules but C-01, which stops before them."""


def verdict(products: list[Row]) -> Verdict:
    """What the rules say of these products; each occurrence counts."""
    parts = Parts(products)
    messages: dict[str, list[str]] = {"error": [], "warning": []}
    for _, level, rule in RULES:
        messages[level] += rule(parts)
    return {"is_compatible": not messages["error"], "errors": messages["error"], "warnings": messages["warning"]}


@query("validateBuildCompatibility")
def validate_build_compatibility(world: World, *, product_ids: list[str]) -> Verdict:
    """Check whether parts fit together. Errors make the list incompatible, warnings do not.

    Checked are: one CPU and one motherboard at most, CPU socket, motherboard form factor and case, memory type, speed
    and slots, SATA ports, GPU length, cooler height, and the PSU's wattage against the CPU and against the GPU's
    recommendation. Not checked are M.2 slots, power connectors, radiator room, cooler sockets, missing parts (except
    a missing PSU, which is a warning) and the contents of bundles, prebuilts and workstations: list their components
    instead. A check is skipped where a spec it needs is missing, except that a kit without a number of modules has 1,
    a CPU without a power draw needs 65 W and a PSU without a wattage has 0 W. Of several motherboards, cases or PSUs
    the one with the smallest id is checked. Unknown ids are the only error reported when there are any.

    Args:
        product_ids: Exact product ids, at least one. Each occurrence counts: for two memory kits list the id twice.

    Rules: tools 2.16 and section 6, P-103.
    """
    if not product_ids:
        raise Rejected("product_ids is required")
    if missing := missing_products(world, product_ids):
        return {"is_compatible": False, "errors": [f"Products not found: {', '.join(missing)}"], "warnings": []}
    return verdict([product for id in product_ids if (product := world.get("product", id)) is not None])


# --- leaves --------------------------------------------------------------------------------------------------------


def _ids(parts: list[Part]) -> str:
    return ", ".join(part.id for part in parts)


def _speeds(parts: Parts) -> list[float]:
    return [speed for kit in parts.kits if (speed := kit.number("speedMhz")) is not None]


def _or(value: float | None, default: float) -> float:
    return default if value is None else value
