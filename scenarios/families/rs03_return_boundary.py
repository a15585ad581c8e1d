"""RS-03: return eligibility at a day boundary. The mistakes: counting in UTC days, trusting the ETA or the digits of an id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any

from attrs import frozen

from ...engine.chance import Chance
from .. import reckoning, truth, unsigned
from ..checks import Avoids, Blank, Saw, day
from ..composition import Composition
from ..desk import Desk
from ..family import Asked, Case, Fall, Family, Natural, Rubric
from ..props import Props
from ..requests import requests
from ..scene import Scene
from ..wordings import wordings

WORDS, REQUESTS = wordings("rs03"), requests("rs03")

# Delivered at night in Kentucky, when the UTC calendar is a day ahead; or in plain daylight as a control.
ARRIVALS = {
    "last day, late evening": ("2025-11-11T03:40:00Z", True),  # 10 Nov 22:40 EST
    "one day late": ("2025-11-10T04:30:00Z", False),  # 9 Nov 23:30 EST
    "well inside, night": ("2025-11-19T04:15:00Z", True),
    "long over, night": ("2025-11-04T04:50:00Z", False),
    "inside, daylight": ("2025-11-17T18:20:00Z", True),
}
GOODS = (
    ("novachip-fusion-12700k", 1), ("coreflow-750w-gold-modular", 1), ("dataforge-nvme-1tb-gen4", 2),
    ("visionix-27-4k-144hz", 1), ("aeroshell-mid-tower-rgb", 1), ("skyforge-b550m-micro", 1),
)  # fmt: skip

STAFF = WORDS.speeches("staff")
CUSTOMER = WORDS.speeches("customer")


def cases(scene: Scene) -> Iterator[Case]:
    for number in range(120):
        kind, (arrived, inside) = list(ARRIVALS.items())[number % len(ARRIVALS)]
        key = f"{number:03d}"
        props = Props(scene, "RS-03", key)
        chance = scene.chance("RS-03", key)
        customer = props.customer()
        delivered = truth.est_date(arrived)
        order = props.order(
            customer, [chance.choice(GOODS)], (delivered - timedelta(days=chance.integer(5, 8))).isoformat()
        )
        props.payment(order)
        place = "{city}, {region}".format(**customer["addresses"][0])
        scans = [
            (f"{truth.est_date(order['createdAt']) + timedelta(days=2)}T16:00:00Z", "Louisville, KY", "in_transit")
        ]
        shipped = (truth.est_date(order["createdAt"]) + timedelta(days=1)).isoformat()
        props.shipment(order, shipped=shipped, events=[*scans, (arrived, place, "delivered")], estimate="there")
        yield Case(
            key=key,
            given={
                "order": order["id"],
                "staff": chance.choice(("Alex", "Tim", "Bianca")),
                "by_staff": number % 2 == 0,
            },
            anchors=(customer["id"],),
            fixtures=props.changes,
            kind=kind,
            traps=("T-02", "T-03") + (("T-08",) if "daylight" not in kind else ()),
            difficulty=1 if "daylight" in kind else 2,
            absent=not inside,
            notes={"customer": customer["id"], "claimed": delivered - timedelta(days=1)},
        )


# --- what is true, asked and wanted ------------------------------------------------------------------------------

DELIVERED = Blank("delivery day", ("delivered", "delivery", "arrived"))
LAST = Blank("last day of the window", ("last day", "window", "deadline", "final day", "last possible"))
STAFF_IDS = {"Alex": "alex-morgan", "Tim": "tim-bradley", "Bianca": "bianca-rossi"}


@frozen
class Truth:
    """misread: last days that a label, the order or the estimate would give."""

    delivered: date
    last: date
    returnable: bool
    ordered: date
    today: date
    misread: tuple[date, ...]
    shipment: str


def find(scene: Scene, case: Case) -> Truth:
    order = scene.row("order", case.given["order"])
    (shipment,) = scene.rows("shipment", orderId=order["id"])
    delivered, today = truth.delivered_on(scene, order["id"]), truth.today(scene)
    ordered, label, eta = (
        truth.est_date(text) for text in (order["createdAt"], shipment["createdAt"], shipment["eta"])
    )
    misread = {truth.last_day_after(day) for day in {ordered, label, eta} - {delivered}} - {today, delivered}
    last, returnable = truth.last_return_day(scene, order["id"]), truth.returnable(scene, order["id"])
    return Truth(delivered, last, returnable, ordered, today, tuple(sorted(misread)), shipment["id"])


def ask(case: Case, found: Truth, chance: Chance) -> Asked:
    staff, by_staff = case.given["staff"], case.given["by_staff"]
    speech = chance.choice(STAFF if by_staff else CUSTOMER)
    claimed = f"{case.notes['claimed']:%-d %B}"
    prompt = speech.compose(chance, order=case.given["order"], staff=staff, claimed=claimed)
    return Asked(STAFF_IDS[staff] if by_staff else case.notes["customer"], prompt, speech.voice)


def rubric(case: Case, found: Truth) -> Rubric:
    rubric = Rubric()
    rubric.decides(found.returnable, "P-20", "P-20a")
    beside = [found.ordered.isoformat(), found.today.isoformat()]
    rubric.gives(DELIVERED.holds(day(found.delivered), known=beside), "P-11", "P-21")
    rubric.gives(LAST.holds(day(found.last), known=beside[1:]), "P-20", "P-20a")
    rubric.constrain(
        "no-misread", "Counts from no label, order or estimate",
        Avoids(values=tuple(map(day, found.misread))), "P-21", "T-02", "T-03",
    )  # fmt: skip
    rubric.complete("looked", "Read the parcel's scans", Saw(ids=(found.shipment,), field="events"), "P-02")
    rubric.judged(
        "condition",
        "Says or asks in what condition the goods must be",
        "Does the answer say, or ask, that the goods must be unopened or undamaged?",
        "P-23",
    )
    rubric.standard()
    return rubric


def ask_naturally(case: Case, found: Truth, chance: Chance) -> Asked:
    if case.kind == unsigned.KIND:
        return REQUESTS.ask("unsigned", case.notes["customer"], case)
    given, claimed = case.given, f"{case.notes['claimed']:%b %-d}"
    asker = STAFF_IDS[given["staff"]] if given["by_staff"] else case.notes["customer"]
    return REQUESTS.ask(
        "staff" if given["by_staff"] else "customer", asker, case, order=given["order"], claimed=claimed
    )


def given_naturally(case: Case, found: Truth) -> Mapping[str, Any]:
    return {**case.given, "spoken": True}


def rubric_in_prose(case: Case, found: Truth) -> Rubric:
    """The last day is what any good answer to "can it still go back?" gives; the delivery day it counts from is not asked
    for, nor is the condition of the goods."""
    can = "can still" if found.returnable else "can no longer"
    question = f"Does the answer say that {case.given['order']} {can} be returned?"
    return rubric(case, found).in_prose(without=("delivery-day", "condition"), verdict={"verdict": question})


# --- playing it --------------------------------------------------------------------------------------------------


def play(desk: Desk, given: Mapping[str, Any], *, utc: bool = False) -> Composition:
    """utc: takes the UTC date of the scan for the day of delivery."""
    shipments = desk.call("searchShipments", order_id=given["order"])
    arrived = max(e["at"] for s in shipments for e in s["events"] if e["status"] == "delivered")
    return answer(given, date.fromisoformat(arrived[:10]) if utc else reckoning.day_of(arrived))


def by_tracking_number(desk: Desk, given: Mapping[str, Any]) -> Composition:
    """Another right way: from the order's details to the parcel by its tracking number."""
    details = desk.call("getOrderDetails", order_id=given["order"])
    (shipment,) = desk.call("searchShipments", tracking_number=details["shipment"]["tracking_number"])
    arrived = max(e["at"] for e in shipment["events"] if e["status"] == "delivered")
    return answer(given, reckoning.day_of(arrived))


