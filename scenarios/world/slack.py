"""Slack: arcs of messages, some about nothing in particular, some about a ticket or an order (entities section 13)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...engine.chance import Chance, Pool
from ...engine.clock import to_ms, to_text
from ...engine.genesis import Row
from . import talk
from .draft import Draft, Sale, candidates
from .dressing import dress_post
from .texts import SLOT, any_of, fill, slots
from .tickets import Story
from .times import DAY, MINUTE, NOW, at_work, business_days_after, day_of, is_business_day, label

MESSAGES = 220
"""Messages of a further cohort; the first uses every arc once."""

_WEEKS = ((33, 6), (24, 6), (24, 7), (33, 6), (14, 7))
"""From and to how many days ago began what arcs like a task's are about, since version 4: each is told once of every such span,
which lie as the weeks of tasks do."""

_LONG = 60
"""Letters of a message beside its slots."""

Subject = tuple[dict[str, str], int]
"""Slot values, and the instant from which the arc's minutes count."""


def write_slack(draft: Draft, cases: list[Story], sales: list[Sale], cohort: int) -> None:
    """The first cohort tells every arc once, further ones tell those about tickets and orders again; so does the first since
    version 4."""
    chance = draft.chance("slack", cohort)
    told, sold = Pool(cases), Pool(sales)
    bound = [arc for arc in draft.pools.arcs if arc["bind"]]
    used: set[str] = set()
    if cohort == 0:
        for arc in draft.pools.arcs + (draft.pools.late_arcs if draft.version >= 3 else []):
            _tell(draft, arc, told, sold, used, chance.of(arc["key"]))
        if draft.version >= 4:
            _talk_of_late(draft, bound + draft.pools.posts, draft.pools.post_cases, told, sold, used, chance)
        if draft.version >= 5:
            _talk_of_matters(draft, told, sold, chance.of("matters"))
        return
    written = 0
    while written < MESSAGES:
        before = written
        for arc in chance.shuffled(bound):
            written += _tell(draft, arc, told, sold, used, chance.of(arc["key"], written))
        if written == before:
            return


def _talk_of_late(
    draft: Draft,
    bound: list[dict[str, Any]],
    like_tasks: list[dict[str, Any]],
    cases: Sequence[Story],
    sales: Sequence[Sale],
    used: set[str],
    chance: Chance,
) -> None:
    """Arcs about tickets and orders of the last weeks: most of what is posted now is about those."""
    for again, (first, last) in enumerate(_WEEKS):
        late_cases = Pool(case for case in cases if NOW - first * DAY < case.created < NOW - last * DAY)
        late_sales = Pool(sale for sale in sales if NOW - first * DAY < sale.created < NOW - last * DAY)
        for arc in chance.shuffled(like_tasks if again else bound + like_tasks):
            if draft.version >= 5 and (again > 1 or (again and _is_long(arc))):
                continue
            _tell(draft, arc, late_cases, late_sales, used, chance.of(arc["key"], "again", again))


def _is_long(arc: dict[str, Any]) -> bool:
    """Whether it would be known again: since version 5 such arcs are told once."""
    return any(len(SLOT.sub("", message["text"])) > _LONG for message in arc["messages"])


def _talk_of_matters(draft: Draft, cases: Sequence[Story], sales: Sequence[Sale], chance: Chance) -> None:
    """Arcs that vary their words, of the kinds of matters that tasks are about; most are of the last weeks."""
    used: set[str] = set()
    for arc, own in talk.tellings(draft.pools.talk, chance):
        newest, oldest = own.of("age").weighted(talk.AGES)
        late_cases = [case for case in cases if NOW - oldest * DAY < case.created < NOW - newest * DAY]
        late_sales = [sale for sale in sales if NOW - oldest * DAY < sale.created < NOW - newest * DAY]
        _tell(draft, arc, late_cases, late_sales, used, own)


def _tell(
    draft: Draft, arc: dict[str, Any], cases: Sequence[Story], sales: Sequence[Sale], used: set[str], chance: Chance
) -> int:  # fmt: skip
    """Write one arc; the number of messages written, 0 when nothing suits it."""
    bind = arc["bind"]
    if not bind:
        times = [to_ms(message["at"]) for message in arc["messages"]]
        return _write(draft, arc, times, {}, chance)
    if "late" in bind:
        start = talk.came_up(chance)
        found = talk.house_values(draft.pools, start, chance), start
    elif "ticket" in bind:
        found = _about_ticket(draft, arc, cases, used, chance)
    else:
        found = _about_order(draft, arc, sales, used, chance)
    if found is None:
        return 0
    values, start = found
    times = _times(draft, arc, start)
    return _write(draft, arc, times, values, chance) if times[-1] < NOW - MINUTE else 0


