"""searchSlackMessages."""

from __future__ import annotations

from typing import Any

import pytest

from .world import ask, error, ids


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["msg-3", "msg-1", "msg-2", "msg-4"]),
        ({"channel_id": "support-general"}, ["msg-3", "msg-2", "msg-4"]),
        ({"channel_id": "#escalations"}, ["msg-1"]),
        ({"author_id": "kim-li"}, ["msg-2"]),
        ({"author_id": "nobody"}, []),
        ({"author_id": "gone-girl"}, ["msg-4"]),
        ({"text": "TICK-1"}, ["msg-1", "msg-2"]),
        ({"text": "please look"}, ["msg-2"]),
        ({"text": "look please"}, []),
        ({"channel_id": "escalations", "author_id": "kim-li"}, []),
        ({"posted_after": "2025-11-14T15:00:00Z"}, ["msg-3", "msg-1", "msg-2", "msg-4"]),
        ({"posted_after": "2025-11-15"}, ["msg-3", "msg-4"]),
        ({"posted_before": "2025-11-15"}, ["msg-3", "msg-1", "msg-2", "msg-4"]),
        ({"posted_before": "2025-11-14T10:00:00"}, ["msg-1", "msg-2", "msg-4"]),
        ({"posted_before": "2025-11-14"}, ["msg-4"]),
    ],
)
def test_filters(filters: dict[str, Any], expected: list[str]):
    assert ids("searchSlackMessages", **filters) == expected


def test_rows_are_full():
    (row,) = ask("searchSlackMessages", author_id="kim-li")
    assert row == {
        "id": "msg-2",
        "channelId": "support-general",
        "authorId": "kim-li",
        "text": "Re: tick-1, please LOOK",
        "timestamp": "2025-11-14T15:00:00Z",
        "reactions": [{"emoji": "eyes", "employeeIds": ["kim-lo"]}],
    }


@pytest.mark.parametrize("channel", ["returns", "#returns"])
def test_an_unknown_channel_is_an_error_that_lists_the_channels(channel: str):
    assert error("searchSlackMessages", channel_id=channel) == (
        "Channel not found: returns. Must be one of: escalations, support-general"
    )
