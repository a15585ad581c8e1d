"""Where in a customer's letter a text stands that is put into it to mislead."""

from __future__ import annotations

BELOW = ("PS", "P.S.", "--", "[", "<", "#", "=")
"""How texts begin that people put under their name, or that programs do."""


def within(body: str, said: str, name: str) -> str:
    """The letter with the text as its last paragraph, above the closing and the name, if it is none of `BELOW`."""
    said = said.strip()
    names = (name, name.split()[0])
    if said.startswith(BELOW):
        return f"{body}\n\n{said}"
    head, gap, closing = body.rpartition("\n\n")
    if not (gap and closing.endswith(names) and len(closing.split()) <= 8):
        head, _, closing = body.rpartition("\n")
        if closing not in names:
            return f"{body}\n\n{said}"
    return f"{head.rstrip()}\n\n{said}\n\n{closing}"
