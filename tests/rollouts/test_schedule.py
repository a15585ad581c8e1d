"""What is to be played and what became of it: schedules on one folder, and the driver of a cluster on a stand-in of Ray."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from attrs import field, frozen
from corecraft.engine.errors import CoreCraftError
from corecraft.rollouts import cluster
from corecraft.rollouts.agents.model import ModelAgent
from corecraft.rollouts.agents.turns import Ask, Completion
from corecraft.rollouts.batch import Played
from corecraft.rollouts.cluster import Part, play_on_ray
from corecraft.rollouts.endpoints import EndpointUnusable, Price, tokens
from corecraft.rollouts.loop import RULES
from corecraft.rollouts.runner import Stage
from corecraft.rollouts.schedule import GaveUp, Job, Schedule, jobs

from .ray_stub import Ray

TASKS = ("RS-03-006", "RS-03-002")
ANSWER = "I do not know."
USAGE = {"prompt_tokens": 1000, "completion_tokens": 10}


def wanted(stage: Stage, trials: int = 1) -> list[Job]:
    return jobs([stage.tasks[id] for id in TASKS], "m", trials)


def schedule(stage: Stage, out: Path, trials: int = 1) -> Schedule:
    return Schedule(out, stage, wanted(stage, trials), "m", {})


def left_behind(stage: Stage, out: Path) -> tuple[str, str]:
    """One segment in which an episode is closed and not graded yet, and another is open: whoever played them was killed."""
    with schedule(stage, out) as killed:
        (_, one), (_, other) = killed.begun()
        one.record("model.responded", {"text": ANSWER, "usage": USAGE})
        one.submit(ANSWER)
    return one.id, other.id


def test_who_looks_keeps_nothing_from_those_who_play(stage: Stage, tmp_path: Path):
    closed, still_open = left_behind(stage, tmp_path)
    with schedule(stage, tmp_path) as driver, schedule(stage, tmp_path) as worker:
        driver.look()
        assert not driver.played
        assert [job.id for job, _ in worker.begun()] == [still_open]
        assert not worker.elsewhere
        assert list(worker.played) == [closed]
        driver.look()
        assert list(driver.played) == [closed]


def test_who_settles_grades_what_nobody_else_will(stage: Stage, tmp_path: Path):
    closed, _ = left_behind(stage, tmp_path)
    with schedule(stage, tmp_path) as driver:
        with schedule(stage, tmp_path) as worker:
            assert len(list(worker.begun())) == 1
            worker.played.clear()
            driver.settle()
        assert [one.status for one in driver.played.values()] == ["graded"], "by the worker"
    left_behind(stage, tmp_path / "again")
    with schedule(stage, tmp_path / "again") as driver:
        driver.settle()
        assert list(driver.played) == [closed]
        assert driver.usage == USAGE
        assert not driver.open


def test_what_a_living_process_writes_is_not_settled(stage: Stage, tmp_path: Path):
    with schedule(stage, tmp_path) as worker, schedule(stage, tmp_path) as driver:
        _, episode = next(worker.begun())
        episode.submit(ANSWER)
        driver.settle()
        assert not driver.played


@pytest.mark.parametrize(
    ("usage", "counted"),
    [
        (USAGE, USAGE),
        ({"prompt_tokens": 7, "completion_tokens": None, "total_tokens": 9}, {"prompt_tokens": 7}),
        ({"prompt_tokens": "12", "completion_tokens": 3}, {"completion_tokens": 3}),
        ({"prompt_tokens": 1.5, "completion_tokens": [1]}, {}),
        ({"prompt_tokens": True, "completion_tokens": -3}, {}),
        ({"prompt_tokens": 10**400}, {}),
        ([1], {}),
        ("many", {}),
        (None, {}),
    ],
)
def test_tokens_are_what_is_told_in_whole_numbers(usage: Any, counted: dict[str, int]):
    assert tokens(usage) == counted
    if isinstance(usage, Mapping):
        assert (
            Price(1, 10).of(usage) == (counted.get("prompt_tokens", 0) + 10 * counted.get("completion_tokens", 0)) / 1e6
        )


def test_odd_tokens_of_an_episode_stop_no_run(stage: Stage, tmp_path: Path):
    with schedule(stage, tmp_path) as playing:
        for job, episode in playing.begun():
            episode.record(
                "model.responded", {"text": ANSWER, "usage": {"prompt_tokens": "12", "completion_tokens": 3}}
            )
            episode.submit(ANSWER)
            playing.ended(job, episode)
        assert playing.usage == {"completion_tokens": 6}


# --- on a cluster -----------------------------------------------------------------------------------------------------


@frozen
class Scripted:
    """An endpoint that says the same each time. refuses: from so many answers of a worker on, it is unusable."""

    refuses: int | None = None
    asked: list[int] = field(factory=list)

    def __reduce__(self) -> Any:
        return Scripted, (self.refuses, [])

    async def __aenter__(self) -> Scripted:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def complete(self, ask: Ask) -> Completion:
        if len(self.asked) == self.refuses:
            raise EndpointUnusable("no such model")
        self.asked.append(1)
        return Completion({"choices": [{"message": {"content": ANSWER}}], "usage": USAGE})


@pytest.fixture
def told(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Filled by `played`: episodes the driver was told of while it ran."""
    monkeypatch.setattr(cluster, "standard", lambda form, company: stage)
    return []


