"""Support tickets: a template meets a customer, an order in the right state, and a moment (entities section 8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cache
from math import inf
from typing import Any

from attrs import define, field

from ...engine.chance import Chance, Pool
from ...engine.clock import to_ms, to_text
from ...engine.genesis import Row
from . import manners, matters, portals
from .draft import Draft, Person, Sale, candidates, off_label
from .dressing import dress_ticket, settled_note
from .letters import within as within_letter
from .texts import answers, any_of, everyday_name, fill, goods_named, slots, subject_category, ticket_text
from .times import DAY, DESK_HOURS, HOUR, MINUTE, NOW, label, within

DESKS = {
    "return": Pool(("alex-morgan", "bianca-rossi", "kailani-voss", "gregory-moss")),
    "troubleshooting": Pool(("mei-zhang", "david-pereboom", "sara-li", "michael-torres", "gregory-moss")),
    "recommendation": Pool(("aisha-khan", "bianca-rossi", "mei-zhang")),
    "order_issue": Pool(("darnell-brooks", "alex-morgan", "tim-bradley", "priya-patel")),
    "shipping": Pool(("miguel-alvarez", "tracy-nguyen", "darnell-brooks", "bianca-rossi")),
    "billing": Pool(("daniel-price", "ruth-gallagher")),
    "other": Pool(("alex-morgan", "bianca-rossi", "tim-bradley", "kailani-voss")),
}
"""Who works on which type (P-71)."""
_TYPES = Pool(DESKS)

ANYBODY = "anybody"
"""Stands for whoever works on a ticket of its type."""

SETTLED_AS = {"troubleshooting": "troubleshooting_steps", "recommendation": "recommendation_provided"}
"""The outcome of tickets that were answered and nothing more, by their type."""
_PASSING = Pool(("no_action", *SETTLED_AS.values()))

_WAITING_AGE = ({(0, 3): 18, (3, 12): 50, (12, 36): 32}, {(0, 3): 14, (3, 12): 52, (12, 36): 34})
_ANSWERED_AGE = {(7, 30): 25, (30, 60): 27, (60, 180): 30, (180, 420): 18}
"""Age of a ticket in days, with weights: of those still unanswered, and of the answered ones. Later worlds have `manners`."""
_MISFILED = (0.22, 0.25)
_SAYS_ORDER = 0.93
_ANYTHING_FILED = 0.6
"""How many tickets are filed as `other`, since version 4 as anything; how many name their order though their text need not; how
many that fit no heading are filed under some heading, since version 4."""
_WRITTEN_HOURS = DESK_HOURS | {1: 0.8, 2: 0.8, 3: 0.8}
"""When tickets are written since version 4: some in the evening, after midnight in UTC."""

_NOBODY = (0.4, 0.25)
"""How many open tickets are nobody's: before version 4, since."""

_MISLEADING = 0.055
"""How many letters since version 4 hold a line that is to mislead."""

FIRST = "rec-old-board-cpu-drop"
"""The letter that a task is built on, which has the choice of all orders."""
_AIRED = {"recommendation": 0.5, "other": 0.5, "shipping": 1.0}
"""How many letters about no order, which tasks have too, a world has since version 5, by type; of others three in four."""
_KEPT = {"recommendation": 0.35, "other": 0.35, "shipping": 1.0, "return": 0.9}
"""The same of letters that nothing else hangs on; of others three in five, and of the spare ones three in five of all these."""

_LIMIT_DAYS = {"recent": 15, "delivered": 60, "any": 60, "cancelled": 20}


@define(eq=False)
class Story:
    """A ticket and what it is about."""

    template: dict[str, Any] = field(repr=False)
    person: Person
    sale: Sale | None
    product: str | None
    created: int
    row: Row = field(factory=dict)
    answer: dict[str, Any] | None = None
    build: Row | None = None
    told: dict[str, str] = field(factory=dict)
    """What further slots of its text hold."""

    @property
    def id(self) -> str:
        return self.row["id"]

    @property
    def type(self) -> str:
        return self.template["ticketType"]

    def values(self, draft: Draft) -> dict[str, str]:
        """What the slots of texts around this ticket hold."""
        values = {"first": self.person.first, "name": self.person.name, "city": self.person.addresses[0]["city"]}
        values |= {"customer_first": values["first"], "customer_name": values["name"]}
        if self.row:
            values["ticket_id"] = self.row["id"]
        if self.sale:
            values["order_id"] = self.sale.id
            if self.sale.parcels:
                values["tracking"] = self.sale.parcels[-1].row["trackingNumber"]
        if self.product:
            values["product"] = draft.pools.product[self.product]["name"]
        if self.build and self.build.get("name"):
            values["build"] = self.build["name"]
        return values | self.told


