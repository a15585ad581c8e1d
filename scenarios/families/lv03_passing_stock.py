"""LV-03: a quote for what sells out, or comes in, while it is worked out. The mistakes: quoting from the first look at the
shelf, and leaving out the customer's discount."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from itertools import count
from typing import Any

from attrs import frozen

from ...engine.agenda import Due, Plan
from ...engine.chance import Chance
from ...engine.event import Change
from ...engine.genesis import Row
from ...tools.pricing import DISCOUNT_RATES, SHIPPING_FEES
from .. import reckoning, truth
from ..checks import Blank, Saw, money, number, text
from ..composition import Composition
from ..desk import Desk, customer_named
from ..family import Asked, Case, Fall, Family, Natural, Rubric
from ..living import EARLY, SHIFT, due, eight, in_minutes
from ..naming import named
from ..props import Props
from ..requests import requests
from ..scene import Scene
from ..wordings import wordings

WORDS, REQUESTS = wordings("lv03"), requests("lv03")
SPEECHES = WORDS.speeches("customer")

SOLD, BACK, NEXT_SOLD, STEADY = "sells out", "comes in", "the next best sells out", "nothing that matters"
KINDS = (SOLD, BACK, NEXT_SOLD, STEADY, SOLD, NEXT_SOLD, BACK, SOLD)
MATTERS = (SOLD, BACK, NEXT_SOLD)

SORTS = {
    "monitor": "monitor", "drive": "storage", "keyboard": "keyboard", "mouse": "mouse", "headset": "headset",
    "cooler": "cooling", "power supply": "psu",
}  # fmt: skip
"""What people call it -> its category in the catalogue. Each has fewer products than a search shows."""


def cases(scene: Scene) -> Iterator[Case]:
    drafts = (_Draft(scene, f"{n:03d}") for n in count())
    for place, draft in eight(drafts, lambda draft: draft.customer["id"]):
        yield draft.case(KINDS[place])


class _Draft:
    """A customer with a tier who wants several of one product."""

    def __init__(self, scene: Scene, key: str) -> None:
        self.scene, self.key = scene, key
        self.props, self.chance = Props(scene, "LV-03", key), scene.chance("LV-03", key)
        self.customer = self.props.customer(tier=self.chance.choice(("silver", "gold", "platinum")))

    def case(self, kind: str) -> Case:
        self.sort = self.chance.choice(list(SORTS))
        self.several = self.chance.integer(3, 5)
        self.shelf = self.scene.rows("product", category=SORTS[self.sort])
        self.wanted = self.chance.choice([row for row in self.shelf if self._is_clear(row)])
        name, customer = self.wanted["name"], self.customer["name"]
        due = tuple(self._due(kind))
        return Case(
            key=self.key,
            given={
                "name": customer,
                "product": name,
                "sort": self.sort,
                "count": self.several,
                "service": self._service(),
            },
            anchors=(self.customer["id"],),
            fixtures=self.props.changes,
            kind=kind,
            traps=("T-10",) if kind in (SOLD, NEXT_SOLD) else ("T-17",),
            difficulty=1 if kind == STEADY else 2,
            absent=kind in (SOLD, NEXT_SOLD),
            notes={"customer": self.customer["id"], "product": self.wanted["id"]},
            plan=Plan(SHIFT, due),
        )

    def _service(self) -> str:
        return self.chance.of("service").choice(("standard", "express", "overnight"))

    def _is_clear(self, row: Row) -> bool:
        """Whether it is plain which products come nearest to this one, and which next."""
        prices = sorted(abs(p - row["price"]) for p in (r["price"] for r in self._others(row)))
        return len(prices) > 2 and round(prices[1] - prices[0], 2) > 1 and round(prices[2] - prices[1], 2) > 1

    def _others(self, row: Row) -> list[Row]:
        """The other products of which there are enough, nearest in price first."""
        others = [r for r in self.shelf if r["id"] != row["id"] and r["inventory"]["inStock"] >= self.several]
        return sorted(others, key=lambda r: abs(r["price"] - row["price"]))

    def _due(self, kind: str) -> Iterator[Due]:
        """Sets the shelf as it is at first, and says what happens to it."""
        few, enough = self.several - 2, self.several + 1
        first = enough if kind in (SOLD, STEADY) else few
        self.props.alter("product", self.wanted["id"], inventory=_stock(first))
        near, far = self._others(self.wanted)[:2]
        if kind in (SOLD, BACK):
            yield self._moved(self.wanted, few if kind == SOLD else 24)
        elif kind == NEXT_SOLD:
            yield self._moved(near, few)
        else:
            yield self._moved(far, few)

    def _moved(self, row: Row, to: int) -> Due:
        kind = "stock_received" if to > self.several else "stock_sold"
        return due(
            in_minutes(self.scene, EARLY, self.key), kind, Change("product", row["id"], {"inventory": _stock(to)})
        )


def _stock(units: int) -> Row:
    return {"inStock": units, "backorderable": False}


# --- what is true, asked and wanted ------------------------------------------------------------------------------

LEFT = Blank("number in stock", ("in stock", "left", "available"), "IN STOCK")
PRODUCT = Blank("product on offer", (), "PRODUCT")
TOTAL = Blank("total", ("total", "altogether", "in all", "comes to"), "TOTAL")


@frozen
class Truth:
    """enough: of what is wanted. left: how many of that there are. quoted: it, or what comes nearest. total, parts: the price
    with all that it is made of."""

    enough: bool
    left: int
    wanted: Row
    quoted: Row
    shelf: tuple[Row, ...]
    total: Decimal
    parts: tuple[str, ...]


def find(scene: Scene, case: Case) -> Truth:
    wanted, several = scene.row("product", case.notes["product"]), int(case.given["count"])
    shelf = scene.rows("product", category=wanted["category"])
    in_stock = [row for row in shelf if row["inventory"]["inStock"] >= several]
    enough = wanted in in_stock
    quoted = wanted if enough else min(in_stock, key=lambda row: abs(row["price"] - wanted["price"]))
    rate = DISCOUNT_RATES[truth.tier_of(scene.row("customer", case.notes["customer"]))]
    each, fee = truth.dollars(quoted["price"]), SHIPPING_FEES[case.given["service"]]
    discount = truth.cents(each * several * rate)
    total = each * several - discount + fee
    parts = (each, each * several, discount, each * several - discount, fee)
    left = wanted["inventory"]["inStock"]
    return Truth(enough, left, wanted, quoted, tuple(shelf), total, tuple(map(str, parts)))


def ask(case: Case, found: Truth, chance: Chance) -> Asked:
    speech = chance.choice(SPEECHES)
    return Asked(case.notes["customer"], speech.compose(chance, **case.given), speech.voice)


def rubric(case: Case, found: Truth) -> Rubric:
    rubric, several = Rubric(), case.given["count"]
    rubric.decides(found.enough, "P-45", "T-10")
    rubric.gives(LEFT.holds(number(found.left), known=(str(several),)), "P-45", "P-02")
    rubric.gives(PRODUCT.holds(named(found.quoted, found.shelf)), "P-45", "T-10")
    rubric.gives(TOTAL.holds(money(found.total), known=found.parts), "P-46", "P-50")
    shelf = Saw(ids=(found.wanted["id"],), field="inventory")
    rubric.complete("looked", "Looked how many there are", shelf, "P-45")
    tier = Saw(ids=(case.notes["customer"],), field="loyaltyTier")
    rubric.complete("tier", "Looked up the customer's tier", tier, "P-50")
    rubric.standard()
    return rubric


def ask_naturally(case: Case, found: Truth, chance: Chance) -> Asked:
    slots = {key: value for key, value in case.given.items() if key != "name"}
    return REQUESTS.ask("customer", case.notes["customer"], case, **slots)


def rubric_in_prose(case: Case, found: Truth) -> Rubric:
    """Nobody asks how many there are. Where it is to be another one, naming what was wanted beside it is no contradiction."""
    can = "can be sent now in that number" if found.enough else "cannot be sent now in that number"
    verdict = {"verdict": f"Does the answer say that the {found.wanted['name']} {can}?"}
    return rubric(case, found).in_prose(without=("number-in-stock",), verdict=verdict)


# --- playing it --------------------------------------------------------------------------------------------------


def play(desk: Desk, given: Mapping[str, Any], *, again: bool = True, discount: bool = True) -> Composition:
    """again: looks at the shelf again when the price is known, until nothing has changed. discount: takes the tier's off."""
    customer = customer_named(desk, given["name"])
    tier = reckoning.tier_of(customer) if discount else "none"
    shelf = _look(desk, given)
    wanted, quoted, total = _quote(desk, given, tier, shelf)
    while again and (now := _look(desk, given)) != shelf:
        shelf = now
        wanted, quoted, total = _quote(desk, given, tier, shelf)
    rivals = [row["name"] for row in shelf if row is not quoted]
    reply = Composition().decide(quoted is wanted)
    reply.fill(LEFT, number(wanted["inventory"]["inStock"]))
    reply.fill(PRODUCT, text(quoted["name"], rivals=rivals[:1]))
    return reply.fill(TOTAL, money(total))


