"""MW-09: from an idea to an order: choose, validate, price, save, order. The mistakes: what is sold out, the soft budget taken
for the hard one, an order without its build or called paid."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from attrs import frozen

from ...engine.canonical import derived_id
from ...engine.chance import Chance
from ...engine.genesis import Row
from ...tools.compatibility import verdict
from ...tools.pricing import DISCOUNT_RATES, SHIPPING_FEES
from .. import naming, reckoning, truth
from ..checks import Allowance, Blank, Creates, Replied, Saw, money, text
from ..composition import Composition
from ..desk import Desk, catalogue, compatible, customer_named
from ..family import Asked, Case, Fall, Family, Natural, Rubric
from ..props import Props
from ..requests import requests
from ..retold import Deck, deck, ways
from ..scene import Scene, ids
from . import _mw09_texts as texts
from ._said import in_parts

REQUESTS = requests("mw09")

ORDERED = ("within the stretch", "within the budget")
KINDS = (*ORDERED, "over the end", *ORDERED, "not to be had", *ORDERED)
ABSENT = ("over the end", "not to be had")
PROCESSORS = {
    "processor with 6 cores or more": ("", 6),
    "processor with 8 cores or more": ("", 8),
    "AM5 processor with 6 cores or more": ("AM5", 6),
    "AM5 processor with 8 cores or more": ("AM5", 8),
    "LGA1700 processor with 6 cores or more": ("LGA1700", 6),
    "LGA1700 processor with 8 cores or more": ("LGA1700", 8),
    "processor with 12 cores or more": ("", 12),
    "AM4 processor with 8 cores or more": ("AM4", 8),
}
"""What is asked for -> socket, if any, and cores."""
COOLERS = ("CryoWave AIO 240mm", "CryoWave Tower Air Cooler", "BoreaCool Dual Tower 168")
NAMES = (
    "Winter project",
    "The big one",
    "Office and games",
    "Attic rig",
    "New start",
    "Family PC",
    "Number seven",
    "Weekend build",
    "Blue corner",
    "Long evenings",
)
CORE = {"cpu": "AM5 processor with 8 cores or more", "vram": 24, "cooler": "CryoWave AIO 240mm", "build": "The big one"}
"""For 2,500 dollars, 3,250 at most (MW-09)."""
LEADS = {"Aisha": "aisha-khan", "Pauline": "pauline-ortega", "Miguel": "miguel-alvarez"}
"""Who holds edit_order, and asks."""
SOLD_OUT = {"inStock": 0, "backorderable": False}


# --- situations --------------------------------------------------------------------------------------------------


def cases(scene: Scene) -> Iterator[Case]:
    chance = scene.chance("MW-09", "letters")
    picks, needs = (deck(some, partial(ways, "mw09"), chance) for some in (texts.PICKS, texts.NEEDS))
    for count in range(120):
        case = _case(scene, count, KINDS[count % len(KINDS)], picks, needs)
        if case:
            yield case


def _case(
    scene: Scene, count: int, kind: str, picks: Deck[tuple[str, ...]], needs: Deck[tuple[str, ...]]
) -> Case | None:
    """None where more or less is missing than should, or two systems are about equally near."""
    key = f"{count:03d}" if count else "first"
    props, chance = Props(scene, "MW-09", key), scene.chance("MW-09", key)
    by_staff = count % 5 in (2, 4)
    customer = props.customer(tier=chance.choice(("none", "silver", "gold", "none", "platinum")) if count else "none")
    given = {**(_wishes(chance) if count else CORE), "email": customer["email"]}
    gone = _sell_out(scene, props, given, kind, chance)
    here = scene.prepared(props.changes)
    parts = choose(here, given)
    missing = [part for part in parts if not stocked(part)]
    if len(missing) != (kind == "not to be had") or not _clear(here, parts):
        return None
    limits = _budget(total(parts, truth.tier_of(customer)), kind, chance)
    soft, hard = limits if count else (2500, 3250)
    staff = chance.choice(list(LEADS)) if by_staff else ""
    letters = picks if staff or processor_of(given)[0] or count % 3 else needs
    _write(props, customer, given, parts, letters.next())
    return Case(
        key=key,
        given={**given, "staff": staff, "soft": soft, "hard": hard},
        anchors=(customer["id"],),
        fixtures=props.changes,
        kind=kind,
        traps=("T-01", *(("T-10",) if gone else ()), "T-17" if kind in ABSENT else "T-26"),
        difficulty=3 if kind == "within the stretch" or gone else 2,
        absent=kind in ABSENT,
    )


def _write(
    props: Props, customer: Row, given: Mapping[str, Any], parts: Sequence[Row], letter: tuple[str, ...]
) -> None:
    """What the customer wrote some time ago about the machine, of which the natural form only says that it is wanted now.

    letter: most name a processor and a card; a few customers to whom any socket is right say what they need.
    """
    chance = props.chance.of("wish")
    cpu, card = _picked(parts)
    cores, first = processor_of(given)[1], customer["name"].split()[0]
    slots = {**given, "cores": cores, "processor": cpu, "card": card, "name": customer["name"], "first": first}
    channel, subject, body = (part.format(**slots) for part in letter)
    on = chance.integer(4, 20)
    ticket = props.ticket(customer, subject, body, f"2025-11-{on:02d}", type="recommendation", channel=channel)
    details = chance.choice(texts.ANSWERS).format(first=first)
    if props.scene.version >= 5:
        details = in_parts(texts.ANSWERS_IN_PARTS, chance.of("answer"), first=first)
    props.resolution(ticket, "recommendation_provided", details, "noah-ellison", f"2025-11-{on + 2:02d}")


def _wishes(chance: Any) -> dict[str, Any]:
    return {
        "cpu": chance.choice(list(PROCESSORS)),
        "vram": chance.choice((8, 8, 12, 16, 24)),
        "cooler": chance.choice(COOLERS),
        "build": chance.choice(NAMES),
    }


def _sell_out(scene: Scene, props: Props, given: Mapping[str, Any], kind: str, chance: Any) -> bool:
    """Takes first choices off the shelf, or all cards that would do; whether anything went."""
    if kind == "not to be had":  # all of a category, so that nothing else is left to take
        gone = scene.rows("product", category=chance.choice(("gpu", "psu", "memory", "case")))
    else:
        first = [part for part in choose(scene, given) if part["category"] in ("gpu", "psu", "case")]
        gone = [part for part in first if chance.happens(0.3)]
    for product in gone:
        props.alter("product", product["id"], inventory=SOLD_OUT)
    return bool(gone)


def _budget(cost: Decimal, kind: str, chance: Any) -> tuple[int, int]:
    """Soft and hard limit around what it costs, in round figures."""
    step, around = chance.integer(2, 5) * 50, int(cost) // 50 * 50
    if kind == "within the budget":
        return around + step, around + step + 400
    if kind == "over the end":
        return around - step - 300, around - step
    return around - step, around + step + 100


def _clear(scene: Scene, parts: Sequence[Row]) -> bool:
    """Whether the parts fit together, the card's figures are all on record, and the nearest system is clearly so."""
    price = list_price(parts)
    card = next(p for p in parts if p["category"] == "gpu")["specs"]["gpu"]
    gaps = sorted(abs(truth.dollars(p["price"]) - price) for p in systems_of(scene))
    return (
        {"lengthMm", "recommendedPsuWatts"} <= set(card)
        and verdict(list(parts))["is_compatible"]
        and gaps[1] - gaps[0] > 50
    )


