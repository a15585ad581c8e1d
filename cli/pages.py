"""The generated pages of `docs/`: `python -m corecraft.cli.pages` writes them all, in a checkout (`make docs`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from ..analysis import catalogue, cookbook
from ..engine.files import write_text
from ..rollouts import http_reference
from ..scenarios import reference
from . import screens
from .query import connected

RECORDED = Path(__file__).parents[1] / "tests" / "data" / "blind-run"
"""The run that the cookbook's questions are asked of: a model's, recorded with version 0.1.0 and sealed."""


def _cookbook() -> str:
    with closing(connected([RECORDED])) as con:
        return cookbook.page(con)


PAGES: Mapping[str, Callable[[], str]] = {
    "docs/authoring-reference.md": reference.page,
    "docs/cookbook.md": _cookbook,
    "docs/http.md": http_reference.page,
    "docs/screens.md": screens.page,
    "docs/sql.md": catalogue.page,
}
"""File -> what writes its text. A further generated page is a line here; a test holds every file to its text."""


def main() -> None:
    for name, text in PAGES.items():
        write_text(Path(name), text())
        print(f"wrote {name}")
    for name, picture in screens.pictures():
        write_text(Path(f"docs/screens/{name}.svg"), picture)


if __name__ == "__main__":
    main()