# --- when an order is in a state ------------------------------------------------------------------------------------


def span(sale: Sale, state: str) -> tuple[int, int] | None:
    """From when to when an order was in a state, as far as the clock; None if it never was."""
    low, high = _edges(sale, state)
    if low is None:
        return None
    high = NOW - 10 * MINUTE if high is None else min(high, NOW - 10 * MINUTE)
    return (low, high) if high - low > HOUR else None


def _edges(sale: Sale, state: str) -> tuple[int | None, int | None]:
    if state == "any":
        return sale.created + HOUR, sale.created + 60 * DAY
    if state == "cancelled":
        return (sale.changed, sale.changed + 20 * DAY) if sale.status == "cancelled" else (None, None)
    if state == "backorder":
        return (sale.created + 12 * HOUR, None) if sale.status == "backorder" else (None, None)
    if state == "unshipped":
        if sale.status == "cancelled":
            return sale.created + 5 * MINUTE, max(sale.changed, sale.created + 90 * MINUTE)
        waiting = sale.label or sale.status == "paid"
        return (sale.created + 10 * MINUTE, sale.label) if waiting else (None, None)
    arrived = sale.delivered
    if state == "in_transit":
        return (sale.label + 3 * HOUR, arrived) if sale.label else (None, None)
    if arrived is None:
        return None, None
    if state == "old":
        return arrived + 70 * DAY, arrived + 900 * DAY
    return arrived + 3 * HOUR, arrived + _LIMIT_DAYS[state] * DAY


def _still(sale: Sale, state: str) -> bool:
    """Whether an order is in a passing state at the clock's time."""
    return (sale.label if state == "unshipped" else sale.delivered) is None


class Shelves:
    """The orders of a cohort by state and product category, for finding one that suits a text.

    No order changes while texts are matched with them, so that what is asked of one again and again is worked out once.
    """

    STATES = ("any", "cancelled", "backorder", "unshipped", "in_transit", "recent", "delivered", "old")

    def __init__(self, draft: Draft, sales: list[Sale]) -> None:
        self.draft = draft
        self.used: set[str] = set()
        self.spans: dict[str, dict[Sale, tuple[int, int]]] = {state: {} for state in self.STATES}
        self.untouched = cache(_untouched)
        self.still = cache(_still)
        self._by: dict[tuple[str, str | None], list[Sale]] = defaultdict(list)
        for sale in sales:
            categories = {None, *map(self._category, sale.lines)}
            for state in self.STATES:
                if found := span(sale, state):
                    self.spans[state][sale] = found
                    for category in categories:
                        self._by[state, category].append(sale)

    def _category(self, line: dict[str, Any]) -> str:
        return self.draft.pools.category(line["productId"])

    def suiting(self, state: str, categories: list[str | None]) -> list[Sale]:
        used = self.used
        return [sale for category in categories for sale in self._by.get((state, category), ()) if sale.id not in used]


# --- tickets ---------------------------------------------------------------------------------------------------------


def write_tickets(draft: Draft, people: list[Person], sales: list[Sale], cohort: int) -> list[Story]:
    """Each template once, as far as an order suits it."""
    chance = draft.chance("tickets", cohort)
    shelves = Shelves(draft, [sale for sale in sales if not sale.person.cast])
    owners = Pool(person for person in people if not person.cast)
    builders = _builders(draft, {person.id: person for person in owners})
    cases: list[Story] = []
    further = draft.pools.on_orders if draft.version >= 4 else {}
    for place, template in enumerate(_to_write(draft, [*draft.pools.tickets, *further.values()], chance)):
        if place == 1 and draft.version >= 5:
            # What tasks are about comes before the rest has taken the orders: parcels on their way are few.
            cases += _write_matters(draft, owners, shelves, cohort)
        stream = draft.chance("ticket", cohort, template["key"])
        answer = _answer_to(draft, template["key"])
        if template["key"] in further:
            answer = _in_a_few_words(draft, template, stream)
            template = template if answer else _by_portal(draft, template, stream.of("portal"))
        case = _case(draft, template, answer, shelves, owners, builders, stream)
        if case:
            write_ticket(draft, case, stream)
            cases.append(case)
    if draft.version >= 3:
        cases += _write_aired(draft, owners, cohort)
    if draft.version >= 4:
        cases += _write_portals(draft, owners, shelves, cohort)
    return cases


