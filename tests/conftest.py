"""The standard world, built once."""

from __future__ import annotations

import lzma
import os
import signal
from pathlib import Path

import msgspec
import pytest
from corecraft.rollouts.runner import Stage
from corecraft.scenarios.task import Task
from corecraft.scenarios.world import build
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from .cli.warm import once

# Commands are started hundreds of times; where bytecode may not be kept, each would first compile the whole house.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A shell that runs the suite in the background has it ignore Ctrl-C, and what a process ignores its children ignore too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A timing never stands in a test, and Hypothesis would bring two: on a busy machine they fail what is right.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def unicode_tables() -> None:
    """In a fresh checkout Hypothesis makes its tables of Unicode at the first text it draws, and would blame that test."""
    st.text().validate()


@pytest.fixture(scope="session")
def stage() -> Stage:
    return Stage.build()


_BUILD = once(Stage.build)


@pytest.fixture
def built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands that are called in this process find the world that they would each take a second to build."""
    monkeypatch.setattr(Stage, "build", _BUILD)


@pytest.fixture(scope="session")
def first_stage() -> Stage:
    """The standard world as it was in version 1, with tasks that were played in it, as they were: answers on record hold ids of
    rows that families have since drawn otherwise."""
    built = build(version=1)
    lines = lzma.decompress((Path(__file__).parent / "scenarios" / "first_tasks.xz").read_bytes()).splitlines()
    tasks = [msgspec.json.decode(line, type=Task) for line in lines]
    return Stage.on(built.genesis, built.recipe, {task.id: task for task in tasks})
