"""What is so by the handbook, on a scene."""

from __future__ import annotations

from datetime import date, timedelta

from corecraft.engine.genesis import Row
from corecraft.scenarios.scene import Scene

from .clocks import day_of


def today(scene: Scene) -> date:
    return day_of(scene.now)


def last_day(loan: Row) -> date:
    """Until when a loan may be kept (L-02)."""
    return day_of(loan["lentAt"]) + timedelta(28 + 14 * loan["renewals"])


def waiting(scene: Scene, book: str, besides: str = "") -> int:
    """Members who wait for a book."""
    return sum(hold["memberId"] != besides for hold in scene.rows("hold", bookId=book, status="waiting"))


def not_renewed(scene: Scene, loan: Row) -> str:
    """Why a loan may not be renewed, or "none" (L-03)."""
    if last_day(loan) < today(scene):
        return "late"
    if loan["renewals"] >= 2:
        return "twice"
    return "waiting" if waiting(scene, loan["bookId"], loan["memberId"]) else "none"


def not_lent(scene: Scene, member: Row, book: Row) -> str:
    """Why a book may not be lent to a member, or "none" (L-04)."""
    if date.fromisoformat(member["cardValidUntil"]) < today(scene):
        return "card"
    if len(scene.rows("loan", memberId=member["id"], status="out")) >= 5:
        return "full"
    lent = len(scene.rows("loan", bookId=book["id"], status="out"))
    return "none" if book["copies"] - lent - waiting(scene, book["id"]) >= 1 else "copy"
