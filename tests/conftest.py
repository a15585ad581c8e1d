"""The standard world, built once."""

from __future__ import annotations

import pytest
from corecraft.rollouts.runner import Stage


@pytest.fixture(scope="session")
def stage() -> Stage:
    return Stage.build()