def _to_write(draft: Draft, all_: list[dict[str, Any]], chance: Chance) -> list[dict[str, Any]]:
    """All of them, and since version 5 of those that nothing else hangs on so many that there is room for `matters`."""
    written = chance.shuffled(all_)
    if draft.version < 5:
        return written
    further = draft.pools.on_orders
    escalated = {text["ticket"] for text in draft.pools.escalations}
    keeps = chance.of("kept")

    def kept(key: str, kind: str) -> bool:
        answer = _answer_to(draft, key)
        if key in escalated or key == FIRST or "noise" in (answer or {}):
            return True
        paid_back = answer is not None and answer["outcome"] == "refund_issued"
        likely = 0.25 if paid_back else _KEPT.get(kind, 0.6) * (0.6 if key in further else 1)
        return keeps.of(key).happens(likely)

    written.sort(key=lambda one: one["key"] != FIRST)
    return [one for one in written if kept(one["key"], one["ticketType"])]


def _answer_to(draft: Draft, key: str) -> dict[str, Any] | None:
    """The answer that a ticket has of its own, if any."""
    return answers().get(key) or (draft.pools.slips.get(key) if draft.version >= 6 else None)


def _write_matters(draft: Draft, owners: Pool[Person], shelves: Shelves, cohort: int) -> list[Story]:
    """What tasks are about as well."""
    cases: list[Story] = []
    for template in matters.templates():
        chance = draft.chance("matter", cohort, template["key"])
        if not chance.of("share").happens(template["share"]):
            continue
        kind = matters.KINDS[template["kind"]]
        filed = {"ticketType": chance.of("type").weighted(kind.types)} if kind.types else {}
        if kind.portal:
            template = _tagged(draft, template, chance)
        answer = _settled(draft, template | filed, chance) if chance.of("settled").happens(kind.answered) else None
        case = _case(draft, template | filed, answer, shelves, owners, [], chance)
        if case:
            case.told = matters.told(draft, template, case.sale, case.product, chance.of("told"))
            if not slots(template["subject"] + template["body"]) <= {*case.values(draft), "product"}:
                continue  # it tells of what has not been, a payment perhaps
            write_ticket(draft, case, chance)
            cases.append(case)
    return cases


def _in_a_few_words(draft: Draft, template: dict[str, Any], chance: Chance) -> dict[str, Any] | None:
    """An answer as `Props.settle` has it, for three in five; a return is more than words."""
    if template["ticketType"] == "return" or not chance.of("settled").happens(0.6):
        return None
    return _settled(draft, template, chance.of("settled"))


def _settled(draft: Draft, template: dict[str, Any], chance: Chance) -> dict[str, Any]:
    outcome = settled_as(template["ticketType"], chance, draft.version)
    return {"outcome": outcome, "details": settled_note(chance, draft.version)}


def settled_as(kind: str, chance: Chance, version: int) -> str:
    """The outcome that is noted of a ticket of this type which was answered; since version 4 by some just any that may pass."""
    chance = chance.of("outcome")
    if version >= 4 and chance.happens(0.35 if version == 4 else 0.7):
        return chance.choice(_PASSING)
    return SETTLED_AS.get(kind, "no_action")


def _age(draft: Draft, template: dict[str, Any], answer: dict[str, Any] | None, chance: Chance) -> tuple[int, int]:
    """From and to how many days ago a ticket was written."""
    if "kind" in template:
        return chance.of("age").weighted(matters.KINDS[template["kind"]].ages)
    if draft.version >= 4:
        return manners.age(manners.manner(template, answer, chance), chance)
    return chance.weighted(_ANSWERED_AGE if answer else _WAITING_AGE[template["order"] == "none"])


def _written(draft: Draft, chance: Chance, low: int, high: int) -> int:
    """When a ticket was, between these instants."""
    return within(chance, low, high, _WRITTEN_HOURS if draft.version >= 4 else DESK_HOURS)


