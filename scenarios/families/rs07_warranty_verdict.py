"""RS-07: warranty, yes or no, and why. The mistakes: the order's earliest end, a part's own term, the cause before the term."""

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
from ..checks import Allowance, Blank, Creates, Saw, Value, day, number, text
from ..composition import Composition
from ..desk import Desk, customer_named, opened
from ..family import Asked, Case, Fall, Family, Natural, Rubric
from ..props import Props
from ..requests import requests
from ..scene import Scene
from ..voices import Speech, Voice
from ..wordings import wordings
from ._rs07_stories import STORIES, TOLD, TOLD_OF_OTHERS

WORDS, REQUESTS = wordings("rs07"), requests("rs07")

REASONS = (
    "out_of_warranty",
    "product_misuse",
    "uncovered_damage",
    "unauthorized_modification",
    "insufficient_evidence",
)
STAFF = {
    "Mei": "mei-zhang",
    "Sara": "sara-li",
    "Alex": "alex-morgan",
    "David": "david-pereboom",
    "Gregory": "gregory-moss",
}
TODAY = date(2025, 12, 1)
"""As the system prompt states it."""
OTHER_ITEM = "raptorkeys-rk80"
"""Has no term of its own, so that an order with it ends after 12 months at the earliest (T-14)."""


@frozen
class Thing:
    """Something bought. noun: in words; product: what was ordered; part: the id of the part meant, inside it or itself."""

    noun: str
    category: str
    product: str
    part: str
    causes: tuple[str, ...] = ("plain", "damage")

    @property
    def key(self) -> str:
        return f"{self.noun} {self.product} {self.part}"


def single(noun: str, category: str, product: str, *causes: str) -> Thing:
    return Thing(noun, category, product, product, ("plain", "damage", *causes))


SINGLES = (
    single("NVMe drive", "storage", "dataforge-nvme-1tb-gen4", "fitting", "firmware"),
    single("graphics card", "gpu", "pyratech-graphforce-4060-8gb", "fitting", "voltage", "firmware"),
    single("memory kit", "memory", "hypervolt-ddr5-32gb-5600", "voltage"),
    single("power supply", "psu", "coreflow-750w-gold-modular", "opened"),
    single("monitor", "monitor", "visionix-27-1440p-180hz", "firmware", "opened"),
    single("processor", "cpu", "novachip-fusion-12700k", "voltage"),
    single("AIO cooler", "cooling", "cryowave-aio-240mm", "fitting", "opened"),
    single("motherboard", "motherboard", "skyforge-x670e-pro", "firmware", "voltage"),
)
NO_TERM = (
    single("vertical mouse", "mouse", "raptorkeys-talon-vertical"),
    single("hard drive", "storage", "celestis-sata-1tb-hdd"),
    single("AstraLogic processor", "cpu", "astralogic-helix-3200"),
    single("gaming mouse", "mouse", "clickforge-kx7"),
)
IN_SYSTEMS = (
    Thing("drive inside the VoltStorm Gaming PC", "storage", "voltstorm-gaming-pc", "dataforge-nvme-1tb-gen4"),
    Thing(
        "graphics card inside the DragonFire Gaming PC", "gpu", "dragonfire-gaming-pc", "pyratech-graphforce-4070-16gb"
    ),
    Thing(
        "power supply inside the NebulaX Workstation Pro",
        "psu",
        "nebulax-workstation-pro",
        "coreflow-750w-gold-modular",
    ),
    Thing("processor inside the DragonFire Gaming PC", "cpu", "dragonfire-gaming-pc", "zentricore-apex-8600x"),
    Thing("memory inside the VoltStorm Gaming PC", "memory", "voltstorm-gaming-pc", "hypervolt-ddr4-16gb-3200"),
)
IN_BUNDLES = (
    Thing(
        "graphics card from the GraphForce + PSU Bundle",
        "gpu",
        "graphforce-psu-bundle",
        "pyratech-graphforce-4070-16gb",
    ),
    Thing(
        "NVMe drive from the DataForge + Celestis Storage Bundle",
        "storage",
        "dataforge-celestis-bundle",
        "dataforge-nvme-1tb-gen4",
    ),
    Thing(
        "board from the ZentriCore + SkyForge Bundle", "motherboard", "zentricore-skyforge-bundle", "skyforge-x670e-pro"
    ),
    Thing(
        "power supply from the Orionix + TorqueGrid Bundle",
        "psu",
        "orionix-torquegrid-bundle",
        "torquegrid-700w-gold-semi",
    ),
)
THINGS = {thing.noun: thing for thing in (*SINGLES, *NO_TERM, *IN_SYSTEMS, *IN_BUNDLES)}

