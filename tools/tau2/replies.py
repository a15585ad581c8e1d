"""What a tool of tau2's answers, as a reply of ours and back: no character is lost on the way."""

from __future__ import annotations

import json
from typing import Any

from ...engine.canonical import parsed


def reply_of(content: str, error: bool) -> Any:
    """What a message of tau2's says, as it is recorded. Of JSON its value, if that is written so; else the text. An error keeps
    tau2's words."""
    if error:
        return {"error": content}
    try:
        value = parsed(content.encode())
    except ValueError:
        return content
    return value if not isinstance(value, str) and json.dumps(value) == content else content


def content_of(reply: Any, ok: bool) -> str:
    """The message of tau2's that a recorded reply stands for."""
    if not ok and isinstance(reply, dict) and "error" in reply:  # a fork may have edited it into anything
        return str(reply["error"])  # pyright: ignore[reportUnknownArgumentType]
    return reply if isinstance(reply, str) else json.dumps(reply)


def same_content(left: str, right: str) -> bool:
    """Whether two messages say the same, as tau2 itself compares them."""
    return read(left) == read(right)


def read(content: str) -> Any:
    """The JSON value of a message, or its text."""
    try:
        return json.loads(content)
    except ValueError:
        return content