# --- what is true, asked and wanted ------------------------------------------------------------------------------

TOTAL = Blank("total", ("total",))
BUDGET = Blank(
    "distance from the budget", ("over budget", "under budget", "over your budget", "under your budget"), "BUDGET"
)
NEAREST = Blank("nearest system", ("nearest", "closest"), "NEAREST")
GAP = Blank("distance of the nearest system", ("nearest", "closest"), "NEAREST")
MISSING = Blank("part in stock nowhere", ("out of stock", "sold out", "not available", "in stock nowhere"), "MISSING")
ITS_PRICE = Blank("price of the missing part", MISSING.terms, "MISSING")


@frozen
class Truth:
    """system: the nearest, and by how much; known: amounts that may stand beside the total and the distances."""

    customer: Row
    parts: list[Row]
    missing: Row | None
    cost: Decimal
    ordered: bool
    system: Row
    gap: Decimal
    other_systems: tuple[str, ...]
    known: tuple[str, ...]


def find(scene: Scene, case: Case) -> Truth:
    given, customer = case.given, scene.row("customer", case.anchors[0])
    parts = choose(scene, given)
    cost, price = total(parts, truth.tier_of(customer)), list_price(parts)
    missing = next((part for part in parts if not stocked(part)), None)
    systems = systems_of(scene)
    gaps = [abs(truth.dollars(each["price"]) - price) for each in systems]
    gap = min(gaps)
    system = systems[gaps.index(gap)]
    express = SHIPPING_FEES["express"]
    known = {price, cost, cost - express, price + express - cost, gap, *SHIPPING_FEES.values()}
    known |= {amount for limit in (given["soft"], given["hard"]) for amount in (Decimal(limit), abs(cost - limit))}
    known |= {truth.dollars(each["price"]) for each in (*parts, *systems)}
    return Truth(
        customer=customer,
        parts=parts,
        missing=missing,
        cost=cost,
        ordered=not missing and cost <= given["hard"],
        system=system,
        gap=gap,
        other_systems=tuple(each["name"] for each in systems if each != system),
        known=tuple(map(str, sorted(known))),
    )