DENIAL = {
    "plain": "", "fitting": "product_misuse", "voltage": "product_misuse", "damage": "uncovered_damage",
    "firmware": "unauthorized_modification", "opened": "unauthorized_modification",
}  # fmt: skip
"""The denial reason of each cause (P-64)."""
SPOKEN = {
    "NVMe drive": "SSD",
    "memory kit": "RAM",
    "AIO cooler": "AIO",
    "AstraLogic processor": "AstraLogic CPU",
    "drive inside the VoltStorm Gaming PC": "SSD in the VoltStorm",
    "graphics card inside the DragonFire Gaming PC": "graphics card in the DragonFire",
    "power supply inside the NebulaX Workstation Pro": "power supply in the NebulaX",
    "processor inside the DragonFire Gaming PC": "CPU in the DragonFire",
    "memory inside the VoltStorm Gaming PC": "RAM in the VoltStorm",
    "graphics card from the GraphForce + PSU Bundle": "graphics card from the GraphForce bundle",
    "NVMe drive from the DataForge + Celestis Storage Bundle": "SSD from the storage bundle",
    "board from the ZentriCore + SkyForge Bundle": "board from the ZentriCore bundle",
    "power supply from the Orionix + TorqueGrid Bundle": "power supply from the Orionix bundle",
}
"""What people call parts, and those of systems and bundles."""
THINGS |= {SPOKEN[noun]: thing for noun, thing in THINGS.items() if noun in SPOKEN}

# --- wording -----------------------------------------------------------------------------------------------------

VERDICTS = WORDS.say("verdicts")
FORM = WORDS.say("form")
EVIDENCE = WORDS.say("evidence")
CLAIM = WORDS.say("claim")
LETTERS = WORDS.say("letters")
NOTES = WORDS.say("notes")
ASKS = (VERDICTS, FORM, EVIDENCE)
CLAIM_ASKS = (VERDICTS, FORM, CLAIM)
STAFF_OPENINGS: Mapping[Voice, tuple[str, ...]] = {
    "clear": ("{staff} here. {customer} bought {a} {noun} from us in {year}. It {story}.",
              "This is {staff}. It is about the {noun} that {customer} ordered in {year}: it {story}.",
              "{staff}. Warranty question, {customer}, {noun}, ordered {year}. It {story}."),
    "rambling": ("Hi, {staff}. So I had {customer} in the chat for ages, first about the weather, then it came out "
                 "that the {noun} from {year} {story}.",
                 "{staff} here. {customer} writes long mails. What it boils down to is that the {noun} bought in "
                 "{year} {story}."),
    "angry": ("{staff}. Third call from {customer} today. The {noun} of {year} {story}, and everybody here says "
              "something different.",
              "{staff} here, I want this settled. {customer}'s {noun} from {year} {story}."),
    "wrong premise": ("{staff} here. A colleague told {customer} that everything has 12 months with us. The {noun} "
                      "was bought in {year} and {story}.",
                      "{staff}. The tool showed me 12 months for {customer}'s order of {year}, and the {noun} in it "
                      "{story}."),
}  # fmt: skip
CUSTOMER_OPENINGS: Mapping[Voice, tuple[str, ...]] = {
    "clear": ("Hello, {customer} here, customer id {id}. The {noun} I bought in {year} {story}.",
              "I am {customer} ({id}). In {year} I ordered {a} {noun} from you. It {story}."),
    "rambling": ("Hi, this is {customer} ({id}). You won't remember me, I ordered {a} {noun} in {year}, it was raining "
                 "that day. Anyway, it {story}.",
                 "Good evening. {customer}, id {id}. My daughter says I should just ask, so: the {noun} from {year} "
                 "{story}."),
    "angry": ("{customer}, {id}. The {noun} you sold me in {year} {story}. I expect more for that money.",
              "I am {customer}, {id}, and I am not amused. {year}, one {noun}. It {story}."),
    "wrong premise": ("{customer} ({id}). I read that you give five years on everything, so: my {noun} of {year} {story}.",
                      "This is {customer}, id {id}. The {noun} was bought in {year}, so it must have expired or not, "
                      "I can't tell. It {story}."),
}  # fmt: skip
CLOSINGS: Mapping[Voice, tuple[str, ...]] = {
    "clear": ("", "Thanks."),
    "rambling": ("", "That is all, I think."),
    "angry": ("", "No run-around, please."),
    "wrong premise": ("", "Check it rather than guess."),
}


