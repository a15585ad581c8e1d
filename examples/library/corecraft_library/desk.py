"""How somebody at the desk works: calls and a calendar, apart from `truth`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any

from corecraft.scenarios.desk import Desk

TODAY = date(2025, 12, 2)
HERE = timezone(timedelta(hours=1))


def book_called(desk: Desk, title: str) -> dict[str, Any]:
    return next(book for book in desk.call("searchBooks", text=title) if book["title"] == title)


def loan_of(desk: Desk, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The book that a request names, and the member's loan of it."""
    book = book_called(desk, given["book"])
    (loan,) = desk.call("searchLoans", member_id=given["member"], book_id=book["id"], status="out")
    return book, loan


def kept_until(loan: Mapping[str, Any], *, utc: bool = False, renewals: int | None = None) -> date:
    """The last day. utc: mistakes the day in UTC for ours. renewals: another number than the loan has."""
    lent = datetime.fromisoformat(loan["lentAt"])
    day = lent.date() if utc else lent.astimezone(HERE).date()
    return day + timedelta(days=28) + (loan["renewals"] if renewals is None else renewals) * timedelta(days=14)
