"""The hand-written material: catalogue, staff, names and text templates, as data/*.json and the knowledge articles hold it."""

from __future__ import annotations

import json
from collections import Counter
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from attrs import field, frozen

from ...engine.chance import Pool
from ...engine.genesis import Row

_DATA = Path(__file__).parent / "data"
_ARTICLES = Path(__file__).parent.parent / "knowledge"

BOARDS = ("skyforge-b550m-micro", "skyforge-x670e-pro", "cryonix-z790-apex", "voltedge-v9980se")
BOARD_CARRIERS = (
    "zentricore-skyforge-bundle",
    "hypervolt-novachip-voltedge-bundle",
    "voltstorm-gaming-pc",
    "dragonfire-gaming-pc",
    "nebulax-workstation-pro",
)
"""Bundles and systems with a motherboard inside. They count when seed example 1 is answered with everything expanded."""

WITH_BOARD = frozenset((*BOARDS, *BOARD_CARRIERS))


@frozen
class Pools:
    """Everything read from files. Rows in here are shared: copy before changing."""

    products: Pool[Row]
    employees: list[Row]
    channels: list[Row]
    slas: list[Row]
    articles: list[Row]
    revised_articles: dict[str, Row]
    """By id those that say something else since version 5: of a missed promise what the handbook says."""
    fixed_builds: list[Row]
    build_names: list[dict[str, str]]
    names: dict[str, Any]
    tickets: list[dict[str, Any]]
    spare_tickets: list[dict[str, Any]]
    """Of the same kind: what customers of a task write where it does not matter what. Some are `aired`."""
    portal_tickets: list[dict[str, Any]]
    """What members of organisations write, in worlds since version 4."""
    matters: list[dict[str, Any]]
    """What tasks are about as well, in worlds since version 5, see `matters`."""
    dressing: dict[str, dict[str, Pool[str]]]
    """What people put around their matter, by manner and place."""
    lures: Pool[str]
    """What customers put into a letter to mislead whoever, or whatever, reads it first; nobody has obeyed one."""
    settled: Pool[str]
    """What is noted of tickets that were answered long ago, whatever they were about."""
    settled_parts: dict[str, Pool[str]]
    """The same in parts, for worlds since version 5: what was done, what the customer said, what is left."""
    settled_further: dict[str, list[str]]
    """Further ones for tasks alone, so that few of their many notes are alike."""
    resolutions: list[dict[str, Any]]
    answers: dict[str, str]
    slips: dict[str, dict[str, str]]
    """Wrong answers by the key of their ticket, in worlds since version 6 (N-15)."""
    escalations: list[dict[str, Any]]
    claims: list[dict[str, Any]]
    arcs: list[dict[str, Any]] = field(repr=False)
    late_arcs: list[dict[str, Any]] = field(repr=False)
    """Those of the last weeks that worlds have since version 3: people talk of today, not of the summer."""
    posts: list[dict[str, Any]] = field(repr=False)
    """Further ones about tickets and orders, for worlds since version 4."""
    post_cases: list[dict[str, Any]] = field(repr=False)
    """The same, of the kinds that tasks are about: who asks the carrier, where a return lies, who decides."""
    talk: list[dict[str, Any]] = field(repr=False)
    """Since version 5, in words that vary: what was approved, taken back, recalled or lost, what holds for a while, who may."""

    @cached_property
    def near(self) -> Pool[dict[str, str]]:
        """The cities within a day's drive of Louisville: the first ones."""
        return Pool(self.names["cities"][:20])

    @cached_property
    def aired(self) -> dict[str, dict[str, Any]]:
        """Spare tickets by key that worlds have since version 3, and no task: of those that hang on no order, what companies
        write, and what a type has beyond fourteen."""
        found: dict[str, dict[str, Any]] = {}
        kept: Counter[str] = Counter()
        for one in self.spare_tickets:
            if one["order"] == "none":
                kept[one["ticketType"]] += not one.get("business", False)
                if one.get("business", False) or kept[one["ticketType"]] > 14:
                    found[one["key"]] = one
        return found

    @cached_property
    def on_nothing(self) -> dict[str, dict[str, Any]]:
        """Spare tickets about no order by key: since version 5 worlds and tasks have them alike."""
        return {one["key"]: one for one in self.spare_tickets if one["order"] == "none"}

    @cached_property
    def on_orders(self) -> dict[str, dict[str, Any]]:
        """Spare tickets about an order by key, which worlds have since version 4, and no task."""
        return {one["key"]: one for one in self.spare_tickets if one["order"] != "none"}

    @cached_property
    def product(self) -> dict[str, Row]:
        return {row["id"]: row for row in self.products}

    @cached_property
    def cents(self) -> dict[str, int]:
        """List price by product id, in cents."""
        return {row["id"]: round(row["price"] * 100) for row in self.products}

    @cached_property
    def by_category(self) -> dict[str, Pool[str]]:
        """Product ids by category, in catalogue order."""
        grouped: dict[str, list[str]] = {}
        for row in self.products:
            grouped.setdefault(row["category"], []).append(row["id"])
        return {category: Pool(ids) for category, ids in grouped.items()}

    @cached_property
    def boardless(self) -> dict[str, Pool[str]]:
        """Those with no motherboard, loose or inside."""
        return {category: Pool(id for id in ids if id not in WITH_BOARD) for category, ids in self.by_category.items()}

    def category(self, product_id: str) -> str:
        return self.product[product_id]["category"]


