"""Books and members."""

from __future__ import annotations

from corecraft.engine.tool import query
from corecraft.engine.world import World
from corecraft.tools.profile import Profile
from corecraft.tools.search import given, page, shown

from .rows import Book, BookShown, MemberShown, Shelf


@query("searchBooks")
def search_books(
    world: World,
    profile: Profile,
    *,
    text: str | None = None,
    shelf: Shelf | None = None,
    limit: float | None = None,
) -> list[BookShown]:
    """Find books by title. All given filters must hold. Each comes with how many of its copies are lent out, and how many
    members wait for it. {capped}

    Args:
        text: Part of the title or of the author's name.
        shelf: Exact shelf.
        limit: Most books to return: {sizes}.
    """
    found = page(world.rows("book", given(shelf=shelf), given(text=text)), limit, profile)
    return [_counted(world, book) for book in found]


def _counted(world: World, book: Book) -> BookShown:
    lent = sum(1 for _ in world.rows("loan", {"bookId": book["id"], "status": "out"}))
    waiting = sum(1 for _ in world.rows("hold", {"bookId": book["id"], "status": "waiting"}))
    return {**book, "lentOut": lent, "waiting": waiting}


@query("getMember")
def get_member(world: World, *, member_id: str) -> MemberShown:
    """A member's record, with what the member waits for or has waited for.

    Args:
        member_id: Exact number of the card.
    """
    member = shown(world, "member", "Member", member_id)
    return {**member, "holds": list(world.rows("hold", {"memberId": member_id}))}
