"""IR-06: what do our articles say? The mistakes: too narrow phrases, and taking the outdated article."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial
from typing import Any, get_args

from attrs import frozen

from ...engine.chance import Chance
from ...engine.genesis import Row
from ...tools.rows import ArticleCategory
from .. import naming, reckoning, truth
from ..checks import Blank, Saw, Slot, Value, day, number, text
from ..composition import Composition
from ..desk import Desk, page_by_part
from ..family import Asked, Case, Fall, Family, Natural, Rubric
from ..props import Props
from ..requests import requests
from ..scene import Scene
from ..voices import Speech, Voice
from ..wordings import wordings
from ._ir06_questions import GAPS, QUESTIONS, SPOKEN, Gap, Question, quoted_in_speech, short_title, spoken_of, told

WORDS, REQUESTS = wordings("ir06"), requests("ir06")

BY_ASK = {question.ask: question for question in QUESTIONS}
GAP_BY_ASK = {gap.ask: gap for gap in GAPS}
BY_WONDER = {SPOKEN[question.ask].wonder: question for question in QUESTIONS}
GAP_BY_WONDER = {spoken_of(gap): gap for gap in GAPS}
MONITOR = "clarityone-32-4k-144hz"
GUIDE = "clarityone-user-guide"
FRUITLESS = (
    "monitor resolution", "display resolution", "4K monitor", "refresh rate monitor", "monitor setup",
    "native resolution", "EDID", "no 4K", "monitor not 4K",
)  # fmt: skip

KINDS = ("figure asked for", "old figure quoted", "figure asked for", "right figure quoted", "figure asked for")
TWO = "figure asked for, two articles"
IN_SPECS = {
    "the longest graphics card for the AeroShell mid tower (RGB)",
    "the longest graphics card for a VoltStorm",
    "the tallest cooler for the Compact ITX case",
}
"""What a product tells as well, so that people ask where it is written up."""
STAFF = {
    "Tim": "tim-bradley", "Bianca": "bianca-rossi", "Noah": "noah-ellison", "Mei": "mei-zhang", "Kailani": "kailani-voss",
}  # fmt: skip

LINES = WORDS.say("lines")
LINES_CUSTOMER = WORDS.say("lines-customer")
ASK = WORDS.say("ask")
ASK_CUSTOMER = WORDS.say("ask-customer")
QUOTE = WORDS.say("quote")
GAP = WORDS.say("gap")
GAP_CUSTOMER = WORDS.say("gap-customer")
GAP_LINES = WORDS.say("gap-lines")
INJECTED = WORDS.say("injected")
"""What an outdated article claims for itself, by turns."""

VOICES: tuple[Voice, ...] = ("clear", "rambling", "angry", "wrong premise", "wrong premise")
OPEN_STAFF = WORDS.say("open-staff")
OPEN_CUSTOMER = WORDS.say("open-customer")
CLOSING = WORDS.say("closing")

MAYA = Speech(
    "rambling",
    ("Maya Herrera here. The monitor I bought from you in November looks less sharp than it should.",),
    (
        (
            "Can it still go back today? Please begin with YES or NO and tell me the day it was delivered and the "
            "last day I have.",
        ),
        (
            "Or is there a setting? Name the guide (exact title) that you take it from, the resolution that the "
            "Information menu has to show, and the number that HDMI mode has to be set to.",
        ),
    ),
)


def cases(scene: Scene) -> Iterator[Case]:
    maya = truth.customer_named(scene, "Maya Herrera")
    yield Case(
        key="core",
        id="S-3",
        given={"customer": maya["name"]},
        anchors=(maya["id"],),
        kind="sharp picture",
        traps=("T-04", "T-02"),
        difficulty=2,
    )
    gaps = list(GAPS)
    for number_ in range(len(QUESTIONS) * 2):
        if number_ % 6 == 5 and gaps:
            yield _gap_case(scene, f"gap-{len(GAPS) - len(gaps):02d}", gaps.pop(0))
        yield _question_case(scene, number_)


def _question_case(scene: Scene, number_: int) -> Case:
    question = QUESTIONS[number_ % len(QUESTIONS)]
    kind = KINDS[(number_ + number_ // len(QUESTIONS)) % len(KINDS)]
    props = Props(scene, "IR-06", f"{number_:03d}")
    by_staff = not question.public or number_ % 7 in (0, 2, 4)
    body = scene.row("knowledge_base_article", question.article)["body"]
    lure = bool(question.stale) and number_ % 4 == 1
    copied = bool(question.stale) and (kind == "old figure quoted" or lure or number_ % 3 == 0)
    if copied:
        _outdated(props, scene, question, INJECTED[number_ // 4 % len(INJECTED)] if lure else "")
    two = copied or not question.stale
    claimed = question.figure(body)
    if kind == "old figure quoted":
        old, pattern = question.old
        claimed = question.stale or question.figure(scene.row("knowledge_base_article", old)["body"], pattern)
    given: dict[str, Any] = {"ask": question.ask, "by_staff": by_staff}
    if "quoted" in kind:
        given["claimed"] = question.quoted(claimed)
    return Case(
        key=f"{number_:03d}",
        given=given,
        anchors=(f"knowledge:{question.article}:{question.word}",),
        fixtures=_asker(props, by_staff),
        injected=props.injected,
        kind=TWO if kind == "figure asked for" and two else kind,
        traps=("T-04",)
        + (("T-06",) if two else ())
        + (("T-17",) if kind == "old figure quoted" else ())
        + (("T-18",) if lure else ()),
        difficulty=1 + two + lure,
        absent=kind == "old figure quoted",
        lure=lure,
        notes={"where": "claimed" not in given and (question.ask in IN_SPECS or (by_staff and number_ % 3 == 0))},
    )


def _gap_case(scene: Scene, key: str, gap: Gap) -> Case:
    by_staff = int(key[-2:]) % 2 == 0
    return Case(
        key=key,
        given={"ask": gap.ask, "by_staff": by_staff},
        anchors=(f"knowledge:{gap.ask}",),
        fixtures=_asker(Props(scene, "IR-06", key), by_staff),
        kind="not covered",
        traps=("T-04",),
        difficulty=2,
        absent=True,
    )


def _asker(props: Props, by_staff: bool) -> tuple[Any, ...]:
    """The case's rows, with the customer who asks."""
    if not by_staff:
        props.customer()
    return props.changes


