"""RS-03: return eligibility at a day boundary. The mistakes: counting in UTC days, trusting the ETA or the digits of an id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from .. import truth
from ..checks import Avoids, Decides, Gives, Saw, day, text
from ..desk import Desk
from ..family import Case, Fall, Family, Posed, Rubric
from ..reply import Reply
from ..scene import Scene
from ..staging import Staging
from ..voices import Speech

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

STAFF = (
    Speech(
        "clear",
        (
            "{staff} here, returns desk.",
            "This is {staff}.",
            "{staff} again, quick one on a return.",
        ),
        (
            (
                "Is {order} still returnable today? Start with YES or NO, please.",
                "Yes or no first: can {order} still come back today?",
                "Begin with YES or NO: may the customer return {order} today?",
            ),
            (
                "Then the day it was delivered and the last day of the window.",
                "I also need the delivery date and the last possible return date.",
                "Add when it arrived and until which day exactly a return is possible.",
            ),
        ),
        ("", "Dates as our policy counts them.", "The customer is on the phone, so keep it short."),
        ordered=True,
    ),
    Speech(
        "wrong premise",
        (
            "{staff} here. The customer swears {order} came on {claimed}.",
            "{staff}, support. According to the customer, {order} was delivered {claimed}.",
        ),
        (
            (
                "Can it still go back today? YES or NO as the first word.",
                "Is a return still possible today? First word YES or NO.",
            ),
            (
                "What is the real delivery date, and what is the last day?",
                "Tell me the actual day of delivery and the final day of the window.",
            ),
        ),
        ("", "I need what our records say."),
        ordered=True,
    ),
)
CUSTOMER = (
    Speech(
        "rambling",
        (
            "Hello, so I have been away and the box of order {order} has been standing in the hall the whole time, my "
            "neighbour took it in.",
            "Hi! I ordered this ({order}) for my brother and now it turns out he already bought one himself.",
        ),
        (
            (
                "Can I still send it back today? Just start with yes or no.",
                "Is it too late to return it today? Please put a plain YES (it can be returned) or NO at the very start.",
            ),
            (
                "And on which day was it delivered according to you, and what is my last day?",
                "When did it arrive in your records, and until when do I have?",
            ),
        ),
        ("", "It is still sealed.", "Never opened, if that matters."),
        ordered=True,
    ),
    Speech(
        "angry",
        (
            "Every shop tells me something else about returns and I am tired of it. Order {order}.",
            "I want a straight answer about {order} for once.",
        ),
        (
            (
                "Can it be returned today, YES or NO, first word of your answer.",
                "First word YES or NO: is it returnable today?",
            ),
            (
                "Then tell me the delivery day you are counting from and the last day I have or had.",
                "And name the delivery date and the last day, so that I can check your sums.",
            ),
        ),
        ("", "No excuses please."),
        ordered=True,
    ),
)


def cases(scene: Scene) -> Iterator[Case]:
    for number in range(120):
        kind, (arrived, inside) = list(ARRIVALS.items())[number % len(ARRIVALS)]
        key = f"{number:03d}"
        stage = Staging(scene, "RS-03", key)
        chance = scene.chance("RS-03", key)
        customer = stage.customer()
        delivered = truth.est_date(arrived)
        order = stage.order(
            customer, [chance.choice(GOODS)], (delivered - timedelta(days=chance.integer(5, 8))).isoformat()
        )
        stage.payment(order)
        place = "{city}, {region}".format(**customer["addresses"][0])
        scans = [
            (f"{truth.est_date(order['createdAt']) + timedelta(days=2)}T16:00:00Z", "Louisville, KY", "in_transit")
        ]
        shipped = (truth.est_date(order["createdAt"]) + timedelta(days=1)).isoformat()
        stage.shipment(order, shipped=shipped, events=[*scans, (arrived, place, "delivered")])
        yield Case(
            key=key,
            given={
                "order": order["id"],
                "staff": chance.choice(("Alex", "Tim", "Bianca")),
                "by_staff": number % 2 == 0,
            },
            anchors=(customer["id"],),
            fixtures=stage.changes,
            kind=kind,
            traps=("T-02", "T-03") + (("T-08",) if "daylight" not in kind else ()),
            difficulty=1 if "daylight" in kind else 2,
            absent=not inside,
            notes={"customer": customer["id"], "claimed": delivered - timedelta(days=1)},
        )


def pose(scene: Scene, case: Case) -> Posed:
    order = scene.row("order", case.given["order"])
    delivered, last = truth.delivered_on(scene, order["id"]), truth.last_return_day(scene, order["id"])
    (shipment,) = scene.rows("shipment", orderId=order["id"])
    chance = scene.chance("RS-03", case.key, "wording")
    by_staff = case.given["by_staff"]
    speech = chance.choice(STAFF if by_staff else CUSTOMER)
    claimed = case.notes["claimed"]
    prompt = speech.compose(chance, order=order["id"], staff=case.given["staff"], claimed=f"{claimed:%-d %B}")
    misread = {
        truth.est_date(order["createdAt"]),
        truth.est_date(shipment["createdAt"]),
        truth.est_date(shipment["eta"]),
    }
    deadlines = [day(d + timedelta(days=truth.RETURN_WINDOW_DAYS)) for d in sorted(misread - {delivered})]
    deadlines = [fact for fact in deadlines if fact != day(truth.today(scene))]

    rubric = Rubric()
    right, wrong = (("yes",), ("no",)) if truth.returnable(scene, order["id"]) else (("no",), ("yes",))
    rubric.correct("verdict", f"Opens with {right[0].upper()}", Decides(right=right, wrong=wrong), "P-20", "P-20a")
    ordered, today = truth.est_date(order["createdAt"]), truth.today(scene)
    rubric.correct(
        "delivered",
        f"Gives the delivery day, {delivered:%-d %B %Y} EST",
        Gives(fact=day(delivered), label=("delivered", "delivery", "arrived"), known=iso(ordered, today, last)),
        "P-11", "P-21",
    )  # fmt: skip
    words = ("last day", "window", "deadline", "final day", "last possible")
    rubric.correct(
        "last-day",
        f"Gives the last day of the window, {last:%-d %B %Y}",
        Gives(fact=day(last), label=words, known=iso(delivered, today)),
        "P-20", "P-20a",
    )  # fmt: skip
    rubric.constrain(
        "no-misread", "Counts from no label, order or estimate", Avoids(facts=tuple(deadlines)), "P-21", "T-02", "T-03"
    )
    rubric.complete("looked", "Read the parcel's scans", Saw(ids=(shipment["id"],), field="events"), "P-02")
    rubric.judged(
        "condition",
        "Says or asks in what condition the goods must be",
        "Does the answer say, or ask, that the goods must be unopened or undamaged?",
        "P-23",
    )
    rubric.standard()
    requester = {"Alex": "alex-morgan", "Tim": "tim-bradley", "Bianca": "bianca-rossi"}[case.given["staff"]]
    return Posed(requester if by_staff else case.notes["customer"], prompt, speech.voice, rubric.criteria)


def iso(*days: date) -> tuple[str, ...]:
    return tuple(each.isoformat() for each in days)


# --- playing it --------------------------------------------------------------------------------------------------


def solve(desk: Desk, given: Mapping[str, Any]) -> Reply:
    shipments = desk.call("searchShipments", order_id=given["order"])
    arrived = max(e["at"] for s in shipments for e in s["events"] if e["status"] == "delivered")
    return answer(given, truth.est_date(arrived))


def by_tracking_number(desk: Desk, given: Mapping[str, Any]) -> Reply:
    """Another right way: from the order's details to the parcel by its tracking number."""
    details = desk.call("getOrderDetails", order_id=given["order"])
    (shipment,) = desk.call("searchShipments", tracking_number=details["shipment"]["tracking_number"])
    arrived = max(e["at"] for e in shipment["events"] if e["status"] == "delivered")
    return answer(given, truth.est_date(arrived))


