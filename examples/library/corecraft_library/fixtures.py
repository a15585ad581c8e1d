"""Rows of a task's own: a member, a book, loans and holds."""

from __future__ import annotations

from corecraft.engine.clock import DAY_MS, to_ms, to_text
from corecraft.engine.genesis import Row
from corecraft.scenarios.fixtures import Fixtures
from corecraft.scenarios.scene import Scene

from .clocks import ZONE
from .pools import FIRST, LAST, OPENINGS, THINGS
from .world import book_row, member_row


class Rows(Fixtures):
    """Of one case; its key is part of every id, so that no two tasks share a row."""

    where = "corecraft_library/rows.py"

    def __init__(self, scene: Scene, family: str, key: str) -> None:
        super().__init__(scene, family, key)
        self.mark = f"{family[-2:]}{key}"

    def member(self, until: str = "2026-08-31") -> Row:
        name = f"{self.chance.choice(FIRST)} {self.chance.choice(LAST)}"
        number = sum(entity == "member" for entity, _ in self._rows)
        return self.put(
            "member", member_row(f"card-{self.mark}{number}", name, self.chance.of("member", number), until)
        )

    def book(self, copies: int = 2) -> Row:
        """A title that no other book has: those of the world begin otherwise."""
        number = sum(entity == "book" for entity, _ in self._rows)
        title = f"My {OPENINGS[number]} {self.chance.choice(THINGS)}"
        return self.put("book", book_row(f"book-{self.mark}{number}", title, self.chance.of("book", number), copies))

    def loan(self, member: Row, book: Row, lent: str, renewals: int = 0) -> Row:
        """A loan that is out. lent: by the library's clocks."""
        number = sum(entity == "loan" for entity, _ in self._rows)
        row = {"id": f"loan-{self.mark}{number}", "bookId": book["id"], "memberId": member["id"], "status": "out"}
        return self.put("loan", row | {"lentAt": to_text(to_ms(lent, ZONE)), "renewals": renewals})

    def hold(self, member: Row, book: Row) -> Row:
        row = {"id": f"hold-{self.mark}0", "bookId": book["id"], "memberId": member["id"], "status": "waiting"}
        return self.put("hold", row | {"placedAt": to_text(self.scene.now - 2 * DAY_MS)})
