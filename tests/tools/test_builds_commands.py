"""createBuild and updateBuild."""

from __future__ import annotations

import pytest

from .shop import NOW, Shop, hashed

BUILD = {"name": "Rig", "customer_id": "ann", "product_ids": ["psu", "cpu", "cpu"]}

# --- createBuild ---------------------------------------------------------------------------------------------------


def test_a_build_is_saved():
    shop = Shop()
    build = shop.call("createBuild", **BUILD)
    stored = {
        "id": hashed("build_", "Rig|ann|cpu|cpu|psu"),
        "ownerType": "customer",
        "customerId": "ann",
        "name": "Rig",
        "componentIds": ["cpu", "cpu", "psu"],
        "createdAt": NOW,
        "updatedAt": NOW,
    }
    assert build == {**stored, "productIds": ["cpu", "cpu", "psu"]}
    assert shop.changes == {("build", build["id"]): stored}
    (happened,) = shop.facts
    assert happened.kind == "build.created"
    assert happened.data == {
        "build_id": build["id"],
        "customer_id": "ann",
        "component_ids": ["cpu", "cpu", "psu"],
    }
    assert shop.call("searchBuilds", build_id=build["id"]) == [stored]


def test_an_equal_build_is_not_saved_twice():
    shop = Shop()
    first = shop.call("createBuild", **BUILD)
    again = shop.call("createBuild", **{**BUILD, "product_ids": ["cpu", "psu", "cpu"]})
    assert again == {**first, "already_exists": True}
    assert not shop.facts
    assert not shop.changes


@pytest.mark.parametrize("changed", [{"name": "Rig 2"}, {"customer_id": "bob"}, {"product_ids": ["psu", "cpu"]}])
def test_other_inputs_give_another_id(changed):
    shop = Shop()
    assert shop.call("createBuild", **BUILD)["id"] != shop.call("createBuild", **{**BUILD, **changed})["id"]


def test_a_build_may_be_empty_or_the_first():
    shop = Shop(build={})
    build = shop.call("createBuild", **{**BUILD, "product_ids": []})
    assert build["componentIds"] == build["productIds"] == []
    assert build["id"] == hashed("build_", "Rig|ann|")  # as the reference has it: the empty list is an input too


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"customer_id": "eve", "product_ids": ["x"]}, "Customer eve not found"),
        ({"product_ids": ["x", "cpu", "y"]}, "Products not found: x, y"),
        ({"name": ""}, "name is required"),
        ({"product_ids": None}, "product_ids is required"),
    ],
)
def test_refused_builds(changed, message):
    assert Shop().refused("createBuild", **{**BUILD, **changed}) == message


# --- updateBuild ---------------------------------------------------------------------------------------------------


def test_a_build_is_renamed_and_changed():
    shop = Shop()
    build = shop.call(
        "updateBuild", build_id="b-1", name="Faster", add_product_ids=["cpu", "board"], remove_product_ids=["kit"]
    )
    components = ["board", "cpu", "cpu", "kit"]
    fields = {"name": "Faster", "componentIds": components, "updatedAt": NOW}
    assert shop.changes == {("build", "b-1"): fields}
    assert build == {**shop.row("build", "b-1"), "productIds": components}
    assert build["createdAt"] == "2025-11-01T15:00:00Z"
    (happened,) = shop.facts
    assert happened.kind == "build.updated"
    assert happened.data == {
        "build_id": "b-1",
        "name": "Faster",
        "added": ["cpu", "board"],
        "removed": ["kit"],
    }


def test_an_empty_update_sorts_and_sets_the_clock():
    shop = Shop()
    build = shop.call("updateBuild", build_id="b-1")
    assert build["componentIds"] == ["cpu", "kit", "kit"]
    assert shop.changes == {("build", "b-1"): {"componentIds": ["cpu", "kit", "kit"], "updatedAt": NOW}}


def test_a_row_with_product_ids_only_keeps_both_lists_equal():
    shop = Shop()
    build = shop.call("updateBuild", build_id="b-old", add_product_ids=["kit"], remove_product_ids=["gpu"])
    assert build["componentIds"] == build["productIds"] == ["cpu", "kit"]
    assert shop.call("searchBuilds", build_id="b-old") == [build]


def test_each_entry_removes_one_unit():
    shop = Shop()
    assert shop.call("updateBuild", build_id="b-1", remove_product_ids=["kit", "kit"])["componentIds"] == ["cpu"]
    assert shop.refused("updateBuild", build_id="b-1", remove_product_ids=["kit"]) == "Products not in build: kit"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"build_id": "b-9"}, "Build b-9 not found"),
        ({"add_product_ids": ["x", "y"], "remove_product_ids": ["gpu"]}, "Products not found: x, y"),
        ({"remove_product_ids": ["gpu", "kit", "psu"]}, "Products not in build: gpu, psu"),
        ({"remove_product_ids": ["kit", "kit", "kit"], "name": "No"}, "Products not in build: kit"),
        ({"add_product_ids": ["gpu"], "remove_product_ids": ["gpu"]}, "Products not in build: gpu"),
    ],
)
def test_refused_updates(arguments, message):
    assert Shop().refused("updateBuild", **{"build_id": "b-1", **arguments}) == message


def test_a_missing_table_is_named():
    assert Shop(build={}).refused("updateBuild", build_id="b-1") == "Build table not found in data"


def test_a_recreated_build_is_returned_as_it_was_changed():
    shop = Shop()
    first = shop.call("createBuild", **BUILD)
    changed = shop.call("updateBuild", build_id=first["id"], name="Rig, renamed")
    assert shop.call("createBuild", **BUILD) == {**changed, "already_exists": True}