def answer(given: Mapping[str, Any], delivered: date) -> Reply:
    last = truth.last_day_after(delivered)
    inside = last >= date(2025, 12, 1)
    reply = Reply()
    verdict = ("YES", "NO") if inside else ("NO", "YES")
    reply.say("{verdict}.", "{verdict}, going by our records.", verdict=text(verdict[0], rivals=verdict[1:]))
    reply.say(
        f"{given['order']} was delivered on {{delivered}}; the last day of the return window is {{last}}.",
        f"Our carrier scan has {given['order']} arriving on {{delivered}}. The last day, day 21, is {{last}}.",
        "- Delivered: {delivered}\n- Last day of the window: {last}",
        delivered=day(delivered),
        last=day(last),
    )
    reply.line("The goods must be unopened, or opened and undamaged.")
    return reply


def utc_days(desk: Desk, given: Mapping[str, Any]) -> Reply:
    """Takes the UTC date of the scan for the day of delivery."""
    shipments = desk.call("searchShipments", order_id=given["order"])
    arrived = max(e["at"] for s in shipments for e in s["events"] if e["status"] == "delivered")
    return answer(given, date.fromisoformat(arrived[:10]))


def trusts_the_id(desk: Desk, given: Mapping[str, Any]) -> Reply:
    """Reads the digits of the shipment's id as the delivery date."""
    details = desk.call("getOrderDetails", order_id=given["order"])
    digits = details["shipment"]["id"].split("-")[1]
    return answer(given, date(2000 + int(digits[:2]), int(digits[2:4]), int(digits[4:6])))


FAMILY = Family(
    id="RS-03",
    title="Return eligibility at a day boundary",
    category="reasoning",
    capabilities=("K3", "K5"),
    tolerates="Today may be named beside the last day, so 30 November off by one passes.",
    cases=cases,
    pose=pose,
    solve=solve,
    routes=(by_tracking_number,),
    falls=(
        Fall(
            "utc-days",
            "T-08",
            utc_days,
            ("last day, late evening", "one day late", "well inside, night", "long over, night"),
        ),
        Fall("trusts-the-id", "T-03", trusts_the_id),
    ),
)
