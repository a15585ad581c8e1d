"""In which order rows are listed, and what they are found by."""

from __future__ import annotations

from corecraft.tools.tables import by, newest_first, schema, table, text_of

from .rows import ROWS

TABLES = schema(
    {
        "book": table(by("title"), "shelf", texts={"text": text_of("title", "author")}),
        "member": table(by("name")),
        "librarian": table(by("name")),
        "loan": table(
            newest_first("lentAt"), "bookId", "memberId", "status", acts=r"renew\w*|extend\w*|lent|lend\w*|prolong\w*"
        ),
        "hold": table(newest_first("placedAt"), "bookId", "memberId", "status", acts=r"reserv\w+|held"),
    },
    ROWS,
    "corecraft_library",
)