def _look(desk: Desk, given: Mapping[str, Any]) -> list[Row]:
    return desk.call("searchProducts", category=SORTS[given["sort"]], limit=10)


def _quote(desk: Desk, given: Mapping[str, Any], tier: str, shelf: Sequence[Row]) -> tuple[Row, Row, Decimal]:
    """What is wanted, what can be had in its place if need be, and what that costs."""
    wanted = next(row for row in shelf if row["name"] == given["product"])
    enough = [row for row in shelf if row["inventory"]["inStock"] >= given["count"]]
    nearest = min(enough, key=lambda row: (row is not wanted, abs(row["price"] - wanted["price"])))
    price = desk.call(
        "calculate_price",
        product_ids=[nearest["id"]],
        quantities=[given["count"]],
        loyalty_tier=tier,
        shipping_service=given["service"],
    )
    return wanted, nearest, reckoning.dollars(price["total"])


FAMILY = Family(
    id="LV-03",
    title="A quote while the shelf changes",
    category="reasoning",
    capabilities=("living world", "stock", "prices"),
    cases=cases,
    truth=find,
    ask=ask,
    rubric=rubric,
    play=play,
    falls=(
        Fall("quotes-from-the-first-look", "P-45", partial(play, again=False), where=MATTERS),
        Fall("forgets-the-discount", "P-50", partial(play, discount=False)),
    ),
    natural=Natural(ask_naturally, rubric_in_prose),
)
