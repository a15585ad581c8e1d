"""searchKnowledgeBase."""

from __future__ import annotations

from typing import Any

import pytest

from .world import TOOLS, ask, error, ids

BOTH = ["returns-1", "returns-2"]
UNDATED = "building"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [UNDATED, *BOTH, "zz-text"]),
        ({"text": "RETURNS"}, [*BOTH, "zz-text"]),
        ({"text": "delivery"}, ["returns-2"]),
        ({"text": "returns thirty"}, []),  # a phrase across title and body
        ({"text": "pc building"}, []),  # the words, in another order
        ({"text": "guide"}, []),  # a tag
        ({"category": "policy"}, BOTH),
        ({"category": "Policy"}, []),
        ({"tag": "returns"}, BOTH),
        ({"tag": "return"}, []),
        ({"tags": ["returns"]}, BOTH),
        ({"tags": ["current", "returns"]}, ["returns-2"]),
        ({"tags": ["returns", "guide"]}, []),
        ({"tags": []}, [UNDATED, *BOTH, "zz-text"]),
        ({"tags": '["current"]'}, ["returns-2"]),
        ({"tag": "returns", "tags": ["current"]}, ["returns-2"]),
        ({"tag": "guide", "tags": ["current"]}, []),
        ({"text": "purchase", "category": "policy"}, ["returns-1"]),
    ],
)
def test_filters(filters: dict[str, Any], expected: list[str]):
    assert ids("searchKnowledgeBase", **filters) == expected


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({"created_after": "2025-03-01"}, [UNDATED, "returns-2", "zz-text"]),
        ({"created_before": "2025-03-01"}, [UNDATED, *BOTH]),
        ({"created_before": "2025-03-01T04:59:59.999Z"}, [UNDATED, "returns-1"]),
        ({"updated_after": "2025-06-01"}, [UNDATED, "returns-2", "zz-text"]),
        ({"updated_before": "2025-06-01", "category": "policy"}, BOTH),
        ({"updated_before": "2025-06-01T04:59:59.999Z"}, [UNDATED, "returns-1", "zz-text"]),
    ],
)
def test_bounds_are_inclusive_and_undated_rows_pass(bounds: dict[str, str], expected: list[str]):
    assert ids("searchKnowledgeBase", **bounds) == expected


def test_deprecated_articles_are_returned_in_full():
    (row,) = ask("searchKnowledgeBase", text="from purchase")
    assert row["isDeprecated"] is True
    assert row["tags"] == ["returns", "policy"]
    assert row["productsMentioned"] == ["cpu-a"]
    assert row["body"] == "Thirty days from purchase."
    assert row["version"] == "1.0"


def test_the_text_parameter_says_what_it_does():
    text = TOOLS["searchKnowledgeBase"].parameters["text"].text
    assert "a substring matched against title and body" in text.lower()


def test_tags_must_be_texts():
    assert error("searchKnowledgeBase", tags="returns") == "Invalid tags: expected `array`, got `str`"
    assert error("searchKnowledgeBase", tags=[1]) == "Invalid tags: expected `str`, got `int` - at `$[0]`"
