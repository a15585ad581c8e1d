"""What customers of the world write of the things that tasks are about, the pages that both share, and the kit for readers."""

from __future__ import annotations

from random import Random

import pytest
from corecraft.benchmarks.guess import kit, marked
from corecraft.scenarios.world.matters import KINDS, templates
from corecraft.scenarios.world.portals import OF_TASKS, OF_THE_WORLD, of_tasks, of_the_world


def test_no_page_is_both_of_a_task_and_of_the_world():
    assert set(of_tasks(5)).isdisjoint(of_the_world())


def test_places_do_not_tell_whose_a_page_is():
    for pages in (of_tasks(5), of_the_world()):
        assert all(any(page.startswith(place) for page in pages) for place in (*OF_TASKS, *OF_THE_WORLD))


def test_pages_of_published_tasks_are_what_they_were():
    assert of_tasks(4)[:2] == ("Harbor Schools", "Lakeside Schools")
    assert len(of_tasks(4)) == 78


def test_letters_are_told_apart_and_kept_in_a_known_manner():
    keys = [one["key"] for one in templates()]
    assert len(keys) == len(set(keys))
    assert {one["kind"] for one in templates()} <= set(KINDS)
    assert all(one["channel"] in ("email", "web", "chat", "phone") for one in templates())


def test_misfits_are_not_of_the_months_that_tasks_count():
    """June to October 2025, some 31 to 183 days ago."""
    assert all(high <= 31 or low >= 184 for low, high in KINDS["misfit"].ages)


def row(number: int) -> dict[str, str]:
    return {
        "id": f"tick-251120-{number:03d}",
        "subject": f"Question {number}",
        "body": "Where is it?",
        "orderId": "ord-1",
    }


def test_a_kit_shows_no_ids_and_half_of_each():
    text, key = kit(map(row, range(20)), map(row, range(100, 120)), 10, Random(3))
    assert "tick-" not in text
    assert "ord-1" not in text
    assert sorted(key) == list(range(1, 11))
    assert list(key.values()).count("task") == 5


@pytest.mark.parametrize(
    ("answers", "expected"),
    [("1 task\n2 world", (1, 2)), ("1: TASK\n2: task\n", (2, 2)), ("", (0, 0)), ("9 world", (0, 1))],
)
def test_answers_are_marked(answers: str, expected: tuple[int, int]):
    assert marked(answers, {1: "task", 2: "task"}) == expected
