"""What holds for every query (G-01..G-13), and on rows however dirty."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from corecraft.engine.event import Change, Event
from corecraft.engine.toolset import Request
from corecraft.engine.world import World
from corecraft.tools.profile import BENCHMARK, COMPAT, Profile
from corecraft.tools.rows import ROW_TYPES
from corecraft.tools.search import newest, window
from corecraft.tools.tables import PRIORITY_BANDS, PRIORITY_RANK, TABLES, stored_ms

from .world import RAW, SEARCHES, TOOLS, TOOLSETS, ask, error, ids, world, world_of

DATES = [
    (tool.name, name) for tool in TOOLS.values() for name in tool.parameters if name.endswith(("_after", "_before"))
]
CHOICES = [(tool.name, name) for tool in TOOLS.values() for name, p in tool.parameters.items() if p.choices]
NEEDED = {"getProduct": "cpu-a", "getOrderDetails": "ord-250101-001", "getCustomerTicketHistory": "ann-bell-10001"}
CROWD = 205


def needed(tool: str) -> dict[str, str]:
    return dict.fromkeys(TOOLS[tool].required, NEEDED.get(tool, ""))


def crowd(**fields: Any) -> World:
    """A world of many rows of every type, all alike."""
    return world_of({entity: {f"x{n:03}": fields for n in range(CROWD)} for entity in ROW_TYPES})


@pytest.fixture(scope="module")
def bare() -> World:
    """Rows with nothing but an id."""
    return crowd()


@pytest.mark.parametrize("tool", SEARCHES)
@pytest.mark.parametrize(
    ("profile", "limit", "count"),
    [
        *((BENCHMARK, limit, 10) for limit in (None, 0, 0.5, 10, 11, 1e12)),
        *((BENCHMARK, limit, 1) for limit in (1, 1.9, -1, -500)),
        (BENCHMARK, 7, 7),
        *((COMPAT, limit, 50) for limit in (None, 0, 50)),
        *((COMPAT, limit, 200) for limit in (200, 201, 1e12)),
        (COMPAT, 199.9, 199),
        (COMPAT, -3, 1),
    ],
)
def test_limits(bare: World, tool: str, profile: Profile, limit: float | None, count: int):
    assert ids(tool, bare, profile, limit=limit) == [f"x{n:03}" for n in range(count)]


@pytest.mark.parametrize("tool", SEARCHES)
@pytest.mark.parametrize("profile", [BENCHMARK, COMPAT])
def test_the_published_limit_tells_the_numbers(tool: str, profile: Profile):
    (definition,) = (d for d in TOOLSETS[profile].definitions() if d["name"] == tool)
    text = definition["inputSchema"]["properties"]["limit"]["description"]
    assert f"{profile.default_limit} if omitted or 0, never more than {profile.max_limit}, 1 if negative" in text
    assert "a fraction is cut off first" in text


def test_published_texts_are_complete_and_hold_no_rule_numbers():
    for profile in (BENCHMARK, COMPAT):
        for definition in TOOLSETS[profile].definitions():
            texts = [definition["description"]]
            texts += [p["description"] for p in definition["inputSchema"]["properties"].values()]
            for text in texts:
                assert text.endswith(".")
                assert not any(mark in text for mark in ("{", "G-0", "B-1", "Rules", "  "))


@pytest.mark.parametrize("tool", SEARCHES)
def test_searches_require_nothing_and_find_nothing_in_an_empty_world(tool: str):
    assert TOOLS[tool].required == []
    assert ask(tool, world_of({})) == []


@pytest.mark.parametrize("tool", TOOLS)
def test_an_unknown_parameter_is_an_error(tool: str):
    assert error(tool, **needed(tool), colour="red") == "Unknown parameter: colour"


@pytest.mark.parametrize(("tool", "name"), CHOICES)
def test_an_unknown_choice_is_an_error_everywhere(tool: str, name: str):
    choices = ", ".join(TOOLS[tool].parameters[name].choices)
    assert error(tool, **{name: "Zork"}) == f"Invalid {name}: 'Zork'. Must be one of: {choices}"


@pytest.mark.parametrize(("tool", "name"), CHOICES)
def test_every_published_choice_is_accepted(tool: str, name: str):
    for choice in TOOLS[tool].parameters[name].choices:
        assert isinstance(ask(tool, **{name: choice}), list)


@pytest.mark.parametrize(("tool", "name"), DATES)
@pytest.mark.parametrize("bad", ["yesterday", "2025-13-01", "2025-11-09T25:00:00Z", "11/09/2025", " ", "2025"])
def test_a_bad_date_is_an_error_everywhere(tool: str, name: str, bad: str):
    assert error(tool, **needed(tool), **{name: bad}) == (
        f"Invalid {name}: '{bad}'. Expected an ISO-8601 date or timestamp with timezone, "
        "such as 2025-11-09 or 2025-11-09T14:00:00Z"
    )


@pytest.mark.parametrize(("tool", "name"), DATES)
def test_a_date_alone_is_its_midnight_in_est_and_so_is_what_has_no_offset(tool: str, name: str):
    for day in ("2025-01-11", "2025-11-09", "2025-11-18", "2025-03-01"):
        spelled = [day, f"{day}T00:00:00", f"{day}T00:00:00-05:00", f"{day}T05:00:00Z", f"{day}T05:00:00.000+00:00"]
        assert len({str(ask(tool, **needed(tool), **{name: text})) for text in spelled}) == 1


@pytest.mark.parametrize(("tool", "name"), [(tool, name) for tool in SEARCHES for name in TOOLS[tool].parameters])
@pytest.mark.parametrize("nothing", ["", None])
def test_empty_and_null_are_not_given(tool: str, name: str, nothing: str | None):
    assert ask(tool, **{name: nothing}) == ask(tool)


def test_date_windows_agree_with_a_plain_reading():
    """Windows are found by bisection; here every row is looked at."""
    bounds = [None, "2025-11-01T04:00:00Z", "2025-11-14T12:00:00Z", "2025-11-18T12:00:00Z", "2025-11-20T12:00:00.250Z"]
    for (tool, entity), after, before in product(SEARCHES.items(), bounds, bounds):
        if "created_after" not in TOOLS[tool].parameters:
            continue
        low, high = stored_ms({"t": after}, "t"), stored_ms({"t": before}, "t")
        rows = [row for row in world().rows(entity) if _lies(stored_ms(row, "createdAt"), low, high)]
        assert ids(tool, created_after=after, created_before=before) == [row["id"] for row in rows]


# --- bounds: one rule in all tools -------------------------------------------------------------------------------


def everywhere_at(text: str) -> World:
    """A world in which every date is this one, with the rows that `needed` names and what belongs to them."""
    links = {"customerId": NEEDED["getCustomerTicketHistory"], "orderId": NEEDED["getOrderDetails"]}
    raw: dict[str, Any] = {}
    for entity, shape in ROW_TYPES.items():
        row = {field: text for field in shape.__annotations__ if field.endswith("At") or field == "timestamp"}
        raw[entity] = {id: {**row, **links} for id in (*NEEDED.values(), "x")}
    return world_of(raw)


@pytest.mark.parametrize(("tool", "name"), DATES)
def test_every_bound_is_inclusive_and_says_so(tool: str, name: str):
    where = everywhere_at("2025-11-18T12:00:00.250Z")
    whole = ask(tool, where, **needed(tool))
    before = name.endswith("_before")
    outside = "2025-11-18T12:00:00.249Z" if before else "2025-11-18T12:00:00.251Z"
    for at in ("2025-11-18T12:00:00.250Z", "2025-11-18T07:00:00.250", "2025-11-18T12:00:00.25099999999Z"):
        assert ask(tool, where, **needed(tool), **{name: at}) == whole
    assert ask(tool, where, **needed(tool), **{name: outside}) != whole
    (definition,) = (d for d in TOOLSETS[BENCHMARK].definitions() if d["name"] == tool)
    text = definition["inputSchema"]["properties"][name]["description"]
    assert f"at or {'before' if before else 'after'} this instant" in text
    assert "cut to milliseconds" in text


# --- capped replies: told by their length, which the description says --------------------------------------------


@pytest.mark.parametrize("tool", SEARCHES)
@pytest.mark.parametrize("profile", [BENCHMARK, COMPAT])
def test_every_search_says_how_to_tell_a_capped_reply_and_how_to_see_the_rest(tool: str, profile: Profile):
    (definition,) = (d for d in TOOLSETS[profile].definitions() if d["name"] == tool)
    said = (
        f"A reply of {profile.default_limit} records, or of as many as limit allows, may be cut off; "
        "a shorter one is complete. To see the rest, "
    )
    assert said in definition["description"]


NEWEST_FIRST = {
    "searchOrders": ("created_before", "createdAt"),
    "searchPayments": ("created_before", "createdAt"),
    "searchShipments": ("created_before", "createdAt"),
    "searchRefunds": ("created_before", "createdAt"),
    "searchTickets": ("created_before", "createdAt"),
    "searchEscalations": ("created_before", "createdAt"),
    "searchResolutions": ("created_before", "createdAt"),
    "searchSlackMessages": ("posted_before", "timestamp"),
}


@pytest.mark.parametrize("tool", NEWEST_FIRST)
@pytest.mark.parametrize("there", [9, 10, 11, 13, 41])
def test_whoever_follows_the_description_finds_everything(tool: str, there: int):
    """From the last record's date on, until a reply is short or brings nothing new."""
    bound, field = NEWEST_FIRST[tool]
    assert f"with {bound} set to the {field} of the last" in TOOLS[tool].description
    where = world_of({SEARCHES[tool]: {f"x{n:02}": {field: f"2025-11-18T12:00:{n:02}Z"} for n in range(there)}})
    seen: dict[str, Any] = {}
    page = ask(tool, where)
    while fresh := {row["id"]: row for row in page if row["id"] not in seen}:
        seen |= fresh
        if len(page) < BENCHMARK.default_limit:
            break
        page = ask(tool, where, **{bound: page[-1][field]})
    assert len(seen) == there


