"""Threads share one book of tasks, and a wrong id is told at once."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from threading import Barrier

import pytest
from corecraft.engine.errors import CoreCraftError
from corecraft.engine.world import World
from corecraft.rollouts.runner import Stage
from corecraft.scenarios.registry import TaskBook

THREADS = 8


def fresh(stage: Stage) -> TaskBook:
    return TaskBook(World(stage.world.genesis), stage.recipe)


def test_threads_that_ask_at_once_get_the_tasks_that_one_gets(stage: Stage):
    ids = [id for family in ("CM-03", "IR-05", "MW-06") for id in islice(fresh(stage).books[family], 12)]
    expected = {id: fresh(stage)[id].digest for id in ids}
    tasks, start = fresh(stage), Barrier(THREADS)

    def ask(number: int) -> dict[str, str]:
        start.wait()
        return {id: tasks[id].digest for id in ids[number:] + ids[:number]}

    with ThreadPoolExecutor(THREADS) as pool:
        assert all(found == expected for found in pool.map(ask, range(THREADS)))


def test_threads_that_list_and_ask_at_once_see_one_order(stage: Stage):
    expected = list(fresh(stage).books["RS-02"])
    book, start = fresh(stage).books["RS-02"], Barrier(THREADS)

    def look(number: int) -> list[str]:
        start.wait()
        if number % 2:
            book.case(expected[-number])
        return list(book)

    with ThreadPoolExecutor(THREADS) as pool:
        assert all(found == expected for found in pool.map(look, range(THREADS)))


@pytest.mark.parametrize("id", ["", "S-99", "cm-03-001", "CM-03", "CM-03_1", "CM-03-001X", "x" * 1000, "RS-02-"])
def test_what_is_no_id_makes_no_case(stage: Stage, id: str):
    tasks = fresh(stage)
    with pytest.raises(KeyError):
        tasks[id]
    assert not any(book._ids for book in tasks.books.values())


@pytest.mark.parametrize(
    ("id", "near"), [("CM-03-999", "CM-03-"), ("RS-02-h999", "RS-02-"), ("S-22", "S-2"), ("", "S-1")]
)
def test_a_wrong_id_is_told_with_some_that_exist(stage: Stage, id: str, near: str):
    for missing in (KeyError, CoreCraftError):
        with pytest.raises(missing, match=f"^No task '{id}'. Near it: .*{near}"):
            stage.tasks[id]
    with pytest.raises(KeyError) as unknown:
        stage.tasks[id]
    said = str(unknown.value).partition("Near it: ")[2].partition(";")[0].split(", ")
    assert len(said) == len(set(said)), "one is named twice"
    assert stage.tasks.get(id) is None
    assert str(pickle.loads(pickle.dumps(unknown.value))) == str(unknown.value)
