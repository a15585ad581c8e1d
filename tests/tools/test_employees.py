"""searchEmployees."""

from __future__ import annotations

from typing import Any

import pytest

from .world import ask, error, ids

KIMS = ["kim-li", "kim-lo"]


def test_all_by_name_then_id():
    assert ids("searchEmployees") == ["abe-old", "eve-core", "gus-new", *KIMS]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"employee_id": "kim-lo"}, ["kim-lo"]),
        ({"employee_id": "kim"}, []),
        ({"name": "KIM"}, KIMS),
        ({"name": "lo kim"}, []),
        ({"department": "help_desk"}, ["gus-new", "kim-li"]),
        ({"department": "recruitment"}, []),
        ({"role": "finance manager"}, ["kim-lo"]),
        ({"role": "SUPPORT"}, ["kim-li"]),
        ({"has_permission": "issue_refund"}, ["eve-core", "kim-lo"]),
        ({"has_permission": "escalate"}, ["eve-core", "kim-li"]),
        ({"has_permission": "kb_edit", "name": "kim"}, ["kim-li"]),
    ],
)
def test_filters(filters: dict[str, Any], expected: list[str]):
    assert ids("searchEmployees", **filters) == expected


def test_permissions_stored_as_text_are_read():
    (kim,) = ask("searchEmployees", employee_id="kim-lo")
    assert kim["permissions"] == ["issue_refund", "edit_order"]
    assert kim["title"] == "Billing & Finance Manager"


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        (
            {"department": "sales"},
            "Invalid department: 'sales'. Must be one of: operations, order_processing, engineering, help_desk, "
            "it_systems, product_management, finance, hr, recruitment, support",
        ),
        (
            {"has_permission": "fly"},
            "Invalid has_permission: 'fly'. Must be one of: issue_refund, edit_order, cancel_order, escalate, kb_edit, "
            "policy_override",
        ),
    ],
)
def test_unknown_choices_are_errors(argument: dict[str, str], words: str):
    assert error("searchEmployees", **argument) == words
