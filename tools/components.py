"""What products are made of: components of builds, of bundles, and of prebuilt systems and workstations."""

from __future__ import annotations

from ..engine.genesis import Row
from ..engine.world import World
from .tables import items, part, parts, string

SYSTEMS = ("prebuilt", "workstation")
"""Categories that are sold assembled, from an internal base build."""


def component_ids(build: Row) -> list[str]:
    """A build's product ids; rows of the reference's making hold them as productIds only (B-01)."""
    field = "productIds" if build.get("componentIds") is None else "componentIds"
    return [id for id in items(build, field) if isinstance(id, str)]


def specs(product: Row, category: str) -> Row:
    """What a product's specs say under the key of a category; empty when nothing."""
    return part(part(product, "specs"), category)


def bundled(product: Row) -> list[str]:
    """The product ids inside a bundle; none for anything else."""
    return [string(entry, "componentId") for entry in parts(part(product, "specs"), "components")]


def built_in(world: World, product: Row) -> list[str]:
    """The product ids inside a prebuilt or workstation, by its base build; none for anything else."""
    if product.get("category") not in SYSTEMS:
        return []
    build = world.get("build", string(specs(product, "prebuilt"), "baseBuildId"))
    return [] if build is None else component_ids(build)


def line_products(order: Row) -> list[str]:
    """The product ids on an order's lines, each once."""
    return list(dict.fromkeys(string(line, "productId") for line in parts(order, "lineItems")))
