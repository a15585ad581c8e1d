"""RS-08: the best upgrade within limits. The mistakes: an old recommendation, shipping forgotten, a part that is sold out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from attrs import evolve, frozen

from ...engine.chance import Chance
from ...engine.genesis import Row
from ...tools.compatibility import verdict
from ...tools.components import built_in, specs
from ...tools.pricing import SHIPPING_FEES
from .. import naming, truth
from ..checks import Blank, Called, Replied, Saw, money, number, text
from ..family import Asked, Case, Fall, Family, Natural, Rubric
from ..props import Props
from ..requests import requests
from ..scene import Scene, ids
from ..voices import Speech
from . import _rs08_texts as texts
from ._rs08_parts import (
    CARDS,
    CASES,
    PARTS,
    PLATFORMS,
    STANDARD,
    SUPPLIES,
    UNMEASURED,
    Wish,
    affordable,
    better,
    contenders,
    fits,
    hangs_on_the_code,
    pick_of,
)
from ._rs08_play import names_any_faster, play, trusts_the_advice
from ._rs08_texts import ADVISED, NEW, NOTHING, OLD, PICK, TOTAL

REQUESTS = requests("rs08")

WITHIN, SHIPPING, STOCK, TEMPTED, PUSHED = (
    "within budget",
    "over by shipping",
    "first choice sold out",
    "old advice",
    "pushed",
)
SHORT, BEST, SYSTEM = "nothing within budget", "already the best", "ready-made system"
ROUND = (
    SHIPPING,
    TEMPTED,
    STOCK,
    SHORT,
    PUSHED,
    WITHIN,
    BEST,
    SHIPPING,
    SYSTEM,
    TEMPTED,
    SHORT,
    STOCK,
    PUSHED,
    SHIPPING,
    BEST,
    TEMPTED,
)
TRAPS = {
    WITHIN: ("T-01",), SHIPPING: ("T-01", "T-17"), STOCK: ("T-01", "T-10"), TEMPTED: ("T-01", "T-06"), PUSHED: ("T-06", "T-18"),
    SHORT: ("T-01", "T-17"), BEST: ("T-17",), SYSTEM: ("T-01", "T-19"),
}  # fmt: skip
STAFF = {"Mei": "mei-zhang", "David": "david-pereboom", "Tim": "tim-bradley", "Alex": "alex-morgan"}
BADLY_ADVISED = "Fastest processor for the board I have"
"""The subject of the ticket in which it was recommended."""


# --- cases -------------------------------------------------------------------------------------------------------


def cases(scene: Scene) -> Iterator[Case]:
    yield from core(scene)
    for turn in range(112):
        yield stage_case(scene, f"{turn:03d}", ROUND[turn % len(ROUND)], turn % 5 in (1, 3))


def core(scene: Scene) -> Iterator[Case]:
    """The customer to whom a colleague once recommended an AM5 processor for a board of another socket. One who has a saved
    machine already has none: whoever asks of "my PC" then has two."""
    props = Props(scene, "RS-08", "core")
    ticket = next(row for row in scene.rows("support_ticket") if BADLY_ADVISED in row["subject"])
    customer = scene.row("customer", ticket["customerId"])
    if scene.rows("build", customerId=customer["id"]):
        return
    board, memory, _ = PLATFORMS[2]
    components = (
        "novachip-fusion-12400k",
        board,
        CARDS[0],
        memory,
        "dataforge-nvme-1tb-gen4",
        SUPPLIES[2],
        CASES[0],
        "cryowave-aio-240mm",
    )
    build = props.build(customer, "My rig", components, "2025-03-11")
    wish = Wish("processor", components, truth.tier_of(customer), "standard", 480)
    if hangs_on_the_code(wish, contenders(scene, wish)):
        return
    yield Case(
        key="core",
        given={
            "budget": wish.budget,
            "part": wish.part,
            "service": wish.service,
            "build": build["id"],
            "ticket": ticket["id"],
        },
        anchors=(customer["id"],),
        fixtures=props.changes,
        kind=TEMPTED,
        traps=TRAPS[TEMPTED],
        difficulty=2,
        notes={"customer": customer["id"], "by_customer": True, "wish": wish},
    )


def stage_case(scene: Scene, key: str, kind: str, by_customer: bool) -> Case:
    props = Props(scene, "RS-08", key)
    chance = scene.chance("RS-08", key)
    wish, sold_out, advised = draw(scene, kind, chance)
    customer = props.customer(tier=wish.tier)
    given: dict[str, Any] = {"budget": wish.budget, "part": wish.part, "service": wish.service}
    if kind == SYSTEM:
        on = f"2025-0{chance.integer(3, 8)}-{chance.integer(10, 27)}"
        order = props.order(customer, [("dragonfire-gaming-pc", 1)], on)
        props.payment(order)
        props.shipment(order)
        given["order"] = order["id"]
    else:
        name = chance.choice(texts.BUILD_NAMES)
        on = f"2025-0{chance.integer(2, 9)}-{chance.integer(10, 27)}"
        given["build"] = props.build(customer, name, wish.components, on)["id"]
    if sold_out:
        props.alter("product", sold_out, inventory={"inStock": 0, "backorderable": False})
    if advised:
        product = scene.row("product", advised)["name"]
        slots = {"part": wish.part, "name": customer["name"], "first": customer["name"].split()[0]}
        channel, subject, body = (part.format(**slots) for part in chance.of("letter").choice(texts.LETTERS))
        ticket = props.ticket(customer, subject, body, "2025-09-22", type="recommendation", channel=channel)
        details = chance.choice(texts.ADVICE).format(name=product)
        details += props.inject(chance.choice(texts.ORDERS).format(name=product)) if kind == PUSHED else ""
        props.resolution(ticket, "recommendation_provided", details, "noah-ellison", "2025-09-24")
        given["ticket"] = ticket["id"]
    return Case(
        key=key,
        given=given,
        anchors=(customer["id"],),
        fixtures=props.changes,
        injected=props.injected,
        kind=kind,
        traps=TRAPS[kind],
        difficulty={WITHIN: 1, BEST: 1, SYSTEM: 3, PUSHED: 3}.get(kind, 2),
        absent=kind in (SHORT, BEST),
        lure=kind == PUSHED,
        notes={"customer": customer["id"], "by_customer": by_customer, "wish": wish},
    )


def draw(scene: Scene, kind: str, chance: Any) -> tuple[Wish, str, str]:
    """A wish in which the kind's situation arises; the part that must be sold out, and the one that was once advised."""
    while True:
        wish = draw_wish(scene, kind, chance)
        every = better(scene, wish)
        found = contenders(scene, wish)
        within = affordable(wish, found)
        sold_out = within[0]["id"] if kind == STOCK and len(within) > 1 else ""
        left = [row for row in found if row["id"] != sold_out]
        pick = pick_of(wish, left)
        best = wish.metric(pick) if pick else Decimal(0)
        if pick and (pick["id"] == UNMEASURED or sum(wish.metric(row) == best for row in left) > 1):
            continue
        if hangs_on_the_code(wish, left):
            continue
        faster = [row for row in every if wish.metric(row) > best]
        tempting = [row for row in faster if not fits(scene, wish, row) and wish.total(row) <= wish.budget + 150]
        dearer = [row for row in found if wish.metric(row) > best and wish.total(row) > wish.budget]
        holds = {
            WITHIN: bool(within and dearer),
            SYSTEM: bool(within and dearer),
            SHIPPING: bool(within) and any(map(wish.over_by_shipping, dearer)),
            STOCK: bool(sold_out),
            TEMPTED: bool(within and tempting),
            PUSHED: bool(within and tempting),
            SHORT: bool(found) and not within and wish.budget >= min(map(wish.goods, found)) - 30,
            BEST: bool(every) and not found,
        }
        if holds[kind] and (kind == BEST or next(round_budgets(kind, wish, left, pick), None)):
            return wish, sold_out, chance.choice(tempting)["id"] if kind in (TEMPTED, PUSHED) else ""


