"""Tables in Markdown, in which nothing that came from a run is markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from ..replay.visible import one_line

_ACTS = re.compile(r"[\\`*_~<>&|#]|\](?=[(\[:])|://|(?<=www)\.|(?<!\w)@")


def as_text(text: str) -> str:
    """What Markdown would read as a sign, a link or a mention is an entity."""
    return _ACTS.sub(lambda found: f"&#{ord(found[0][0])};{found[0][1:]}", one_line(text))


def table_lines(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(map(as_text, columns))} |"
    yield "|" + "---|" * len(columns)
    yield from (f"| {' | '.join(map(as_text, row))} |" for row in rows)