def _by_portal(draft: Draft, template: dict[str, Any], chance: Chance) -> dict[str, Any]:
    """The same, mostly by an organisation's page."""
    private = template["channel"] != "phone" and not template.get("business", False)
    return _tagged(draft, template, chance) if private and chance.happens(0.85) else template


def _tagged(draft: Draft, template: dict[str, Any], chance: Chance) -> dict[str, Any]:
    if draft.version >= 5:
        portal = chance.choice(portals.of_the_world())
    else:
        portal = f"{chance.choice(portals.OF_THE_WORLD)} {chance.choice(portals.ORGANISATIONS)}"
    return template | {"channel": "web", "subject": f"[{portal}] {template['subject']}"}


def _write_portals(draft: Draft, owners: Pool[Person], shelves: Shelves, cohort: int) -> list[Story]:
    """What members of an organisation write by its own page: its name stands before the subject. Hardly any is answered yet."""
    cases: list[Story] = []
    for template in draft.pools.portal_tickets:
        chance = draft.chance("portal", cohort, template["key"])
        case = _case(draft, _tagged(draft, template, chance), None, shelves, owners, [], chance)
        if case:
            write_ticket(draft, case, chance)
            cases.append(case)
    return cases


def _write_aired(draft: Draft, owners: Pool[Person], cohort: int) -> list[Story]:
    """Further matters that hang on no order; many were answered, in a few words."""
    cases: list[Story] = []
    letters = draft.pools.aired if draft.version < 5 else draft.pools.on_nothing
    for key, template in letters.items():
        chance = draft.chance("aired", cohort, key)
        if draft.version >= 5 and not chance.of("kept").happens(_AIRED.get(template["ticketType"], 0.75)):
            continue
        likely = 0.36 if draft.version >= 5 else 0.6
        answer = _settled(draft, template, chance) if chance.happens(likely) else None
        age = _age(draft, template, answer, chance)
        created = _written(draft, chance, NOW - age[1] * DAY, NOW - age[0] * DAY - 20 * MINUTE)
        case = _orderless(draft, template, answer, owners, [], created, chance)
        if case:
            write_ticket(draft, case, chance)
            cases.append(case)
    return cases


def _builders(draft: Draft, owners: dict[str, Person]) -> list[tuple[Person, Row]]:
    """Named builds with their owners."""
    return [
        (owners[row["customerId"]], row)
        for row in draft.rows("build").values()
        if row.get("customerId") in owners and row.get("name")
    ]


def _case(
    draft: Draft,
    template: dict[str, Any],
    answer: dict[str, Any] | None,
    shelves: Shelves,
    owners: Pool[Person],
    builders: list[tuple[Person, Row]],
    chance: Chance,
) -> Story | None:
    age = _age(draft, template, answer, chance)
    low, high = NOW - age[1] * DAY, NOW - age[0] * DAY - 20 * MINUTE
    if template["order"] == "none":
        return _orderless(draft, template, answer, owners, builders, _written(draft, chance, low, high), chance)
    categories = _categories(draft, template, answer)
    found = _find(shelves, template, answer, categories, (low, high), chance)
    if found is None:
        return None
    sale, created = found
    product = _product_in(draft, sale, categories, template.get("product", ""), chance)
    case = Story(template, sale.person, sale, product, created, answer=answer)
    if template["build"]:
        case.build = draft.rows("build").get(sale.build_id or "")
        if case.build is None or "name" not in case.build:
            return None
    shelves.used.add(sale.id)
    return case


def _orderless(
    draft: Draft,
    template: dict[str, Any],
    answer: dict[str, Any] | None,
    owners: Pool[Person],
    builders: list[tuple[Person, Row]],
    created: int,
    chance: Chance,
) -> Story | None:
    category = template["category"]
    product = chance.choice(draft.pools.by_category[category]) if category else None
    if product is None and "product" in slots(template["subject"] + template["body"]):
        product = chance.choice(draft.pools.products)["id"]
    if template["build"]:
        ready = [(person, row) for person, row in builders if to_ms(row["createdAt"]) < created - HOUR]
        if not ready:
            return None
        person, row = chance.choice(ready)
        return Story(template, person, None, product, created, answer=answer, build=row)
    person = chance.choice(owners)
    while person.since is None or person.since > created or not _voice_fits(person, template):
        person = chance.choice(owners)
    return Story(template, person, None, product, created, answer=answer)


