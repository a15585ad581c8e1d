"""validateBuildCompatibility: every rule of section 6 with its words, and the verdicts known from the data."""

from __future__ import annotations

import pytest

from .shop import Shop, product

FITTING = ["cpu", "board", "gpu", "kit", "kit", "sata", "nvme", "psu", "case", "cooler"]


@pytest.fixture(scope="module")
def shop() -> Shop:
    return Shop()


def judge(shop: Shop, *ids: str) -> dict:
    return shop.call("validateBuildCompatibility", product_ids=list(ids))


def test_a_build_that_fits(shop: Shop):
    verdict = judge(shop, *FITTING)
    assert verdict == {"is_compatible": True, "errors": [], "warnings": []}
    assert list(verdict) == ["is_compatible", "errors", "warnings"]
    assert not shop.facts


RULES = [
    ("C-02", "error", ["cpu", "cpu", "psu"], "Build has multiple CPUs: cpu, cpu"),
    ("C-03", "error", ["board", "board-big"], "Build has multiple motherboards: board, board-big"),
    (
        "C-04",
        "error",
        ["cpu-intel", "board", "psu"],
        "CPU cpu-intel (socket LGA1700) is incompatible with motherboard board (socket AM5)",
    ),
    (
        "C-05",
        "error",
        ["board-big", "case"],
        "Motherboard board-big form factor E-ATX is not supported by case case",
    ),
    ("C-06", "error", ["kit-old", "board"], "Kit kit-old is DDR4 memory, motherboard board takes DDR5 memory"),
    (
        "C-07",
        "warning",
        ["kit-fast", "board"],
        "Memory at 6400 MHz will be downclocked to the 5600 MHz of motherboard board",
    ),
    (
        "C-08",
        "warning",
        ["kit", "kit-fast"],
        "Memory kits have mismatched speeds (5600, 6400 MHz); all will run at 5600 MHz",
    ),
    ("C-09", "error", ["kit", "kit", "kit", "board"], "6 memory modules exceed the 4 slots of motherboard board"),
    ("C-10", "error", ["sata"] * 3 + ["board"], "3 SATA drives exceed the 2 SATA ports of motherboard board"),
    ("C-11", "error", ["gpu-long", "case", "psu-700"], "GPU gpu-long length 351 mm exceeds the 350 mm of case case"),
    ("C-12", "error", ["cooler-high", "case"], "Cooler cooler-high height 156 mm exceeds the 155 mm of case case"),
    ("C-13", "error", ["cpu-hot", "psu"], "PSU wattage 650 W of psu is insufficient for CPU cpu-hot (900 W)"),
    ("C-14", "error", ["gpu-long", "psu"], "PSU psu (650 W) is below the 700 W recommended for GPU gpu-long"),
    ("C-15", "warning", ["cpu"], "No PSU in the list although it has a CPU or GPU; power was not checked"),
    ("C-15", "warning", ["gpu"], "No PSU in the list although it has a CPU or GPU; power was not checked"),
]


@pytest.mark.parametrize(("rule", "level", "ids", "message"), RULES, ids=[f"{r[0]}-{r[2][0]}" for r in RULES])
def test_each_rule_alone(shop: Shop, rule, level, ids, message):
    if "psu-700" in ids:
        products = shop.episode.world.genesis.tables["product"]
        shop = Shop(product={**products, "psu-700": product("psu", 99.99, wattage=700)})
    verdict = judge(shop, *ids)
    assert verdict == {
        "is_compatible": level == "warning",
        "errors": [message] if level == "error" else [],
        "warnings": [message] if level == "warning" else [],
    }


def test_unknown_products_stop_everything_else(shop: Shop):
    verdict = judge(shop, "cpu", "cpu", "x", "y", "x")
    assert verdict == {"is_compatible": False, "errors": ["Products not found: x, y"], "warnings": []}


@pytest.mark.parametrize("arguments", [{}, {"product_ids": []}, {"product_ids": ""}])
def test_something_must_be_listed(shop: Shop, arguments):
    assert shop.refused("validateBuildCompatibility", **arguments) == "product_ids is required"


def test_each_gpu_kit_and_cooler_is_looked_at(shop: Shop):
    errors = judge(shop, "gpu-long", "gpu-long", "cooler-high", "kit-old", "kit-old", "case", "psu", "board")["errors"]
    assert [sum(word in error for error in errors) for word in ("length", "height", "DDR4", "below")] == [2, 1, 2, 2]


def test_the_smallest_id_stands_for_the_build(shop: Shop):
    verdict = judge(shop, "board-big", "board", "case")
    assert verdict["errors"] == ["Build has multiple motherboards: board, board-big"]


def test_bundles_systems_and_peripherals_pass_unseen(shop: Shop):
    assert judge(shop, "pc", "station", "duo", "mouse", "p100")["is_compatible"]


MISSING = [
    (["cpu", "bare-board", "psu"], []),
    (["bare-cpu", "board", "psu"], []),
    (["bare-cpu", "psu-blank"], ["PSU wattage 0 W of psu-blank is insufficient for CPU bare-cpu (65 W)"]),
    (["bare-board", "case"], []),
    (["board", "bare-case", "gpu-long", "cooler-high", "psu-big"], []),
    (["bare-kit", "board"], []),
    (["bare-kit"] * 5 + ["board"], ["5 memory modules exceed the 4 slots of motherboard board"]),
    (["kit", "sata", "sata", "sata", "bare-board"], []),
    (["gpu-plain", "psu-blank"], []),
    (["text", "board"], []),
]


