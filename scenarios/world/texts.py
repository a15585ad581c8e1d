"""Text templates: filling their slots the way people write, and telling which texts belong together."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from ...engine.chance import Chance
from ...engine.genesis import Row
from .pools import load

SLOT = re.compile(r"\{(\w+)\}")

_NOUNS = {
    "gpu": ("graphics card", "the card", "card ", "gpu", "horizon", "graphforce"),
    "psu": ("power supply", "supply", "psu"),
    "motherboard": ("board ", "board.", "board,", "socket pins"),
    "monitor": ("monitor", "panel", "pixel", "screen", "display"),
    "keyboard": ("keyboard", "keys"),
    "mouse": ("mouse",),
    "headset": ("headset",),
    "cooling": ("cooler", "radiator", "aio"),
    "storage": ("ssd", "drive", "disk"),
    "memory": ("memory", "kit", "ddr4", "ddr5"),
    "cpu": ("processor", "chip "),
    "case": ("tower", "glass"),
    "prebuilt": ("prebuilt",),
    "bundle": ("bundle",),
}
_PAYMENT_CARDS = (
    "family card",
    "by card",
    "captured card",
    "card was captured",
    "bank card",
    "same card",
    "the card on file",
)
"""Cards that are no graphics cards."""


@lru_cache(maxsize=4096)
def categories_named(text: str) -> frozenset[str]:
    """Product categories a text speaks of, so that a note on a dead supply does not land on a headset."""
    lowered = f" {text.lower()} "
    for phrase in _PAYMENT_CARDS:
        lowered = lowered.replace(phrase, "")
    found = {category for category, nouns in _NOUNS.items() if any(noun in lowered for noun in nouns)}
    return frozenset(found - {"keyboard"} if "key" not in lowered else found)


_GOODS = {
    "monitor": r"monitor|the screen",
    "keyboard": r"keyboard",
    "mouse": r"mouse",
    "headset": r"headset",
    "storage": r"ssd|the drive",
    "networking": r"network card|router",
    "gpu": r"graphics card",
    "psu": r"power supply",
}
"""Goods by the words that mean nothing else."""


def goods_named(text: str) -> tuple[str, ...]:
    """The categories of which a text names goods outright."""
    return tuple(category for category, words in _GOODS.items() if re.search(rf"\b({words})\b", text, re.IGNORECASE))


def subject_category(text: str) -> str | None:
    """The category that a text names first."""
    lowered = f" {text.lower()} "
    places = {
        category: min(place for noun in _NOUNS[category] if (place := lowered.find(noun)) >= 0)
        for category in sorted(categories_named(text))
    }
    return min(places, key=lambda category: places[category]) if places else None


@lru_cache(maxsize=4096)
def slots(text: str) -> frozenset[str]:
    return frozenset(SLOT.findall(text))


def fill(text: str, values: dict[str, str]) -> str:
    """The text with every slot filled. KeyError when a value is missing: an open slot must never reach the world."""
    return SLOT.sub(lambda match: values[match[1]], text)


def everyday_name(product: Row, chance: Chance, *, casual: bool = False) -> str:
    """A product as people call it: in full, without the brand, or just the first words; in chats often lower case."""
    full = str(product["name"])
    bare = full.removeprefix(f"{product['brand']} ")
    short = bare if len(bare.split()) >= 2 else full
    if product["category"] == "monitor":
        short = f"{' '.join(full.split()[:2])} monitor"
    elif product["category"] in ("prebuilt", "workstation"):
        short = full.split()[0]
    elif product["category"] == "bundle":
        short = full.replace(" Bundle", " bundle")
    name = full if chance.happens(0.4) else short
    return name.lower() if casual and chance.happens(0.6) else name


# --- which texts belong together -----------------------------------------------------------------------------------


def ticket_text(ticket: dict[str, Any]) -> str:
    return f"{ticket['subject']} {ticket['body']}"


@lru_cache(maxsize=1)
def answers() -> dict[str, dict[str, Any]]:
    """Ticket template key -> the resolution text that answers it (data/answers.json, by its first words).

    Templates that are not in here stay unresolved.
    """
    found: dict[str, dict[str, Any]] = {}
    for key, opening in load().answers.items():
        (found[key],) = (entry for entry in load().resolutions if entry["details"].startswith(opening))
    return found


@lru_cache(maxsize=1 << 14)
def any_of(items: tuple[str, ...], text: str) -> bool:
    lowered = text.lower()
    return any(item in lowered for item in items)