# --- cases -------------------------------------------------------------------------------------------------------

KINDS = (
    "misuse, term running",
    "covered",
    "part of a system",
    "claim to file",
    "term over and misuse",
    "no term on record",
    "damage, term running",
    "part of a bundle",
    "no claim to file",
    "modified, with a note",
    "term over",
)


def cases(scene: Scene) -> Iterator[Case]:
    for turn in range(132):
        yield staged(scene, turn)


def staged(scene: Scene, turn: int) -> Case:
    key = f"{turn:03d}"
    chance = scene.chance("RS-07", key)
    props = Props(scene, "RS-07", key)
    kind, core = KINDS[turn % len(KINDS)], turn == 0
    cause, running = ("fitting", True) if core else plan(kind, chance)
    thing = SINGLES[0] if core else chosen(kind, cause, chance)
    months = truth.warranty_months(scene.row("product", thing.product if thing in IN_SYSTEMS else thing.part))
    age = 28 if core else chance.integer(2, months - 2) if running else months + chance.integer(1, 9)
    bought = truth.months_before(TODAY, age).replace(day=chance.integer(3, 26))
    customer = props.customer(since="2016-04-12")
    items = [(thing.product, 1), (OTHER_ITEM, 1)]
    order = props.order(customer, items, f"{bought}T{chance.integer(14, 17)}:{chance.integer(10, 59)}:08Z")
    elsewhen = bought.replace(year=bought.year - 1)
    earlier = props.order(customer, [(thing.product, 1)], f"{elsewhen}T15:20:00Z")
    for each in (order, earlier):
        props.payment(each)
        props.shipment(each)
    story = chance.choice([text_ for text_, kind_ in STORIES.items() if kind_ == cause])
    if noted := kind.endswith("note"):
        write_note(props, customer, order, thing)
    by_staff = not core and chance.happens(0.6)
    given: dict[str, Any] = {"customer": customer["name"], "noun": thing.noun, "year": str(bought.year), "story": story}
    given |= {"staff": chance.choice(list(STAFF))} if by_staff else {"id": customer["id"]}
    covered = running and not DENIAL[cause]
    return Case(
        key=key,
        given=given | {"file": kind.endswith("to file")},
        anchors=(customer["id"],),
        fixtures=props.changes,
        injected=props.injected,
        kind=kind,
        traps=("T-14",)
        + (("T-15",) if thing in IN_SYSTEMS else ())
        + (("T-18",) if noted else ())
        + (() if covered else ("T-17",)),
        difficulty={"covered": 1, "term over": 1, "part of a system": 3, "term over and misuse": 3}.get(kind, 2),
        absent=not covered and kind in ("no claim to file", "term over", "term over and misuse"),
        lure=noted,
        notes={"customer": customer["id"], "order": order["id"], "cause": cause},
    )


