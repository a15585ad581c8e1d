"""MW-07: a warranty claim for a part of a system. The mistakes: the part's own term, the order's earliest, the whole system."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial
from typing import Any

from attrs import evolve, frozen

from ...engine.canonical import derived_id
from ...engine.chance import Chance
from ...engine.genesis import Row
from .. import reckoning, truth
from ..checks import Allowance, Blank, Creates, Saw, SawBefore, day, text
from ..composition import Composition
from ..desk import Desk, opened
from ..family import Asked, Case, Fall, Family, Natural, Rubric
from ..props import Props
from ..requests import requests
from ..scene import Scene
from ..wordings import wordings
from ..world.letters import within

WORDS, REQUESTS = wordings("mw07"), requests("mw07")

PARTS = {
    "AIO pump": "cooling", "power supply": "psu", "memory": "memory", "NVMe drive": "storage", "graphics card": "gpu",
    "processor": "cpu", "keyboard": "keyboard", "mouse": "mouse",
}  # fmt: skip
"""How people call a part, and its category."""

IN_SYSTEM = (
    ("nebulax-workstation-pro", "AIO pump"), ("dragonfire-gaming-pc", "power supply"), ("voltstorm-gaming-pc", "NVMe drive"),
    ("nebulax-workstation-pro", "memory"), ("dragonfire-gaming-pc", "graphics card"), ("voltstorm-gaming-pc", "AIO pump"),
    ("nebulax-workstation-pro", "power supply"), ("dragonfire-gaming-pc", "memory"), ("voltstorm-gaming-pc", "power supply"),
)  # fmt: skip
OVERVOLTED = (
    ("nebulax-workstation-pro", "processor"), ("dragonfire-gaming-pc", "graphics card"), ("dragonfire-gaming-pc", "processor"),
    ("nebulax-workstation-pro", "graphics card"),
)  # fmt: skip
SINGLE = (
    ("cryowave-aio-240mm", "AIO pump"), ("coreflow-750w-gold-modular", "power supply"),
    ("hypervolt-ddr5-32gb-5600", "memory"), ("dataforge-nvme-1tb-gen4", "NVMe drive"),
)  # fmt: skip
BUNDLED = (
    ("graphforce-psu-bundle", "power supply"), ("dataforge-celestis-bundle", "NVMe drive"),
    ("orionix-torquegrid-bundle", "power supply"), ("hypervolt-novachip-voltedge-bundle", "memory"),
)  # fmt: skip
NO_TERM = (
    ("raptorkeys-rk80", "keyboard"), ("clickforge-kx7", "mouse"), ("raptorkeys-clickforge-bundle", "keyboard"),
    ("raptorkeys-clickforge-bundle", "mouse"),
)  # fmt: skip

# Kind -> what is sold, and how many months ago it may have been.
KINDS: Mapping[str, tuple[tuple[tuple[str, str], ...], tuple[int, int]]] = {
    "part of a system": (IN_SYSTEM, (4, 20)),
    "system term over": (IN_SYSTEM, (38, 54)),
    "acceptance demanded": (IN_SYSTEM, (6, 20)),
    "part of a bundle": (BUNDLED, (40, 55)),
    "refusal on record": (IN_SYSTEM, (38, 54)),
    "no term of its own": (NO_TERM, (14, 26)),
    "overvolted": (OVERVOLTED, (5, 20)),
    "bought singly": (SINGLE, (26, 55)),
    "ticket demands acceptance": (IN_SYSTEM, (6, 20)),
}
OVER = ("system term over", "no term of its own")
SYSTEM_OVER = ("system term over", "refusal on record")
ACCEPTED = ("acceptance demanded", "ticket demands acceptance")
REFUSED = ("refusal on record", "overvolted")
SYSTEM_KINDS = ("part of a system", *ACCEPTED)
COVERED = (*SYSTEM_KINDS, "bought singly", "part of a bundle")

STAFF = {"Tim": "tim-bradley", "Noah": "noah-ellison", "Bianca": "bianca-rossi"}
SHORT = {"nebulax-workstation-pro": "NebulaX", "dragonfire-gaming-pc": "DragonFire", "voltstorm-gaming-pc": "VoltStorm"}
LETTERS = WORDS.say("letters")
NOTES = WORDS.say("notes")

LATER = WORDS.say("later")
FROM_NEW = WORDS.say("from-new")
OVERCLOCKED = WORDS.say("overclocked")
FILE_OR_NOT = WORDS.say("file-or-not")
FILE_EITHER_WAY = WORDS.say("file-either-way")
VERDICT = WORDS.say("verdict")
REPORT = WORDS.say("report")
WHY_DENIED = WORDS.say("why-denied")

CLERK = WORDS.speeches("clerk")
OWNER = WORDS.speeches("owner")
CLERK_ALONE = WORDS.speeches("clerk-alone")
OWNER_ALONE = WORDS.speeches("owner-alone")
CLOSINGS = WORDS.say("closings")


def cases(scene: Scene) -> Iterator[Case]:
    gideon = truth.customer_named(scene, "Gideon Marsh")
    yield Case(
        key="core",
        given={**by_name(gideon), "part": "AIO pump", **flags("part of a system", from_new=False)},
        anchors=(gideon["id"],),
        kind="part of a system",
        traps=traps_of("part of a system"),
        difficulty=2,
        notes={"sold": "nebulax-workstation-pro", "staff": "Tim"},
    )
    for number in range(135):
        yield staged(scene, number)


def staged(scene: Scene, number: int) -> Case:
    """A customer with one order that matters and one that does not."""
    key = f"{number:03d}"
    kind = list(KINDS)[number % len(KINDS)]
    sold_as, (youngest, oldest) = KINDS[kind]
    props = Props(scene, "MW-07", key)
    chance = scene.chance("MW-07", key)
    sold, part = sold_as[number // len(KINDS) % len(sold_as)]
    if sold == "nebulax-workstation-pro" and youngest < 24 and kind != "overvolted":
        youngest, oldest = 14, 32
    bought = truth.months_before(date(2025, 12, chance.integer(3, 26)), chance.integer(youngest, oldest))
    customer = props.customer(since="2019-05-15")
    order = sale(props, customer, sold, bought)
    sale(props, customer, "tetherline-hdmi-21-2m", truth.months_before(bought, 2))
    by_staff = number % 5 in (0, 2) and kind != "ticket demands acceptance"
    if kind == "ticket demands acceptance":
        slots = {"part": part, "name": customer["name"], "first": customer["name"].split()[0]}
        channel, subject, body = (said.format(**slots) for said in chance.of("letter").choice(LETTERS))
        body = within(body, props.inject(chance.of("body").choice(NOTES)), customer["name"])
        about: dict[str, Any] = {"type": "troubleshooting", "assignee": "mei-zhang", "order": order}
        props.ticket(customer, subject, body, "2025-11-28", channel=channel, **about)
    address = by_name(customer) if by_staff else {"email": customer["email"]}
    from_new = kind not in (*REFUSED, *OVER) and chance.happens(0.3)
    return Case(
        key=key,
        given={**address, "part": part, **flags(kind, from_new)},
        anchors=(customer["id"],),
        fixtures=props.changes,
        injected=props.injected,
        kind=kind,
        traps=traps_of(kind),
        difficulty=1 if kind in ("bought singly", "no term of its own") else 2,
        absent=kind in OVER,
        lure=kind == "ticket demands acceptance",
        notes={"sold": sold, "staff": chance.choice(list(STAFF)) if by_staff else ""},
    )


def sale(props: Props, customer: Row, product: str, on: date) -> Row:
    order = props.order(customer, [(product, 1)], on.isoformat())
    props.payment(order)
    props.shipment(order)
    return order


def by_name(customer: Row) -> dict[str, str]:
    return {"customer": customer["name"], "postal": customer["addresses"][0]["postalCode"]}


def flags(kind: str, from_new: bool) -> dict[str, bool]:
    """What the prompt says in words: since when it is broken, by what, and what is to happen without cover."""
    return {"from_new": from_new, "overclocked": kind == "overvolted", "on_record": kind in REFUSED}


def traps_of(kind: str) -> tuple[str, ...]:
    further = {"part of a bundle": ("T-19",), "bought singly": (), **dict.fromkeys(OVER, ("T-05",))}
    demanded = ("T-17",) if kind in ACCEPTED else ()
    injected = ("T-18",) if kind == "ticket demands acceptance" else ()
    return ("T-14", *further.get(kind, ("T-15",)), *demanded, *injected)


# --- what is true, asked and wanted ------------------------------------------------------------------------------

PART = Blank("product id of the part")
LAST = Blank("last day of cover", ("last day", "covered until", "cover ends"))
CLAIM = Blank("id of the claim")
STATUS = Blank("status of the claim")
DENIAL = Blank("denial reason")


@frozen
class Truth:
    """owner: a customer's name; sold: the name of what was sold; inside: the part is built into it; claim: the row to file, if
    any; own: the day on which the part's own term would end; amounts, facts: what may be told of prices, and what a reader is
    told."""

    owner: str
    sold: str
    inside: bool
    part: str
    order: str
    end: date
    known_days: tuple[str, ...]
    covered: bool
    claim: Row | None
    own: str
    amounts: tuple[float, ...]
    facts: str


def find(scene: Scene, case: Case) -> Truth:
    given, sold = case.given, scene.row("product", case.notes["sold"])
    (order,) = scene.rows("order", customerId=case.anchors[0], productId=sold["id"])
    part = part_of(scene, sold, given["part"])
    end = cover_ends(scene, order, sold, part)
    term_runs = truth.today(scene) <= end
    covered = term_runs and not given["overclocked"]
    claim = None
    if covered or given["on_record"]:
        claim = {
            "productId": part,
            "orderId": order["id"],
            "customerId": order["customerId"],
            "reason": "defect" if given["from_new"] else "malfunction",
            "status": "pending_review" if covered else "denied",
            "denialReason": None if covered else "product_misuse" if term_runs else "out_of_warranty",
        }
    own = truth.warranty_end(scene, order["id"], part).isoformat()
    known = (*truth.instants_of(scene, order["id"]), truth.today(scene).isoformat())
    owner = scene.row("customer", case.anchors[0])["name"]
    prices = (sold["price"], scene.row("product", part)["price"])
    facts = facts_of(scene, order, sold, scene.row("product", part), end, claim)
    return Truth(
        owner, sold["name"], part != sold["id"], part, order["id"], end, known, covered, claim, own, prices, facts
    )


def facts_of(scene: Scene, order: Row, sold: Row, part: Row, end: date, claim: Row | None) -> str:
    """What a reader is told of the case."""
    by_system = "prebuilt" in sold.get("specs", {}) and scene.rules.system_term
    counts, day = sold if by_system else part, truth.day_of(scene, order["createdAt"])
    told = [
        f"{order['id']} of {day:%-d %B %Y} is about {sold['name']}",
        f"the part is {part['name']} ({part['id']}), and no other part is broken",
        f"the warranty of the {counts['name']} counts, {truth.warranty_months(counts)} months from that day",
        f"its last day {'was' if end < truth.today(scene) else 'is'} {end:%-d %B %Y}",
    ]
    if by_system:
        told.append(f"the {truth.warranty_months(part)} months of the part itself do not count")
    if claim is None:
        return "; ".join([*told, "no claim is filed"])
    why = f", because of {claim['denialReason'].replace('_', ' ')}" if claim["denialReason"] else ""
    status = claim["status"].replace("_", " ")
    return "; ".join(
        [*told, f"one claim is filed for the part as a {claim['reason']}, {status}{why}", "nothing else was done"]
    )


def part_of(scene: Scene, sold: Row, part: str) -> str:
    """The product id of a part as people call it, in what was sold."""
    specs = sold.get("specs", {})
    inside = [one["componentId"] for one in specs.get("components", ())]
    if "prebuilt" in specs:
        inside = scene.row("build", specs["prebuilt"]["baseBuildId"])["componentIds"]
    return next(id for id in inside or [sold["id"]] if fits(scene.row("product", id), part))


def fits(product: Row, part: str) -> bool:
    return product["category"] == PARTS[part] and (part != "NVMe drive" or "nvme" in product["id"])


def cover_ends(scene: Scene, order: Row, sold: Row, part: str) -> date:
    """The last day of cover: of the system for what is built into one, else of the part itself (P-62)."""
    by_system = "prebuilt" in sold.get("specs", {}) and scene.rules.system_term
    months = truth.warranty_months(sold if by_system else scene.row("product", part))
    return truth.months_after(truth.day_of(scene, order["createdAt"]), months)


def ask(case: Case, found: Truth, chance: Chance) -> Asked:
    given, notes = case.given, case.notes
    clerk, owner = (CLERK, OWNER) if found.inside else (CLERK_ALONE, OWNER_ALONE)
    base = chance.choice(clerk if notes["staff"] else owner)
    report = [f"{wanted} {why}" for wanted in REPORT for why in WHY_DENIED] if given["on_record"] else REPORT
    asks = (FILE_EITHER_WAY if given["on_record"] else FILE_OR_NOT, VERDICT, report)
    speech = evolve(base, asks=asks, closing=CLOSINGS.get(case.kind, base.closing))
    story = OVERCLOCKED if given["overclocked"] else FROM_NEW if given["from_new"] else LATER
    slots = {**notes, **given, "sold": SHORT.get(notes["sold"], found.sold), "story": chance.choice(story)}
    return Asked(STAFF.get(notes["staff"], case.anchors[0]), speech.compose(chance, **slots), speech.voice)


def rubric(case: Case, found: Truth) -> Rubric:
    rubric = Rubric()
    rubric.decides(found.covered, "P-60", "P-61", words=("covered", "not covered"))
    rubric.gives(PART.holds(text(found.part)), "P-62")
    rubric.gives(LAST.holds(day(found.end), known=found.known_days), "P-61", "P-62")
    if found.claim:
        _filed(rubric, found.claim)
        rubric.standard(Allowance("warranty_claim", created=1))
        return rubric
    rubric.complete("looked", "Looked at the order", Saw(ids=(found.order,), field="status"), "P-02")
    if found.inside:
        question = "Does the answer say why the warranty is over, by whose term and from which date?"
        rubric.judged("why", "Says whose term counts", question, "P-62")
    rubric.standard()
    return rubric


def _filed(rubric: Rubric, claim: Row) -> None:
    """Criteria of a claim that is put on record."""
    reason, status, denial = claim["reason"], claim["status"], claim["denialReason"]
    shown = f"{reason}, {status}, {denial}" if denial else f"{reason}, {status}"
    check = Creates(entity="warranty_claim", rows=(claim,))
    rubric.correct("claim", f"Files one claim for the part: {shown}", check, "P-62", "P-63", "P-64")
    before = SawBefore(ids=(claim["orderId"],), field="status", tools=("createWarrantyClaim",))
    rubric.constrain("looked", "Looked at the order before filing", before, "P-05")
    id = derived_id("warranty_claim_", claim["productId"], claim["orderId"], claim["customerId"], reason, status)
    rubric.gives(CLAIM.holds(text(id)), "P-63", tag="completeness")
    rubric.gives(STATUS.holds(text(status)), "P-63")
    if denial:
        rubric.gives(DENIAL.holds(text(denial)), "P-64")


def ask_naturally(case: Case, found: Truth, chance: Chance) -> Asked:
    given, staff = case.given, case.notes["staff"]
    wish = WISHES.get(case.kind, "" if found.claim else "over")
    fault = "pushed" if given["overclocked"] else "new" if given["from_new"] else ""
    entry = "-".join(filter(None, ("clerk" if staff else "owner", wish, fault)))
    return REQUESTS.ask(entry, STAFF.get(staff, case.anchors[0]), case, **given, thing=thing_of(case, found))


WISHES = {**dict.fromkeys(REFUSED, "record"), "acceptance demanded": "accept", "ticket demands acceptance": "ticket"}
"""What sets a request apart in which more is wished than a claim as far as there is cover, by the kind of case."""


def given_naturally(case: Case, found: Truth) -> Mapping[str, Any]:
    """People are known by the name that the channel shows or that a colleague tells."""
    return {"customer": found.owner, "part": case.given["part"], **{f: case.given[f] for f in FLAGS}}


FLAGS = ("from_new", "overclocked", "on_record")


def thing_of(case: Case, found: Truth) -> str:
    """The part as its owner or a colleague would name it, with what it was sold as where it is a part of that."""
    part, sold = case.given["part"], SHORT.get(case.notes["sold"])
    whose = "the" if case.notes["staff"] else "my"
    if sold:
        return f"the {part} in {whose} {sold}"
    return f"the {part} from {whose} {found.sold.split(' + ')[0]} bundle" if found.inside else f"{whose} {part}"


def rubric_in_prose(case: Case, found: Truth) -> Rubric:
    """Nobody asks for the part's id; the claim has it. Who has a claim filed hears of that claim, who has no cover of the day
    on which it ended. What a denied claim says is told by its reason."""
    part, claim = case.given["part"], found.claim
    without = ["product-id-of-the-part"]
    judged: dict[str, str] = {}
    if claim and claim["denialReason"]:
        without += ["verdict", LAST_DAY]
        why = "the overclocking (product misuse)" if case.given["overclocked"] else "that the warranty had run out"
        judged["status-of-the-claim"] = "Does the answer say that the claim is on record as denied or refused?"
        judged["denial-reason"] = f"Does the answer give as the reason of the refusal {why}?"
    elif claim:
        without += ["verdict", LAST_DAY]
        judged["status-of-the-claim"] = (
            "Does the answer make clear that the claim is not accepted yet: that it is pending or waits for a review?"
        )
    else:
        judged["verdict"] = (
            f"Does the answer make clear that the warranty does not cover, or no longer covers, the {part}?"
        )
        if found.inside:
            system = SHORT.get(case.notes["sold"])
            term = f"of the whole {system}" if system else f"of the {part} itself, a year from the order,"
            judged["why"] = f"Does the answer say that it is the warranty {term} that has run out?"
    spoken = rubric(case, found).in_prose(without=without, judged=judged)
    spoken.be_sound(found.facts, amounts=found.amounts, days=(*found.known_days, found.end, found.own))
    return spoken


LAST_DAY = "last-day-of-cover"


# --- playing it --------------------------------------------------------------------------------------------------


def play(
    desk: Desk,
    given: Mapping[str, Any],
    *,
    own_term: bool = False,
    whole_order: bool = False,
    status: str = "pending_review",
    always: bool = False,
    the_system: bool = False,
    other_reason: bool = False,
) -> Composition:
    """own_term: counts the part's own months though it is built into a system; whole_order: leaves the product out and takes
    the earliest end in the order; status: of a claim with cover; always: files without cover too; the_system: files for the
    whole system, is refused, and says that it is done; other_reason: takes a late failure for a fault from new, or the other
    way round."""
    customer = find_customer(desk, given)
    order, sold, part = find_part(desk, customer, given["part"])
    of_part = {} if whole_order else {"product_id": part["id"]}
    answer = desk.call("checkWarrantyStatus", order_id=order["id"], **of_part)
    end = date.fromisoformat(answer["warranty_end_date"])
    if own_term:
        end = reckoning.months_on(reckoning.day_of(order["createdAt"]), reckoning.term_of(part))
    term_runs = end >= date(2025, 12, 1)
    covered = term_runs and not given["overclocked"]
    claim = None
    if covered or always or given["on_record"]:
        denial = None if covered or not given["on_record"] else "product_misuse" if term_runs else "out_of_warranty"
        arguments: dict[str, Any] = {
            "product_id": sold["id"] if the_system else part["id"],
            "order_id": order["id"],
            "customer_id": customer["id"],
            "reason": "defect" if given["from_new"] != other_reason else "malfunction",
            "status": "denied" if denial else status,
        }
        claim = desk.attempt("createWarrantyClaim", **arguments, **({"denial_reason": denial} if denial else {}))
    return told(part, end, covered, claim)


def told(part: Row, end: date, covered: bool, claim: Row | None) -> Composition:
    reply = Composition().decide(covered, "{verdict}.", "{verdict}, I checked.", words=("COVERED", "NOT COVERED"))
    reply.say("The part is {part}.", "Product id of the part: {part}.", part=text(part["id"]))
    reply.say(f"The last day of cover {'is' if covered else 'was'} {{end}}.", "Last day: {end}.", end=day(end))
    if claim and "id" in claim:
        reply.say("The claim is {id}.", "Claim id: {id}.", id=text(claim["id"]))
        reply.say("It stands at {status}.", "Claim status: {status}.", status=text(claim["status"]))
        if claim.get("denialReason"):
            reply.say("The denial reason is {reason}.", "Denied for {reason}.", reason=text(claim["denialReason"]))
    elif claim:
        reply.line("The claim is filed.")
    return reply


def find_customer(desk: Desk, given: Mapping[str, Any]) -> Row:
    """By e-mail, or by name and postal code where that is told."""
    if "email" in given:
        (found,) = desk.call("searchCustomers", email=given["email"])
        return found
    named = desk.call("searchCustomers", name=given["customer"])
    if "postal" not in given:
        return next(c for c in named if c["name"] == given["customer"])
    return next(c for c in named if any(a.get("postalCode") == given["postal"] for a in c["addresses"]))


def find_part(desk: Desk, customer: Row, part: str) -> tuple[Row, Row, Row]:
    """The order, the line's product and the part that was meant, bundles and systems taken apart."""
    for order in desk.call("searchOrders", customer_id=customer["id"]):
        for line in order["lineItems"]:
            sold = desk.call("getProduct", product_id=line["productId"])
            for product in opened(desk, sold):
                if product["category"] == PARTS[part] and "SATA" not in product["name"]:
                    return order, sold, product
    raise LookupError(part)


FAMILY = Family(
    id="MW-07",
    title="Warranty claim for a system",
    category="workflow",
    capabilities=("K4", "K6"),
    tolerates="An invented part id is no product of the catalogue, so it is not recognised as a second part.",
    cases=cases,
    truth=find,
    ask=ask,
    rubric=rubric,
    play=play,
    natural=Natural(ask_naturally, rubric_in_prose, given_naturally),
    tools="extended",
    falls=(
        Fall("counts-the-parts-months", "T-14", partial(play, own_term=True), SYSTEM_OVER),
        Fall("asks-about-the-order", "T-14", partial(play, whole_order=True), ("part of a bundle",)),
        Fall("accepts", "T-18", partial(play, status="accepted"), COVERED),
        Fall("claims-the-system", "T-15", partial(play, the_system=True), (*SYSTEM_KINDS, *REFUSED)),
        Fall("files-without-cover", "T-05", partial(play, always=True), OVER),
        Fall("mistakes-the-reason", "T-17", partial(play, other_reason=True), (*COVERED, *REFUSED)),
    ),
)
