"""The knowledge base."""

from __future__ import annotations

from ..engine.tool import query
from ..engine.world import World
from .profile import Profile
from .rows import Article
from .search import given, page, window
from .tables import items


@query("searchKnowledgeBase")
def search_knowledge_base(
    world: World,
    profile: Profile,
    *,
    text: str | None = None,
    category: str | None = None,
    tag: str | None = None,
    tags: list[str] | None = None,
    created_after: str | None = None,
    created_before: str | None = None,
    updated_after: str | None = None,
    updated_before: str | None = None,
    limit: float | None = None,
) -> list[Article]:
    """Find knowledge-base articles. All given filters must hold. Returns full articles, with the whole body, version
    and deprecation flag, in order of title, then id. Deprecated articles are returned too. Articles without a date
    pass any bound on it. {capped} To see the rest, narrow by category, tag or dates.

    Args:
        text: A substring matched against title and body, in any case. It is taken as one phrase: words are not looked
            for one by one.
        category: Exact category: troubleshooting, guide, product_manual, policy, shipping, warranty, promotion or
            internal.
        tag: One exact tag the article must carry.
        tags: Exact tags the article must carry, all of them.
        created_after: Article created at or after {instant}.
        created_before: Article created at or before {instant}.
        updated_after: Article last updated at or after {instant}.
        updated_before: Article last updated at or before {instant}.
        limit: Most articles to return: {sizes}.

    Rules: 2.12, G-06..G-13, B-20, B-26.
    """
    wanted = [*given(tag=tag).values(), *(tags or ())]
    where = given(category=category, tag=wanted[0] if wanted else None)
    created = window("created", created_after, created_before)
    updated = window("updated", updated_after, updated_before)
    rows = world.rows("knowledge_base_article", where, given(text=text))
    tagged = (row for row in rows if all(tag in items(row, "tags") for tag in wanted))
    return page(updated.keep(created.keep(tagged, "createdAt"), "updatedAt"), limit, profile)