def _lies(ms: int | None, low: int | None, high: int | None) -> bool:
    return ms is None or ((low is None or low <= ms) and (high is None or ms <= high))


def test_ticket_bands_are_the_ranks_of_priorities():
    assert [band[0] for band in PRIORITY_BANDS] == [*PRIORITY_RANK.values(), len(PRIORITY_RANK)]


def test_searches_see_changed_and_new_rows_in_their_place():
    changes = (
        Change("order", "ord-250101-001", {"status": "refunded"}),
        Change("order", "ord_new", {"id": "ord_new", "status": "refunded", "createdAt": "2025-11-20T12:00:00.100Z"}),
        Change("support_ticket", "tick-2", {"priority": "high"}),
    )
    later = world().fold([Event(1, "x", world().now, None, {}, changes)])
    assert ids("searchOrders", later, status="refunded") == ["ord_new", "ord-250101-001"]
    assert ids("searchOrders", later)[:4] == ["ord-250101-002", "ord-250101-003", "ord_new", "ord-250101-004"]
    assert ids("searchTickets", later, priority="high") == ["tick-2", "tick-4", "tick-5", "tick-3"]
    assert ids("searchTickets", later, created_after="2025-11-18", priority="high") == ["tick-2", "tick-4", "tick-5"]
    assert ids("searchOrders", status="refunded") == []


