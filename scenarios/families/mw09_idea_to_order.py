"""MW-09: from an idea to an order: choose, validate, price, save, order. The mistakes: what is sold out, the soft budget taken
for the hard one, no tier discount, an order without its build."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from ...engine.canonical import derived_id
from ...engine.genesis import Row
from ...tools.compatibility import verdict
from ...tools.pricing import DISCOUNT_RATES, SHIPPING_FEES
from .. import truth
from ..checks import Allowance, Creates, Decides, Gives, Replied, Saw, money, text
from ..desk import Desk
from ..family import Case, Fall, Family, Posed, Rubric
from ..reply import Reply
from ..scene import Scene
from ..staging import Staging
from . import _mw09_texts as texts

KINDS = (
    "within the stretch",
    "within the budget",
    "over the end",
    "within the stretch",
    "within the budget",
    "not to be had",
    "within the stretch",
    "within the budget",
)
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

Find = Callable[[str], Sequence[Row]]
"""All products of a category."""


# --- choosing: the same rules, on the rows of the world or on those that calls returned -----------------------------


def choose(find: Find, given: Mapping[str, Any], *, shelf: bool = True) -> list[Row]:
    """The seven parts as asked for. shelf: what is in stock comes first; a part that is nowhere in stock stays in the list."""
    socket, cores = PROCESSORS[given["cpu"]]

    def cheapest(category: str, fits: Callable[[Row], bool]) -> Row:
        found = [p for p in find(category) if fits(p["specs"][category])]
        return min(found, key=lambda p: (shelf and not stocked(p), p["price"]))

    cooler = next(p for p in find("cooling") if p["name"] == given["cooler"])
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


def stocked(product: Row) -> bool:
    return product["inventory"]["inStock"] > 0


def list_price(parts: Sequence[Row]) -> Decimal:
    return sum((truth.dollars(part["price"]) for part in parts), Decimal(0))


def total(parts: Sequence[Row], tier: str) -> Decimal:
    """What the order would cost, express (P-46)."""
    goods = list_price(parts)
    return goods - truth.cents(goods * DISCOUNT_RATES[tier]) + SHIPPING_FEES["express"]


def nearest(systems: Sequence[Row], price: Decimal) -> Row:
    return min(systems, key=lambda p: abs(truth.dollars(p["price"]) - price))


def shop(scene: Scene) -> Find:
    return lambda category: scene.rows("product", category=category)


# --- situations --------------------------------------------------------------------------------------------------


def cases(scene: Scene) -> Iterator[Case]:
    for count in range(120):
        if (case := _case(scene, count, KINDS[count % len(KINDS)])) is not None:
            yield case


def _case(scene: Scene, count: int, kind: str) -> Case | None:
    """None where more or less is missing than should, or two systems are about equally near."""
    key = f"{count:03d}" if count else "first"
    stage, chance = Staging(scene, "MW-09", key), scene.chance("MW-09", key)
    by_staff = count % 5 in (2, 4)
    customer = stage.customer(tier=chance.choice(("none", "silver", "gold", "none", "platinum")) if count else "none")
    given = {**(_wishes(chance) if count else CORE), "email": customer["email"]}
    gone = _sell_out(scene, stage, given, kind, chance)
    here = scene.prepared(stage.changes)
    parts = choose(shop(here), given)
    missing = [part for part in parts if not stocked(part)]
    if len(missing) != (kind == "not to be had") or not _clear(here, parts):
        return None
    limits = _budget(total(parts, truth.tier_of(customer)), kind, chance)
    soft, hard = limits if count else (2500, 3250)
    staff = chance.choice(list(LEADS)) if by_staff else ""
    return Case(
        key=key,
        given={**given, "staff": staff, "soft": soft, "hard": hard},
        anchors=(customer["id"],),
        fixtures=stage.changes,
        kind=kind,
        traps=("T-01",)
        + (("T-10",) if gone else ())
        + (("T-17",) if kind in ABSENT else ())
        + (("T-26",) if kind not in ABSENT else ()),
        difficulty=3 if kind == "within the stretch" or gone else 2,
        absent=kind in ABSENT,
        notes={"customer": customer["id"]},
    )


def _wishes(chance: Any) -> dict[str, Any]:
    return {
        "cpu": chance.choice(list(PROCESSORS)),
        "vram": chance.choice((8, 8, 12, 16, 24)),
        "cooler": chance.choice(COOLERS),
        "build": chance.choice(NAMES),
    }


def _sell_out(scene: Scene, stage: Staging, given: Mapping[str, Any], kind: str, chance: Any) -> bool:
    """Takes first choices off the shelf, or all cards that would do; whether anything went."""
    first = choose(shop(scene), given)
    if kind == "not to be had":
        category = chance.choice(("gpu", "psu", "memory", "case"))
        for product in scene.rows("product", category=category):  # all of them, so that nothing else is left to take
            stage.alter("product", product["id"], inventory=SOLD_OUT)
        return True
    gone = [part for part in first if part["category"] in ("gpu", "psu", "case") and chance.happens(0.3)]
    for product in gone:
        stage.alter("product", product["id"], inventory=SOLD_OUT)
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
    gaps = sorted(abs(truth.dollars(p["price"]) - price) for p in systems_of(shop(scene)))
    return (
        {"lengthMm", "recommendedPsuWatts"} <= set(card)
        and verdict(list(parts))["is_compatible"]
        and gaps[1] - gaps[0] > 50
    )


def systems_of(find: Find) -> list[Row]:
    return [*find("prebuilt"), *find("workstation")]


# --- truth -------------------------------------------------------------------------------------------------------


def pose(scene: Scene, case: Case) -> Posed:
    given = case.given
    customer = scene.row("customer", case.notes["customer"])
    parts = choose(shop(scene), given)
    cost = total(parts, truth.tier_of(customer))
    missing = [part for part in parts if not stocked(part)]
    ordered = not missing and cost <= given["hard"]
    rubric = Rubric()
    right, wrong = (("yes",), ("no",)) if ordered else (("no",), ("yes",))
    rubric.correct("verdict", f"Opens with {right[0].upper()}", Decides(right=right, wrong=wrong), "P-103")
    expected = _orders(rubric, given, customer, parts) if ordered else []
    if missing:
        _missing(rubric, missing[0])
    else:
        _figures(rubric, scene, given, parts, cost)
    if ordered:
        ids = tuple(part["id"] for part in parts)
        check = Replied(
            tool="validateBuildCompatibility", reply={"is_compatible": True}, argument="product_ids", with_ids=ids
        )
        rubric.correct("validated", "Validated exactly these seven parts", check, "P-103")
    rubric.standard(*expected)
    chance = scene.chance("MW-09", case.key, "wording")
    speech = chance.choice(texts.STAFF if given["staff"] else texts.CUSTOMER)
    prompt = speech.compose(chance, **given, name=customer["name"])
    return Posed(LEADS[given["staff"]] if given["staff"] else customer["id"], prompt, speech.voice, rubric.criteria)


def _orders(rubric: Rubric, given: Mapping[str, Any], customer: Row, parts: Sequence[Row]) -> list[Allowance]:
    ids = sorted(part["id"] for part in parts)
    address = {name: value for name, value in customer["addresses"][0].items() if name != "label"}
    order = {
        "customerId": customer["id"],
        "status": "pending",
        "lineItems": [{"productId": id, "qty": 1} for id in ids],
        "shipping": {"address": address, "carrier": "FedEx Express", "service": "express"},
    }
    said = "Creates one pending order of the seven parts, FedEx Express, to the address on file"
    rubric.correct("order", said, Creates(entity="order", rows=(order,)), "P-44", "P-90")
    build = derived_id("build_", given["build"], customer["id"], *ids)  # the id holds name, owner and parts
    said = f"The order names the build {given['build']}, saved with these parts"
    rubric.correct("build", said, Creates(entity="order", rows=({"buildId": build},)), "P-44", "P-103")
    return [Allowance("build", created=1), Allowance("order", created=1)]


def _missing(rubric: Rubric, part: Row) -> None:
    """The criteria where one part is in stock nowhere."""
    name, *also = truth.aliases(part)
    rubric.correct(
        "missing", f"Says MISSING: {name}", Gives(fact=text(name, *also), label=("MISSING:",)), "P-45", "P-103"
    )
    fact, known = money(part["price"]), (str(part["price"]),)
    rubric.correct("its-price", "Says what it lists for", Gives(fact=fact, label=("MISSING:",), known=known), "P-46")
    rubric.complete("searched", "Looked at its stock", Saw(ids=(part["id"],), field="inventory"), "P-07", "T-10")


def _figures(rubric: Rubric, scene: Scene, given: Mapping[str, Any], parts: Sequence[Row], cost: Decimal) -> None:
    """The criteria on total, budget and the nearest system."""
    systems, price = systems_of(shop(scene)), list_price(parts)
    system = nearest(systems, price)
    gap, off = abs(truth.dollars(system["price"]) - price), abs(cost - given["soft"])
    known = {
        price,
        cost,
        cost - SHIPPING_FEES["express"],
        price + SHIPPING_FEES["express"] - cost,
        gap,
        off,
        abs(cost - given["hard"]),
    }
    known |= {
        Decimal(given["soft"]),
        Decimal(given["hard"]),
        *SHIPPING_FEES.values(),
        *(truth.dollars(p["price"]) for p in (*parts, *systems)),
    }
    allowed = tuple(map(str, sorted(known)))
    rubric.correct(
        "total",
        f"Gives the total, ${cost:,.2f}",
        Gives(fact=money(cost), label=("total",), known=allowed),
        "P-46",
        "P-50",
    )
    rubric.correct(
        "budget", f"Says BUDGET: ${off:,.2f} off", Gives(fact=money(off), label=("BUDGET:",), known=allowed), "P-103"
    )
    others = [p["name"] for p in systems if p["id"] != system["id"]]
    name, *also = truth.aliases(system)
    rubric.correct(
        "nearest", f"Says NEAREST: {name}", Gives(fact=text(name, *also, rivals=others), label=("NEAREST:",)), "P-103"
    )
    rubric.correct(
        "gap", f"Says how far that is, ${gap:,.2f}", Gives(fact=money(gap), label=("NEAREST:",), known=allowed), "P-103"
    )


# --- playing it --------------------------------------------------------------------------------------------------


def solve(desk: Desk, given: Mapping[str, Any]) -> Reply:
    return play(desk, given)


def play(
    desk: Desk,
    given: Mapping[str, Any],
    *,
    shelf: bool = True,
    limit: str = "hard",
    discount: bool = True,
    linked: bool = True,
    status: str = "pending",
) -> Reply:
    """shelf: leaves out what is sold out; limit: which budget decides; discount: prices at the customer's tier; linked: the
    order names its build; status: of the order."""
    (customer,) = desk.call("searchCustomers", email=given["email"])
    catalogue: dict[str, list[Row]] = {}

    def find(category: str) -> list[Row]:
        if category not in catalogue:
            catalogue[category] = _category(desk, category)
        return catalogue[category]

    parts, reply = choose(find, given, shelf=shelf), Reply()
    missing = [part for part in parts if not stocked(part)]
    if missing and shelf:
        name, *also = truth.aliases(missing[0])
        reply.say("{verdict}.", "{verdict}, I have saved and ordered nothing.", verdict=text("NO", rivals=("YES",)))
        reply.say("MISSING: {part}, {price}", part=text(name, *also), price=money(missing[0]["price"]))
        return reply
    ids = [part["id"] for part in parts]
    desk.call("validateBuildCompatibility", product_ids=ids)
    tier = (customer.get("loyaltyTier") or "none") if discount else "none"
    price = desk.call("calculate_price", product_ids=ids, loyalty_tier=tier, shipping_service="express")
    cost, listed = truth.dollars(price["total"]), truth.dollars(price["subtotal"])
    ordered = cost <= given[limit]
    if ordered:
        build = desk.call("createBuild", name=given["build"], customer_id=customer["id"], product_ids=ids)
        address = {name: value for name, value in customer["addresses"][0].items() if name != "label"}
        desk.call(
            "createOrder",
            customer_id=customer["id"],
            line_items=[{"productId": id, "qty": 1} for id in ids],
            status=status,
            shipping_address=address,
            shipping_carrier="FedEx Express",
            shipping_service="express",
            **({"build_id": build["id"]} if linked else {}),
        )
    system = nearest(systems_of(find), listed)
    return answer(given, parts, ordered, cost, listed, system)


def _category(desk: Desk, category: str) -> list[Row]:
    """All products of a category, in price bands below the cap (T-01)."""
    bands = ((0, 199.99), (200, 399.99), (400, 5000)) if category in ("cpu", "gpu") else ((0, 5000),)
    return [
        p for low, high in bands for p in desk.call("searchProducts", category=category, min_price=low, max_price=high)
    ]


def answer(
    given: Mapping[str, Any], parts: Sequence[Row], ordered: bool, cost: Decimal, listed: Decimal, system: Row
) -> Reply:
    reply = Reply()
    verdict_word = text("YES", rivals=("NO",)) if ordered else text("NO", rivals=("YES",))
    reply.say("{verdict}.", "{verdict}, see below.", verdict=verdict_word)
    for part in parts:
        reply.line(f"- {part['name']}, ${part['price']:,.2f}")
    reply.say(
        "The total is {cost}, express shipping included.", "Total with express shipping: {cost}", cost=money(cost)
    )
    side = "under" if cost <= given["soft"] else "over"
    reply.say(f"BUDGET: {{off}} {side}", f"BUDGET: {side} by {{off}}", off=money(abs(cost - given["soft"])))
    name, *also = truth.aliases(system)
    gap = abs(truth.dollars(system["price"]) - listed)
    rival = "VoltStorm Gaming PC" if not name.startswith("VoltStorm") else "DragonFire Gaming PC"
    reply.say(
        "NEAREST: {name}, {gap} apart",
        "NEAREST: {name} (difference {gap})",
        name=text(name, *also, rivals=(rival,)),
        gap=money(gap),
    )
    return reply


def takes_the_sold_out(desk: Desk, given: Mapping[str, Any]) -> Reply:
    """Takes the cheapest, on the shelf or not."""
    return play(desk, given, shelf=False)


def stops_at_the_budget(desk: Desk, given: Mapping[str, Any]) -> Reply:
    """Takes the wish for the limit."""
    return play(desk, given, limit="soft")


def leaves_the_build_out(desk: Desk, given: Mapping[str, Any]) -> Reply:
    """Orders without naming the build."""
    return play(desk, given, linked=False)


def calls_it_paid(desk: Desk, given: Mapping[str, Any]) -> Reply:
    return play(desk, given, status="paid")


FAMILY = Family(
    id="MW-09",
    title="From idea to order",
    category="workflow",
    capabilities=("K5", "K6"),
    cases=cases,
    pose=pose,
    solve=solve,
    falls=(
        Fall("takes-the-sold-out", "T-10", takes_the_sold_out, ("not to be had",)),
        Fall("stops-at-the-budget", "T-05", stops_at_the_budget, ("within the stretch",)),
        Fall("leaves-the-build-out", "P-44", leaves_the_build_out, ("within the stretch", "within the budget")),
        Fall("calls-it-paid", "P-44", calls_it_paid, ("within the stretch", "within the budget")),
    ),
    tools="extended",
)
