"""Loans."""

from __future__ import annotations

from typing import Annotated

from corecraft.engine.canonical import derived_id
from corecraft.engine.tool import Outcome, Rejected, command, fact, query
from corecraft.engine.world import World
from corecraft.tools.commands import Once, changed, create_once
from corecraft.tools.profile import Profile
from corecraft.tools.search import found, given, newest, now_text, page, window

from .clocks import ZONE
from .rows import Loan, LoanStatus


@query("searchLoans")
def search_loans(
    world: World,
    profile: Profile,
    *,
    member_id: str | None = None,
    book_id: str | None = None,
    status: LoanStatus | None = None,
    lent_after: str | None = None,
    lent_before: str | None = None,
    limit: float | None = None,
) -> list[Loan]:
    """Find loans, newest first. All given filters must hold. {capped}

    Args:
        member_id: Exact number of the card.
        book_id: Exact book id.
        status: Exact status.
        lent_after: Lent at or after {instant}.
        lent_before: Lent at or before {instant}.
        limit: Most loans to return: {sizes}.
    """
    lent = window("lent", lent_after, lent_before, ZONE)
    where = given(memberId=member_id, bookId=book_id, status=status)
    return page(newest(world, "loan", lent, where), limit, profile)


class LentNow(Loan, Once):
    pass


@command("lendBook", makes="loan.made")
def lend_book(world: World, profile: Profile, *, member_id: str, book_id: str) -> Annotated[Outcome, LentNow]:
    """Lend a copy of a book to a member, as of now. A member who was lent it at this minute gets no second copy: that loan is
    returned with already_exists true.

    Args:
        member_id: Exact number of the card.
        book_id: Exact book id.
    """
    found(world, "member", "Member", member_id)
    book = found(world, "book", "Book", book_id)
    loan = {
        "id": derived_id("loan_", member_id, book_id, world.now),
        "bookId": book_id,
        "memberId": member_id,
        "status": "out",
        "lentAt": now_text(world),
        "renewals": 0,
    }
    lent = sum(1 for _ in world.rows("loan", {"bookId": book_id, "status": "out"}))
    told_before = world.get("loan", loan["id"]) is not None and not profile.repeats
    if not told_before and lent >= book.get("copies", 0):
        raise Rejected(f"No copy of {book_id} is on the shelf")
    return create_once(world, profile, "loan", loan, "loan.made", loan_id=loan["id"])


@command("returnBook", makes="loan.returned", destructive=True)
def return_book(world: World, *, loan_id: str) -> Annotated[Outcome, Loan]:
    """Take a lent copy back. Returns the whole loan; one that was returned before is returned unchanged.

    Args:
        loan_id: Exact loan id.
    """
    loan = found(world, "loan", "Loan", loan_id)
    if loan.get("status") == "returned":
        return Outcome(loan)
    after, change = changed(world, "loan", loan, status="returned", returnedAt=now_text(world))
    return Outcome(after, (fact("loan.returned", change, loan_id=loan_id),))


@command("renewLoan", makes="loan.renewed", destructive=True, idempotent=False)
def renew_loan(world: World, *, loan_id: str) -> Annotated[Outcome, Loan]:
    """Renew a loan that is out, once more with every call. Returns the whole loan.

    Args:
        loan_id: Exact loan id.
    """
    loan = found(world, "loan", "Loan", loan_id)
    if loan.get("status") != "out":
        raise Rejected(f"Loan {loan_id} is {loan.get('status')}, not out")
    after, change = changed(world, "loan", loan, renewals=(loan.get("renewals") or 0) + 1)
    return Outcome(after, (fact("loan.renewed", change, loan_id=loan_id),))