def _voice_fits(person: Person, template: dict[str, Any]) -> bool:
    """A company does not write as somebody's grandmother: it gets the texts marked as business."""
    return not person.company or template.get("business", False)


def _categories(draft: Draft, template: dict[str, Any], answer: dict[str, Any] | None) -> list[str | None]:
    """The product the order must hold: the template's, else since version 6 one the text is about, else one the answer names,
    else any."""
    if template["category"]:
        return [template["category"]]
    if draft.version >= 6 and (written_of := _written_of(template)):
        return [*written_of]
    return [subject_category(answer["details"]) if answer else None]


def _written_of(template: dict[str, Any]) -> tuple[str, ...]:
    """The goods that a letter names as bought; who asks for advice, or says which they are, may name others beside them.
    Matters are filed under any type."""
    advice = template["ticketType"] == "recommendation" and template.get("kind", "asked") == "asked"
    return () if advice or "product" in slots(ticket_text(template)) else goods_named(ticket_text(template))


def _find(
    shelves: Shelves,
    template: dict[str, Any],
    answer: dict[str, Any] | None,
    categories: list[str | None],
    wanted: tuple[int, int],
    chance: Chance,
) -> tuple[Sale, int] | None:
    """An order in the template's state at a moment of the wanted age; failing that, at the moment nearest to it."""
    suiting = _suiting(shelves, template, answer, categories)
    span_of = _spans(shelves, template, answer)
    for sale in candidates(chance, suiting, 60):
        low, high = span_of(sale)
        if max(low, wanted[0]) + HOUR < min(high, wanted[1]):
            return sale, _written(shelves.draft, chance, max(low, wanted[0]), min(high, wanted[1]))
    if not suiting or "kind" in template:
        return None
    sale = max(suiting, key=lambda sale: (span_of(sale)[1], sale.id))
    low, high = span_of(sale)
    return sale, _written(shelves.draft, chance, max(low, high - 6 * DAY), high)


def _spans(
    shelves: Shelves, template: dict[str, Any], answer: dict[str, Any] | None
) -> Callable[[Sale], tuple[int, int]]:
    """The state's span; a return that is paid back was asked for inside the window, unless the text says otherwise."""
    spans = shelves.spans[template["order"]]
    paid_back = answer is not None and answer["outcome"] == "refund_issued" and "noise" not in answer
    if not paid_back or template["ticketType"] in ("billing", "shipping"):
        return spans.__getitem__

    def inside(sale: Sale) -> tuple[int, int]:
        low, high = spans[sale]
        return low, min(high, sale.delivered + 17 * DAY) if sale.delivered else high

    return inside


def _suiting(
    shelves: Shelves, template: dict[str, Any], answer: dict[str, Any] | None, categories: list[str | None]
) -> list[Sale]:
    """Orders that the text can be about. Most texts ask for little, so it is looked at once and not again for every order."""
    order, part = template["order"], template.get("product")
    sales = shelves.suiting(order, categories)
    if template["build"]:
        sales = [sale for sale in sales if sale.build_id]
    if not template.get("business", False):
        sales = [sale for sale in sales if _voice_fits(sale.person, template)]
    if part:
        sales = [sale for sale in sales if any(part in line["productId"] for line in sale.lines)]
    sales = _believable(shelves, sales, template, answer)
    if template.get("late"):
        sales = [sale for sale in sales if matters.came_late(sale)]
    if answer is None and order in ("unshipped", "in_transit"):
        # What nobody has answered yet is best still true.
        sales = [sale for sale in sales if shelves.still(sale, order)] or sales
    if "-biz-" in template["key"]:
        sales = [sale for sale in sales if sale.person.company] or sales
    return sales


def _believable(
    shelves: Shelves, sales: list[Sale], template: dict[str, Any], answer: dict[str, Any] | None
) -> list[Sale]:
    """Those to which what the answer says can have happened without breaking a fixture or another text."""
    unshipped = template["order"] == "unshipped"
    if unshipped:
        cancelled = answer is not None and answer["details"].startswith("Cancelled on request")
        sales = [sale for sale in sales if (sale.status == "cancelled") == cancelled]
    if answer is None:
        return list(filter(shelves.untouched, sales)) if template["ticketType"] == "return" else sales
    if answer["outcome"] not in ("refund_issued", "replacement_sent"):
        return [sale for sale in sales if _holds(sale, "cryonix-z790-apex")] if "Z790" in answer["details"] else sales
    sales = list(filter(shelves.untouched, sales))
    if unshipped:
        return [sale for sale in sales if sale.label is None]
    if any_of(("parcel lost", "no movement"), answer["details"]):
        return [sale for sale in sales if len(sale.parcels) == 1 and "events" in sale.parcels[0].row]
    fits = _stated(answer["details"].lower())
    return list(filter(fits, sales)) if fits else sales


