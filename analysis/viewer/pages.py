"""Templates with what they all need: one environment, everything escaped."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import jinja2
from attrs import frozen
from markupsafe import Markup, escape

from ...replay.fields import shown
from ...replay.visible import visible
from . import drawing
from .values import show

_FOLDER = Path(__file__).with_name("pages")
ASSETS = Path(__file__).with_name("assets")


@frozen
class Links:
    """Addresses of pages, as the server answers them. A static copy has links of its own."""

    static: bool = False

    def home(self) -> str:
        return "/"

    def asset(self, name: str) -> str:
        return f"/assets/{name}"

    def run(self, run: str, query: str = "") -> str:
        return f"/runs/{quote(run)}" + (f"?{query}" if query else "")

    def episode(self, run: str, episode: str, seq: int | None = None, query: str = "") -> str:
        anchor = "" if seq is None else f"#s{seq}"
        return f"/runs/{quote(run)}/{quote(episode)}" + (f"?{query}" if query else "") + anchor

    def has(self, run: str, episode: str) -> bool:
        """Whether the episode has a page."""
        return True

    def forks(self, run: str, query: str = "") -> str:
        """All fork trees of a run."""
        return f"/forks/{quote(run)}" + (f"?{query}" if query else "")

    def judge(self, run: str, episode: str = "", criterion: str = "") -> str:
        """The judge's seat at a question, or at the next one."""
        query = f"?{urlencode({'episode': episode, 'criterion': criterion})}" if episode else ""
        return f"/judge/{quote(run)}{query}"

    def of_episode(self, run: str, episode: str, what: str, query: str = "") -> str:
        """A further page, or a part of the page, of an episode."""
        return f"/runs/{quote(run)}/{quote(episode)}/{what}" + (f"?{query}" if query else "")


def environment(links: Links) -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"links": links, "interval": drawing.interval, "bar": drawing.bar, "show": show}
    made.filters |= {
        "visible": lambda value: visible(str(value)),
        "json": shown,
        "number": lambda value: "" if value is None else f"{value:,}",
        "share": lambda value: "" if value is None else f"{value:.3f}".rstrip("0").rstrip(".") or "0",
        "percent": lambda value: "" if value is None else f"{value:.0%}",
        "money": lambda value: "" if not value else f"${value:,.2f}",
        "ticked": _ticked,
        "wall": _wall,
        "lasted": _lasted,
    }
    return made


def _ticked(text: str) -> Markup:
    """Our own words, with what stands between backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(visible(text)))))


def _wall(ms: int | None) -> str:
    return "" if ms is None else datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")


def _lasted(seconds: Any) -> str:
    """A span of simulation time in a few characters."""
    for name, length in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= length:
            return f"+{seconds // length}{name}"
    return f"+{seconds}s"