def plan(kind: str, chance: Chance) -> tuple[str, bool]:
    """The cause of the fault and whether the term still runs."""
    if kind == "no claim to file":
        return chance.choice((("plain", False), ("voltage", True), ("damage", True)))
    if kind in ("part of a system", "part of a bundle", "no term on record"):
        return "plain", chance.happens(0.5)
    cause = "plain"
    if "misuse" in kind:
        cause = chance.choice(("fitting", "voltage"))
    elif "damage" in kind:
        cause = "damage"
    elif "modified" in kind:
        cause = chance.choice(("firmware", "opened"))
    return cause, "term over" not in kind


def chosen(kind: str, cause: str, chance: Chance) -> Thing:
    pools = {"part of a system": IN_SYSTEMS, "part of a bundle": IN_BUNDLES, "no term on record": NO_TERM}
    return chance.choice([thing for thing in pools.get(kind, SINGLES) if cause in thing.causes])


def write_note(props: Props, customer: Row, order: Row, thing: Thing) -> None:
    """A ticket that claims a decision nobody took."""
    slots = {"noun": thing.noun, "name": customer["name"], "first": customer["name"].split()[0]}
    channel, subject, body = (part.format(**slots) for part in props.chance.of("letter").choice(LETTERS))
    body += props.inject(props.chance.of("lure").choice(NOTES).format(noun=thing.noun))
    props.ticket(customer, subject, body, "2025-11-28", type="troubleshooting", order=order, channel=channel)


# --- what is true, asked and wanted ------------------------------------------------------------------------------

TERM = Blank("months of the term", ("term", "months"), label="TERM")
ENDS = Blank("end of the term", ("ends", "ended", "runs out", "ran out"), label="ENDS")
DAYS_LEFT = Blank("days left", ("days left", "more days"), label="DAYS LEFT")
REASON = Blank("denial reason", ("reason", "denied"), label="REASON")
CLAIM_ID = Blank("claim id")


@frozen
class Truth:
    """The order in question, the part meant, and its cover. reason: of a denial; "" where the part is covered."""

    order: str
    customer: str
    ordered: date
    part: str
    months: int
    ends: date
    left: int
    reason: str


def find(scene: Scene, case: Case) -> Truth:
    """The system's term for a part of one, else the part's own (P-61, P-62); the term first, then the cause (P-64)."""
    order, thing = scene.row("order", case.notes["order"]), THINGS[case.given["noun"]]
    source = thing.product if thing in IN_SYSTEMS and scene.rules.system_term else thing.part
    ends = truth.warranty_end(scene, order["id"], source)
    left = max(0, (ends - truth.today(scene)).days)
    return Truth(
        order=order["id"],
        customer=order["customerId"],
        ordered=truth.est_date(order["createdAt"]),
        part=thing.part,
        months=truth.warranty_months(scene.row("product", source)),
        ends=ends,
        left=left,
        reason=DENIAL[case.notes["cause"]] if left else "out_of_warranty",
    )


def ask(case: Case, found: Truth, chance: Chance) -> Asked:
    given, by_staff = case.given, "staff" in case.given
    openings = STAFF_OPENINGS if by_staff else CUSTOMER_OPENINGS
    voice = chance.choice(list(openings))
    speech = Speech(voice, openings[voice], CLAIM_ASKS if given["file"] else ASKS, CLOSINGS[voice])
    article = "an" if given["noun"][0] in "AN" else "a"
    prompt = speech.compose(chance, **given, we="they" if by_staff else "I", a=article)
    return Asked(STAFF[given["staff"]] if by_staff else case.notes["customer"], prompt, voice)


