"""Where in a customer's letter a further text stands: an aside, or what is put into it to mislead."""

from __future__ import annotations

BELOW = ("PS", "P.S.", "--", "[", "<", "#", "=")
"""How texts begin that people put under their name, or that programs do."""


def signed(body: str, name: str) -> bool:
    """Whether a letter ends with a name, be it the first."""
    return body.rstrip().endswith((name, name.split()[0]))


def ends_below(body: str) -> bool:
    """Whether something stands under the letter already."""
    return any(part.startswith(BELOW) for part in body.split("\n\n")[1:])


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
