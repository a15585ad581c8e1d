"""postSlackMessage."""

from __future__ import annotations

import pytest

from .shop import NOW, Shop, hashed

POST = {"channel_id": "support-general", "text": "Ann's PSU died, see t-1"}


@pytest.mark.parametrize("author_id", [None, "alex"])
def test_a_message_is_posted(author_id):
    shop = Shop()
    message = shop.call("postSlackMessage", **POST, author_id=author_id)
    assert message == {
        "id": hashed("msg_", f"support-general|{author_id or ''}|{POST['text']}|{NOW}"),
        "channelId": "support-general",
        "authorId": author_id,
        "text": POST["text"],
        "timestamp": NOW,
        "reactions": [],
    }
    assert shop.changes == {("slack_message", message["id"]): message}
    (happened,) = shop.facts
    assert happened.kind == "slack.message_posted"
    assert happened.data == {
        "message_id": message["id"],
        "channel_id": "support-general",
        "author_id": author_id,
    }
    assert shop.call("searchSlackMessages", text="psu DIED") == [message]


def test_a_hash_sign_and_space_around_the_text_do_not_count():
    shop = Shop()
    first = shop.call("postSlackMessage", **POST)
    again = shop.call("postSlackMessage", channel_id="#support-general", text=f"  {POST['text']}\n")
    assert again == {**first, "already_exists": True}
    assert not shop.facts
    assert not shop.changes


def test_content_is_not_screened():
    message = Shop().call("postSlackMessage", channel_id="escalations", text="Her phone is (502) 555-0101")
    assert message["text"] == "Her phone is (502) 555-0101"


def test_text_has_its_bounds():
    shop = Shop()
    assert shop.call("postSlackMessage", **{**POST, "text": " " + "x" * 4000})["text"] == "x" * 4000
    message = shop.refused("postSlackMessage", **{**POST, "text": "x" * 4001})
    assert message == "Invalid text: 4001 characters, at most 4000 are allowed"
    assert shop.refused("postSlackMessage", **{**POST, "text": " \n"}) == "text is required"
    assert shop.refused("postSlackMessage", **{**POST, "text": ""}) == "text is required"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"channel_id": "general"}, "Channel general not found. Must be one of: escalations, support-general"),
        ({"channel_id": ""}, "channel_id is required"),
        ({"author_id": "zoe"}, "Employee zoe not found"),
        ({"author_id": "mei"}, "Employee mei is not a member of channel support-general"),
    ],
)
def test_refusals(changed, message):
    assert Shop().refused("postSlackMessage", **{**POST, **changed}) == message
