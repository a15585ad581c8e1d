"""RS-08's parts: which are faster, fit and can be shipped, and what they cost a customer."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from attrs import frozen

from ...engine.genesis import Row
from ...tools.compatibility import verdict
from ...tools.components import specs
from ...tools.pricing import DISCOUNT_RATES, SHIPPING_FEES
from .. import truth
from ..scene import Scene

PARTS = {"processor": ("cpu", "boostClockGhz", "GHz"), "graphics card": ("gpu", "boostClockMhz", "MHz")}
"""What people call it -> category, what it is measured by, unit."""

BEST_AM4, BEST_AM5 = "astralogic-vortex-8700x", "astralogic-phoenix-16800x"
PLATFORMS = (
    ("skyforge-b550m-micro", "hypervolt-ddr4-16gb-3200", ("astralogic-blade-4600", "astralogic-blade-5500x", BEST_AM4)),
    ("skyforge-x670e-pro", "hypervolt-ddr5-16gb-5200", ("zentricore-storm-6600x", "zentricore-storm-7600x", BEST_AM5)),
    ("cryonix-z790-apex", "hypervolt-ddr5-32gb-5600", ("novachip-spark-12100", "novachip-fusion-12400k")),
    ("cryonix-z790-apex", "hypervolt-ddr5-16gb-5200", ("novachip-pulse-10600k", "novachip-fusion-12700k")),
)
"""Board, memory, and processors it may have now."""

CARDS = (
    "orionix-radiant-rx-7600",
    "vortexlabs-horizon-rx740t",
    "vortexlabs-horizon-rx780",
    "pyratech-graphforce-4060-8gb",
)
SUPPLIES = ("coreflow-550w-bronze", "coreflow-650w-bronze", "coreflow-750w-gold-modular", "coreflow-850w-gold-modular")
CASES = ("aeroshell-mid-tower-rgb", "aeroshell-mid-tower-airflow", "titanforge-cube-matx", "titanforge-impressa-mid")

UNMEASURED = "vortexlabs-horizon-rx760e"
"""A card without a length: whether it fits cannot be told, so no task turns on it."""


@frozen
class Wish:
    """What is asked: a better part of a machine within a budget."""

    part: str
    components: tuple[str, ...]
    tier: str
    service: str
    budget: int

    @property
    def category(self) -> str:
        return PARTS[self.part][0]

    def metric(self, product: Row) -> Decimal:
        return truth.dollars(specs(product, self.category)[PARTS[self.part][1]])

    def total(self, product: Row) -> Decimal:
        return self.goods(product) + SHIPPING_FEES[self.service]

    def goods(self, product: Row) -> Decimal:
        return truth.cents(truth.dollars(product["price"]) * (1 - DISCOUNT_RATES[self.tier]))

    def coded(self, product: Row) -> Decimal:
        """The part alone with the code of December in place of the tier's discount, where that is less."""
        listed = truth.dollars(product["price"])
        reached = listed + SHIPPING_FEES[self.service] > truth.CODE_FROM
        return min(self.goods(product), listed - truth.CODE_OFF if reached else listed)

    def over_by_shipping(self, product: Row) -> bool:
        """Whether the part alone is within the budget, and the code would not pay for its shipping."""
        return self.goods(product) <= self.budget and self.coded(product) + STANDARD > self.goods(product)

    def present(self, scene: Scene) -> Row:
        """The part to be replaced."""
        return next(row for id in self.components if (row := scene.row("product", id))["category"] == self.category)

    def with_part(self, scene: Scene, product: str) -> tuple[str, ...]:
        """The whole machine after the change."""
        old = self.present(scene)["id"]
        return tuple(product if id == old else id for id in self.components)


def better(scene: Scene, wish: Wish) -> list[Row]:
    """Every faster part of the category, whether or not it fits, best first."""
    now = wish.metric(wish.present(scene))
    faster = [row for row in scene.rows("product", category=wish.category) if wish.metric(row) > now]
    return sorted(faster, key=wish.metric, reverse=True)


def fits(scene: Scene, wish: Wish, product: Row) -> bool:
    return verdict([scene.row("product", id) for id in wish.with_part(scene, product["id"])])["is_compatible"]


def contenders(scene: Scene, wish: Wish) -> list[Row]:
    """Faster parts that fit and are in stock, best first (P-45, P-103)."""
    return [row for row in better(scene, wish) if row["inventory"]["inStock"] > 0 and fits(scene, wish, row)]


def affordable(wish: Wish, parts: Sequence[Row]) -> list[Row]:
    return [row for row in parts if wish.total(row) <= wish.budget]


STANDARD = SHIPPING_FEES["standard"]


def hangs_on_the_code(wish: Wish, parts: Sequence[Row]) -> bool:
    """Whether who thinks of the code of December would choose otherwise."""
    fee = SHIPPING_FEES[wish.service]
    within = [row for row in parts if wish.coded(row) + fee <= wish.budget]
    if not affordable(wish, parts):
        return bool(within) or min(parts, key=wish.coded, default=None) != min(parts, key=wish.total, default=None)
    return within[0] != affordable(wish, parts)[0]


def pick_of(wish: Wish, parts: Sequence[Row]) -> Row | None:
    """The best within the budget, else the cheapest, else nothing."""
    return next(iter(affordable(wish, parts)), None) or min(parts, key=wish.total, default=None)
