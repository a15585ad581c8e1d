"""What rows may hold."""

from __future__ import annotations

from typing import Annotated, Literal

from corecraft.tools.shapes import Identified, Instant, Of, Text, Whole, known

Shelf = Literal["novels", "crime", "travel", "history", "science", "children"]
LoanStatus = Literal["out", "returned"]
HoldStatus = Literal["waiting", "fetched", "cancelled"]


class Book(Identified, total=False):
    """A title. copies: how many the library owns."""

    title: Text
    author: Text
    shelf: Annotated[Text, known(Shelf)]
    year: Whole
    copies: Whole


class Member(Identified, total=False):
    name: Text
    email: Text
    phone: Text
    cardValidUntil: Text
    joinedAt: Instant


class Librarian(Identified, total=False):
    name: Text
    email: Text
    desk: Text


class Loan(Identified, total=False):
    bookId: Annotated[Text, Of("book")]
    memberId: Annotated[Text, Of("member")]
    status: Annotated[Text, known(LoanStatus)]
    lentAt: Instant
    renewals: Whole
    returnedAt: Instant
    updatedAt: Instant


class Hold(Identified, total=False):
    """A member waits for a book."""

    bookId: Annotated[Text, Of("book")]
    memberId: Annotated[Text, Of("member")]
    status: Annotated[Text, known(HoldStatus)]
    placedAt: Instant


class BookShown(Book, total=False):
    """As a search shows it. lentOut: copies that members have. waiting: members who wait for it."""

    lentOut: int
    waiting: int


class MemberShown(Member, total=False):
    """As the desk sees one."""

    holds: list[Hold]


ROWS = {"book": Book, "member": Member, "librarian": Librarian, "loan": Loan, "hold": Hold}
