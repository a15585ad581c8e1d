"""The fixed tables: catalogue, staff, channels, promises and articles, with the noise they carry by design."""

from __future__ import annotations

from ...engine.genesis import Row
from .draft import Draft

_PRODUCT_NOISE = (
    ("voltedge-v9980se", "brand", "name says VoltEdge, brand says SkyForge"),
    ("voltedge-v9980se", "specs", "chipset X670 on an LGA1700 board"),
    ("swifthand-K200", "name", "name says Swifthand, brand says SwiftHand"),
)


def write_fixed_tables(draft: Draft) -> None:
    """Rows that no seed changes."""
    pools = draft.pools
    articles = _articles(draft)
    for entity, rows in (
        ("product", pools.products),
        ("employee", pools.employees),
        ("slack_channel", pools.channels),
        ("sla", pools.slas),
        ("knowledge_base_article", articles),
    ):
        for row in rows:
            draft.put(entity, row)
    for id, name, what in _PRODUCT_NOISE:
        draft.note("N-13", "product", id, name, what)
    for row in pools.products:
        if "warrantyMonths" not in row:
            draft.note("N-04", "product", row["id"], "warrantyMonths", "no term stored, 12 months apply")
    for row in articles:
        if row["isDeprecated"]:
            draft.note(
                "N-16", "knowledge_base_article", row["id"], "body", "deprecated, contradicts the current article"
            )


def _articles(draft: Draft) -> list[Row]:
    revised = draft.pools.revised_articles if draft.version >= 5 else {}
    return [revised.get(row["id"], row) for row in draft.pools.articles]
