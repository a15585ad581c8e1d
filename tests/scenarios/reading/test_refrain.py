"""What stands before most sentences of an answer is said of all of it, in whatever words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from corecraft.scenarios.checks.values import day, matches
from corecraft.scenarios.reading.notation import Calendar
from corecraft.scenarios.reading.refrain import refrained
from corecraft.scenarios.reading.stance import Stance
from corecraft.scenarios.reading.statements import Answer

CALENDAR, DAY = Calendar(2025, -5), day("2025-11-13")
BANKS = ("eleventh", "twelfth", "thirteenth", "fourteenth")
"""Phrases by four writers who had not seen the reader, 200 each. At their first run one or two of each fooled it."""
UNHEARD = "Gertie the gardener swears up and down "
"""In ordinary words, of a kind that no cue knows."""


@pytest.mark.parametrize(
    ("sentences", "alike"),
    [
        (["gertie swears it came.", "gertie swears it cost $5."], [True, True]),
        (["page 9 has that it came.", "page 9 has that it cost $5.", "page 9 has it."], [True, True, True]),
        (["nah: sum: 5", "nah: count: 6"], [True, True]),
        (["nothing better than that fits.", "nothing better is sold."], [False, False]),
        (["the duplicate is tick-2 of tick-1.", "the duplicate is tick-4 of tick-3."], [False, False]),
        (["- horizon fan x1: $5", "- horizon fan x2: $6", "- horizon fan x3: $7"], [False, False, False]),
        (["her gran swears it came.", "her gran swears it cost $5."], [True, True]),
        (["gertie swears it came.", "gertie swears it cost $5.", "bye."], [True, True, False]),
        (["gertie swears it came.", "it cost $5.", "it is yours."], [False, False, False]),
        (["happen it came.", "happen ord-1 was late.", "- happen it is yours."], [True, True, True]),
        (["refund made, $5.", "refund id: ref-1", "delivered: yes"], [False, False, False]),
        (["ord-1 was late by a day.", "ord-1 was not yours at all."], [False, False]),
        (["order ord-1 came today.", "order ord-2 came today."], [False, False]),
        (["it came on the 5th.", "we paid $5 back."], [False, False]),
        (["yes.", "yes."], [False, False]),
        ([], []),
    ],
)
def test_sentences_that_begin_alike(sentences: list[str], alike: list[bool]):
    assert refrained(sentences, [sentence.startswith("-") for sentence in sentences]) == alike


def test_what_follows_a_refrain_is_left_open():
    text = f"{UNHEARD}it came on 13 November. {UNHEARD}it cost $5.\n{UNHEARD}the rest is on its way."
    assert {one.after for one in Answer(text).statements} == {Stance.UNRESOLVED}


def test_what_is_taken_back_stays_taken_back():
    found = Answer("It came on 5 May. I take that back. It came on 6 May.").statements
    assert found[0].after is Stance.WITHDRAWN


def test_rows_of_a_table_may_begin_alike():
    text = "| What | When |\n|---|---|\n| sent out on | 5 May |\n| sent out by | 6 May |"
    assert {one.after for one in Answer(text).statements} == {None}


def test_no_phrase_before_every_sentence_is_read_past():
    banks = json.loads((Path(__file__).parent / "frames.json").read_text("utf-8"))
    phrases = [phrase.removesuffix("{}") for bank in BANKS for kind in banks[bank].values() for phrase in kind]
    facts = ("the parcel came on 13 November 2025.", "the refund of $5.00 is on its way.", "nothing else was changed.")
    told = {each: Answer("\n".join(each + fact for fact in facts)) for each in phrases}
    found = [each for each, answer in told.items() if any(matches(DAY, s, CALENDAR) for s in answer.statements)]
    assert found == []