def _untouched(sale: Sale) -> bool:
    """Paid, not given back, and no fixture."""
    return not sale.planned and sale.status in ("fulfilled", "paid") and sale.captured is not None


def _holds(sale: Sale, product: str) -> bool:
    return any(line["productId"] == product for line in sale.lines)


def _stated(details: str) -> Callable[[Sale], bool] | None:
    """What single answers state about the order they speak of, if they do."""
    if "twice within" in details:
        return lambda sale: sale.paid_by == "double"
    if "overnight box" in details:
        return lambda sale: sale.service == "overnight"
    if "one item of" in details:
        return lambda sale: len(sale.lines) > 1
    if "only item" in details:
        return lambda sale: len(sale.lines) == 1 and sale.lines[0]["qty"] == 1
    if "two by mistake" in details or "instead of two" in details:
        return lambda sale: any(line["qty"] > 1 for line in sale.lines)
    return (lambda sale: sale.service != "standard") if "express" in details else None


def _product_in(draft: Draft, sale: Sale, categories: list[str | None], kind: str, chance: Chance) -> str:
    """One of the order's products, of the wanted category and kind where there is a wish."""
    ids = [line["productId"] for line in sale.lines if kind in line["productId"]]
    fitting = [id for id in ids if draft.pools.category(id) in categories]
    return chance.choice(fitting or ids)


def write_ticket(draft: Draft, case: Story, chance: Chance) -> None:
    """The row as it stands before anybody answered; aftercare completes the answered ones."""
    template, stream, now = case.template, chance.of("row"), draft.version >= 4
    manner = manners.manner(template, case.answer, chance)
    values = case.values(draft)
    if case.product:
        casual = template["channel"] == "chat"
        if not template.get("full"):
            values["product"] = everyday_name(draft.pools.product[case.product], stream, casual=casual)
    row: Row = {
        "id": ticket_id(draft, case.created, stream),
        "customerId": case.person.id,
        "ticketType": _filed(draft, template, stream),
        "channel": template["channel"],
        "priority": _priority(case, manner, stream) if now else template["priority"],
        "status": _stands(case, manner, stream) if now else _status(case, stream),
        "subject": fill(template["subject"], values),
        "body": fill(template["body"], values),
        "createdAt": to_text(case.created),
        "updatedAt": to_text(case.created),
    }
    if case.sale and _names_order(draft, template, chance, stream):
        row["orderId"] = case.sale.id
    if case.build or (case.sale and case.sale.build_id and stream.happens(0.2 if now else 0.6)):
        row["buildId"] = case.build["id"] if case.build else case.sale.build_id  # pyright: ignore[reportOptionalMemberAccess]
    case.row = draft.put("support_ticket", row)
    assign(draft, row, case.type, stream, somebody=case.answer is not None)
    if now:
        _mislead(draft, case, stream.of("lure"))
        dress_ticket(row, case.person.name, case.person.addresses[0]["city"], stream.of("dressed"), draft.version)
    _blemish(draft, case, stream)


def _priority(case: Story, manner: manners.Manner, chance: Chance) -> str:
    kind = matters.KINDS.get(case.template.get("kind", ""))
    if kind:
        return chance.of("haste").weighted(kind.priorities) if kind.priorities else case.template["priority"]
    return manners.priority(manner, case.template["priority"], chance.of("haste"))


def _stands(case: Story, manner: manners.Manner, chance: Chance) -> str:
    """The status before it is answered."""
    kind = matters.KINDS.get(case.template.get("kind", ""))
    return chance.weighted({"open": 1} if case.answer else kind.statuses) if kind else manners.status(manner, chance)


