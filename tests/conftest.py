"""The standard world, built once."""

from __future__ import annotations

import pytest
from corecraft.rollouts.runner import Stage
from hypothesis import strategies as st


@pytest.fixture(scope="session", autouse=True)
def unicode_tables() -> None:
    """In a fresh checkout Hypothesis makes its tables of Unicode at the first text it draws, and would blame that test."""
    st.text().validate()


@pytest.fixture(scope="session")
def stage() -> Stage:
    return Stage.build()


@pytest.fixture(scope="session")
def first_stage() -> Stage:
    """The standard world as it was in version 1, for what was recorded on it."""
    return Stage.build(version=1)
