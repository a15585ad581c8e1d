"""The company's Slack."""

from __future__ import annotations

from typing import Annotated

from ..engine.canonical import derived_id
from ..engine.genesis import Row
from ..engine.tool import Outcome, Rejected, command, query
from ..engine.world import World
from .commands import Once, create_once
from .profile import Profile
from .rows import SlackMessage
from .search import found, given, newest, now_text, page, window
from .tables import part, parts, string


@query("searchSlackMessages")
def search_slack_messages(
    world: World,
    profile: Profile,
    *,
    channel_id: str | None = None,
    author_id: str | None = None,
    text: str | None = None,
    posted_after: str | None = None,
    posted_before: str | None = None,
    limit: float | None = None,
) -> list[SlackMessage]:
    """Find messages in the company's Slack. All given filters must hold. Returns full messages, newest first, then id,
    those without a time last, whatever the bounds on it. {capped} To see the rest, ask again with posted_before set to
    the timestamp of the last.

    Args:
        channel_id: Exact channel id, which is the channel's name; a leading # may be left out. An unknown channel is
            an error that lists the channels there are.
        author_id: Exact employee id of the author.
        text: Part of the message text, in any case, taken as one phrase. Tickets, orders and people can be found by
            the id or name that was written.
        posted_after: Message posted at or after {instant}.
        posted_before: Message posted at or before {instant}.
        limit: Most messages to return: {sizes}.

    Rules: 4.1, G-06..G-13.
    """
    channel = plain_channel(channel_id) if channel_id else None
    if channel is not None and world.get("slack_channel", channel) is None:
        raise Rejected(f"Channel not found: {channel}. Must be one of: {channel_ids(world)}")
    posted = window("posted", posted_after, posted_before)
    where = given(channelId=channel, authorId=author_id)
    return page(newest(world, "slack_message", posted, where, given(text=text)), limit, profile)


def plain_channel(channel_id: str) -> str:
    """A channel's id, whether or not it was written with a leading #."""
    return channel_id.removeprefix("#")


def channel_ids(world: World) -> str:
    """The ids of all channels, for an error to list."""
    return ", ".join(sorted(row["id"] for row in world.rows("slack_channel")))


# --- commands ------------------------------------------------------------------------------------------------------

LONGEST_MESSAGE = 4000


class PostedMessage(SlackMessage, Once):
    pass


@command("postSlackMessage", makes="slack.message_posted")
def post_slack_message(
    world: World, profile: Profile, *, channel_id: str, text: str, author_id: str | None = None
) -> Annotated[Outcome, PostedMessage]:
    """Post a message to a Slack channel of the company. It cannot be edited or deleted afterwards.

    All members of the channel will see the message. Channels: customer-feedback, engineering-support, escalations,
    finance-billing, fulfillment-updates, kb-updates, policy-discussion, product-team, promotions-planning, random,
    returns-updates, support-general. The same text by the same author in the same channel is not posted twice at the
    same moment: the existing message is returned with already_exists true.

    Args:
        channel_id: The channel's name; a leading # is ignored.
        text: The message, 1 to 4000 characters; space around it is dropped.
        author_id: Exact id of the employee on whose behalf it is posted, who must be a member of the channel. Omitted,
            the message has no author.

    Rules: tools 4.2, P-09.
    """
    channel = _channel(world, plain_channel(channel_id))
    text = _checked(text)
    if author_id is not None:
        found(world, "employee", "Employee", author_id)
        if not _is_member(channel, author_id):
            raise Rejected(f"Employee {author_id} is not a member of channel {channel['id']}")
    now = now_text(world)
    message: Row = {
        "id": derived_id("msg_", channel["id"], author_id or "", text, now),
        "channelId": channel["id"],
        "authorId": author_id,
        "text": text,
        "timestamp": now,
        "reactions": [],
    }
    return create_once(
        world,
        profile,
        "slack_message",
        message,
        "slack.message_posted",
        message_id=message["id"],
        channel_id=channel["id"],
        author_id=author_id,
    )


def _channel(world: World, channel: str) -> Row:
    row = world.get("slack_channel", channel)
    if row is None:
        raise Rejected(f"Channel {channel} not found. Must be one of: {channel_ids(world)}")
    return row


def _is_member(channel: Row, employee_id: str) -> bool:
    return any(string(member, "id") == employee_id for member in parts(part(channel, "members"), "connect"))


def _checked(text: str) -> str:
    trimmed = text.strip()
    if not trimmed:
        raise Rejected("text is required")
    if len(trimmed) > LONGEST_MESSAGE:
        raise Rejected(f"Invalid text: {len(trimmed)} characters, at most {LONGEST_MESSAGE} are allowed")
    return trimmed
