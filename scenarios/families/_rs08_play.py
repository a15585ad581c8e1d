"""RS-08 played: by what a desk can look up, right and wrong."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from attrs import frozen

from ...engine.genesis import Row
from ...tools.components import component_ids
from ...tools.pricing import DISCOUNT_RATES
from .. import naming, reckoning
from ..checks import money, number, text
from ..composition import Composition
from ..desk import Desk, catalogue, compatible, customer_named
from ._rs08_parts import PARTS
from ._rs08_texts import ADVISED, NOTHING, PICK, TOTAL


@frozen
class Found:
    """What the records say. faster: than the present part, best first; fitting: of these, what fits and is in stock.

    rest: the machine without the present part.
    """

    tier: str
    present: Row
    family: list[Row]
    faster: list[Row]
    fitting: list[Row]
    rest: list[str]
    advice: str

    def price(self, row: Row) -> Decimal:
        """With the loyalty discount, without shipping."""
        return reckoning.to_the_cent(reckoning.dollars(row["price"]) * (1 - DISCOUNT_RATES[self.tier]))


def part_in(given: Mapping[str, Any]) -> str:
    """What the request wants to replace; of a card it may say no more than that it is one."""
    return given["part"] if "part" in given else "graphics card" if given["card"] else "processor"


def clock(row: Row) -> Decimal:
    """The boost clock, in the unit of the category."""
    (boost,) = (value for name, value in row["specs"][row["category"]].items() if name.startswith("boostClock"))
    return Decimal(f"{boost}")


def play(
    desk: Desk, given: Mapping[str, Any], *, sold_out: bool = False, no_fee: bool = False, stretches: bool = False
) -> Composition:
    """sold_out: picks what cannot be shipped. no_fee: holds the price of the part alone against the budget. stretches: says
    yes to what costs more than there is."""
    found = look(desk, given, sold_out)
    if given.get("advised"):
        compatible(desk, [*found.rest, advised_in(found)["id"]])
        return no_fit(advised_in(found), found.fitting[0])
    if "budget" not in given:
        return answer(given, found, next(iter(found.fitting), None), bool(found.fitting))
    left = given["budget"] - (0 if no_fee else reckoning.FEES[given.get("service", "standard")])
    within = [row for row in found.fitting if found.price(row) <= left]
    choice = within or sorted(found.fitting, key=found.price)
    return answer(given, found, choice[0] if choice else None, stretches or bool(within))


def look(desk: Desk, given: Mapping[str, Any], sold_out: bool = False) -> Found:
    """sold_out: whether parts that are not in stock are taken for available."""
    category = PARTS[part_in(given)][0]
    components, owner = machine_of(desk, given)
    (customer,) = desk.call("searchCustomers", customer_id=owner)
    advised = "ticket" in given or given.get("advised")
    history = desk.call("getCustomerTicketHistory", customer_id=owner)["resolutions"] if advised else []
    rows = [desk.call("getProduct", product_id=id) for id in components]
    present, family = next(row for row in rows if row["category"] == category), catalogue(desk, category)
    faster = sorted((row for row in family if clock(row) > clock(present)), key=clock, reverse=True)
    offered = [row for row in faster if sold_out or row["inventory"]["inStock"] > 0]
    rest = [id for id in components if id != present["id"]]
    fitting = [row for row in offered if compatible(desk, [*rest, row["id"]])]
    advice = " ".join(each["details"] for each in history)
    return Found(reckoning.tier_of(customer), present, family, faster, fitting, rest, advice)


def machine_of(desk: Desk, given: Mapping[str, Any]) -> tuple[list[str], str]:
    """The parts of the machine in question, a ready-made system taken apart, and its owner."""
    where = {"customer_id": customer_named(desk, given["name"])["id"]} if "name" in given else {}
    if "build" in given or not given.get("system", True):
        (build,) = desk.call("searchBuilds", **(where or {"build_id": given["build"]}))
        return component_ids(build), build["customerId"]
    (order,) = desk.call("searchOrders", **(where or {"order_id": given["order"]}))
    system = desk.call("getProduct", product_id=order["lineItems"][0]["productId"])
    (build,) = desk.call("searchBuilds", build_id=system["specs"]["prebuilt"]["baseBuildId"])
    return component_ids(build), order["customerId"]


def answer(given: Mapping[str, Any], found: Found, pick: Row | None, yes: bool) -> Composition:
    unit, least = PARTS[part_in(given)][2], clock(pick or found.present)
    weaker = [row["name"] for row in found.family if clock(row) < least and row["id"] != found.present["id"]]
    chosen = (pick["name"], *naming.aliases(pick)) if pick else (NOTHING,)
    labelled = "name" not in given  # else only what was asked for
    reply = Composition().decide(yes)
    if pick or labelled:
        reply.fill(PICK, text(*chosen, rivals=weaker))
    if labelled:
        reply.say(f"OLD: {{old}} {unit}", f"- OLD: {{old}} {unit} boost", old=number(clock(found.present)))
    if pick is None and not labelled:
        reply.say("Nothing faster than the {present} fits.", present=text(found.present["name"]))
    if pick is None:
        return reply.line("Nothing faster fits this machine at the moment.")
    if labelled:
        reply.say(f"NEW: {{new}} {unit}", f"- NEW: {{new}} {unit} boost", new=number(clock(pick)))
    if labelled:
        reply.fill(TOTAL, money(found.price(pick) + reckoning.FEES[given["service"]]))
    elif "budget" in given:
        reply.say("It costs ${price}.", price=text(f"{found.price(pick):,.2f}"))
    return reply.line("The full part list was run through our compatibility check.")


def advised_in(found: Found) -> Row:
    return next(row for row in found.faster if row["name"] in found.advice)


def no_fit(advised: Row, instead: Row) -> Composition:
    """The answer where what was recommended is asked about."""
    reply = Composition().decide(False)
    reply.fill(ADVISED, text(advised["name"], *naming.aliases(advised)))
    reply.line("It does not fit the rest of the machine.")
    reply.fill(PICK, text(instead["name"], *naming.aliases(instead)))
    return reply.line("The full part list was run through our compatibility check.")


def trusts_the_advice(desk: Desk, given: Mapping[str, Any]) -> Composition:
    """Repeats what a colleague once recommended."""
    found = look(desk, given)
    return answer(given, found, advised_in(found), True)


def names_any_faster(desk: Desk, given: Mapping[str, Any]) -> Composition:
    """Offers the fastest part there is, without asking whether it fits."""
    found = look(desk, given)
    return answer(given, found, [*found.faster, found.present][0], True)
