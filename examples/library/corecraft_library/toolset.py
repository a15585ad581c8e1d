"""The set of tools, in two profiles."""

from __future__ import annotations

from typing import ClassVar

from corecraft.engine.toolset import Toolset
from corecraft.tools.profile import Profile

from .catalogue import get_member, search_books
from .lending import lend_book, renew_loan, return_book, search_loans
from .tables import TABLES

TOOLS = {tool.name: tool for tool in (get_member, lend_book, renew_loan, return_book, search_books, search_loans)}


class Desk(Profile, frozen=True):
    """As our profiles are, with the library's clocks."""

    instant: ClassVar[str] = "this instant (ISO-8601 timestamp or date; UTC+1, where no offset is given)"


class Unguarded(Desk, frozen=True):
    """Nothing keeps an agent that retries from doing a thing twice: for runs in which calls fail."""

    repeats: ClassVar[bool] = True


PROFILES = (Desk("desk", 10, 10), Unguarded("unguarded", 10, 10))
TOOLSETS = {
    made.name: made for made in (Toolset(f"library/base/{each.name}", TOOLS, each, TABLES) for each in PROFILES)
}