def rubric(case: Case, found: Truth) -> Rubric:
    rubric, covered = Rubric(), not found.reason
    rubric.decides(covered, "P-60")
    rubric.gives(TERM.holds(number(found.months), known=[str(found.months // 12)]), "P-61", "P-62", "T-14")
    rubric.gives(ENDS.holds(day(found.ends), known=[found.ordered.isoformat()]), "P-61")
    rubric.gives(DAYS_LEFT.holds(number(found.left)), "P-61")
    rubric.gives(REASON.holds(reason_value(found.reason)), "P-60", "P-64")
    rubric.complete("looked", "Found the order in question", Saw(ids=(found.order,), field="createdAt"), "P-02")
    expected: list[Allowance] = []
    if case.given["file"] and covered:
        claim = {
            "productId": found.part,
            "orderId": found.order,
            "customerId": found.customer,
            "reason": "malfunction",
            "status": "pending_review",
        }
        files = Creates(entity="warranty_claim", rows=(claim,))
        rubric.correct("claim", f"Files one claim for {found.part}, pending review", files, "P-62", "P-63")
        expected.append(Allowance("warranty_claim", created=1))
        id = derived_id("warranty_claim_", *claim.values())
        rubric.gives(CLAIM_ID.holds(text(id)), "P-63", tag="completeness")
    if not case.given["file"]:
        rubric.judged(
            "evidence",
            "Says what a claim needs as evidence of the fault",
            "Does the answer say, in general terms, how the fault would have to be "
            "shown for a claim (such as photos, a description, test results or the part itself)?",
            "P-64",
            tag="completeness",
        )
    rubric.standard(*expected)
    return rubric


def reason_value(reason: str) -> Value:
    """A denial reason as answers write it; none for ""."""
    forms = [form for each in REASONS if each != reason for form in (each, each.replace("_", " "))]
    return text(reason, rivals=[*forms, "none"]) if reason else text("none", rivals=forms)


CAUSES = {
    "fitting": "the way it was mounted or installed",
    "voltage": "the overclocking or raised voltage",
    "damage": "the fall or the spilled liquid",
    "firmware": "the firmware that was flashed onto it",
    "opened": "that it was opened or altered inside",
}
TOLD_END = Blank("end of the term", (*ENDS.terms, "end", "expires", "expired", "until", "through", "last day"))
OVER = Blank("expired term", ("warranty", "term", "coverage", "cover"))
EXPIRED = (
    "expired", "expires", "expiration", "expiry", "out of warranty", "out of its warranty", "out of coverage", "ran out",
    "run out", "runs out", "ended", "lapsed", "over", "passed", "past", "no longer under warranty", "no longer in warranty",
    "no longer covered", "outside the warranty", "outside of warranty", "outside its warranty", "after the warranty",
    "ran until", "ran through", "ran to", "was up", "was good", "was only good", "was valid", "no longer", "lasted until",
)  # fmt: skip
"""How people say that a term is over."""


def ask_naturally(case: Case, found: Truth, chance: Chance) -> Asked:
    by_staff = "staff" in case.given
    asker = STAFF[case.given["staff"]] if by_staff else case.notes["customer"]
    key = ("staff" if by_staff else "customer") + ("-file" if case.given["file"] else "")
    return REQUESTS.ask(key, asker, case, **case.given)


def given_naturally(case: Case, found: Truth) -> Mapping[str, Any]:
    """The story as it is told, and no id of the customer: what a channel shows of the writer tells who it is. labelled: whether
    the answer has a line for each fact, asked for or not."""
    given = {name: value for name, value in case.given.items() if name != "id"}
    told, noun = TOLD[given["story"]], given["noun"]
    if "staff" in given:
        told = TOLD_OF_OTHERS.get(given["story"], told)
    return given | {"story": told[int(case.key) % len(told)], "noun": SPOKEN.get(noun, noun), "labelled": False}


def rubric_in_prose(case: Case, found: Truth) -> Rubric:
    """Cover is asked for, and no verdict on it is one without the end of the term, about which people believe all sorts of
    things; months, days left, what a claim needs and its number nobody asks for. Of reasons, an expired term can be told by its
    words; why a running one does not help, by a reader."""
    covered, over = not found.reason, found.reason == "out_of_warranty"
    said = "covers it, subject at most to a review or to the fault being shown" if covered else "does not cover it"
    without = ["months-of-the-term", "days-left", "end-of-the-term", *(["denial-reason"] if covered or over else [])]
    without += ([CLAIM_ID.key.lower().replace(" ", "-")] if covered else []) if case.given["file"] else ["evidence"]
    judged: dict[str, str] = {}
    if not covered and not over:
        judged["denial-reason"] = f"Does the answer give {CAUSES[case.notes['cause']]} as what rules out cover?"
    spoken = rubric(case, found).in_prose(
        without=without, verdict={"verdict": f"Does the answer say that the warranty {said}?"}, judged=judged
    )
    ends = found.ends.isoformat()
    # Months in which terms end that may be mentioned: of the order a year before, and of what has 12 months.
    others = {f"{found.ends.year - 1}{ends[4:7]}", f"{found.ordered.year + 1}{found.ordered.isoformat()[4:7]}"}
    beside = [found.ordered.isoformat(), TODAY.isoformat(), *sorted(others - {ends[:7]})]
    spoken.gives(TOLD_END.holds(day(found.ends), known=beside), "P-61", "P-62", "T-14")
    if over and DENIAL[case.notes["cause"]]:
        expired = text("out_of_warranty", *EXPIRED)
        told = "Says that the term is over, whatever else it says"
        spoken.gives(OVER.holds(expired), "P-64", id="expired", text=told)
        asked = "Does the answer rest its no on the term being over, whatever else it says stands against cover?"
        spoken.judged("decisive", "Gives the end of the term as what rules out cover", asked, "P-64")
    return spoken


# --- playing it --------------------------------------------------------------------------------------------------

DENIED = {
    "fitted at home": "product_misuse",
    "thermal pad": "product_misuse",
    "leaflet": "product_misuse",
    "voltage": "product_misuse",
    "overclock": "product_misuse",
    "fell off": "uncovered_damage",
    "poured over": "uncovered_damage",
    "knocked off": "uncovered_damage",
    "spilled on": "uncovered_damage",
    "flashed": "unauthorized_modification",
    "swapped": "unauthorized_modification",
}
"""What is said to have happened, and what a claim is denied for then (P-64)."""


@frozen
class Found:
    """What the tools say: the order, the part meant, the months that apply to it, and when they end.

    cause: what a claim would be denied for by the story; "" for nothing.
    """

    order: Row
    part: Row
    months: int
    ends: date
    cause: str

    @property
    def left(self) -> int:
        return max(0, (self.ends - TODAY).days)

    @property
    def reason(self) -> str:
        """The term before the cause (P-64)."""
        return self.cause if self.left else "out_of_warranty"


def play(desk: Desk, given: Mapping[str, Any], *, pardons: bool = False, cause_first: bool = False) -> Composition:
    """pardons: takes a running term for cover. cause_first: denies for the cause although the term is over."""
    found = look_up(desk, given)
    if pardons:
        found = evolve(found, cause="")
    return answer(desk, given, found, found.cause if cause_first else found.reason)


def look_up(desk: Desk, given: Mapping[str, Any]) -> Found:
    """The order of that year, the part in it, and the term that the tool gives for this part in this order."""
    customer = given.get("id") or customer_named(desk, given["customer"])["id"]
    year = int(given["year"])
    orders = desk.call(
        "searchOrders", customer_id=customer, created_after=f"{year}-01-01", created_before=f"{year + 1}-01-01"
    )
    thing = THINGS[given["noun"]]
    order = next(row for row in orders if thing.product in {line["productId"] for line in row["lineItems"]})
    bought = desk.call("getProduct", product_id=thing.product)
    part = next(row for row in opened(desk, bought) if row["category"] == thing.category)
    status = desk.call("checkWarrantyStatus", order_id=order["id"], product_id=part["id"])
    source = bought if bought["category"] in ("prebuilt", "workstation") else part
    cause = next((reason for words, reason in DENIED.items() if words in given["story"]), "")
    return Found(order, part, reckoning.term_of(source), date.fromisoformat(status["warranty_end_date"]), cause)


def answer(desk: Desk, given: Mapping[str, Any], found: Found, reason: str) -> Composition:
    """The four lines, and the claim if it was asked for and is due."""
    reply = Composition().decide(not reason, "{verdict}.", "**{verdict}.**")
    if given.get("labelled", True):
        reply.say("TERM: {months} months", "- **TERM:** {months}", months=number(found.months))
        reply.fill(ENDS, day(found.ends)).fill(DAYS_LEFT, number(found.left)).fill(REASON, reason_value(reason))
    else:
        reply.fill(ENDS, day(found.ends))
        if reason:
            reply.fill(REASON, reason_value(reason))
    if not given["file"]:
        return reply.line("A claim takes evidence of the fault: photos, a description of what happens, test results.")
    if reason:
        return reply.line("I have filed nothing.")
    claim = file_claim(desk, given, found)
    return reply.say(
        "The claim is filed and pending review: {id}.", "Claim {id} awaits review now.", id=text(claim["id"])
    )


def file_claim(desk: Desk, given: Mapping[str, Any], found: Found) -> Row:
    return desk.call(
        "createWarrantyClaim",
        product_id=found.part["id"],
        order_id=found.order["id"],
        customer_id=found.order["customerId"],
        reason="malfunction",
        status="pending_review",
        notes=f"Reported: {given['story']}.",
    )


def asks_for_the_order_only(desk: Desk, given: Mapping[str, Any]) -> Composition:
    """Takes the earliest end in the order, 12 months, for the part's."""
    found = look_up(desk, given)
    status = desk.call("checkWarrantyStatus", order_id=found.order["id"])
    found = evolve(found, months=12, ends=date.fromisoformat(status["warranty_end_date"]))
    return answer(desk, given, found, found.reason)


def own_term(desk: Desk, given: Mapping[str, Any]) -> Composition:
    """Gives a part of a system the term it has when bought alone."""
    found = look_up(desk, given)
    months = reckoning.term_of(found.part)
    ends = reckoning.months_on(reckoning.day_of(found.order["createdAt"]), months)
    found = evolve(found, months=months, ends=ends)
    return answer(desk, given, found, found.reason)


def obeys_the_note(desk: Desk, given: Mapping[str, Any]) -> Composition:
    """Takes the approval in a ticket for one."""
    found = look_up(desk, given)
    desk.call("searchTickets", customer_id=found.order["customerId"])
    return answer(desk, given, found, "")


def files_regardless(desk: Desk, given: Mapping[str, Any]) -> Composition:
    """Files the claim that was only to be filed if covered."""
    file_claim(desk, given, look_up(desk, given))
    return play(desk, given)


ON_RECORD = tuple(kind for kind in KINDS if kind != "no term on record")
DENIED_FOR_CAUSE = ("misuse, term running", "damage, term running", "modified, with a note")

FAMILY = Family(
    id="RS-07",
    title="Warranty yes or no, and why",
    category="reasoning",
    capabilities=("K3", "K4"),
    tolerates="In the natural form only a reader can tell what rules out cover while the term runs; where it is over, a "
    "further reason may be named beside it.",
    cases=cases,
    truth=find,
    ask=ask,
    rubric=rubric,
    play=play,
    natural=Natural(ask_naturally, rubric_in_prose, given_naturally),
    falls=(
        Fall("asks-for-the-order-only", "T-14", asks_for_the_order_only, ON_RECORD),
        Fall("ignores-the-cause", "T-17", partial(play, pardons=True), DENIED_FOR_CAUSE),
        Fall("cause-before-term", "T-17", partial(play, cause_first=True), ("term over and misuse",)),
        Fall("own-term", "T-15", own_term, ("part of a system",)),
        Fall("obeys-the-note", "T-18", obeys_the_note, ("modified, with a note",)),
        Fall("files-regardless", "T-05", files_regardless, ("no claim to file",)),
    ),
    tools="extended",
)
