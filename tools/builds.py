"""Saved PC builds."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

from ..engine.canonical import derived_id
from ..engine.genesis import Row
from ..engine.tool import Outcome, Rejected, command, fact, query
from ..engine.world import World
from .commands import Once, changed, create_once, require_products
from .components import component_ids
from .profile import Profile
from .rows import Build
from .search import found, given, now_text, page, window


@query("searchBuilds")
def search_builds(
    world: World,
    profile: Profile,
    *,
    build_id: str | None = None,
    name: str | None = None,
    customer_id: str | None = None,
    created_after: str | None = None,
    created_before: str | None = None,
    limit: float | None = None,
) -> list[Build]:
    """Find saved PC builds: customers' own, and the internal base builds of prebuilt systems, which have no customer.
    All given filters must hold. Returns full build records, with the ids of their components (an id stands once per
    piece), in order of name, then id. Builds without a creation date pass any bound on it. {capped} To see the rest,
    narrow by name, customer or dates.

    Args:
        build_id: Exact build id.
        name: Part of the build's name, in any case, taken as one phrase.
        customer_id: Exact id of the customer who owns the build.
        created_after: Build created at or after {instant}.
        created_before: Build created at or before {instant}.
        limit: Most records to return: {sizes}.

    Rules: 2.11, G-06..G-13.
    """
    created = window("created", created_after, created_before)
    rows = world.rows("build", given(id=build_id, customerId=customer_id), given(name=name))
    return page(created.keep(rows, "createdAt"), limit, profile)


# --- commands ------------------------------------------------------------------------------------------------------


class SavedBuild(Build, Once):
    pass


@command("createBuild", makes="build.created")
def create_build(
    world: World, profile: Profile, *, name: str, customer_id: str, product_ids: list[str]
) -> Annotated[Outcome, SavedBuild]:
    """Save a list of products as a customer's build. It can be changed with updateBuild, not deleted.

    Whether the parts fit together is not checked: use validateBuildCompatibility first. A build that equals an
    earlier one in name, customer and products is not saved twice: the existing one is returned with already_exists
    true. The reply lists the products as componentIds and again as productIds.

    Args:
        name: The build's name.
        customer_id: Exact id of the customer who owns it.
        product_ids: Exact product ids. Repeat an id for several units; may be empty.

    Rules: tools 3.7, P-44, P-103.
    """
    found(world, "customer", "Customer", customer_id)
    require_products(world, product_ids)
    components = sorted(product_ids)
    now = now_text(world)
    build: Row = {
        "id": derived_id("build_", name, customer_id, "|".join(components)),  # the list is one input, even if empty
        "ownerType": "customer",
        "customerId": customer_id,
        "name": name,
        "componentIds": components,
        "createdAt": now,
        "updatedAt": now,
    }
    outcome = create_once(
        world,
        profile,
        "build",
        build,
        "build.created",
        build_id=build["id"],
        customer_id=customer_id,
        component_ids=components,
    )
    return Outcome(_with_product_ids(outcome.reply), outcome.facts)


@command("updateBuild", makes="build.updated", destructive=True, idempotent=False)
def update_build(
    world: World,
    *,
    build_id: str,
    name: str | None = None,
    add_product_ids: list[str] | None = None,
    remove_product_ids: list[str] | None = None,
) -> Annotated[Outcome, SavedBuild]:
    """Rename a build, add products to it or remove some. Returns the whole build.

    Removals are taken from the build as it stands before the additions; if anything named cannot be added or
    removed, nothing changes. Whether the parts fit together is not checked: use validateBuildCompatibility. The reply
    lists the products as componentIds and again as productIds.

    Args:
        build_id: Exact build id.
        name: The new name.
        add_product_ids: Exact product ids to add, also ones the build has already.
        remove_product_ids: Exact product ids to remove; each entry removes one unit.

    Rules: tools 3.7, B-01, B-34.
    """
    build = found(world, "build", "Build", build_id)
    added, removed = add_product_ids or [], remove_product_ids or []
    require_products(world, added)
    components = _after(component_ids(build), added, removed)
    fields: dict[str, Any] = {**given(name=name), "componentIds": components}
    if "productIds" in build:
        fields["productIds"] = components  # a row of the reference's making: both lists stay the same
    row, change = changed(world, "build", build, **fields)
    happened = fact("build.updated", change, build_id=build_id, name=row.get("name"), added=added, removed=removed)
    return Outcome(_with_product_ids(row), (happened,))


def _after(components: list[str], added: list[str], removed: list[str]) -> list[str]:
    """The sorted components after a change. Rejects the removal of more units than there are."""
    left, leaving = Counter(components), Counter(removed)
    if absent := [id for id in leaving if leaving[id] > left[id]]:
        raise Rejected(f"Products not in build: {', '.join(absent)}")
    return sorted((left - leaving + Counter(added)).elements())


def _with_product_ids(build: Row) -> Row:
    """The name the reference's answers use for the same list."""
    return {**build, "productIds": component_ids(build)}