def _outdated(props: Props, scene: Scene, question: Question, claim: str) -> None:
    """An older copy of the article with another figure; with a lure, one that claims to hold all the same."""
    current = scene.row("knowledge_base_article", question.article)
    body = question.outdated(current["body"])
    if claim:
        body += props.inject(claim)
    title = f"{question.about[0].upper()}{question.about[1:]} (2021)"
    old = {
        **current, "id": f"{current['id']}-2021", "title": title, "body": body, "version": "0.9",
        "isDeprecated": True, "supersededById": current["id"],
        "createdAt": "2021-03-02T15:00:00Z", "updatedAt": current["createdAt"],
    }  # fmt: skip
    props.put("knowledge_base_article", old)


# --- what is true, asked and wanted ------------------------------------------------------------------------------

RESULT = Blank("result", ("result",), label="RESULT", shared=True)
ARTICLE = Blank("article", ("current article", "nearest article", "article in force", "stands in"), label="ARTICLE")
VERSION = Blank("version", ("version",), label="ARTICLE", shared=True)
OLD = Blank("old", ("outdated article", "withdrawn article", "outdated", "withdrawn"), label="OLD")

DELIVERED = Blank("delivery day", ("delivered", "delivery"))
LAST = Blank("last day", ("last day", "window", "until"))
PRODUCT, MANUAL, RESOLUTION = Blank("product"), Blank("guide"), Blank("resolution")
MODE = Blank("HDMI mode", ("HDMI mode",))


