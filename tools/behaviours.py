"""How the tools came to behave as they do: a line of the changelog for each time they were raised.

Raised whenever a handler comes to answer otherwise than before, or what is published (a schema, a description) is changed:
histories of before stay readable and foldable, and no longer verify. `corecraft verify` then names the lines below, which
CHANGELOG.md has word for word in an entry marked "(behaviour N)"; a test holds both together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LINES: Mapping[int, str] = {
    2: (
        "Tools behave in version 2 (logs of version 1 stay readable and foldable, but no longer verify): every "
        "`*_before` is inclusive; 2.0 is an integer and null is not given however deep; a label on an address, an unknown "
        "amount of a payment and 24.0 or 0 months of warranty are no mistakes; schemas keep to what all providers take"
    ),
}
"""By the behaviour that each began; 1 was the first."""

BEHAVIOUR = max(LINES)


def explained(opened: Mapping[str, Any]) -> list[str]:
    """What was changed since an episode was opened with this data, the earliest first; nothing of tools of one's own."""
    if not str(opened.get("tools")).startswith("corecraft/"):
        return []
    since = opened.get("behaviour", 1)
    return [f"CHANGELOG (behaviour {number}): {line}" for number, line in LINES.items() if number > since]