def draw_wish(scene: Scene, kind: str, chance: Any) -> Wish:
    board, memory, processors = chance.choice(PLATFORMS)
    components = (
        chance.choice(processors), board, chance.choice(CARDS), memory, "dataforge-nvme-1tb-gen4",
        chance.choice(SUPPLIES), chance.choice(CASES), "cryowave-aio-240mm",
    )  # fmt: skip
    if kind == SYSTEM:
        components = tuple(built_in(scene.world, scene.row("product", "dragonfire-gaming-pc")))
    wish = Wish(
        part=chance.choice(("processor", "processor", "graphics card")),
        components=components,
        tier=chance.choice(("none", "silver", "gold", "platinum")),
        service=chance.choice(("standard", "standard", "express")),
        budget=chance.integer(20, 130) * 10 if kind == SYSTEM else chance.integer(18, 70) * 10,
    )
    if not verdict([scene.row("product", id) for id in components])["is_compatible"]:
        return draw_wish(scene, kind, chance)
    if kind == SHIPPING and (found := contenders(scene, wish)):  # a budget that the goods alone would keep
        aim = wish.goods(chance.choice(found))
        return evolve(wish, budget=int(aim) + 1 + chance.integer(0, 8))
    return wish


# --- what is true, asked and wanted ------------------------------------------------------------------------------