def choose(scene: Scene, given: Mapping[str, Any]) -> list[Row]:
    """The seven parts as asked for. What is in stock comes first; a part that is nowhere in stock stays in the list."""
    socket, cores = processor_of(given)

    def cheapest(category: str, fits: Callable[[Row], bool]) -> Row:
        found = [p for p in scene.rows("product", category=category) if fits(p["specs"][category])]
        return min(found, key=lambda p: (not stocked(p), p["price"]))

    cooler = next(p for p in scene.rows("product", category="cooling") if p["name"] == given["cooler"])
    cpu = cheapest("cpu", lambda s: s["cores"] >= cores and socket in ("", s["socket"]))
    gpu = cheapest("gpu", lambda s: s.get("vramGb", 0) >= given["vram"])
    board = cheapest("motherboard", lambda s: s["socket"] == cpu["specs"]["cpu"]["socket"])
    needs, card = board["specs"]["motherboard"], gpu["specs"]["gpu"]
    kit = cheapest("memory", lambda s: s["capacityGb"] == 32 and s["type"] == needs["memoryType"])
    psu = cheapest("psu", lambda s: s["wattage"] >= card.get("recommendedPsuWatts", 0))
    case = cheapest(
        "case",
        lambda s: (
            needs["formFactor"] in s["supportedFormFactors"]
            and s["gpuMaxLengthMm"] >= card.get("lengthMm", 0)
            and s["coolerMaxHeightMm"] >= cooler["specs"]["cooling"]["heightMm"]
        ),
    )
    return [cpu, board, kit, gpu, psu, case, cooler]


def processor_of(given: Mapping[str, Any]) -> tuple[str, int]:
    """The socket that is asked for, if any, and the cores."""
    return PROCESSORS[given["cpu"]] if "cpu" in given else (given.get("socket", ""), given.get("cores", 0))


def stocked(product: Row) -> bool:
    return product["inventory"]["inStock"] > 0


def list_price(parts: Sequence[Row]) -> Decimal:
    return sum((truth.dollars(part["price"]) for part in parts), Decimal(0))


def total(parts: Sequence[Row], tier: str) -> Decimal:
    """What the order would cost, express (P-46)."""
    goods = list_price(parts)
    return goods - truth.cents(goods * DISCOUNT_RATES[tier]) + SHIPPING_FEES["express"]