def _json(name: str) -> Any:
    return json.loads((_DATA / f"{name}.json").read_text("utf-8"))


def _pools(values: dict[str, Any]) -> dict[str, Any]:
    """What single items are chosen from, so often that their numbers are kept."""
    return {key: Pool(value) if isinstance(value, list) else value for key, value in values.items()}


def read_article(text: str) -> Row:
    """A knowledge-base row from Markdown: `---`, lines of `key: JSON`, `---`, a blank line, the body."""
    head, body = text.removeprefix("---\n").split("\n---\n", 1)
    values = dict(line.split(": ", 1) for line in head.splitlines())
    return {**{key: json.loads(value) for key, value in values.items()}, "body": body.strip("\n")}


def _read_articles(folder: Path) -> list[Row]:
    return [read_article(path.read_text("utf-8")) for path in sorted(folder.glob("*.md"))]


@lru_cache(maxsize=1)
def form_letters() -> dict[str, str]:
    """Texts that are meant to be the same in many rows: by a key, words that every copy has. They are few."""
    return _json("form_letters")


@lru_cache(maxsize=1)
def load() -> Pools:
    """All material, read once."""
    return Pools(
        products=Pool(_json("products")),
        employees=_json("employees"),
        channels=_json("channels"),
        slas=_json("slas"),
        articles=_read_articles(_ARTICLES),
        revised_articles={row["id"]: row for row in _read_articles(_ARTICLES / "since_5")},
        fixed_builds=_json("fixed_builds"),
        build_names=_json("builds"),
        names=_pools(_json("names")),
        tickets=_json("tickets"),
        spare_tickets=_json("spare_tickets"),
        portal_tickets=_json("portal_tickets"),
        matters=_json("matters"),
        dressing={manner: _pools(parts) for manner, parts in _json("dressing").items()},
        lures=Pool(_json("lures")),
        settled=Pool(_json("settled")),
        settled_parts=_pools(_json("settled_parts")),
        settled_further=_json("settled_further"),
        resolutions=_json("resolutions"),
        answers=_json("answers"),
        slips=_json("slips"),
        escalations=_json("escalations"),
        claims=_json("claims"),
        arcs=_json("slack"),
        late_arcs=_json("slack_november"),
        posts=_json("slack_posts"),
        post_cases=_json("slack_cases"),
        talk=_json("slack_matters"),
    )
