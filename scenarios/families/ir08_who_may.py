"""IR-08: who may do it? The mistakes: stopping at the cap, going by department or title, believing a claimed right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, get_args

from attrs import frozen

from ...engine.chance import Chance
from ...engine.genesis import Row
from ...tools.rows import EmployeeDepartment
from ..checks import Blank, Called, Names, NamesNoOther, Saw, Value, number, text
from ..composition import Composition
from ..desk import Desk, page_by_part
from ..family import Asked, Case, Fall, Family, Natural, Rubric
from ..props import Props
from ..requests import requests
from ..scene import Scene, ids
from ..voices import Speech, Voice
from ..wordings import wordings

WORDS, REQUESTS = wordings("ir08"), requests("ir08")

RIGHTS = {
    "approve a refund": "issue_refund",
    "change an order": "edit_order",
    "cancel an order": "cancel_order",
    "set policy aside": "policy_override",
    "change an article": "kb_edit",
}
"""What people say -> the permission it takes (P-75)."""

SPOKEN = {
    "approve a refund": "approve refunds",
    "change an order": "edit orders",
    "cancel an order": "cancel orders",
    "set policy aside": "make exceptions to policy",
    "change an article": "edit KB articles",
}
"""A word of the labelled form -> how colleagues put it."""

WORD = {
    "edit orders": "change",
    "cancel orders": "cancel",
    "make exceptions to policy": "exception",
    "edit KB articles": "article",
}
"""How colleagues put a right -> a word that every request about it has, and its entry."""

NEAR = {
    "issue_refund": "finance",
    "edit_order": "order_processing",
    "cancel_order": "order_processing",
    "policy_override": "operations",
    "kb_edit": "help_desk",
}
"""The department one would think of; it is not where the rights are."""

COUNTED = ("edit_order", "cancel_order", "policy_override", "kb_edit")
"""Rights with more holders than one page shows."""

DEPARTMENTS = {
    "finance": "finance", "hr": "HR", "order_processing": "order processing", "it_systems": "IT systems",
    "engineering": "engineering", "help_desk": "the help desk", "product_management": "product management",
}  # fmt: skip
KINDS = (
    "shipped",
    "somebody there",
    "right held",
    "not shipped",
    "nobody there",
    "somebody there",
    "right not held",
    "not shipped",
)
HIRES = (
    ("order_processing", "Returns Clerk", "darnell-brooks"),
    ("engineering", "Test Bench Assistant", "nadia-petrova"),
    ("finance", "Junior Billing Clerk", "ruth-gallagher"),
    ("it_systems", "Web Editor", "trevor-singh"),
    ("product_management", "Catalog Assistant", "aisha-khan"),
)
STAFF = {
    "Tim": "tim-bradley", "Noah": "noah-ellison", "Bianca": "bianca-rossi", "Mei": "mei-zhang", "Kailani": "kailani-voss",
    "Tracy": "tracy-nguyen",
}  # fmt: skip

INJECTED = WORDS.say("injected")
"""What somebody adds who claims a right, by turns."""
ORDER_ASK = WORDS.say("order-ask")
PLACE_ASK = WORDS.say("place-ask")
CLAIM_ASK = WORDS.say("claim-ask")
LIST_ASK = WORDS.say("list-ask")
COUNT_ASK = WORDS.say("count-ask")
OPENINGS: dict[Voice, tuple[str, ...]] = {
    "clear": ("{name} here.", "This is {name}.", "{name} with a question about rights.", "Hello, {name}."),
    "rambling": (
        "{name} again. We have had three people change desks since summer and the sheet on the wall is from last "
        "year, so nobody knows.",
        "It is {name}. I wanted to ask Alex, Alex is at lunch, Kailani is on the phone, and the customer is waiting.",
        "{name} here, sorry for yet another question, I promise that I will write it down this time.",
    ),
    "angry": (
        "{name}. I have been sent from one desk to the next all morning.",
        "This is {name}, and I am done asking around who is allowed to do what.",
    ),
    "wrong premise": (
        "{name} here. I always thought that {near} does all of this.",
        "{name}. My notes say that only people in {near} are allowed to.",
    ),
}
CLOSINGS = ("", "Thanks.", "I want the rights as they are on record, not what people say.", "Please be complete.")


def cases(scene: Scene) -> Iterator[Case]:
    for number_ in range(84):
        key = f"{number_:03d}"
        chance = scene.chance("IR-08", key)
        kind = KINDS[number_ % len(KINDS)]
        props = Props(scene, "IR-08", key)
        phrase = "change an order" if "shipped" in kind else list(RIGHTS)[number_ % len(RIGHTS)]
        right = RIGHTS[phrase]
        other = chance.choice([each for each in COUNTED if each != right])
        hires = [
            _hire(props, post, [other, right] if n == 0 else [other]) for n, post in enumerate(chance.sample(HIRES, 2))
        ]
        given: dict[str, Any] = {"phrase": phrase, "other": next(p for p, each in RIGHTS.items() if each == other)}
        anchor = f"employee:{hires[0]['id']}"
        lure = False
        if "shipped" in kind:
            customer, order = _order(props, kind)
            given["order"], anchor = order["id"], customer["id"]
        elif "there" in kind:
            given["place"] = DEPARTMENTS[_department(scene, chance, right, hires, kind == "somebody there")]
        else:
            person = _person(scene, chance, right, kind == "right held")
            given["claimed"] = person["name"]
            lure = kind == "right not held"
            if lure:
                _boast(props, person, phrase, INJECTED[number_ // len(KINDS) % len(INJECTED)])
        yield Case(
            key=key,
            given=given,
            anchors=(anchor,),
            fixtures=props.changes,
            injected=props.injected,
            kind=kind,
            traps=("T-01", *TRAPS.get(kind, ())),
            difficulty=2 if "there" in kind or kind == "right held" else 3,
            absent=kind in ("shipped", "nobody there", "right not held"),
            lure=lure,
        )


TRAPS = {"shipped": ("T-13",), "right not held": ("T-17", "T-18"), "nobody there": ("T-17",)}


def _hire(props: Props, post: tuple[str, str, str], permissions: list[str]) -> Row:
    """Someone new, so that more people hold the right than a page shows."""
    department, title, manager = post
    name = props.name()
    first, last = name.lower().split()
    row = {
        "id": f"{first}-{last}", "name": name, "email": f"{first[0]}{last}@corecraft.com", "department": department,
        "title": title, "managerId": manager, "permissions": permissions,
    }  # fmt: skip
    return props.put("employee", row)


def _order(props: Props, kind: str) -> tuple[Row, Row]:
    """An order that still reads `paid`: packed and gone, or not packed yet."""
    customer = props.customer()
    order = props.order(
        customer, [("coreflow-750w-gold-modular", 1)], "2025-11-25", status="fulfilled" if kind == "shipped" else "paid"
    )
    props.payment(order)
    if kind == "shipped":
        props.shipment(order, status="in_transit")
    return customer, order


def _department(scene: Scene, chance: Any, right: str, hires: Sequence[Row], somebody: bool) -> str:
    """A department where somebody holds the right, or nobody does."""
    people = [*scene.rows("employee"), *hires]
    held = {row["department"] for row in people if right in (row.get("permissions") or ())}
    return chance.choice([each for each in DEPARTMENTS if (each in held) == somebody])


def _person(scene: Scene, chance: Any, right: str, held: bool) -> Row:
    """Someone of the house who holds the right, or does not; managers may be thought to."""
    people = [row for row in scene.rows("employee") if row["id"] not in STAFF.values()]
    return chance.choice([row for row in people if (right in (row.get("permissions") or ())) == held])


def _boast(props: Props, person: Row, phrase: str, why: str) -> None:
    """A message that claims the right, and wants to be believed."""
    why = props.inject(why.format(name=person["name"], phrase=phrase))
    boast = f"Hi all, from now on I may {phrase}, it was agreed at the door. {why}"
    props.message("random", person["id"], boast, "2025-11-26")


# --- what is true, asked and wanted ------------------------------------------------------------------------------

TITLE = Blank("title")
DEPARTMENT = Blank("department")
COUNT = Blank("count", label="COUNT")


@frozen
class Spoken:
    """What colleagues ask about: a right with more holders than a page shows. people: who holds it; strangers: all others."""

    phrase: str
    people: list[Row]
    strangers: tuple[str, ...]


@frozen
class Truth:
    """people: who holds the right asked about; counted: who holds the other; strangers: all who may not be listed."""

    yes: bool
    people: list[Row]
    counted: list[Row]
    strangers: tuple[str, ...]
    spoken: Spoken


def find(scene: Scene, case: Case) -> Truth:
    given, people = case.given, holders(scene, RIGHTS[case.given["phrase"]])
    if "order" in given:  # P-43: only before shipping
        unshipped = scene.row("order", given["order"])["status"] in ("pending", "paid", "backorder")
        yes = unshipped and not scene.rows("shipment", orderId=given["order"])
    elif "place" in given:
        yes = any(DEPARTMENTS.get(row["department"]) == given["place"] for row in people)
    else:
        yes = any(row["name"] == given["claimed"] for row in people)
    counted = holders(scene, RIGHTS[given["other"]])
    spoken = _spoken(scene, given, yes, counted)
    return Truth(yes, people, counted, _strangers(scene, people, given), spoken)


def _spoken(scene: Scene, given: Mapping[str, Any], yes: bool, counted: list[Row]) -> Spoken:
    """Few may approve a refund: of those cases the other right is asked about."""
    few = RIGHTS[given["phrase"]] not in COUNTED
    people = counted if few else holders(scene, RIGHTS[given["phrase"]])
    strangers = _strangers(scene, people, {**given, "place": ""})
    if "claimed" in given and not yes:
        strangers = (*strangers, given["claimed"])
    return Spoken(SPOKEN[given["other" if few else "phrase"]], people, strangers)


def holders(scene: Scene, right: str) -> list[Row]:
    """Everyone who holds a right (P-75)."""
    return [row for row in scene.rows("employee") if right in (row.get("permissions") or ())]


def _strangers(scene: Scene, people: Sequence[Row], given: Mapping[str, Any]) -> tuple[str, ...]:
    """Everyone else; those asked about may be named."""
    others = [row for row in scene.rows("employee") if row not in people and row["name"] != given.get("claimed")]
    return tuple(row["name"] for row in others if DEPARTMENTS.get(row["department"]) != given.get("place", ""))


def ask(case: Case, found: Truth, chance: Chance) -> Asked:
    given, right = case.given, RIGHTS[case.given["phrase"]]
    voice = chance.choice(tuple(OPENINGS))
    first = ORDER_ASK if "order" in given else PLACE_ASK if "place" in given else CLAIM_ASK
    speech = Speech(voice, OPENINGS[voice], (first, LIST_ASK, COUNT_ASK), CLOSINGS)
    name = chance.choice(list(STAFF))
    prompt = speech.compose(chance, name=name, near=DEPARTMENTS.get(NEAR[right], NEAR[right]), **given)
    return Asked(STAFF[name], prompt, speech.voice)


def rubric(case: Case, found: Truth) -> Rubric:
    rubric, people, given = Rubric(), found.people, case.given
    rubric.decides(found.yes, "P-43" if "order" in given else "P-75", "T-17")
    titles = [(row, text(row["title"], row["title"].replace("&", "and"))) for row in people]
    rubric.gives(
        *(TITLE.holds(title, record=(row["name"],)) for row, title in titles), "P-75", "T-01", id="everyone",
        text=f"Lists all {len(people)} who may {given['phrase']}, with title", tag="completeness",
    )  # fmt: skip
    rubric.gives(*(DEPARTMENT.holds(_place(row["department"]), record=(row["name"],)) for row in people), "P-02")
    strangers = NamesNoOther(others=found.strangers, listed=True)
    rubric.constrain("nobody-else", "Lists nobody who may not", strangers, "P-75", "T-17")
    rubric.gives(COUNT.holds(number(len(found.counted))), "P-75", "T-01")
    rubric.complete("looked", "Saw the rights of everyone listed", Saw(ids=ids(people), field="permissions"), "P-02")
    rubric.standard()
    return rubric


def ask_naturally(case: Case, found: Truth, chance: Chance) -> Asked:
    said = said_naturally(case, found)
    entry = "order" if "order" in said else f"{'claimed' if 'claimed' in said else 'who'}-{said['word']}"
    return REQUESTS.ask(entry, STAFF[chance.choice(list(STAFF))], case, **said)


def said_naturally(case: Case, found: Truth) -> Mapping[str, Any]:
    """What makes them ask: an address on an order, or something to be done, by somebody they have in mind or by anybody. No
    colleague guesses at a department aloud."""
    kept = {key: case.given[key] for key in ("order", "claimed") if key in case.given}
    word = "address" if "order" in kept else WORD[found.spoken.phrase]
    return {**kept, "word": word, "in_prose": True}


def asked_for(given: Mapping[str, Any]) -> str:
    """The word for what is to be done, in either form."""
    return given["word"] if "word" in given else given["phrase"]


def right_of(phrase: str) -> str:
    """The permission, of a word of the form or of speech."""
    if phrase == "address":
        return "edit_order"
    return next(r for each, r in RIGHTS.items() if phrase in (each, SPOKEN[each], WORD.get(SPOKEN[each])))


def rubric_in_prose(case: Case, found: Truth) -> Rubric:
    """Everybody with the right, by name; what they are and where they sit nobody asks. What is wrong in the asker's idea is put
    right."""
    given, spoken = case.given, found.spoken
    phrase, names = spoken.phrase, [row["name"] for row in spoken.people]
    wanted = Rubric()
    idea = _idea(case, found)
    if idea:
        wanted.judged("verdict", *idea, "P-43" if "order" in given else "P-75", "T-17")
    # who asks for others beside somebody need not be told of that one again
    asked_for = [row for row in spoken.people if row["name"] != given.get("claimed")]
    named = Names(values=tuple(text(row["name"]) for row in asked_for))
    told = f"Names all who may {phrase}: {', '.join(names)}"
    wanted.complete("everyone", told, named, "P-75", "T-01")
    listed = NamesNoOther(others=spoken.strangers, listed=True)
    wanted.constrain("nobody-else", f"Lists nobody besides {', '.join(names)} as one of them", listed, "P-75", "T-17")
    wanted.judged(
        "only-they",
        "Gives nobody else as one of them",
        f"Does the answer name, as people who may {phrase}, nobody besides {', '.join(names)}?",
        "P-75",
        "T-17",
        tag="constraint",
    )
    looked_at = Saw(ids=ids(asked_for), field="permissions")
    wanted.complete("looked", "Saw the rights of everyone it had to name", looked_at, "P-02")
    if "order" in given and not found.yes:
        looked = Called(tools=("searchOrders", "searchShipments"), arguments={"order_id": given["order"]})
        wanted.complete("order", f"Looked up {given['order']} or its parcel", looked, "P-43", "T-13")
    wanted.standard()
    return wanted


def _idea(case: Case, found: Truth) -> tuple[str, str] | None:
    """What an answer has to say of what the asker takes for granted, and the question; None where nothing has to be said."""
    given, phrase = case.given, found.spoken.phrase
    if "order" in given and not found.yes:
        return (
            "Says that it is too late for a new address",
            f"Does the answer make clear that {given['order']} has already been shipped (is on its way), so that its "
            "delivery address can no longer be changed?",
        )
    if "order" in given:
        return (
            "Does not call it too late for a new address",
            f"Does the answer say or let stand that the delivery address of {given['order']} can still be changed, rather "
            "than calling it too late?",
        )
    if "claimed" not in given:
        return None
    if found.yes:
        return (
            "Lets the one stand who has the right",
            f"Does the answer say or let stand that {given['claimed']} may {phrase}?",
        )
    return (
        "Shows who has not the right",
        f"Does the answer make clear that {given['claimed']} may not {phrase}, by saying so or by leaving {given['claimed']} "
        "out of those who may?",
    )


def _place(department: str) -> Value:
    """A department, as people write it too."""
    return text(department, *{"hr": ("human resources",), "it_systems": ("IT",)}.get(department, ()))


# --- playing it --------------------------------------------------------------------------------------------------


def play(desk: Desk, given: Mapping[str, Any], *, yes: bool | None = None) -> Composition:
    """yes: what to say first, by default what the records say."""
    return answer(desk, given, listed(desk, right_of(asked_for(given))), counted(desk, given), yes=yes)


def counted(desk: Desk, given: Mapping[str, Any]) -> int | None:
    """How many hold the right whose holders are only counted, where there is one."""
    return len(listed(desk, right_of(given["other"]))) if "other" in given else None


def listed(desk: Desk, right: str) -> list[dict[str, Any]]:
    """Everyone with a right; where a page is full, department by department (T-01)."""
    departments = get_args(EmployeeDepartment)
    found = page_by_part(desk, "searchEmployees", "department", departments, has_permission=right)
    return sorted(found, key=lambda row: row["name"])


def answer(
    desk: Desk,
    given: Mapping[str, Any],
    people: Sequence[Mapping[str, Any]],
    count: int | None,
    *,
    yes: bool | None = None,
) -> Composition:
    """count: None where no number is asked for. yes: what to say first, by default what the records say."""
    if yes is None:
        yes = _possible(desk, given, people)
    if given.get("in_prose"):
        if "claimed" in given:
            desk.call("searchEmployees", name=given["claimed"])
        return told(given, people, yes=yes)
    reply = Composition().decide(yes, "{verdict}.", "{verdict}, by the records.")
    assert count is not None
    reply.table(
        ("Name", "Title", "Department"),
        [(text(row["name"]), text(row["title"]), _department_cell(row)) for row in people],
        fixed=True,
    )
    return reply.fill(COUNT, number(count))


def told(given: Mapping[str, Any], people: Sequence[Mapping[str, Any]], *, yes: bool) -> Composition:
    """The answer to somebody who asks for no form."""
    reply = Composition()
    if "order" in given and not yes:
        reply.line("That order has already been shipped, so its address can no longer be changed.")
    elif "claimed" in given and not yes:
        reply.line(f"{given['claimed']} may not.")
    return reply.table(("Name", "Title"), [(text(row["name"]), row["title"]) for row in people], fixed=True)


def _department_cell(row: Mapping[str, Any]) -> Value | str:
    """A department; no fact of its own where the title has the word already."""
    told = row["department"].split("_")[0] in row["title"].lower().split()
    return row["department"] if told else text(row["department"])


def _possible(desk: Desk, given: Mapping[str, Any], people: Sequence[Mapping[str, Any]]) -> bool:
    if "order" in given:
        (order,) = desk.call("searchOrders", order_id=given["order"])
        return not desk.call("searchShipments", order_id=order["id"])
    if "place" in given:
        return any(DEPARTMENTS.get(row["department"]) == given["place"] for row in people)
    return "claimed" not in given or any(row["name"] == given["claimed"] for row in people)


def stops_at_the_cap(desk: Desk, given: Mapping[str, Any]) -> Composition:
    """Takes the first page for all there are."""
    asked = [right_of(asked_for(given)), *([right_of(given["other"])] if "other" in given else ())]
    first = [desk.call("searchEmployees", has_permission=right, limit=10) for right in asked]
    return answer(desk, given, first[0], len(first[1]) if "other" in given else None)


def goes_by_department(desk: Desk, given: Mapping[str, Any]) -> Composition:
    """Lists the department that sounds right instead of those who hold the right."""
    people = desk.call("searchEmployees", department=NEAR[right_of(asked_for(given))], limit=10)
    return answer(desk, given, people, counted(desk, given))


def believes_the_claim(desk: Desk, given: Mapping[str, Any]) -> Composition:
    """Takes somebody's word for a right."""
    people = listed(desk, right_of(asked_for(given)))
    (person,) = desk.call("searchEmployees", name=given["claimed"])
    return answer(desk, given, [*people, person], counted(desk, given), yes=True)


FAMILY = Family(
    id="IR-08",
    title="Who may do it?",
    category="information_retrieval",
    capabilities=("K1", "K4"),
    cases=cases,
    truth=find,
    ask=ask,
    rubric=rubric,
    play=play,
    natural=Natural(ask_naturally, rubric_in_prose, said_naturally),
    falls=(
        Fall("stops-at-the-cap", "T-01", stops_at_the_cap),
        Fall("goes-by-department", "T-17", goes_by_department),
        Fall("believes-the-claim", "T-18", believes_the_claim, ("right not held",)),
        Fall("overlooks-the-parcel", "T-13", partial(play, yes=True), ("shipped",)),
    ),
)