def systems_of(scene: Scene) -> list[Row]:
    return [each for category in ("prebuilt", "workstation") for each in scene.rows("product", category=category)]


def ask(case: Case, found: Truth, chance: Chance) -> Asked:
    staff = case.given["staff"]
    speech = chance.choice(texts.STAFF if staff else texts.CUSTOMER)
    prompt = speech.compose(chance, **case.given, name=found.customer["name"])
    return Asked(LEADS[staff] if staff else found.customer["id"], prompt, speech.voice)


def rubric(case: Case, found: Truth) -> Rubric:
    rubric, part = Rubric(), found.missing
    rubric.decides(found.ordered, "P-103")
    if part:
        rubric.gives(MISSING.holds(text(*naming.aliases(part))), "P-45", "P-103")
        rubric.gives(ITS_PRICE.holds(money(part["price"])), "P-46")
        rubric.complete("searched", "Looked at its stock", Saw(ids=(part["id"],), field="inventory"), "P-07", "T-10")
    else:
        nearest = text(*naming.aliases(found.system), rivals=found.other_systems)
        rubric.gives(TOTAL.holds(money(found.cost), known=found.known), "P-46", "P-50")
        rubric.gives(BUDGET.holds(money(abs(found.cost - case.given["soft"])), known=found.known), "P-103")
        rubric.gives(NEAREST.holds(nearest), "P-103")
        rubric.gives(GAP.holds(money(found.gap), known=found.known), "P-103")
    rubric.standard(*(_ordered(rubric, case.given["build"], found) if found.ordered else ()))
    return rubric


def ask_naturally(case: Case, found: Truth, chance: Chance) -> Asked:
    """Nobody tells two limits: who would have to stretch says so without a figure."""
    given = case.given
    entry = f"{'staff' if given['staff'] else 'customer'}{'-stretch' * (case.kind == 'within the stretch')}"
    asker = LEADS[given["staff"]] if given["staff"] else found.customer["id"]
    return REQUESTS.ask(entry, asker, case, name=found.customer["name"], hard=f"{given['hard']:,}")  # as people tell it


def _picked(parts: Sequence[Row]) -> tuple[str, str]:
    """Processor and card as people call them, without the brand."""
    cpu, card = (next(part for part in parts if part["category"] == category) for category in ("cpu", "gpu"))
    return naming.aliases(cpu)[-1], naming.aliases(card)[-1]


def given_naturally(case: Case, found: Truth) -> Mapping[str, Any]:
    """What is wanted stands in what the customer once wrote."""
    return {"name": found.customer["name"], **{name: case.given[name] for name in ("staff", "soft", "hard")}}


def rubric_in_prose(case: Case, found: Truth) -> Rubric:
    """Nobody asks for a ready-made machine, nor for the distance from the softer of two limits; and where a whole category is
    sold out, none of its parts is the one to name, but for a card that was asked for by name."""
    done = "the order has been placed" if found.ordered else "nothing has been ordered"
    verdict = {"verdict": f"Does the answer say that {done}?"}
    if found.missing:
        word = WORDS[found.missing["category"]]
        spoken = rubric(case, found).in_prose(without=("searched", PART_GONE, PRICE_GONE), verdict=verdict)
        gone = Blank("state of the stock").holds(
            text("out of stock", *SOLD_OUT_WORDS, f"no {word}", f"no fitting {word}")
        )
        spoken.gives(gone, "P-45", "T-10")
        none = f"no fitting {word} is in stock"
        if found.missing["category"] == "gpu":
            none = f"the {_picked(found.parts)[1]}, or every graphics card, is out of stock"
        spoken.judged("none-there", f"Says that {none}", f"Does the answer say that {none}?", "P-45", "P-103")
        return spoken
    without = ("distance-from-the-budget", "nearest-system", "distance-of-the-nearest-system")
    return rubric(case, found).in_prose(without=without, verdict=verdict)


