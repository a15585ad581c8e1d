"""searchBuilds."""

from __future__ import annotations

from typing import Any

import pytest

from .world import ask, ids

MADE = "build_0000000000ab"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [MADE, "build-1", "build-2", "nebula-base"]),
        ({"build_id": "build-2"}, ["build-2"]),
        ({"build_id": "build"}, []),
        ({"name": "budget"}, ["build-1", "build-2"]),
        ({"name": "gamer budget"}, []),
        ({"customer_id": "ann-bell-10001"}, ["build-1", "build-2"]),
        ({"customer_id": "dee-eads-10004", "name": "budget"}, []),
        ({"created_after": "2025-10-02T12:00:00Z"}, [MADE, "build-2", "nebula-base"]),
        ({"created_before": "2025-10-02T12:00:00Z"}, ["build-1", "build-2", "nebula-base"]),
        ({"created_after": "2025-10-03"}, ["nebula-base"]),
    ],
)
def test_filters(filters: dict[str, Any], expected: list[str]):
    assert ids("searchBuilds", **filters) == expected


@pytest.mark.parametrize(
    ("build_id", "components"),
    [
        ("build-2", ["cpu-a", "board-x"]),  # stored as text
        ("build-1", []),
        ("nebula-base", "cpu-a,board-x"),  # unreadable text
        (MADE, ["cpu-b"]),  # stored as productIds only
    ],
)
def test_components_are_shown(build_id: str, components: Any):
    (row,) = ask("searchBuilds", build_id=build_id)
    assert row["componentIds"] == components