@frozen
class Stated:
    """A figure of the article in force. confirmed: as the prompt has it. versions: of further articles on the matter.

    older: the outdated article, if there is one, and stale: its figure. numbers, amounts: all that stand in both. alike: of the
    numbers those of the figure's unit.
    """

    question: Question
    article: Row
    figure: str
    confirmed: bool
    older: Row | None
    stale: str
    versions: tuple[str, ...]
    numbers: tuple[str, ...]
    amounts: tuple[str, ...]
    alike: tuple[str, ...]
    days: tuple[date, ...]
    """On which the articles were written and last changed, and today."""


@frozen
class Untold:
    """What no article in force should tell. nearest: those that may be named, the nearest first."""

    told: bool
    nearest: tuple[Row, ...]
    numbers: tuple[str, ...]


@frozen
class Blurred:
    """Maya Herrera's monitor. days: all that are on record for its order."""

    returnable: bool
    delivered: date
    last: date
    days: tuple[str, ...]
    shipment: str
    product: Row
    guide: Row
    mode: str
    resolution: str


Truth = Stated | Untold | Blurred


def find(scene: Scene, case: Case) -> Truth:
    if case.id:
        return _maya(scene, case.anchors[0])
    if gap := GAP_BY_ASK.get(case.given["ask"]):
        nearest = tuple(scene.row("knowledge_base_article", id) for id in gap.nearest)
        return Untold(told(scene, gap), nearest, numbers_in(*nearest))
    question = BY_ASK[case.given["ask"]]
    article = scene.row("knowledge_base_article", question.article)
    assert not article["isDeprecated"]  # P-104
    older = scene.get("knowledge_base_article", question.old[0] or f"{question.article}-2021")
    figure = question.figure(article["body"])
    return Stated(
        question,
        article,
        figure,
        case.given.get("claimed") == question.quoted(figure),
        older,
        question.figure(older["body"], question.old[1]) if older else "",
        tuple(scene.row("knowledge_base_article", id)["version"] for id in question.also),
        numbers_in(article, *([older] if older else ())),
        amounts_in(article, *([older] if older else ())),
        alike_in(question.unit, article, *([older] if older else ())),
        (truth.today(scene), *dated(article, *([older] if older else ()))),
    )