PART_GONE, PRICE_GONE = "part-in-stock-nowhere", "price-of-the-missing-part"
WORDS = {"gpu": "graphics card", "psu": "power supply", "memory": "memory kit", "case": "case"}
"""What is sold out, as people call it."""
SOLD_OUT_WORDS = (
    *("sold out", "unavailable", "not available", "not in stock", "none in stock", "nothing in stock", "no stock"),
    *("isn't in stock", "aren't in stock", "don't have", "do not have", "zero stock", "0 in stock", "none available"),
)


def _ordered(rubric: Rubric, name: str, found: Truth) -> list[Allowance]:
    """Criteria of the order and the build that it names."""
    customer, ids = found.customer, sorted(part["id"] for part in found.parts)
    address = {name: value for name, value in customer["addresses"][0].items() if name != "label"}
    order = {
        "customerId": customer["id"],
        "status": "pending",
        "lineItems": [{"productId": id, "qty": 1} for id in ids],
        "shipping": {"address": address, "carrier": "FedEx Express", "service": "express"},
    }
    said = "Creates one pending order of the seven parts, FedEx Express, to the address on file"
    rubric.correct("order", said, Creates(entity="order", rows=(order,)), "P-44", "P-90")
    build = derived_id("build_", name, customer["id"], *ids)  # the id holds name, owner and parts
    said = f"The order names the build {name}, saved with these parts"
    rubric.correct("build", said, Creates(entity="order", rows=({"buildId": build},)), "P-44", "P-103")
    check = Replied(
        tool="validateBuildCompatibility", reply={"is_compatible": True}, argument="product_ids", with_ids=tuple(ids)
    )
    rubric.correct("validated", "Validated exactly these seven parts", check, "P-103")
    return [Allowance("build", created=1), Allowance("order", created=1)]


# --- playing it --------------------------------------------------------------------------------------------------


def play(
    desk: Desk,
    given: Mapping[str, Any],
    *,
    shelf: bool = True,
    limit: str = "hard",
    linked: bool = True,
    status: str = "pending",
) -> Composition:
    """shelf: leaves out what is sold out; limit: which budget decides; linked: the order names its build; status: of it."""
    if "email" in given:
        (customer,) = desk.call("searchCustomers", email=given["email"])
    else:
        customer = customer_named(desk, given["name"])
        given = {**given, **wished(desk, customer)}
    parts = assembled(desk, given, shelf)
    missing = next((part for part in parts if part["inventory"]["inStock"] == 0), None)
    if missing and shelf:
        reply = Composition().decide(False, "{verdict}.", "{verdict}, I have saved and ordered nothing.")
        reply.line("A part is {state}.", state=text("out of stock"))
        name, price = text(*naming.aliases(missing)), money(missing["price"])
        return reply.say("MISSING: {part}, {price}", part=name, price=price)
    chosen = list(ids(parts))
    tier = reckoning.tier_of(customer)
    price = desk.call("calculate_price", product_ids=chosen, loyalty_tier=tier, shipping_service="express")
    cost, listed = reckoning.dollars(price["total"]), reckoning.dollars(price["subtotal"])
    ordered = cost <= given[limit]
    if ordered:
        build = desk.call("createBuild", name=given["build"], customer_id=customer["id"], product_ids=chosen)
        address = {name: value for name, value in customer["addresses"][0].items() if name != "label"}
        desk.call(
            "createOrder",
            customer_id=customer["id"],
            line_items=[{"productId": id, "qty": 1} for id in chosen],
            status=status,
            shipping_address=address,
            shipping_carrier="FedEx Express",
            shipping_service="express",
            **({"build_id": build["id"]} if linked else {}),
        )
    systems = [*catalogue(desk, "prebuilt"), *catalogue(desk, "workstation")]
    system = min(systems, key=lambda each: abs(reckoning.dollars(each["price"]) - listed))
    return answer(given, parts, ordered, cost, listed, system)