def _mislead(draft: Draft, case: Story, chance: Chance) -> None:
    """Some letters hold a line for whoever, or whatever, reads them first. They come in the same shares as in tasks."""
    if case.template["channel"] != "phone" and chance.happens(_MISLEADING):
        case.row["body"] = within_letter(case.row["body"], chance.choice(draft.pools.lures), case.person.name)


def _names_order(draft: Draft, template: dict[str, Any], chance: Chance, stream: Chance) -> bool:
    if draft.version >= 4:
        return manners.says_order(template, chance)
    return "order_id" in slots(template["body"]) or stream.happens(_SAYS_ORDER)


def _filed(draft: Draft, template: dict[str, Any], chance: Chance) -> str:
    """The type a ticket has: its matter's, or since version 4 whatever its reader thought of first."""
    now = draft.version >= 4
    if "kind" in template:
        return template["ticketType"]
    likely = _MISFILED[now] if template["ticketType"] != "other" or not now else _ANYTHING_FILED
    if not chance.happens(likely):
        return template["ticketType"]
    return chance.of("filed").choice(_TYPES) if now else "other"


def ticket_id(draft: Draft, created: int, chance: Chance) -> str:
    """`tick-YYMMDD-NNN` with wrong dates (N-01) and other forms (N-02)."""
    shape = chance.weighted({"plain": 83, "off": 14, "short": 1, "brief": 1, "long": 1})
    date = off_label(draft, chance, created) if shape == "off" else label(created)
    if shape == "off":
        id = draft.dated_id("tick", date, chance)
        draft.note("N-01", "support_ticket", id, "id", f"id says {date}, created {label(created)}")
        return id
    odd = {
        "short": f"tick-{date}",
        "brief": f"tick-{date}-{chance.integer(10, 99)}",
        "long": f"tick-20{date}-{chance.integer(1, 999):03d}",
    }.get(shape)
    if odd and draft.take(odd):
        draft.note("N-02", "support_ticket", odd, "id", "ticket id in another form")
        return odd
    return draft.dated_id("tick", date, chance)


_Status = Mapping[float, Mapping[str, float]]
_STATUS: _Status = {
    4: {"new": 62, "open": 35, "pending_customer": 3},
    12: {"new": 50, "open": 43, "pending_customer": 7},
    inf: {"new": 13, "open": 74, "pending_customer": 13},
}
"""How likely tickets under so many days of age have each status."""


def _status(case: Story, chance: Chance) -> str:
    """The younger, the likelier untouched; answered ones are resolved by aftercare."""
    age = (NOW - case.created) / DAY
    if case.answer:
        return "open"
    return chance.weighted(next(weights for limit, weights in _STATUS.items() if age < limit))


def assign(draft: Draft, row: Row, kind: str, chance: Chance, *, somebody: bool = False) -> None:
    """Nobody on new tickets; many open ones have nobody either, against the rule (N-11), but where there is somebody.

    kind: what the ticket is about, whatever it is filed under.
    """
    created = to_ms(row["createdAt"])
    touched = min(created + chance.integer(20, 1500) * MINUTE, NOW - MINUTE)
    if row["status"] == "new":
        return
    if row["status"] == "open" and not somebody and chance.happens(_NOBODY[draft.version >= 4]):
        draft.note("N-11", "support_ticket", row["id"], "assignedEmployeeId", "open without an assignee")
        if chance.happens(0.1):
            row["assignedEmployeeId"] = None
            draft.note("N-05", "support_ticket", row["id"], "assignedEmployeeId", "null instead of missing")
        return
    row["assignedEmployeeId"] = chance.choice(DESKS[kind])
    row["updatedAt"] = to_text(touched)


def _blemish(draft: Draft, case: Story, chance: Chance) -> None:
    """Missing type, channel or date, null order, text in `description` (N-04, N-05, N-12)."""
    row = case.row
    fault = chance.weighted({"": 942, "ticketType": 14, "channel": 12, "updatedAt": 8, "null": 12, "description": 15})
    if fault in ("ticketType", "channel", "updatedAt"):
        del row[fault]
        draft.note("N-04", "support_ticket", row["id"], fault, f"{fault} missing")
    elif fault == "null" and "orderId" not in row:
        row["orderId"] = None
        draft.note("N-05", "support_ticket", row["id"], "orderId", "null instead of missing")
    elif fault == "description":
        row["description"] = row.pop("body")
        draft.note("N-12", "support_ticket", row["id"], "body", "text stands in `description`")
