"""The rules that criteria rest on, and what makes a task hard. In full: policy.md."""

from __future__ import annotations

RULES = {
    "L-01": "calendar days are those of UTC+1",
    "L-02": "a loan runs 28 days, 14 more with each renewal; the last day is inside",
    "L-03": "when a loan may be renewed",
    "L-04": "to whom a copy is lent, and which",
}
TRAPS = {
    "LT-01": "UTC days and the library's differ: the library's day",
    "LT-02": "somebody waits for the book: look at the book, not at the loan alone",
    "LT-03": "renewals move the last day: count them",
    "LT-04": "the member may not borrow: look at card and loans first",
}