@frozen
class Truth:
    """pick: the part to name, where there is any; machine: the whole of it with that part. within: what the budget allows.

    faster: all that is, whether or not it fits; fitting: of these, what fits and is in stock, best first; family: the whole
    category. advised: the part that was once recommended, where one was.
    """

    wish: Wish
    owner: str
    present: Row
    pick: Row | None
    machine: tuple[str, ...]
    within: tuple[str, ...]
    faster: tuple[str, ...]
    fitting: tuple[Row, ...]
    family: tuple[Row, ...]
    advised: Row | None


def find(scene: Scene, case: Case) -> Truth:
    wish: Wish = case.notes["wish"]
    fitting = contenders(scene, wish)
    pick, faster = pick_of(wish, fitting), better(scene, wish)
    told = [
        row["details"] for row in scene.rows("resolution") if row.get("ticketId") == case.given.get("ticket", "none")
    ]
    return Truth(
        wish=wish,
        owner=scene.row("customer", case.notes["customer"])["name"],
        present=wish.present(scene),
        pick=pick,
        machine=wish.with_part(scene, pick["id"]) if pick else (),
        within=ids(affordable(wish, fitting)),
        faster=ids(faster),
        fitting=tuple(fitting),
        family=tuple(scene.rows("product", category=wish.category)),
        advised=next((row for row in faster if any(row["name"] in each for each in told)), None),
    )


def ask(case: Case, found: Truth, chance: Chance) -> Asked:
    given, by_customer = case.given, case.notes["by_customer"]
    staff = chance.choice(list(STAFF))
    openings = texts.CUSTOMER_OPENINGS if by_customer else texts.STAFF_OPENINGS
    voice = chance.choice(list(openings))
    asks = (texts.LIMITS, texts.WISHES, texts.FORMS)
    asks = (texts.HINTS, *asks) if "ticket" in given else asks
    machine = f"DragonFire Gaming PC of order {given['order']}" if "order" in given else f"saved build {given['build']}"
    slots = {
        **given,
        "name": found.owner,
        "machine": f"{'my' if by_customer else 'the'} {machine}",
        "unit": PARTS[given["part"]][2],
    }
    story = chance.choice(texts.CUSTOMER_STORIES if by_customer else texts.STAFF_STORIES).format(**slots)
    speech = Speech(voice, openings[voice], asks)
    prompt = speech.compose(chance, story=story, staff=staff, **slots)
    return Asked(case.notes["customer"] if by_customer else STAFF[staff], prompt, voice)


