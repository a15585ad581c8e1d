"""What stands before most sentences of an answer is said of all of it, in whatever words."""

from __future__ import annotations

import pytest
from corecraft.scenarios.reading.refrain import refrained
from corecraft.scenarios.reading.stance import Stance
from corecraft.scenarios.reading.statements import Answer

UNHEARD = "Gertie the gardener swears up and down "
"""In ordinary words, of a kind that no cue knows."""


@pytest.mark.parametrize(
    ("sentences", "alike"),
    [
        (["gertie swears it came.", "gertie swears it cost $5."], [True, True]),
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