# --- dirty rows --------------------------------------------------------------------------------------------------

JSON_TEXTS = (
    "addresses", "lineItems", "shipping", "events", "inventory", "specs", "permissions", "componentIds", "tags",
    "productsMentioned",
)  # fmt: skip


def dirty(value: Any, texts: Any = None) -> World:
    """A world whose rows hold `value` in every field, and `texts` where JSON may be stored as text.

    Rows have the usual ids, so that details and histories are found.
    """
    raw: dict[str, Any] = {}
    for entity, shape in ROW_TYPES.items():
        fields = [field for field in shape.__annotations__ if field != "id"]
        row = {field: value if texts is None or field not in JSON_TEXTS else texts for field in fields}
        raw[entity] = dict.fromkeys((*RAW.get(entity, ()), "other"), row)
    return world_of(raw)


def every_call(tool: str) -> list[dict[str, Any]]:
    """Each parameter alone, with values it accepts, and none."""
    calls: list[dict[str, Any]] = [{}]
    for name, parameter in TOOLS[tool].parameters.items():
        if name in TOOLS[tool].required:
            continue
        kind = parameter.schema["type"]
        values: list[Any] = {"number": [3], "boolean": [True, False], "array": [["a"]]}.get(kind, ["a"])
        if parameter.choices:
            values = list(parameter.choices)
        if (tool, name) in DATES or name == "effective_on":
            values = ["2025-11-18"]
        if name == "channel_id":
            values = ["escalations"]
        calls += [{name: value} for value in values]
    return calls


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("texts", [None, "[oops", "42"])
def test_nulls_and_unreadable_texts_are_answered_within_the_published_schema(tool: str, texts: str | None):
    where = dirty(None, texts)
    for call in every_call(tool):
        assert "error" not in ask(tool, where, **needed(tool), **call)


@pytest.mark.parametrize("tool", SEARCHES)
def test_missing_fields_are_answered_within_the_published_schema(bare: World, tool: str):
    for call in every_call(tool):
        if "channel_id" not in call:
            assert "error" not in ask(tool, bare, **call)


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(
    "value", [7, -1.5, True, "", "x", [], [None], [[]], {}, {"x": None}, [{"x": {}}], "2025-11-18", "0001"]
)
def test_no_row_is_so_dirty_that_a_query_breaks(tool: str, value: Any):
    where = dirty(value)
    for call in every_call(tool):
        handled = TOOLSETS[BENCHMARK].handle(where, tool, Request.of({**needed(tool), **call}))
        assert handled.ok, handled.outcome.reply


def test_every_type_of_row_has_a_table():
    assert set(TABLES) == set(ROW_TYPES)


@pytest.mark.parametrize("bound", [None, "2025-11-01"])
def test_a_table_in_another_order_cannot_be_asked_for_the_newest(bound: str | None):
    with pytest.raises(
        TypeError, match=r"newest\(\) needs rows listed newest first; the order of product in tools/tables.py"
    ):
        newest(world(), "product", window("created", bound, None))