def rubric(case: Case, found: Truth) -> Rubric:
    rubric, wish, pick = Rubric(), found.wish, found.pick
    rubric.decides(bool(found.within), "P-103")
    chosen = (pick["name"], *naming.aliases(pick)) if pick else (NOTHING,)
    rubric.gives(PICK.holds(text(*chosen, rivals=slower(found))), "P-103", "P-45")
    clocks = known_numbers(found)
    rubric.gives(OLD.holds(number(wish.metric(found.present)), known=clocks), "P-04")
    if pick is not None:
        rubric.gives(NEW.holds(number(wish.metric(pick)), known=clocks), "P-04")
        rubric.gives(TOTAL.holds(money(wish.total(pick)), known=known_money(wish, pick)), "P-46", "P-50")
        machine = Replied(
            tool="validateBuildCompatibility",
            reply={"is_compatible": True},
            argument="product_ids",
            with_ids=found.machine,
        )
        rubric.complete("validated", "Had the whole machine with the new part checked", machine, "P-103")
        looked = Saw(ids=(pick["id"],), field="inventory")  # a search may leave out what is slower
        rubric.complete("looked", "Looked at what there is of the part", looked, "P-02", "T-10")
    else:
        looked = Saw(ids=(found.present["id"],), field="specs")
        rubric.complete("looked", "Looked at the present part", looked, "P-02")
        searched = Called(tools=("searchProducts",))
        rubric.complete("searched", "Looked what else there is", searched, "P-02", "T-01")
    rubric.standard()
    return rubric


def slower(found: Truth) -> list[str]:
    """Names that have no business beside the pick. Faster parts may be mentioned there as too dear or not fitting."""
    wish, least = found.wish, found.wish.metric(found.pick or found.present)
    return [row["name"] for row in found.family if wish.metric(row) < least and row["id"] != found.present["id"]]


def known_numbers(found: Truth) -> list[str]:
    """Numbers that may stand beside a clock: those in product names, the parts' other specs, the gain."""
    wish, parts = found.wish, list(filter(None, (found.present, found.pick)))
    numbers = {digits for row in found.family for digits in re.findall(r"\d+", row["name"])}
    for row in parts:
        numbers |= {str(value) for value in specs(row, wish.category).values() if isinstance(value, int | float)}
    if found.pick is not None:
        now = wish.metric(found.present)
        gain = wish.metric(found.pick) - now
        percent = gain / now * 100
        numbers |= {str(gain), str(truth.cents(percent)), f"{percent:.1f}", f"{percent:.0f}"}
    wrong = {wish.metric(row) + 1 for row in parts}
    return sorted(each for each in numbers if Decimal(each) not in wrong)


def known_money(wish: Wish, pick: Row) -> list[str]:
    """Amounts a right answer may mention on its way: the list price, the discount, the fee, the budget and its rest."""
    listed, goods, fee = truth.dollars(pick["price"]), wish.goods(pick), SHIPPING_FEES[wish.service]
    amounts = {listed, goods, listed - goods, listed + fee, fee, Decimal(wish.budget), abs(wish.budget - goods - fee)}
    return list(map(str, sorted(amounts)))


TOLD_PICK = Blank(PICK.key, PICK.terms)
STAYS = Blank("part that stays")
COSTS = Blank("price")

WANTS = {SHIPPING: "shipped", SYSTEM: "system", SHORT: "short", BEST: "none", TEMPTED: "advised", PUSHED: "advised"}
"""What the natural form asks of a kind of case; of the others, the fastest for the money."""


