"""A fork tree as a file of its own: the drawing of the pages, with its colours written into it."""

from __future__ import annotations

import re

from markupsafe import Markup

from .branches import Picture, short, words
from .pages import ASSETS, Links, environment

_GROUND = "text { font-family: var(--text); font-size: 12px; } .ground { fill: var(--page); }"


def standalone(drawn: Picture, title: str) -> str:
    """SVG that needs nothing else. It is light, and dark where its reader prefers that."""
    template = environment(Links()).get_template("branches.svg")
    return template.render(drawn=drawn, title=title, style=Markup(_style()), short=short, words=words) + "\n"


def _style() -> str:
    """The rules of the pages with each colour in its place: other programs than browsers know no variables."""
    colours = (ASSETS / "colours.css").read_text()
    light, dark = (dict(re.findall(r"(--[\w-]+): ([^;]+);", block)) for block in re.findall(r"{([^{}]+)}", colours)[:2])
    rules = f"{_GROUND}\n{(ASSETS / 'branches.css').read_text()}"
    return f"{_with(rules, light)}@media (prefers-color-scheme: dark) {{\n{_with(rules, light | dark)}}}"


def _with(rules: str, values: dict[str, str]) -> str:
    return re.sub(r"var\((--[\w-]+)\)", lambda named: values[named[1]], rules)