def trusts_the_id(desk: Desk, given: Mapping[str, Any]) -> Composition:
    """Reads the digits of the shipment's id as the delivery date."""
    details = desk.call("getOrderDetails", order_id=given["order"])
    digits = details["shipment"]["id"].split("-")[1][-6:]
    return answer(given, date(2000 + int(digits[:2]), int(digits[2:4]), int(digits[4:6])))


def answer(given: Mapping[str, Any], delivered: date) -> Composition:
    last = reckoning.last_return_day(delivered)
    reply = Composition().decide(last >= date(2025, 12, 1), "{verdict}.", "{verdict}, going by our records.")
    if given.get("spoken"):  # a sentence for what was asked
        reply.line(f"{given['order']} was delivered on {delivered:%-d %B %Y}.")
        return reply.say("The last day to return it is {last}.", "Day 21, the last one, is {last}.", last=day(last))
    reply.say(
        f"{given['order']} was delivered on {{delivered}}; the last day of the return window is {{last}}.",
        f"Our carrier scan has {given['order']} arriving on {{delivered}}. The last day, day 21, is {{last}}.",
        "- Delivered: {delivered}\n- Last day of the window: {last}",
        delivered=day(delivered),
        last=day(last),
    )
    return reply.line("The goods must be unopened, or opened and undamaged.")


AT_NIGHT = tuple(kind for kind in ARRIVALS if "daylight" not in kind)

FAMILY = Family(
    id="RS-03",
    title="Return eligibility at a day boundary",
    category="reasoning",
    capabilities=("K3", "K5"),
    tolerates="Today may be named beside the last day, so 30 November off by one passes.",
    cases=cases,
    truth=find,
    ask=ask,
    rubric=rubric,
    play=play,
    routes=(by_tracking_number,),
    natural=Natural(ask_naturally, rubric_in_prose, given_naturally, unsigned=lambda case: not case.given["by_staff"]),
    falls=(
        Fall("utc-days", "T-08", partial(play, utc=True), AT_NIGHT),
        Fall("trusts-the-id", "T-03", trusts_the_id),
    ),
)
