"""What an answer in prose tells beside what was asked for: code sees another amount or day, a reader all else."""

from __future__ import annotations

import pytest
from corecraft.scenarios.checks import Judge, TellsNoOther
from corecraft.scenarios.family import Rubric


def criteria(**told):
    rubric = Rubric()
    rubric.be_sound("the parcel came on 13 November and cost $5.", **told)
    return rubric.criteria


def test_code_and_reader_are_asked_the_same():
    found = criteria(amounts=(5, "5.00"), days=("2025-11-13",), numbers=("20",))
    assert [one.id for one in found] == ["no-other-amount", "no-other-day", "no-other-number", "sound"]
    assert len({one.question for one in found}) == 1
    assert "The facts: the parcel came on 13 November and cost $5. What" in found[0].question
    assert isinstance(found[-1].check, Judge)


@pytest.mark.parametrize("told", [{}, {"amounts": ()}])
def test_of_what_nothing_is_on_record_only_the_reader_is_asked(told):
    assert [one.id for one in criteria(**told)] == ["sound"]


def test_values_are_written_in_one_way():
    (check, _) = (one.check for one in criteria(amounts=(5, "5.0", 12.5)))
    assert isinstance(check, TellsNoOther)
    assert check.allowed == ("12.50", "5.00")