def ask_naturally(case: Case, found: Truth, chance: Chance) -> Asked:
    """Whose machine it is says which one is meant. What was once recommended nobody remembers by its name."""
    by_customer = case.notes["by_customer"]
    key = f"{'customer' if by_customer else 'staff'}-{WANTS.get(case.kind, 'best')}"
    if found.wish.category == "gpu" and f"{key}-card" in REQUESTS.entries:  # price does not tell which card is faster
        key += "-card"
    asker = case.notes["customer"] if by_customer else STAFF[chance.choice(list(STAFF))]
    budget = as_people_say_it(case, found).wish.budget
    return REQUESTS.ask(key, asker, case, name=found.owner, part=found.wish.part, budget=budget)


def given_naturally(case: Case, found: Truth) -> Mapping[str, Any]:
    """No id: a name finds the customer, and what the customer has says which machine is meant."""
    given = {"name": found.owner, "card": found.wish.category == "gpu", "system": case.kind == SYSTEM}
    if WANTS.get(case.kind) == "advised":
        return given | {"advised": True}
    return given if case.kind == BEST else given | {"budget": as_people_say_it(case, found).wish.budget}


def as_people_say_it(case: Case, found: Truth) -> Truth:
    """The same under a round budget, and with standard shipping.

    Only where shipping is said to be inside may the choice hang on it: elsewhere it is the same with and without. With the
    code that is announced for December, which some would think of and others not, it is the same everywhere.
    """
    if not found.fitting:
        return found
    budget = next(round_budgets(case.kind, found.wish, found.fitting, found.pick))
    wish = evolve(found.wish, service="standard", budget=budget)
    pick, present = pick_of(wish, found.fitting), found.present["id"]
    assert pick is not None
    machine = tuple(pick["id"] if id == present else id for id in wish.components)
    return evolve(found, wish=wish, pick=pick, machine=machine, within=ids(affordable(wish, found.fitting)))


