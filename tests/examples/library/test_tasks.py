"""The world and the tasks of the library: drawn alike everywhere, and proved as ours are."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from corecraft.rollouts.agents.scripted import scripted
from corecraft.rollouts.proof.gates import prove
from corecraft.rollouts.runner import Stage, play
from corecraft.scenarios.checks import Evidence
from corecraft.scenarios.company import company
from corecraft.scenarios.reading.words import stem
from corecraft.scenarios.splits import published

WORLD = "21328103ffffea9bb1ec3d027c202901748924f76cc5499266f3435d526bd36e"
ONE_OF_EACH_KIND = {
    "labelled": (
        "LB-01-001", "LB-01-002", "LB-01-003", "LB-02-001", "LB-02-002", "LB-02-003", "LB-02-000", "LB-03-000", "LB-03-001",
        "LB-03-003", "LB-03-005",
    ),
    "natural": ("LB-01-001", "LB-01-002", "LB-01-003"),
}  # fmt: skip


def test_the_world_is_the_same_in_another_process(library: Stage, path: str):
    assert library.world.genesis.digest == WORLD
    asked = "from corecraft.rollouts.runner import Stage; print(Stage.build(company='library').world.genesis.digest)"
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "7"}
    told = subprocess.run([sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == WORLD


def test_no_drawn_world_breaks_a_promise(library: Stage):
    for seed, scale in ((1, 1), (2, 2)):
        built = library.company.build(seed, scale)
        assert library.company.violations(built.genesis, built.manifest) == []


def test_published_tasks_are_what_they_were(library: Stage):
    held = published(company("library"), "labelled")
    assert held.world == WORLD
    pins = {id: digest for split in held.splits.values() for id, digest in split.tasks.items()}
    assert [id for id, digest in pins.items() if library.tasks[id].digest != digest] == []
    assert {split: len(each.tasks) for split, each in held.splits.items()} == {"train": 66, "heldout": 10}


@pytest.mark.parametrize(("form", "id"), [(form, id) for form, ids in ONE_OF_EACH_KIND.items() for id in ids])
def test_every_gate_holds(path: str, form: str, id: str):
    stage = Stage.build(form=form, company="library")  # type: ignore[arg-type]
    proof = prove(stage, id)
    assert list(proof.faults()) == []
    assert all(made == killed for made, killed in proof.mutants.values())
    assert proof.mutants["unrelated write"][0] == 2, "the company says what has nothing to do with a task"


def test_one_of_each_kind_is_one_of_each_kind(library: Stage):
    of = {id: library.tasks[id] for id in ONE_OF_EACH_KIND["labelled"]}
    kinds = {(task.family, task.kind) for task in of.values()}
    assert len(kinds) == len(of) == len({(task.family, task.kind) for task in library.tasks.values()})


@pytest.mark.parametrize(
    ("told", "holds"),
    [
        ("11 November 2025, 00:20 UTC+1", True),
        ("11 November 2025, 00:20", True),
        ("10 November 2025, 23:20 UTC", True),
        ("10 November 2025, 18:20 EST", True),
        ("11 November 2025, 00:20 EST", False),
    ],
)
def test_times_are_those_of_the_librarys_clocks(library: Stage, told: str, holds: bool):
    task = library.tasks["LB-01-006"]
    episode = library.open(task, "e")
    answer = scripted(task, "reference").play(episode)
    episode.submit(answer.replace("11 November 2025, 00:20 UTC+1", told))
    criterion = next(c for c in task.criteria if c.id == "time-it-was-lent")
    evidence = Evidence(episode.trajectory(), library.world, [c.check for c in task.criteria])
    assert bool(criterion.check.verdict(evidence).passed) is holds


def test_words_of_its_business_are_known_and_others_wait_for_a_reader(library: Stage):
    task = library.tasks["LB-02-001"]
    _, grade = play(library, task, scripted(task, "reference"))
    assert grade.code_passed
    episode = library.open(task, "e")
    answer = scripted(task, "reference").play(episode)
    episode.submit(answer)
    known = Evidence(episode.trajectory(), library.world).answer.known
    assert known is not None
    assert [known(stem(word)) for word in ("renewal", "forbid", "hovercraft")] == [True, True, False]
