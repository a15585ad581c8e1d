"""A value counts where the writer asserts it: not where he doubts, quotes, supposes, denies or takes it back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from corecraft.scenarios.checks.values import day, matches, mentions
from corecraft.scenarios.reading.notation import Calendar
from corecraft.scenarios.reading.statements import Answer
from corecraft.scenarios.reading.words import in_log, strange
from hypothesis import given
from hypothesis import strategies as st

CALENDAR = Calendar(2025, -5)

FRAMES: dict[str, Any] = json.loads((Path(__file__).parent / "frames.json").read_text("utf-8"))
"""By a model that had not seen the reader, twice. `second` was run once, when all was done; some of it still fools it."""
SENTENCE = "Your order ord-251102-810 was delivered on 13 November 2025."
LOG = in_log(
    [
        "Where is my order? ord-251102-810 was delivered on 13 November 2025 by UPS, left at the front door. status date Sofia"
    ]
)

HARMLESS = [
    "I can confirm that {}", "Our records show that {}", "According to our records, {}",
    "According to the carrier's tracking, {}",
    "As of today, {}", "Good news: {}", "Please note: {}", "I checked, and {}", "Yes, {}", "In short, {}", "Hello Tim, {}",
    "Thanks for waiting. {}", "You will be glad to hear that {}", "The fact is that {}", "It turns out that {}",
    "The policy says that {}",
    "{} Please let me know if anything is unclear.", "{} If you have questions, write to us.", "{} I hope this helps.",
    "{} Nothing was changed.", "{} I changed nothing.", "Although you thought otherwise, {}",
    "Sofia writes 17 November, but {}",
    "It did not come on the 5th; {}", "I am certain that {}", "There is no doubt that {}", "As promised, {}",
    "For example, {}",
    "Vielen Dank f\u00fcr Ihre Nachricht. {}", "{} Gracias por su paciencia.", "{} Merci de votre patience.",
    "{} Have a lovely day!",
    "| What | When |\n|---|---|\n| x | {} |", "- {}", "> {}", "**{}**", "Status: {}",
]  # fmt: skip


def asserts(text: str) -> bool:
    return any(matches(day("2025-11-13"), s, CALENDAR) for s in Answer(text, LOG).statements)


@pytest.mark.parametrize("frame", HARMLESS)
def test_what_is_asserted(frame: str):
    assert asserts(frame.format(SENTENCE))


@pytest.mark.parametrize("frame", [frame for frames in FRAMES["first"].values() for frame in frames])
def test_what_is_not_asserted(frame: str):
    assert not asserts(frame.replace("{}", SENTENCE))


@pytest.mark.parametrize("bank", ["second", "third", "fourth", "fifth", "prefixes", "tenth"])
def test_of_frames_by_other_writers_few_fool_it(bank: str):
    phrases = [frame for frames in FRAMES[bank].values() for frame in frames]
    fooled = [frame for frame in phrases if asserts(frame.replace("{}", SENTENCE))]
    assert len(fooled) <= 0.05 * len(phrases), fooled


@pytest.mark.parametrize(
    ("text", "stance"),
    [
        ("It is not true that it came on 13 November.", "denied"),
        ("I could not confirm whether it came on 13 November.", "doubtful"),
        ("The customer says that it came on 13 November.", "attributed"),
        ("It came on 13 November, as the customer says.", "attributed"),
        ("It would be different if it had come on 13 November.", "hypothetical"),
        ("It came on 13 November. Scratch that, it is wrong.", "withdrawn"),
        ("Did it come on 13 November?", "doubtful"),
        ("(?) It came on 13 November.", "doubtful"),
        ("It was, the customer says, delivered on 13 November.", "attributed"),
        ("It was, so the courier claims, delivered on 13 November.", "attributed"),
        ("It was, they reckon, delivered on 13 November.", "attributed"),
        ("It was, the tracking says, delivered on 13 November.", "asserted"),
        ("It was, I am glad to say, delivered on 13 November.", "asserted"),
        ("Hearsay:\n- It came on 13 November.", "attributed"),
        ("It came on 13 November.\nIn truth none of this is so.", "withdrawn"),
        ("It was not delivered on 13 November.", "denied"),
        ("Flibbertigibbets aver it came on 13 November.", "unresolved"),
    ],
)
def test_each_stance(text: str, stance: str):
    found = [one.stance.value for s in Answer(text, LOG).statements for one in mentions(day("2025-11-13"), s, CALENDAR)]
    assert found == [stance]


def test_a_remark_is_about_the_sentence_before_it_unless_it_says_all():
    text = "It came on 13 November. It cost $5. That is not correct: it cost $6."
    assert asserts(text)
    assert not asserts("It came on 13 November. It cost $5. None of this is true.")


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("It cost $7. {}; it cost $5. Sorry, I take that back.", False),
        ("{}; it cost $5. Sorry; I take that back.", False),
        ("{}; it cost $5. Oh, sorry. I take that back.", False),
        ("It cost $5; {}; sorry. I take that back.", False),
        ("{}; it cost $5.\nI take that back.", False),
        ("{}; it cost $5. I am not sure of that.", False),
        ("{}; it cost $5; I take that back.", True),
        ("{}; it cost $5; sorry; I take that back.", True),
        ("{}. It cost $5; it cost $6. I take that back.", True),
        ("{}; it cost $5. Sorry for the delay.", True),
        ("{}. The label is yours to pay, as nothing is wrong with it.", True),
        ("{}. Nothing of that, of course, is wrong.", False),
        ("{}. It is the wrong socket for the board.", True),
    ],
)
def test_a_remark_is_about_the_whole_sentence_before_it(text: str, stays: bool):
    assert asserts(text.format("It came on 13 November")) is stays


def test_an_announcement_is_of_the_whole_sentence_after_it():
    assert not asserts("Here is a fairy tale. It cost $5; it came on 13 November.")
    assert asserts("Here is a fairy tale. It cost $5; it cost $6. It came on 13 November.")


def test_a_remark_within_a_sentence_is_about_the_part_before_it():
    assert not asserts("It cost $5; it came on 13 November; no, scratch that.")


@given(
    st.sampled_from([f for kind in ("denied", "withdrawn") for f in FRAMES["first"][kind]]), st.sampled_from(HARMLESS)
)
def test_a_harmless_frame_around_another_saves_nothing(frame: str, harmless: str):
    assert not asserts(harmless.replace("{}", frame.replace("{}", SENTENCE)))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("the parcel was delivered", []),
        ("calculated and recalculated deliveries", ["recalculated"]),
        ("ord-251102-810 support@corecraft.com refund_8003aea5334d", []),
        ("a pinch of salt", ["pinch", "salt"]),
        ("left at the front door", []),
    ],
)
def test_strange_words(text: str, found: list[str]):
    assert strange(text, LOG) == found
