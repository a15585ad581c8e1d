"""Laws of reading: what a reader would not mind changes no verdict, and what he would mind never leaves a pass."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest
from attrs import evolve
from corecraft.rollouts.proof.bench import Bench
from corecraft.rollouts.runner import Stage
from corecraft.scenarios.checks import Csv, Decides, Mail, Ordered, Words
from corecraft.scenarios.composition import PARAPHRASES, REFERENCE, Composition, Sentence, Style
from corecraft.scenarios.grading import Grade
from corecraft.scenarios.registry import TaskBook
from corecraft.scenarios.splits import task_ids
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

LAW = settings(
    max_examples=100, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
TASKS = {id[:5]: id for id in task_ids("heldout")}.values()
"""One of each family."""
BANKS = json.loads((Path(__file__).parent / "frames.json").read_text("utf-8"))
FRAMES = BANKS["first"]

IRRELEVANT = (
    "I went through the records for this.",
    "Let me know if anything else comes up.",
    "All times are Eastern.",
    "I have kept this short, as you asked.",
    "Our returns desk opens at nine.",
    "This took a moment, thank you for your patience.",
    "The parcel's photo on the porch shows a rather handsome dog.",
    "I have not changed anything else.",
)
POLITE = (
    "Mit freundlichen Grüßen", "Vielen Dank für Ihre Geduld.", "Bien cordialement,", "Merci de votre patience.",
    "Un cordial saludo,", "Gracias por su paciencia.", "Cordiali saluti", "Com os melhores cumprimentos",
    "よろしくお願いいたします。", "С уважением,",
)  # fmt: skip

_benches: dict[str, Bench] = {}


def bench(stage: Stage, id: str) -> Bench:
    if id not in _benches:
        assert isinstance(stage.tasks, TaskBook)
        _benches[id] = Bench.of(stage, stage.tasks[id], stage.tasks.find(id)[0].family)
    return _benches[id]


def fixed_form(at: Bench) -> bool:
    """Whether the prompt leaves no room for a word more."""
    return any(isinstance(criterion.check, Csv | Words) for criterion in at.task.criteria)


def verdicts(grade: Grade) -> dict[str, bool | None]:
    return {criterion.id: criterion.passed for criterion in grade.criteria}


def between(at: Bench, sentence: str, place: int) -> str:
    """The reference's answer with a paragraph more."""
    blocks = list(at.reply.blocks)
    first = any(isinstance(criterion.check, Decides | Mail) for criterion in at.task.criteria)
    blocks.insert(max(place % (len(blocks) + 1), int(first)), Sentence((sentence,), {}, plain=True))
    return Composition(blocks).render()


@given(
    st.sampled_from(sorted(TASKS)), st.sampled_from((*IRRELEVANT, *BANKS["irrelevant"], *POLITE)), st.integers(0, 20)
)
@LAW
def test_an_irrelevant_sentence_and_politeness_in_any_language_change_nothing(
    stage: Stage, id: str, sentence: str, place: int
):
    at = bench(stage, id)
    assume(not fixed_form(at))
    assert verdicts(at.answered(between(at, sentence, place))) == verdicts(at.answered(at.answer)), sentence


@given(st.sampled_from(sorted(TASKS)), st.randoms(use_true_random=False))
@LAW
def test_the_order_of_paragraphs_changes_nothing(stage: Stage, id: str, random):
    at = bench(stage, id)
    assume(not fixed_form(at))
    assume(not any(isinstance(criterion.check, Ordered | Mail) for criterion in at.task.criteria))
    first = int(any(isinstance(criterion.check, Decides) for criterion in at.task.criteria))
    blocks = [block for block in at.reply.blocks if not (isinstance(block, Sentence) and block.plain)]
    assume(len(blocks) == len(at.reply.blocks))  # a heading belongs to what follows it
    rest = blocks[first:]
    random.shuffle(rest)
    assert verdicts(at.answered(Composition([*blocks[:first], *rest]).render())) == verdicts(at.answered(at.answer))


DATES = (
    "%-d %B %Y",
    "%B %-d, %Y",
    "%Y-%m-%d",
    "%-d %b %Y",
    "%b %-d, %Y",
    "%Y/%m/%d",
    "%-d-%b-%Y",
    "%m/%d/%Y",
    "%B %-d of %Y",
)
TIMES = ("%-d %B %Y, %H:%M EST", "%B %-d, %Y at %-I:%M %p EST", "%Y-%m-%d %H:%M EST", "%Y-%m-%dT%H:%M-05:00")
MONEY = ("${:,.2f}", "US${:.2f}", "{:,.2f} USD", "USD {:.2f}", "{:.2f} dollars")
STYLES = st.builds(
    evolve,
    st.sampled_from((REFERENCE, *PARAPHRASES)),
    date=st.sampled_from(DATES),
    time=st.sampled_from(TIMES),
    money=st.sampled_from(MONEY),
)


@given(st.sampled_from(sorted(TASKS)), STYLES)
@LAW
def test_another_notation_changes_nothing(stage: Stage, id: str, style: Style):
    at = bench(stage, id)
    assume(not fixed_form(at))
    found = at.answered(at.reply.render(style))
    assume("%m/%d" not in style.date or not found.unmet)  # 11/3 may be another day elsewhere, and is left open then
    assert verdicts(found) == verdicts(at.answered(at.answer)), at.reply.render(style)


@cache
def phrases(kind: str) -> tuple[str, ...]:
    return tuple(FRAMES[kind])


@pytest.mark.parametrize("kind", ["doubtful", "attributed", "hypothetical", "denied", "withdrawn"])
@given(id=st.sampled_from(sorted(TASKS)), number=st.integers(0, 1000), place=st.integers(0, 20))
@LAW
def test_one_claim_that_is_not_asserted_never_leaves_a_pass(stage: Stage, kind: str, id: str, number: int, place: int):
    at = bench(stage, id)
    claims = [n for n, b in enumerate(at.reply.blocks) if isinstance(b, Sentence) and b.values and not b.plain]
    claims = [n for n in claims if not _told_elsewhere(at, n)]
    assume(claims)
    frame = phrases(kind)[number % len(phrases(kind))]
    spoilt = claims[place % len(claims)]
    assume(not frame.lower().startswith(("no", "yes")))  # before a verdict, it is one itself
    parts = [Composition([block]).render() for block in at.reply.blocks]
    assume(not parts[spoilt].startswith("If "))  # an offer claims nothing
    parts[spoilt] = "\n".join(framed(frame, line) for line in parts[spoilt].split("\n"))
    answer = "\n\n".join(parts)
    assert not at.answered(answer).code_passed, answer


def framed(frame: str, line: str) -> str:
    """A line, each sentence of it with a phrase before it or one after it."""
    return " ".join(_framed(frame, sentence) for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z])", line))


def _framed(frame: str, sentence: str) -> str:
    if not sentence.strip():
        return sentence
    if frame.startswith("{}"):
        return frame.replace("{}", sentence if sentence.endswith((".", "!", "?")) else f"{sentence}.")
    return frame.replace("{}", (sentence[:1].lower() + sentence[1:]).rstrip("."))


def _told_elsewhere(at: Bench, number: int) -> bool:
    """Whether all that a block claims, or whatever is asked of it, is told by the others too."""
    return bool(at.answered(at.reply.without(number).render()).code_passed)
