"""The six tools at the desk of the library."""

from __future__ import annotations

from typing import Any

import pytest
from corecraft.engine.episode import Episode
from corecraft.engine.genesis import Genesis
from corecraft.engine.world import World
from corecraft.scenarios.company import by_name, company

NOW = 1_764_666_000_000  # 2025-12-02T09:00:00Z
MEMBER = {"id": "ann", "name": "Ann", "cardValidUntil": "2026-01-31"}
BOOK = {"id": "b1", "title": "Bees", "author": "Otto Vogt", "shelf": "science", "year": 1999, "copies": 2}
LOAN = {"id": "l1", "bookId": "b1", "memberId": "ann", "status": "out", "lentAt": "2025-11-30T23:30:00Z", "renewals": 0}
BACK = {
    **LOAN,
    "id": "l2",
    "status": "returned",
    "lentAt": "2025-10-01T10:00:00Z",
    "returnedAt": "2025-10-09T10:00:00Z",
}
HOLD = {"id": "h1", "bookId": "b1", "memberId": "ann", "status": "waiting", "placedAt": "2025-12-01T10:00:00Z"}


class Counter:
    """A small library, and what its calls answer."""

    def __init__(self, profile: str = "desk", **tables: list[dict[str, Any]]) -> None:
        rows = {"member": [MEMBER], "book": [BOOK], "loan": [LOAN, BACK], "hold": [HOLD], **tables}
        held = {entity: {row["id"]: row for row in each} for entity, each in rows.items()}
        world = World(Genesis(held, NOW, company("library").tables))
        self.episode = Episode.open("e", world, by_name(f"library/base/{profile}"))

    def call(self, tool: str, **arguments: Any) -> Any:
        return self.episode.call(tool, arguments).value


@pytest.fixture
def counter(path: str) -> Counter:
    return Counter()


def test_books_are_shown_with_who_has_and_who_waits(counter: Counter):
    assert counter.call("searchBooks", text="bee") == [{**BOOK, "lentOut": 1, "waiting": 1}]
    assert counter.call("searchBooks", text="vogt", shelf="science") == counter.call("searchBooks", text="bee")
    assert counter.call("searchBooks", shelf="crime") == []
    assert counter.call("getMember", member_id="ann") == {**MEMBER, "holds": [HOLD]}
    assert counter.call("getMember", member_id="eve") == {"error": "Member not found: eve"}


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["l1", "l2"]),
        ({"status": "returned"}, ["l2"]),
        ({"member_id": "eve"}, []),
        ({"book_id": "b1", "limit": 1}, ["l1"]),
        ({"lent_after": "2025-12-01"}, ["l1"]),  # by the library's clocks it was lent on 1 December
        ({"lent_after": "2025-12-02"}, []),
        ({"lent_before": "2025-12-01"}, ["l2"]),
    ],
)
def test_loans_are_found_newest_first_by_the_librarys_days(counter: Counter, filters: dict[str, Any], found: list[str]):
    assert [loan["id"] for loan in counter.call("searchLoans", **filters)] == found


def test_a_book_is_lent_once_at_a_time_and_while_there_is_a_copy(counter: Counter):
    lent = counter.call("lendBook", member_id="ann", book_id="b1")
    assert lent == {**LOAN, "id": lent["id"], "lentAt": "2025-12-02T09:00:00Z"}
    assert counter.call("lendBook", member_id="ann", book_id="b1") == {**lent, "already_exists": True}
    none_left = Counter(book=[{**BOOK, "copies": 1}])
    assert none_left.call("lendBook", member_id="ann", book_id="b1") == {"error": "No copy of b1 is on the shelf"}
    assert none_left.call("lendBook", member_id="eve", book_id="b1") == {"error": "Member eve not found"}


def test_unguarded_a_call_that_is_made_twice_lends_twice(path: str):
    counter = Counter("unguarded")
    first, second = (counter.call("lendBook", member_id="ann", book_id="b1") for _ in range(2))
    assert (second.get("error"), first["id"] == second.get("id")) == ("No copy of b1 is on the shelf", False)


def test_a_loan_is_renewed_with_every_call_and_returned_once(counter: Counter):
    now = "2025-12-02T09:00:00Z"
    for renewals in (1, 2):
        assert counter.call("renewLoan", loan_id="l1") == {**LOAN, "renewals": renewals, "updatedAt": now}
    returned = counter.call("returnBook", loan_id="l1")
    assert returned == {**LOAN, "renewals": 2, "status": "returned", "returnedAt": now, "updatedAt": now}
    assert counter.call("returnBook", loan_id="l1") == returned
    assert counter.call("renewLoan", loan_id="l1") == {"error": "Loan l1 is returned, not out"}
    assert counter.call("returnBook", loan_id="l9") == {"error": "Loan l9 not found"}