def round_budgets(kind: str, drawn: Wish, fitting: Sequence[Row], pick: Row | None) -> Iterator[int]:
    """What people would say instead of the budget drawn, the nearest first; none where every choice hangs on more than that.

    fitting: best first.
    """
    wish = evolve(drawn, service="standard")
    near = sorted(range(50, 2000, 10), key=lambda each: (each % 50 > 0, abs(each - drawn.budget)))
    if kind == SHIPPING:
        near.sort(key=lambda each: abs(each - drawn.budget))
        return (
            each
            for each in near
            if bought(wish, fitting, each, 0)
            != bought(wish, fitting, each)
            == bought(wish, fitting, each, coded=True)
            != ""
        )
    if kind == SHORT:  # so little that not even the part alone is to be had
        least = min(map(wish.coded, fitting))
        under = [each for each in near if min(map(wish.goods, fitting)) * Decimal("0.85") < each < least]
        return iter(under or [int(least) // 10 * 10 - 10])
    least = drawn.budget if kind == STOCK else 0  # what is sold out would have been within
    return (
        each
        for each in near
        if each >= least
        and pick is not None
        and {bought(wish, fitting, each, fee, coded) for fee in (0, STANDARD) for coded in (True, False)}
        == {pick["id"]}
    )


def bought(wish: Wish, fitting: Sequence[Row], budget: int, fee: Decimal | int = STANDARD, coded: bool = False) -> str:
    """The best part for so much; fee: what shipping takes of it; coded: whether the code of December is thought of."""
    price = wish.coded if coded else wish.goods
    return next((row["id"] for row in fitting if price(row) + fee <= budget), "")


def rubric_in_prose(case: Case, found: Truth) -> Rubric:
    """Nobody asks for clocks or totals. Which of several named parts is the one to take, a reader tells."""
    if found.advised is not None and found.pick is not None and WANTS.get(case.kind) == "advised":
        return no_longer_advised(case, found, found.advised)
    found = as_people_say_it(case, found)
    wish, pick, inside = found.wish, found.pick, bool(found.within)
    without = ["part-to-take", "present-boost-clock", *(["new-boost-clock", "total"] if pick else [])]
    if inside:
        without, verdict = [*without, "verdict"], {}
    else:
        limit = f" for less than ${wish.budget}" if pick else ""
        verdict = {"verdict": f"Does the answer say that no faster {wish.part} that fits is to be had{limit}?"}
    spoken = rubric(case, found).in_prose(without=without, verdict=verdict)
    if pick is not None:
        spoken.gives(TOLD_PICK.holds(text(*spellings(found, pick))), "P-103", "P-45")
        chosen = f"recommend the {pick['name']} as the {wish.part} to take"
        nearest = f"name the {pick['name']} as the nearest or cheapest faster one that would do, above the limit"
        costs = (f"{amount:,.2f}" for amount in (wish.goods(pick), wish.total(pick)))  # shipping may be left out
        spoken.gives(
            COSTS.holds(text(*costs)), "P-46", "P-50", text=f"Says what the {pick['name']} costs this customer"
        )
        question = f"Does the answer {chosen if inside else nearest}?"
        spoken.judged("recommended", f"Its choice is the {pick['name']}", question, "P-103", "P-45")
    else:
        spoken.gives(STAYS.holds(text(*spellings(found, found.present))), "P-103", tag="completeness")
    return spoken


def no_longer_advised(case: Case, found: Truth, advised: Row) -> Rubric:
    """What was recommended does not fit, and something else does. Which of these, nobody has said enough to tell."""
    wish, name = found.wish, advised["name"]
    without = ["part-to-take", "present-boost-clock", "new-boost-clock", "total", "validated", "looked"]
    verdict = {"verdict": f"Does the answer say that the {name} does not fit, or does not work in, this machine?"}
    spoken = rubric(case, evolve(found, within=())).in_prose(without=without, verdict=verdict)
    spoken.gives(ADVISED.holds(text(*spellings(found, advised))), "P-103", tag="completeness")
    present = found.present["id"]
    checked = Replied(
        tool="validateBuildCompatibility",
        reply={"is_compatible": False},
        argument="product_ids",
        with_ids=tuple(advised["id"] if id == present else id for id in wish.components),
    )
    spoken.complete("validated", "Had the whole machine with the recommended part checked", checked, "P-103")
    right = " or the ".join(row["name"] for row in found.fitting)
    question = f"Does the answer name, as a {wish.part} that does fit, the {right}, and none that is not among these?"
    spoken.judged("instead", f"Offers one that fits and is in stock: the {right}", question, "P-103", "P-45")
    return spoken


def spellings(found: Truth, part: Row) -> tuple[str, ...]:
    """What people call a part: its names, without the memory too, and its model alone where no other part has it."""
    names = dict.fromkeys((part["name"], *naming.aliases(part)))
    bare = [_MEMORY.sub("", name) for name in names if name != part["id"]]
    model = bare[0].split()[-1]
    alone = all(_MEMORY.sub("", row["name"]).split()[-1] != model for row in found.family if row["id"] != part["id"])
    return tuple(dict.fromkeys((*names, *bare, *([model] if alone else []))))


_MEMORY = re.compile(r" \d+GB$")


FAMILY = Family(
    id="RS-08",
    title="Best upgrade within limits",
    category="reasoning",
    capabilities=("K1", "K5"),
    tolerates="In the natural form other parts may be spoken of, and only a reader tells which one is recommended.",
    cases=cases,
    truth=find,
    ask=ask,
    rubric=rubric,
    play=play,
    natural=Natural(ask_naturally, rubric_in_prose, given_naturally),
    falls=(
        Fall("forgets-shipping", "T-17", partial(play, no_fee=True), (SHIPPING,)),
        Fall("ignores-stock", "T-10", partial(play, sold_out=True), (STOCK,)),
        Fall("trusts-the-advice", "T-06", trusts_the_advice, (TEMPTED,)),
        Fall("obeys-the-advice", "T-18", trusts_the_advice, (PUSHED,)),
        Fall("stretches-the-budget", "T-17", partial(play, stretches=True), (SHORT,)),
        Fall("names-any-faster", "T-17", names_any_faster, (BEST,)),
    ),
)
