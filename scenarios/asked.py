"""A case put into words."""

from __future__ import annotations

from sys import intern
from typing import Any, Literal

from attrs import field, frozen

from .voices import Voice

Channel = Literal["chat", "mail", "phone", "slack", "unsigned"]
"""How a request comes in. On the website one is signed in; a mail has its sender; on the phone callers give name and postal
code; colleagues write in Slack or by mail. What comes `unsigned`, by a form on the website, says nothing of who wrote it."""


def one_and_the_same(word: Any) -> Any:
    """Equal words as one object: what equals its default is left out of a task's bytes only if it is that very object."""
    return intern(word)


@frozen
class Asked:
    """A case put into words: who asks what, and how.

    requester: an employee's or a customer's id. prompt: what the agent is asked. voice: how it sounds. channel: how a natural
    request came in, which says above the prompt who asks. subject: of a mail. entry: the situation whose text it is.
    """

    requester: str
    prompt: str
    voice: Voice = field(converter=one_and_the_same)
    channel: Channel = "unsigned"
    subject: str = ""
    entry: str = ""