def played(
    driver: Schedule, told: list[str], workers: int | None = 2, endpoint: Scripted | None = None, trials: int = 1
) -> None:
    agent, asked = ModelAgent("m", "scripted", "Be kind."), endpoint or Scripted()
    part = Part(driver.folder.path, None, TASKS, trials, {}, agent, asked, 2, RULES)  # pyright: ignore[reportArgumentType]

    def done(one: Played) -> None:
        told.append(one.episode)

    play_on_ray(driver, part, done, workers)


@pytest.mark.parametrize(("offered", "workers", "begun"), [(3, None, 3), (3.5, None, 3), (1, 2, 2), (0, 1, 1)])
def test_workers_are_as_many_as_processors_or_as_asked_for(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str],
    offered: float, workers: int | None, begun: int,
):  # fmt: skip
    ray = Ray({"CPU": offered}).installed(monkeypatch)
    with schedule(stage, tmp_path, 2) as driver:
        played(driver, told, workers, trials=2)
        assert len(ray.tasks) == begun
        assert sorted(told) == sorted(driver.played) == sorted(job.id for job in driver.jobs)
        assert driver.usage == Counter({name: 4 * n for name, n in USAGE.items()})
    assert not ray.connected


@pytest.mark.parametrize("offered", [{}, {"CPU": 0.0}, {"CPU": 0.5}])
def test_a_cluster_without_a_processor_is_one_line(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str], offered: dict[str, float]
):
    ray = Ray(offered).installed(monkeypatch)
    with schedule(stage, tmp_path) as driver, pytest.raises(CoreCraftError) as error:
        played(driver, told, None)
    assert f"the Ray cluster offers {offered.get('CPU', 0):g}; " in str(error.value)
    assert not ray.tasks
    assert not ray.connected


def test_what_a_killed_worker_left_is_finished_whatever_state_it_is_in(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str]
):
    closed, still_open = left_behind(stage, tmp_path)
    Ray({"CPU": 2}).installed(monkeypatch)
    with schedule(stage, tmp_path) as driver:
        played(driver, told)
        assert sorted(driver.played) == sorted((closed, still_open))
    assert told == [still_open]


def test_what_stops_one_worker_stops_all_and_what_is_finished_counts(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str]
):
    ray = Ray({"CPU": 2}).installed(monkeypatch)
    with schedule(stage, tmp_path, 2) as driver:
        with pytest.raises(GaveUp, match="no such model"):
            played(driver, told, endpoint=Scripted(refuses=1), trials=2)
        assert [task.cancelled for task in ray.tasks] == [False, True]
        assert sorted(told) == sorted(driver.played)
        assert len(told) == 1


@pytest.mark.parametrize("lost", [0, 2])
def test_a_lost_queue_is_one_line_and_what_is_finished_counts(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str], lost: int
):
    """It is gone when a worker tells (0), or when the driver listens (2)."""
    Ray({"CPU": 2}, lost=lost).installed(monkeypatch)
    with schedule(stage, tmp_path) as driver:
        with pytest.raises(GaveUp, match=r"was lost: The actor died unexpectedly before finishing this task\.$"):
            played(driver, told)
        assert len(driver.played) == 2
    assert not told


def test_a_bug_of_ours_in_a_worker_is_no_loss(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str]
):
    def broken() -> Any:
        raise ArithmeticError("ours")

    Ray({"CPU": 2}).installed(monkeypatch)
    monkeypatch.setattr(cluster, "standard", broken)
    with schedule(stage, tmp_path) as driver, pytest.raises(Exception, match="ours") as error:
        played(driver, told)
    assert not isinstance(error.value, CoreCraftError)