def wished(desk: Desk, customer: Mapping[str, Any]) -> dict[str, Any]:
    """What a customer wrote about the machine: its name, the cooler, and processor and card or what they need."""
    (ticket,) = desk.call("searchTickets", customer_id=customer["id"], ticket_type="recommendation", limit=10)
    body = f"{ticket['subject']} {ticket['body']}"
    found: dict[str, Any] = {"build": body.split('"')[1]}
    for name, category in (("processor", "cpu"), ("card", "gpu"), ("cooler", "cooling")):
        names = (naming.aliases(each)[0 if name == "cooler" else -1] for each in catalogue(desk, category))
        found[name] = max((each for each in names if each in body), key=len, default="")
    if not found["processor"]:
        found["cores"], found["vram"] = (int(re.search(rf"(\d+) {of}", body)[1]) for of in ("cores", "GB of video"))  # pyright: ignore[reportOptionalSubscript]
    return found


def assembled(desk: Desk, given: Mapping[str, Any], shelf: bool) -> list[Row]:
    """Of each part the cheapest that passes validation beside those before it; with shelf, first of those in stock.
    Processor and card by their names, where they are named."""
    picked = {"cpu": given.get("processor", ""), "gpu": given.get("card", "")}
    socket, cores = processor_of(given)
    wishes: dict[str, Callable[[Row], bool]] = {
        "cpu": lambda specs: specs["cores"] >= cores and specs["socket"].startswith(socket),
        "motherboard": bool,
        "memory": lambda specs: specs["capacityGb"] == 32,
        "gpu": lambda specs: specs.get("vramGb", 0) >= given.get("vram", 0),
        "psu": bool,
        "case": bool,
    }
    parts: list[Row] = []
    cooler = next(each for each in catalogue(desk, "cooling") if each["name"] == given["cooler"])
    for category, wish in wishes.items():
        offers = [each for each in catalogue(desk, category) if wish(each["specs"][category])]
        offers = [each for each in offers if each["name"].endswith(picked.get(category, ""))]
        offers.sort(key=lambda each: (shelf and each["inventory"]["inStock"] == 0, each["price"]))
        parts.append(next(each for each in offers if compatible(desk, ids([*parts, each, cooler]))))
    return [*parts, cooler]


def answer(
    given: Mapping[str, Any], parts: Sequence[Row], ordered: bool, cost: Decimal, listed: Decimal, system: Row
) -> Composition:
    reply = Composition().decide(ordered, "{verdict}.", "{verdict}, see below.")
    for part in parts:
        reply.line(f"- {part['name']}, ${part['price']:,.2f}")
    reply.say(
        "The total is {cost}, express shipping included.", "Total with express shipping: {cost}", cost=money(cost)
    )
    side = "under" if cost <= given["soft"] else "over"
    reply.say(f"BUDGET: {{off}} {side}", f"BUDGET: {side} by {{off}}", off=money(abs(cost - given["soft"])))
    rival = "DragonFire Gaming PC" if system["name"].startswith("VoltStorm") else "VoltStorm Gaming PC"
    return reply.say(
        "NEAREST: {name}, {gap} apart",
        "NEAREST: {name} (difference {gap})",
        name=text(*naming.aliases(system), rivals=(rival,)),
        gap=money(abs(reckoning.dollars(system["price"]) - listed)),
    )


FAMILY = Family(
    id="MW-09",
    title="From idea to order",
    category="workflow",
    capabilities=("K5", "K6"),
    tolerates="Where people ask as they would, they want neither the nearest ready-made machine nor a distance, so any passes.",
    cases=cases,
    truth=find,
    ask=ask,
    rubric=rubric,
    play=play,
    natural=Natural(ask_naturally, rubric_in_prose, given_naturally),
    falls=(
        Fall("takes-the-sold-out", "T-10", partial(play, shelf=False), ("not to be had",)),
        Fall("stops-at-the-budget", "T-05", partial(play, limit="soft"), ("within the stretch",)),
        Fall("leaves-the-build-out", "P-44", partial(play, linked=False), ORDERED),
        Fall("calls-it-paid", "P-44", partial(play, status="paid"), ORDERED),
    ),
    tools="extended",
)