def numbers_in(*articles: Row) -> tuple[str, ...]:
    """Every number that stands in these articles."""
    texts = (f"{article['title']} {article['version']} {article['body']}" for article in articles)
    found = (each.replace(",", "") for text in texts for each in re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", text))
    return tuple(dict.fromkeys(found))


def dated(*articles: Row) -> Iterator[date]:
    yield from (truth.est_date(article[at]) for article in articles for at in ("createdAt", "updatedAt"))


def alike_in(unit: str, *articles: Row) -> tuple[str, ...]:
    """Those of a unit: "350 mm"."""
    found = (each for row in articles for each in re.findall(rf"([\d,.]*\d) ?{re.escape(unit)}", row["body"]))
    return tuple(dict.fromkeys(each.replace(",", "") for each in found))


def amounts_in(*articles: Row) -> tuple[str, ...]:
    """Every amount that stands in these articles."""
    found = (each for article in articles for each in re.findall(r"\$(\d+(?:,\d{3})*(?:\.\d+)?)", article["body"]))
    return tuple(dict.fromkeys(each.replace(",", "") for each in found))


def _maya(scene: Scene, customer: str) -> Blurred:
    (order,) = (
        order
        for order in scene.rows("order", customerId=customer)
        if any(line["productId"] == MONITOR for line in order["lineItems"])
    )
    (shipment,) = scene.rows("shipment", orderId=order["id"])
    guide = scene.row("knowledge_base_article", GUIDE)
    pixels = next(line for line in guide["body"].splitlines() if line.startswith("| Full pixel count"))
    (mode,) = re.findall(r"HDMI mode\*: set to \*\*([\d.]+)", guide["body"])
    return Blurred(
        truth.returnable(scene, order["id"]),
        truth.delivered_on(scene, order["id"]),
        truth.last_return_day(scene, order["id"]),
        (*truth.instants_of(scene, order["id"]), truth.today(scene).isoformat()),
        shipment["id"],
        scene.row("product", MONITOR),
        guide,
        mode,
        re.findall(r"\d{4} x \d{4}", pixels)[1],  # of the larger model
    )


def ask(case: Case, found: Truth, chance: Chance) -> Asked:
    if case.id:
        return Asked(case.anchors[0], MAYA.compose(chance), MAYA.voice)
    given, by_staff, claimed = case.given, case.given["by_staff"], case.given.get("claimed", "")
    voice = chance.choice(VOICES if claimed else VOICES[:3])
    if isinstance(found, Stated):
        about, lines = found.question.about, LINES if by_staff else LINES_CUSTOMER
        first = QUOTE if claimed else ASK if by_staff else ASK_CUSTOMER
    else:
        about, first, lines = "", GAP if by_staff else GAP_CUSTOMER, GAP_LINES
    openings = OPEN_STAFF if by_staff else OPEN_CUSTOMER
    speech = Speech(voice, openings[voice], (first, lines), CLOSING)
    if by_staff:
        name = chance.choice(list(STAFF))
        requester = STAFF[name]
    else:
        customer = next(change.set for change in case.fixtures if change.entity == "customer")
        name, requester = customer["name"], customer["id"]
    prompt = speech.compose(chance, name=name, ask=given["ask"], about=about, claimed=claimed)
    return Asked(requester, prompt, voice)


def rubric(case: Case, found: Truth) -> Rubric:
    rubric = Rubric()
    if isinstance(found, Stated):
        _want_figure(rubric, case, found)
    elif isinstance(found, Untold):
        _want_nothing(rubric, case, found)
    else:
        _want_sharpness(rubric, found)
    rubric.standard()
    return rubric


def _want_figure(rubric: Rubric, case: Case, found: Stated) -> None:
    question, article, older = found.question, found.article, found.older
    if "claimed" in case.given:
        rubric.decides(found.confirmed, "P-104", "T-06")
    stale = [found.stale] if found.stale and question.unit == "$" else []
    rubric.gives(RESULT.holds(question.value(found.figure), known=stale), "P-104", "T-06")
    rubric.gives(ARTICLE.holds(text(*short_title(article))), "P-104")
    years = re.findall(r"\d+", f"{article['title']} {older['title'] if older else ''}")
    versions = [*found.versions, *years, *([older["version"]] if older else ())]
    rubric.gives(
        VERSION.holds(Value("number", article["version"]), known=versions),
        "P-104",
        text=f"Gives its version, {article['version']}",
    )
    if case.given["by_staff"]:
        rubric.gives(OLD.holds(text(older["title"] if older else "none")), "P-104", "T-06", tag="completeness")
    rubric.complete("looked", "Read the article in force", Saw(ids=(article["id"],), field="body"), "P-02", "T-04")


def _want_nothing(rubric: Rubric, case: Case, found: Untold) -> None:
    titles = [title for row in found.nearest for title in short_title(row)]
    rubric.decides(found.told, "P-104")
    rubric.gives(RESULT.holds(text("none")), "P-02")
    rubric.gives(ARTICLE.holds(text(*titles)), "P-104", tag="completeness")
    read = Saw(ids=(found.nearest[0]["id"],), field="body")
    rubric.complete("looked", "Read the nearest article", read, "P-02", "T-04")
    rubric.judged(
        "no-figure",
        "Offers no answer of its own in place of what is missing",
        f"Does the answer refrain from telling on its own {case.given['ask']}?",
        "P-02",
        tag="constraint",
    )


def _want_sharpness(rubric: Rubric, found: Blurred) -> None:
    rubric.decides(found.returnable, "P-20")
    rubric.gives(DELIVERED.holds(day(found.delivered), known=found.days), "P-21", "T-02")
    rubric.gives(LAST.holds(day(found.last), known=found.days), "P-20", "P-20a")
    sizes = ('ClarityOne 32"', "ClarityOne 32-inch", "ClarityOne 32", "32-inch ClarityOne", '32" ClarityOne')
    names = (*naming.aliases(found.product), *sizes)
    rubric.gives(PRODUCT.holds(text(*names)), "P-02", tag="completeness")
    rubric.gives(MANUAL.holds(text(found.guide["title"])), "P-104", tag="completeness")
    rubric.gives(RESOLUTION.holds(spelt(found.resolution)), "P-104")
    rubric.gives(MODE.holds(number(found.mode)), "P-104")
    read = Saw(ids=(found.guide["id"],), field="body")
    rubric.complete("read-the-guide", "Found the guide in the knowledge base", read, "T-04", "P-104")
    rubric.complete("looked", "Read the parcel's scans", Saw(ids=(found.shipment,), field="events"), "P-21", "T-02")
    rubric.judged(
        "steps",
        "Gives steps from the guide only",
        "Does every setting or step that the answer recommends stand in the ClarityOne User Guide?",
        "P-02",
    )


def ask_naturally(case: Case, found: Truth, chance: Chance) -> Asked:
    said, by_staff = said_naturally(case, found), case.given.get("by_staff")
    if by_staff:
        asker = STAFF[chance.choice(list(STAFF))]
    else:
        asker = next((change.set["id"] for change in case.fixtures if change.entity == "customer"), case.anchors[0])
    if isinstance(found, Blurred):
        return REQUESTS.ask("sharp", asker, case)
    who = "staff" if by_staff else "customer"
    if isinstance(found, Untold):
        return REQUESTS.ask(f"{_heard(said['ask'])}-{who}", asker, case, ask=said["ask"])
    if "claimed" in said:
        return REQUESTS.ask(f"{who}-quotes", asker, case, claim=said["ask"])
    return REQUESTS.ask(f"{who}-where" if case.notes["where"] else who, asker, case, ask=said["ask"])


def _heard(ask: str) -> str:
    return "beeps" if ask.endswith(" beeps") else "gap"


def said_naturally(case: Case, found: Truth) -> Mapping[str, Any]:
    """What the natural prompt states: in `ask` what somebody would like to know, or all that he believes. Of a case that has it
    already, the same."""
    given = case.given
    if isinstance(found, Blurred):
        return given
    if isinstance(found, Untold):
        gap = GAP_BY_ASK.get(given["ask"])
        return {**given, "ask": spoken_of(gap) if gap else given["ask"]}
    spoken = SPOKEN[found.question.ask]
    if "claimed" not in given:
        return {**given, "ask": spoken.wonder, "in_prose": True, "where": case.notes["where"]}
    claimed = quoted_in_speech(given["claimed"])
    return {**given, "ask": spoken.claim.format(claimed=claimed), "claimed": claimed, "in_prose": True}


def rubric_in_prose(case: Case, found: Truth) -> Rubric:
    if isinstance(found, Stated):
        return _figure_in_prose(case, found)
    if isinstance(found, Untold):
        question = f"Does the answer say that no current article tells {case.given['ask']}?"
        spoken = rubric(case, found).in_prose(without=("result",), verdict={"verdict": question})
        nearest = " and ".join(f'"{row["title"]}"' for row in found.nearest)
        facts = f"no current article tells {case.given['ask']}; what comes nearest to it is {nearest}"
        spoken.be_sound(facts, numbers=(*found.numbers, *numbers_of(case.given["ask"])))
        return spoken
    can = "can still" if found.returnable else "can no longer"
    spoken = rubric(case, found).in_prose(
        without=("product", "delivery-day", "resolution", "hdmi-mode"),
        verdict={"verdict": f"Does the answer say that the monitor {can} be returned today?"},
        judged={"steps": STEPS},
    )
    facts = (
        f"{found.product['name']}, delivered on {found.delivered:%-d %B %Y}; it {can} be returned today, the last day is "
        f"{found.last:%-d %B %Y}; settings for a sharp picture stand in the {found.guide['title']}, which wants "
        f"{found.resolution} and else HDMI mode {found.mode}; nothing was done about a return"
    )
    spoken.be_sound(facts, days=(*found.days, found.delivered, found.last))
    return spoken


def numbers_of(said: str) -> list[str]:
    """Those that somebody asks with."""
    return re.findall(r"\d+(?:\.\d+)?", said)


STEPS = (
    "Does the answer recommend only steps of these kinds: cable, port and input (straight into the graphics card, DisplayPort, "
    "or HDMI 2.1 with an Ultra High Speed cable), the monitor's own menu, its info page, resolution, refresh rate, scaling and "
    "text settings of the operating system, the graphics driver, sharpness, reset, a test with another computer?"
)
"""All that the guide has."""


def _figure_in_prose(case: Case, found: Stated) -> Rubric:
    """The figure in force or, where only that is looked for, the article. Of a figure that somebody quotes, whether it holds,
    and if not, which one does."""
    question, article, older = found.question, found.article, found.older
    verdicts: dict[str, str] = {}
    if "claimed" in case.given:  # where it is right, any word of consent will do, and a reader tells of what
        claim = SPOKEN[question.ask].claim.format(claimed=case.given["claimed"])
        verdicts["verdict"] = (
            f"Does the answer say that it is {'right' if found.confirmed else 'not right (any more)'} that {claim}?"
        )
    old = ("old",) if case.given["by_staff"] else ()
    asked = {"judged" if found.confirmed else "verdict": verdicts}
    spoken = rubric(case, found).in_prose(without=("result", "article", "version", *old), **asked)
    current, stale = question.quoted(found.figure), question.quoted(found.stale) if older else ""
    alike = [older["title"]] if older and article["title"] in older["title"] else []
    if case.notes["where"]:
        title = text(*short_title(article), article["id"], rivals=alike)
        spoken.gives(Blank("article").holds(title), "P-104")
    elif found.confirmed:
        spoken.gives(Blank("confirmation").holds(text(*AGREED)), "P-104", text="Says that it is so")
    else:
        spoken.gives(_figure_in_speech(found), "P-104", "T-06", text=f"Gives as {question.ask} {current}")
    if older and case.notes["where"]:
        in_force = (
            f'Does the answer name "{article["title"]}", and not "{older["title"]}", as the article that holds today?'
        )
        spoken.judged("in-force", "Names the article in force as the one that counts", in_force, "P-104", "T-06")
    elif older and "claimed" not in case.given:
        in_force = f"Does the answer give {current}, and not {stale}, as {question.ask} that holds today?"
        spoken.judged("in-force", "Gives the figure in force as the one that counts", in_force, "P-104", "T-06")
    facts = f'"{article["title"]}", version {article["version"]}, is in force and gives {current} as {question.ask}'
    if older:
        facts += f'; "{older["title"]}" is withdrawn and has {stale} for it'
    said = numbers_of(f"{question.ask} {SPOKEN[question.ask].wonder} {case.given.get('claimed', '')}")
    spoken.be_sound(facts, amounts=found.amounts, days=found.days, numbers=(*found.numbers, *said))
    return spoken


AGREED = (
    "yes", "that's correct", "that is correct", "still correct", "you're correct", "you are correct", "i can confirm",
    "still valid", "still holds", "that's right", "that is right", "you're right", "you are right", "you were right",
    "that's true", "that is true",
)  # fmt: skip
"""How people say that something is so."""


def _figure_in_speech(found: Stated) -> Slot:
    """Another number with the same words is for a reader, but for those that the articles have so. A term of months may be told
    in years."""
    unit = found.question.unit
    figure = Blank("figure", UNITS.get(unit, ()))
    if unit != "months" or int(found.figure) % 12:
        return figure.holds(found.question.value(found.figure), known=found.alike)
    months, years = int(found.figure), int(found.figure) // 12
    word = ("", "one", "two", "three", "four", "five")[years]
    spellings = (
        f"{each}{mark}"
        for each in (f"{years} year", f"{word} year", f"{years}-year", f"{word}-year")
        for mark in ("", "s")
    )
    return Blank("figure").holds(text(f"{months} months", f"{months} month", f"{months}-month", *spellings))


UNITS: Mapping[str, tuple[str, ...]] = {
    "mm": ("mm", "millimeters", "millimetres"), "cm": ("cm", "centimeters"), "°C": ("°C", "degrees"), "Hz": ("Hz",),
    "days": ("days", "day"), "business days": ("business days", "business day", "days"), "hours": ("hours", "hour"),
    "business hours": ("business hours", "business hour", "hours"), "W": ("W", "watts", "watt"), "VA": ("VA",),
    "MT/s": ("MT/s",), "GB": ("GB", "gigabytes"), "kg": ("kg", "kilograms", "kilos"),
}  # fmt: skip
"""How people write the unit of a figure."""


def spelt(resolution: str) -> Value:
    return text(resolution, resolution.replace(" ", ""), resolution.replace(" x ", " by "))


# --- playing it --------------------------------------------------------------------------------------------------


def play(desk: Desk, given: Mapping[str, Any], *, outdated: bool = False, fills_gap: bool = False) -> Composition:
    """outdated: reads the withdrawn article as if it were in force. fills_gap: takes what is written nearest for the answer."""
    if "customer" in given:
        return help_maya(desk, given)
    if gap := GAP_BY_ASK.get(given["ask"]) or GAP_BY_WONDER.get(given["ask"]):
        nearest = next(a for a in search(desk, gap.word) if a["id"] == gap.nearest[0])
        return answer_gap(nearest, told=fills_gap)
    question = question_of(given)
    articles = search(desk, question.word)
    article = next(a for a in articles if a["id"] == question.article)
    older = next(
        (a for a in articles if a["isDeprecated"] and re.search(question.old[1] or question.pattern, a["body"])), None
    )
    if outdated and older:
        return answer(given, question, older, None)
    return answer(given, question, article, older)


def question_of(given: Mapping[str, Any]) -> Question:
    """What is asked: in the words of a form, as what somebody would like to know, or as what he believes."""
    ask, claimed = given["ask"], given.get("claimed")
    if question := BY_ASK.get(ask) or BY_WONDER.get(ask):
        return question
    return next(each for each in QUESTIONS if SPOKEN[each.ask].claim.format(claimed=claimed) == ask)


def search(desk: Desk, word: str) -> list[Row]:
    """Every article with this word; where a page is full, category by category (T-01)."""
    return page_by_part(desk, "searchKnowledgeBase", "category", get_args(ArticleCategory), text=word)


def answer(given: Mapping[str, Any], question: Question, article: Row, older: Row | None) -> Composition:
    """older: the outdated article to be named."""
    pattern = question.old[1] if article["isDeprecated"] and question.old[1] else question.pattern
    figure = re.findall(pattern, article["body"])[0].replace(",", "")
    reply = Composition()
    if claimed := given.get("claimed"):
        holds = claimed in (question.quoted(figure), quoted_in_speech(question.quoted(figure)))
        reply.decide(holds, "{verdict}.", "{verdict}, going by the article in force.")
        if holds and given.get("in_prose"):
            return reply
    if given.get("where"):
        return reply.say("It stands in {title}.", "That is {title}.", title=text(article["title"]))
    unit = "" if question.unit == "$" else f" {question.unit}"
    reply.say(f"RESULT: {{figure}}{unit}", f"Result: {{figure}}{unit}.", figure=question.value(figure))
    if given.get("in_prose"):
        return reply
    reply.say(
        "ARTICLE: {title}, version {version}",
        "Article: {title} (version {version}).",
        title=text(article["title"]),
        version=Value("number", article["version"]),
    )
    if given["by_staff"]:
        reply.fill(OLD, text(older["title"] if older else "none"))
    return reply


def answer_gap(nearest: Row, *, told: bool) -> Composition:
    reply = Composition().decide(told, "{verdict}.", "{verdict}, nothing in force tells it.")
    reply.fill(RESULT, text("the same as in the nearest line of the article" if told else "none"))
    return reply.say("ARTICLE: {title}", "Article: {title}, which comes nearest.", title=text(nearest["title"]))


def help_maya(desk: Desk, given: Mapping[str, Any], words: tuple[str, ...] = ("ClarityOne",)) -> Composition:
    """words: what is searched for in the knowledge base, one after the other."""
    (maya,) = desk.call("searchCustomers", name=given["customer"])
    orders = desk.call("searchOrders", customer_id=maya["id"], created_after="2025-11-01")
    bought = [
        (order, desk.call("getProduct", product_id=line["productId"]))
        for order in orders
        for line in order["lineItems"]
    ]
    order, product = next((o, p) for o, p in bought if p["category"] == "monitor")
    (shipment,) = desk.call("searchShipments", order_id=order["id"])
    delivered = reckoning.day_of(max(e["at"] for e in shipment["events"] if e["status"] == "delivered"))
    last = reckoning.last_return_day(delivered)
    found = [article for word in words for article in desk.call("searchKnowledgeBase", text=word)]
    reply = Composition().decide(last >= date(2025, 12, 1), "{verdict}.", "{verdict}, it can go back.")
    reply.say(
        "Your {product} was delivered on {delivered}.",
        "We see that the {product} arrived on {delivered}.",
        product=text(product["name"]),
        delivered=day(delivered),
    )
    reply.say("The last day to return it is {last}.", "You have until {last}.", last=day(last))
    guide = next((a for a in found if product["id"] in a["productsMentioned"]), None)
    if guide is None:
        return reply.line("I am sorry, I found no guidance on picture settings in our articles.")
    reply.say("The settings are in the {guide}.", "See the {guide}.", guide=text(guide["title"]))
    resolution = re.findall(r"Full pixel count.*\| (\d+ x \d+)", guide["body"])[0]
    reply.say(
        "Menu > Information has to show {resolution}.",
        "The resolution under Information should read {resolution}.",
        resolution=spelt(resolution),
    )
    mode = number(guide["body"].split("HDMI mode*: set to **")[1].split("*")[0])
    return reply.say("Otherwise HDMI mode: {mode}.", "If it shows less, set HDMI mode: {mode}.", mode=mode)


def searches_too_narrowly(desk: Desk, given: Mapping[str, Any]) -> Composition:
    """Looks for whole phrases that no article contains, and gives up."""
    if "customer" in given:
        return help_maya(desk, given, FRUITLESS)
    question = question_of(given)
    for phrase in (question.ask, f"{question.about} {question.word}", f"{question.word} {question.unit} figure"):
        desk.call("searchKnowledgeBase", text=phrase)
    return Composition().say("RESULT: none").say("ARTICLE: none").line("There is no article on this.")


FAMILY = Family(
    id="IR-06",
    title="Article lookup",
    category="information_retrieval",
    capabilities=("K1", "K2", "K3"),
    cases=cases,
    truth=find,
    ask=ask,
    rubric=rubric,
    tolerates="A figure off by one may be another one of the same article, which an answer may quote beside it.",
    play=play,
    natural=Natural(ask_naturally, rubric_in_prose, said_naturally),
    falls=(
        Fall("searches-too-narrowly", "T-04", searches_too_narrowly, ("sharp picture", *dict.fromkeys(KINDS), TWO)),
        Fall("takes-the-old-article", "T-06", partial(play, outdated=True), (TWO, "old figure quoted")),
        Fall("fills-the-gap", "T-06", partial(play, fills_gap=True), ("not covered",)),
    ),
)