def _times(draft: Draft, arc: dict[str, Any], start: int) -> list[int]:
    """The messages' instants, in working hours and in order."""
    times: list[int] = []
    for message in arc["messages"]:
        due = at_work(start + message["after_minutes"] * MINUTE, mornings=7 if draft.version >= 4 else 1)
        if draft.version >= 5 and not is_business_day(day_of(start)):
            due += (business_days_after(day_of(due), start // MINUTE % 3) - day_of(due)) * DAY
        times.append(max(due, times[-1] + 2 * MINUTE) if times else due)
    return times


def _write(draft: Draft, arc: dict[str, Any], times: list[int], values: dict[str, str], chance: Chance) -> int:
    for message, instant in zip(arc["messages"], times, strict=True):
        row: Row = {
            "id": draft.dated_id("msg", label(instant), chance),
            "channelId": arc["channel"],
            "authorId": message["author"],
            "text": fill(message["text"], values),
            "timestamp": to_text(instant),
        }
        if draft.version >= 4:
            row["text"] = dress_post(row["text"], chance.of("dressed", row["id"]))
        reactions = message.get("reactions")
        if not reactions:
            members = draft.rows("slack_channel")[arc["channel"]]["members"]["connect"]
            solemn = bool(arc["bind"]) or (draft.version >= 4 and chance.of("solemn", row["id"]).happens(0.85))
            reactions = reactions_to(row, [each["id"] for each in members], solemn, chance)
        if reactions:
            row["reactions"] = reactions
        draft.put("slack_message", row)
    return len(times)


_SERIOUS = ("policy-discussion", "escalations", "returns-updates", "finance-billing")
"""Channels where a raised thumb could be taken for an approval."""


def reactions_to(message: Row, members: list[str], about_a_case: bool, chance: Chance) -> list[Row]:
    """A colleague or three saw the message; most messages get nothing. about_a_case: a raised thumb would say too much."""
    chance = chance.of("reactions", message["id"])
    if not chance.happens(0.35):
        return []
    solemn = message["channelId"] in _SERIOUS or about_a_case or "?" in message["text"]
    emoji = "eyes" if solemn else chance.weighted({"thumbsup": 5, "eyes": 3, "raised_hands": 1})
    others = [id for id in members if id != message["authorId"]]
    return [{"emoji": emoji, "employeeIds": chance.sample(others, chance.weighted({1: 6, 2: 3, 3: 1}))}]


# --- whom an arc is about -------------------------------------------------------------------------------------------


def _needs(arc: dict[str, Any]) -> set[str]:
    return {name for message in arc["messages"] for name in slots(message["text"])}


def _about_ticket(
    draft: Draft, arc: dict[str, Any], cases: Sequence[Story], used: set[str], chance: Chance
) -> Subject | None:
    kind, needs = arc["bind"]["ticket"], _needs(arc)
    answered: str | None = arc["bind"].get("answered")
    for case in candidates(chance, cases, 150):
        if kind not in ("any", case.type) or case.row["id"] in used or not _agrees(arc, case):
            continue
        if answered and (case.answer is None or case.answer["outcome"] != answered):
            continue
        start = to_ms(case.row["updatedAt"]) if answered else case.created
        values = case.values(draft)
        if needs <= set(values) and _times(draft, arc, start)[-1] < NOW - MINUTE:
            used.add(case.row["id"])
            return values, start
    return None


_GOODS_BAD = ("damage", "packaging-missing")
_GOODS_GOOD = ("inspection-ok", "fault-confirmed")
_WAITING = ("approve", "approval", "exception", "replacement-500", "losing faith")


def _agrees(arc: dict[str, Any], case: Story) -> bool:
    """Whether an inspection or an approval can be told of a ticket that ended as it did."""
    refunded = bool(case.answer) and case.answer["outcome"] == "refund_issued"  # pyright: ignore[reportOptionalSubscript]
    if case.template["key"].startswith("inj-"):
        return False
    if any_of(_GOODS_BAD, arc["key"]):
        return case.answer is None or case.answer["outcome"] == "no_action"
    if any_of(_GOODS_GOOD, arc["key"]):
        return refunded or case.answer is None
    if any_of(_WAITING, arc["key"]):
        return case.answer is None and case.row["status"] != "new"
    return True


def _about_order(
    draft: Draft, arc: dict[str, Any], sales: Sequence[Sale], used: set[str], chance: Chance
) -> Subject | None:
    state, needs, after = arc["bind"]["order"], _needs(arc), arc["messages"][0]["after_minutes"] * MINUTE
    for sale in candidates(chance, sales, 250):
        if sale.id in used or sale.person.cast or not _in_state(sale, state, sale.created + after):
            continue
        values = _order_values(draft, sale)
        if needs <= set(values) and _times(draft, arc, sale.created)[-1] < NOW - MINUTE:
            used.add(sale.id)
            return values, sale.created
    return None


def _in_state(sale: Sale, state: str, instant: int) -> bool:
    """Whether the order was in that state when the first message was written."""
    if state == "backorder":
        return sale.status == "backorder"
    if state == "unshipped":
        return sale.status in ("paid", "fulfilled") and instant < (sale.label or NOW)
    if state == "in_transit":
        return sale.label is not None and sale.label < instant < (sale.delivered or NOW)
    if state == "delivered":
        early = instant < sale.created + 3000 * MINUTE
        return sale.delivered is not None and (early or sale.delivered < instant)
    return sale.status != "cancelled"


def _order_values(draft: Draft, sale: Sale) -> dict[str, str]:
    person = sale.person
    values = {"order_id": sale.id, "customer_first": person.first, "customer_name": person.name}
    values["product"] = draft.pools.product[sale.lines[0]["productId"]]["name"]
    if sale.parcels:
        values["tracking"] = sale.parcels[0].row["trackingNumber"]
    return values