@pytest.mark.parametrize(("ids", "errors"), MISSING)
def test_a_missing_value_skips_its_rule(shop: Shop, ids, errors):
    bare = {f"bare-{name}": product(category, 1) for name, category in (("cpu", "cpu"), ("case", "case"))}
    bare |= {"bare-board": product("motherboard", 1), "bare-kit": product("memory", 1)}
    bare |= {"psu-big": product("psu", 1, wattage=2000), "text": {"category": "cpu", "specs": "unreadable"}}
    shop = Shop(product={**shop.episode.world.genesis.tables["product"], **bare})
    assert judge(shop, *ids)["errors"] == errors


# --- verdicts known from the catalogue -----------------------------------------------------------------------------

CATALOGUE = {
    "astralogic-vortex-8700x": product("cpu", 279.99, socket="AM4", tdpWatts=105),
    "zentricore-apex-8600x": product("cpu", 449.99, socket="AM5", tdpWatts=105),
    "novachip-titan-14900k": product("cpu", 589.99, socket="LGA1700", tdpWatts=125),
    "novachip-pulse-10600k": product("cpu", 299.99, socket="LGA1200", tdpWatts=125),
    "skyforge-b550m-micro": product(
        "motherboard",
        129.99,
        socket="AM4",
        memoryType="DDR4",
        formFactor="Micro-ATX",
        maxMemoryMhz=3200,
        maxMemorySlots=2,
        sataPorts=4,
    ),
    "skyforge-x670e-pro": product(
        "motherboard",
        349.99,
        socket="AM5",
        memoryType="DDR5",
        formFactor="ATX",
        maxMemoryMhz=5600,
        maxMemorySlots=4,
        sataPorts=8,
    ),
    "cryonix-z790-apex": product(
        "motherboard",
        399.99,
        socket="LGA1700",
        memoryType="DDR5",
        formFactor="ATX",
        maxMemoryMhz=6400,
        maxMemorySlots=4,
        sataPorts=6,
    ),
    "vortexlabs-horizon-rx780": product("gpu", 329.99, lengthMm=260, recommendedPsuWatts=650),
    "pyratech-graphforce-4070-16gb": product("gpu", 599.99, lengthMm=305, recommendedPsuWatts=650),
    "pyratech-graphforce-4080-16gb": product("gpu", 1199.99, lengthMm=320, recommendedPsuWatts=750),
    "hypervolt-ddr4-16gb-3200": product("memory", 79.99, type="DDR4", speedMhz=3200, modules=2),
    "hypervolt-ddr5-32gb-5600": product("memory", 189.99, type="DDR5", speedMhz=5600, modules=2),
    "dataforge-nvme-1tb-gen4": product("storage", 149.99, interface="NVMe-Gen4"),
    "dataforge-sata-2tb-ssd": product("storage", 199.99, interface="SATA"),
    "coreflow-750w-gold-modular": product("psu", 129.99, wattage=750),
    "aeroshell-mid-tower-rgb": product(
        "case",
        89.99,
        supportedFormFactors=["ATX", "Micro-ATX", "Mini-ITX"],
        gpuMaxLengthMm=350,
        coolerMaxHeightMm=165,
    ),
    "aeroshell-compact-itx": product(
        "case", 119.99, supportedFormFactors=["Mini-ITX"], gpuMaxLengthMm=280, coolerMaxHeightMm=130
    ),
    "cryowave-aio-240mm": product("cooling", 99.99, heightMm=52),
}
COMMON = ["dataforge-nvme-1tb-gen4", "coreflow-750w-gold-modular", "cryowave-aio-240mm"]
KNOWN = {
    "dragonfire": (
        [
            "zentricore-apex-8600x",
            "skyforge-x670e-pro",
            "pyratech-graphforce-4070-16gb",
            "hypervolt-ddr5-32gb-5600",
            "aeroshell-mid-tower-rgb",
        ],
        [],
    ),
    "nebulax": (
        [
            "novachip-titan-14900k",
            "cryonix-z790-apex",
            "pyratech-graphforce-4080-16gb",
            "hypervolt-ddr5-32gb-5600",
            "dataforge-sata-2tb-ssd",
            "aeroshell-mid-tower-rgb",
        ],
        [],
    ),
    "voltstorm": (
        [
            "astralogic-vortex-8700x",
            "skyforge-b550m-micro",
            "vortexlabs-horizon-rx780",
            "hypervolt-ddr4-16gb-3200",
            "aeroshell-compact-itx",
        ],
        ["form factor Micro-ATX is not supported"],
    ),
    "severov": (
        ["novachip-pulse-10600k", "cryonix-z790-apex", "hypervolt-ddr4-16gb-3200", "aeroshell-mid-tower-rgb"],
        ["socket LGA1200", "DDR4 memory"],
    ),
    "umbleby": (
        ["zentricore-apex-8600x", "skyforge-x670e-pro", "cryonix-z790-apex"],
        # The board with the smallest id stands for the build, so the second one also shows as a foreign socket.
        ["multiple motherboards", "socket AM5"],
    ),
}


@pytest.mark.parametrize("build", KNOWN)
def test_verdicts_known_from_the_data(build):
    ids, words = KNOWN[build]
    errors = judge(Shop(product=CATALOGUE), *ids, *COMMON)["errors"]
    assert len(errors) == len(words)
    assert all(word in error for word, error in zip(words, errors, strict=True))
