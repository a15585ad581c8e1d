"""The world: books, members, librarians, loans and holds, drawn from a seed."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Any

from corecraft.engine.chance import Chance
from corecraft.engine.clock import DAY_MS, to_text
from corecraft.engine.genesis import Genesis, Row
from corecraft.scenarios.company import Built

from .clocks import NOW
from .pools import FIRST, LAST, LIBRARIANS, OPENINGS, SHELVES, THINGS
from .tables import TABLES

MEMBERS, TITLES, LOANS, HOLDS = 40, 60, 160, 12
OPENED_MS = NOW - 900 * DAY_MS


def build(seed: int = 0, scale: int = 1) -> Built:
    """A library with so many times the members, and as many loans a member."""
    chance = Chance(seed, "library")
    books = {row["id"]: row for row in _books(chance.of("books"))}
    members = {row["id"]: row for n in range(MEMBERS * scale) if (row := _member(chance.of("member", n), n))}
    tables: dict[str, dict[str, Row]] = {"book": books, "member": members, "loan": {}, "hold": {}}
    tables["librarian"] = {row["id"]: row for row in map(_librarian, LIBRARIANS)}
    for number in range(LOANS * scale):
        _lend(tables, chance.of("loan", number), number)
    for number in range(HOLDS * scale):
        _hold(tables, chance.of("hold", number), number)
    return Built(Genesis(tables, NOW, TABLES), {"generator": "library", "seed": seed, "scale": scale})


def _books(chance: Chance) -> Iterable[Row]:
    titles = chance.sample([f"The {one} {thing}" for one, thing in product(OPENINGS, THINGS)], TITLES)
    for number, title in enumerate(titles):
        draw = chance.of(title)
        yield book_row(f"book-{number:04d}", title, draw, draw.integer(1, 4))


def book_row(id: str, title: str, chance: Chance, copies: int) -> Row:
    """A title with any author."""
    author = f"{chance.choice(FIRST)} {chance.choice(LAST)}"
    return {
        "id": id, "title": title, "author": author, "shelf": chance.choice(SHELVES), "year": chance.integer(1960, 2024),
        "copies": copies,
    }  # fmt: skip


def _member(chance: Chance, number: int) -> Row:
    name = f"{FIRST[number % len(FIRST)]} {chance.choice(LAST)}"
    return member_row(f"card-{1000 + number}", name, chance, f"2026-{chance.integer(1, 12):02d}-28")


def member_row(id: str, name: str, chance: Chance, until: str) -> Row:
    """A member with a card that is valid until this day."""
    return {
        "id": id,
        "name": name,
        "email": f"{name.lower().replace(' ', '.')}.{id[-4:]}@example.org",
        "phone": f"+49 30 55501{chance.integer(10, 99)}",
        "cardValidUntil": until,
        "joinedAt": to_text(OPENED_MS + chance.integer(0, 500) * DAY_MS),
    }


def _librarian(name: str) -> Row:
    id = name.lower().replace(" ", "-")
    return {"id": id, "name": name, "email": f"{id}@lindenhof.example.org", "desk": "front desk"}


def _lend(tables: dict[str, dict[str, Row]], chance: Chance, number: int) -> None:
    """A loan of a copy that is on the shelf to a member who may borrow; most are long back."""
    lent = NOW - chance.integer(60, 500 * 24 * 60) * 60_000
    out = [loan for loan in tables["loan"].values() if loan["status"] == "out"]
    free = [b for b in tables["book"].values() if sum(x["bookId"] == b["id"] for x in out) < b["copies"]]
    who = [m for m in tables["member"].values() if sum(x["memberId"] == m["id"] for x in out) < 4]
    row: Row = {"id": f"loan-{number:05d}", "bookId": chance.choice(free)["id"], "memberId": chance.choice(who)["id"]}
    row |= {"status": "out", "lentAt": to_text(lent), "renewals": chance.integer(0, 2)}
    if NOW - lent > 40 * DAY_MS:
        back = lent + chance.integer(3, 39) * DAY_MS
        row |= {"status": "returned", "returnedAt": to_text(back), "updatedAt": to_text(back)}
    tables["loan"][row["id"]] = row


def _hold(tables: dict[str, dict[str, Row]], chance: Chance, number: int) -> None:
    placed = to_text(NOW - chance.integer(60, 20 * 24 * 60) * 60_000)
    book, member = chance.choice([*tables["book"]]), chance.choice([*tables["member"]])
    status = chance.choice(("waiting", "fetched", "cancelled"))
    row = {"id": f"hold-{number:05d}", "bookId": book, "memberId": member, "status": status, "placedAt": placed}
    tables["hold"][row["id"]] = row


def violations(genesis: Genesis, manifest: Iterable[Any]) -> list[str]:
    """Which promises a world breaks: no more copies are out than there are, and no member has more than five."""
    out = [loan for loan in genesis.tables["loan"].values() if loan["status"] == "out"]
    lent = {book["id"]: sum(loan["bookId"] == book["id"] for loan in out) for book in genesis.tables["book"].values()}
    broken = [f"{id}: {n} copies out" for id, n in lent.items() if n > genesis.tables["book"][id]["copies"]]
    for id in genesis.tables["member"]:
        if (held := sum(loan["memberId"] == id for loan in out)) > 5:
            broken.append(f"{id}: {held} loans out")
    return broken
