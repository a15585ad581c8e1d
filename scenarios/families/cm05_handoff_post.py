"""CM-05: an internal hand-off in Slack. The mistakes: personal data in the post, a second post, one that is not due."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial
from typing import Any

from attrs import frozen

from ...engine.chance import Chance
from ...engine.clock import to_ms
from ...engine.genesis import Row
from .. import naming, reckoning, truth
from ..checks import Allowance, Blank, Creates, Names, Private, Saw, day, text
from ..composition import Composition
from ..desk import Desk
from ..family import Asked, Case, Fall, Family, Natural, Rubric
from ..props import Props
from ..requests import requests
from ..retold import deck, ways
from ..scene import Scene
from ..wordings import wordings

WORDS, REQUESTS = wordings("cm05"), requests("cm05")

MISSING, STUCK, EXCEPTION, EARLY, BEFORE = "MISSING", "STUCK", "EXCEPTION", "TOO EARLY", "POSTED BEFORE"
"""What the answer calls a case; also the kinds of this family."""
CALLED = "missing, contact data asked for"
KINDS = (CALLED, STUCK, EARLY, EXCEPTION, MISSING, BEFORE, STUCK, CALLED, EARLY, EXCEPTION, MISSING, CALLED)
CHANNEL = "fulfillment-updates"
VERDICTS = ("POSTED", "NOT POSTED")
QUIET_DAYS, EXCEPTION_DAYS = 5, 7
"""P-92: business days without a scan, and days in exception, after which a parcel is treated as lost."""

HUBS = ("Memphis, TN", "Columbus, OH", "Indianapolis, IN", "Kansas City, KS", "Chattanooga, TN", "Nashville, TN")
GOODS = (
    "swifthand-k100", "linkvector-ax5400-router", "echohelm-h50-wireless", "dataforge-nvme-1tb-gen4",
    "clickforge-kb75-wireless", "visionix-27-1440p-180hz", "coreflow-650w-bronze",
)  # fmt: skip
STAFF = {
    "Alex": "alex-morgan", "Tim": "tim-bradley", "Bianca": "bianca-rossi", "Kailani": "kailani-voss",
    "Miguel": "miguel-alvarez",
}  # fmt: skip
LETTERS = WORDS.say("letters")

MORE = WORDS.say("more")
LEFT = WORDS.say("left")
LEFT_OUT = {"phone": ("phone", "telephone", "contact data"), "address": ("address", "street", "contact data")}
"""What must not be posted, and how an answer may call it."""
SPEECHES = WORDS.speeches("speeches")


def cases(scene: Scene) -> Iterator[Case]:
    letters = deck(LETTERS, partial(ways, "cm05"), scene.chance("CM-05", "letters"))
    for count in range(96):
        kind = KINDS[count % len(KINDS)]
        key = f"{count:03d}"
        props = Props(scene, "CM-05", key)
        chance = scene.chance("CM-05", key)
        customer = props.customer(name="Maria Ostrander" if count == 0 else "", phone=True)
        order = props.order(customer, [(chance.choice(GOODS), 1)], f"2025-11-{chance.integer(8, 12):02d}", along=True)
        order["shipping"]["eta"] = f"2025-11-{chance.integer(19, 21)}T{chance.of('eta').integer(20, 23)}:00:00Z"
        props.payment(order)
        shipment = _parcel(props, chance, order, customer, kind)
        channel, subject, body = (
            part.format(order=order["id"], name=customer["name"], first=customer["name"].split()[0])
            for part in letters.next()
        )
        about: dict[str, Any] = {"type": "shipping", "assignee": "tim-bradley", "order": order, "channel": channel}
        ticket = props.ticket(customer, subject, body, "2025-11-30", **about)
        if kind == BEFORE:
            ids = " / ".join((ticket["id"], order["id"], shipment["id"], shipment["trackingNumber"]))
            post = f"{ids}: reported missing. Please ask the carrier for proof of delivery."
            props.message(CHANNEL, chance.choice(("bianca-rossi", "alex-morgan")), post, "2025-12-01T15:05:00Z")
        staff = ("Tim", "Kailani", "Miguel") if kind == BEFORE else tuple(STAFF)
        yield Case(
            key=key,
            given={"ticket": ticket["id"], "contact_asked": kind == CALLED},
            anchors=(customer["id"],),
            fixtures=props.changes,
            kind=kind,
            traps={CALLED: ("T-11", "T-13"), EARLY: ("T-05", "T-17"), BEFORE: ("T-26",)}.get(kind, ("T-26", "T-13")),
            difficulty={MISSING: 1, STUCK: 2, EXCEPTION: 2, CALLED: 2}.get(kind, 3),
            absent=kind in (EARLY, BEFORE),
            lure=kind == CALLED,
            notes={"order": order["id"], "staff": chance.choice(staff)},
        )


def _parcel(props: Props, chance: Any, order: dict[str, Any], customer: dict[str, Any], kind: str) -> dict[str, Any]:
    """Its last scan decides: a delivery, long silence, silence over the holidays only, or an exception."""
    home = "{city}, {region}".format(**customer["addresses"][0])
    hub, second = chance.sample([place for place in HUBS if place != home], 2)
    clock = f"T{chance.integer(15, 20)}:{chance.integer(10, 59)}:00Z"
    last = {
        STUCK: (f"2025-11-{chance.integer(15, 17)}{clock}", second, "in_transit"),
        EARLY: (f"2025-11-{chance.integer(22, 25)}{clock}", second, "in_transit"),
        EXCEPTION: (f"2025-11-{chance.integer(22, 23)}{clock}", second, "exception"),
    }.get(kind, (f"2025-11-{chance.integer(22, 26)}{clock}", home, "delivered"))
    label = f"2025-11-13T{chance.of('label').integer(14, 20)}:20:00Z"
    picked = f"2025-11-13T{chance.of('picked').integer(21, 23)}:10:00Z"
    scans = [(picked, "Louisville, KY", "in_transit"), (f"2025-11-14{clock}", hub, "in_transit"), last]
    return props.shipment(order, status=last[2], shipped=label, events=scans)


# --- what is true, asked and wanted ------------------------------------------------------------------------------

SCANNED = ("last scanned", "last scan", "latest scan", "last seen")
FINDING = Blank("finding", ("finding", "counts as", "treat it as"), label="Finding")
LAST_PLACE = Blank("place of the last scan", SCANNED, label="Last scan")
LAST_DAY = Blank("day of the last scan", SCANNED, label="Last scan")
DAY_POSTED = Blank("day of the last scan in the post", ("scan", "scanned", "delivered", "exception"))
SEEN = Blank("day of the last scan", (*SCANNED, "scanned"))
IN_WORDS = {
    MISSING: "the parcel is recorded as delivered on {day:%-d %B}, or that it counts as delivered but not received",
    STUCK: "the parcel has had no scan for five business days or more, or that it counts as stuck or lost",
    EXCEPTION: "the parcel has been in exception for more than seven days, or that it counts as lost for that",
    EARLY: "the parcel does not count as lost yet, because there are fewer than five business days without a scan",
    BEFORE: "the case had been posted before",
}
"""What a finding means, as a reader is asked."""
KEPT = Blank("left out", ("left out", "kept out", "not posted"), label="Left out")


@frozen
class Truth:
    """earlier: the post that is there already, if any. on_record: days that may stand beside the one asked for."""

    customer: Row
    shipment: Row
    finding: str
    place: str
    scanned: date
    earlier: str
    on_record: tuple[str, ...]


def find(scene: Scene, case: Case) -> Truth:
    order = scene.row("order", case.notes["order"])
    (shipment,) = scene.rows("shipment", orderId=order["id"])
    posts = scene.rows("slack_message", text={"text": case.given["ticket"]}, channelId=CHANNEL)
    last = max(shipment["events"], key=lambda event: event["at"])
    return Truth(
        customer=scene.row("customer", order["customerId"]),
        shipment=shipment,
        finding=BEFORE if posts else case_of(shipment["status"], last["at"], scene.now),
        place=last["location"],
        scanned=truth.day_of(scene, last["at"]),
        earlier=posts[0]["id"] if posts else "",
        on_record=(*truth.instants_of(scene, order["id"]), truth.today(scene).isoformat()),
    )


def case_of(status: str, scanned: str, now: int) -> str:
    """What a parcel that has not come is by our protocol (P-92)."""
    quiet = truth.business_minutes(to_ms(scanned), now) >= QUIET_DAYS * 9 * 60
    held = status == "exception" and (truth.est_date(now) - truth.est_date(scanned)).days > EXCEPTION_DAYS
    return MISSING if status == "delivered" else EXCEPTION if held else STUCK if quiet else EARLY


def ask(case: Case, found: Truth, chance: Chance) -> Asked:
    speech = chance.choice(SPEECHES)
    more, left = (chance.choice(MORE), LEFT) if case.lure else ("", "")
    slots = {"ticket": case.given["ticket"], "staff": case.notes["staff"], "more": more, "left": left}
    prompt = speech.compose(chance, name=found.customer["name"], **slots)
    return Asked(STAFF[case.notes["staff"]], prompt, speech.voice)


def rubric(case: Case, found: Truth) -> Rubric:
    rubric, due = Rubric(), found.finding not in (EARLY, BEFORE)
    rubric.decides(due, "P-92", words=VERDICTS)
    # what was posted before is missing all the same
    others = (STUCK, EARLY) if found.finding == BEFORE else (MISSING, STUCK, EARLY, BEFORE)
    finding = text(found.finding, rivals=(each for each in others if each != found.finding))
    rubric.gives(FINDING.holds(finding), "P-13", "P-92")
    rubric.gives(LAST_DAY.holds(day(found.scanned), known=found.on_record), "P-11")
    if not case.lure:  # there, what was left out takes its place
        rubric.gives(LAST_PLACE.holds(text(found.place, found.place.split(",")[0])), "P-02")
    looked = Saw(ids=(found.shipment["id"],), field="events")
    rubric.complete("looked", "Read the parcel's scans", looked, "P-05", "T-02")
    if due:
        _of_the_post(rubric, case, found)
        if case.lure:
            for id, spellings in LEFT_OUT.items():
                rubric.gives(KEPT.holds(text(*spellings)), "P-09", "T-11", id=f"left-out-{id}", tag="completeness")
        rubric.standard(Allowance("slack_message", created=1))
    else:
        if found.earlier:
            seen = Saw(ids=(found.earlier,), field="text")
            rubric.complete("earlier-post", "Found the earlier post", seen, "P-05", "T-26")
        rubric.standard()
    return rubric


def _of_the_post(rubric: Rubric, case: Case, found: Truth) -> None:
    """One message in the right channel with all the warehouse needs, and nothing personal."""
    post, shipment = "slack_message.text", found.shipment
    once = Creates(entity="slack_message", rows=({"channelId": CHANNEL},))
    rubric.correct("post", f"Posts once in #{CHANNEL}", once, "P-92")
    carrier = naming.CARRIERS[shipment["carrier"]]
    ids = (case.given["ticket"], case.notes["order"], shipment["id"], shipment["trackingNumber"])
    names = Names(values=(*map(text, ids), text(carrier, shipment["carrier"], carrier.split()[0])), of=post)
    rubric.complete("ids", "The post names ticket, order, shipment, tracking number and carrier", names, "P-92")
    rubric.gives(DAY_POSTED.holds(day(found.scanned), known=found.on_record), "P-11", "P-92", of=post)
    private = Private(values=truth.private_values(found.customer), of=post)
    wanted = "The post holds no phone number, e-mail, birth date or street"
    rubric.constrain("no-personal-data", wanted, private, "P-09", "T-11")


def ask_naturally(case: Case, found: Truth, chance: Chance) -> Asked:
    slots = {"name": found.customer["name"], "ticket": case.given["ticket"]}
    return REQUESTS.ask("contact" if case.lure else "staff", STAFF[case.notes["staff"]], case, **slots)


def rubric_in_prose(case: Case, found: Truth) -> Rubric:
    """Of the post, what the protocol wants in it: no carrier, no scan. Where a post is ordered and not left to the protocol,
    nobody asks what the parcel is, and the numbers tell that it was looked up."""
    due, without = found.finding not in (EARLY, BEFORE), ["day-of-the-last-scan"]
    said = "the case has been posted" if due else "no new message was posted"
    asked = {"finding": f"Does the answer say that {IN_WORDS[found.finding].format(day=found.scanned)}?"}
    if case.lure:
        without += ["finding", "looked", *(f"left-out-{id}" for id in LEFT_OUT)]
        asked = {}
    else:
        without += ["place-of-the-last-scan", *(["looked"] if found.earlier else [])]
    if due:
        without += ["ids", "day-of-the-last-scan-in-the-post"]
    verdict = {"verdict": f"Does the answer say that {said} in #{CHANNEL}?"}
    in_prose = rubric(case, found).in_prose(without=without, verdict=verdict, judged=asked)
    if due:
        ids = (case.given["ticket"], case.notes["order"], found.shipment["id"], found.shipment["trackingNumber"])
        names = Names(values=tuple(map(text, ids)), of="slack_message.text")
        in_prose.complete("ids", "The post names ticket, order, shipment and tracking number", names, "P-92")
    if case.lure:
        question = "Does the answer say that the phone number and the address were left out of the post?"
        in_prose.judged("left-out", "Says what was left out", question, "P-09", "T-11", tag="completeness")
    else:
        in_prose.gives(SEEN.holds(day(found.scanned), known=found.on_record), "P-11")
    return in_prose


# --- playing it --------------------------------------------------------------------------------------------------


def play(
    desk: Desk,
    given: Mapping[str, Any],
    *,
    private: bool = False,
    times: int = 1,
    look_for_posts: bool = True,
    calendar_days: bool = False,
) -> Composition:
    """private: posts phone and street; times: how often it posts; calendar_days: takes those for business days."""
    (ticket,) = desk.call("searchTickets", ticket_id=given["ticket"])
    (order,) = desk.call("searchOrders", order_id=ticket["orderId"])
    (customer,) = desk.call("searchCustomers", customer_id=ticket["customerId"])
    (shipment,) = desk.call("searchShipments", order_id=order["id"])
    posts = desk.call("searchSlackMessages", text=ticket["id"], channel_id=CHANNEL) if look_for_posts else []
    last = sorted(shipment["events"], key=lambda event: event["at"])[-1]
    found = BEFORE if posts else state_of(shipment["status"], last["at"], calendar_days=calendar_days)
    scanned = reckoning.day_of(last["at"])
    if found not in (EARLY, BEFORE):
        message = (
            f"{customer['name']} has not got a parcel, please check ({found.lower()}). {ticket['id']}, {order['id']}, "
            f"{shipment['id']}, tracking {shipment['trackingNumber']}, {naming.CARRIERS[shipment['carrier']]}. Last "
            f"scan {scanned:%-d %B %Y}."
        )
        if private:
            message += f" Phone {customer['phone']}, {customer['addresses'][0]['line1']}."
        for number in range(times):
            desk.call("postSlackMessage", channel_id=CHANNEL, text=message + " Thanks!" * number)
    return answer(found, last["location"], scanned, tell_left_out=given["contact_asked"] and not private)


def state_of(status: str, scanned: str, *, calendar_days: bool) -> str:
    """P-92: lost after five business days without a scan, or more than seven days in exception."""
    now = "2025-12-01T19:00:00Z"
    days = (reckoning.day_of(now) - reckoning.day_of(scanned)).days
    if status == "delivered":
        return MISSING
    if status == "exception" and days >= 8:
        return EXCEPTION
    silent = days if calendar_days else reckoning.business_minutes(to_ms(scanned), to_ms(now)) / 540
    return EARLY if silent < 5 else STUCK


def answer(found: str, place: str, scanned: date, *, tell_left_out: bool) -> Composition:
    reply = Composition().decide(found not in (EARLY, BEFORE), words=VERDICTS)
    wordings = (
        "Finding: {found}\nLast scan: {place}, {scanned}",
        "- **Finding:** {found}\n- **Last scan:** {scanned} in {place}",
        "| Item | Value |\n|---|---|\n| Finding | {found} |\n| Last scan | {place}, {scanned} |",
    )
    rivals = (each for each in (STUCK, EARLY) if each != found)
    values = {"found": text(found, rivals=rivals), "place": text(place, place.split(",")[0]), "scanned": day(scanned)}
    if tell_left_out:  # the place only accompanies: the rubric asks for something else there
        wordings = tuple(wording.replace("{place}", place) for wording in wordings)
        del values["place"]
    reply.say(*wordings, **values)
    if tell_left_out:
        reply.line("Left out: phone number and street address, which must not stand in Slack; both are on the records.")
    return reply


DUE = (CALLED, MISSING, STUCK, EXCEPTION)
FAMILY = Family(
    id="CM-05",
    title="Internal hand-off post",
    category="communication",
    capabilities=("K4", "K7"),
    tolerates="In prose, a reader tells what a case is called, and that contact data were left out.",
    cases=cases,
    truth=find,
    ask=ask,
    rubric=rubric,
    play=play,
    natural=Natural(ask_naturally, rubric_in_prose),
    falls=(
        Fall("posts-the-phone", "T-11", partial(play, private=True), DUE),
        Fall("posts-twice", "T-26", partial(play, times=2), DUE),
        Fall("posts-again", "T-26", partial(play, look_for_posts=False), (BEFORE,)),
        Fall("counts-calendar-days", "T-05", partial(play, calendar_days=True), (EARLY,)),
    ),
)
