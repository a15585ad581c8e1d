"""The generated company keeps its promises: shapes, counts, seed cast, noise, determinism."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from corecraft.engine.clock import to_ms
from corecraft.engine.genesis import Genesis, Row
from corecraft.engine.run import load_genesis, save_genesis
from corecraft.scenarios.company import schema_of
from corecraft.scenarios.world import Built, build
from corecraft.scenarios.world.check import Subject as Inspected
from corecraft.scenarios.world.check import amount_due, board_instants, violations, yearly_spend
from corecraft.scenarios.world.pools import load
from corecraft.scenarios.world.shipments import MISSPELT, way_to
from corecraft.scenarios.world.texts import answers, goods_named
from corecraft.scenarios.world.times import DAY
from corecraft.tools.rows import ROW_TYPES
from corecraft.tools.tables import TABLES

EST_MIDNIGHT = "T05:00:00Z"


@pytest.fixture(scope="session")
def built() -> Built:
    return build(seed=0, scale=1)


@pytest.fixture(scope="session")
def inspected(built: Built) -> Inspected:
    return Inspected(built.genesis.tables, built.genesis.now, frozenset())


def rows(built: Built, entity: str) -> list[Row]:
    return list(built.genesis.tables[entity].values())


def rebuilt_with(built: Built, entity: str, id: str, **changes: object) -> Genesis:
    """The same world with one row altered."""
    table = built.genesis.tables[entity]
    tables = {**built.genesis.tables, entity: {**table, id: {**table[id], **changes}}}
    return Genesis(tables, built.genesis.now, TABLES)


# --- promises -------------------------------------------------------------------------------------------------------


def test_no_invariant_is_broken(built: Built) -> None:
    assert violations(built.genesis, built.manifest) == []


@pytest.mark.parametrize("seed", [1, 5, 8])
def test_no_invariant_is_broken_under_other_seeds(seed: int) -> None:
    other = build(seed)
    assert violations(other.genesis, other.manifest) == []


@pytest.mark.parametrize(
    ("version", "digest"),
    [
        (1, "b5a1954614c07d5da6a0aef7da41ec1e6ba583bb6cbad822ee433289cd49e933"),
        (2, "f6a4306f7eb7c4b3b8bd452b6b3298da9c8d777646b5ac50cbb0860da5d816e8"),
        (3, "43e9b8c9d7634bf3016f256cabd7ac85ce7538c423db57b7f641d9cbc18e1394"),
        (4, "c053818025b8fbd5de55f741c4e45e2f472623a49f0c5f8b277365e3b9f901a5"),
        (5, "a648d8edc6e47ce52aec4b1c7aa4e407fc4093a6880cfab70f0b3a3baab80dc5"),
    ],
)
def test_published_worlds_keep_their_bytes(version: int, digest: str) -> None:
    assert build(version=version).genesis.digest == digest


# --- since version 6 ------------------------------------------------------------------------------------------------


def test_who_writes_by_a_portal_of_goods_has_ordered_such(built: Built) -> None:
    """Of letters to an organisation's page; others name goods in passing, that they own or think of buying."""
    orders, category = built.genesis.tables["order"], load().category
    for ticket in rows(built, "support_ticket"):
        order = orders.get(ticket.get("orderId") or "")
        if order and ticket["subject"].startswith("["):
            named = set(goods_named(f"{ticket['subject']} {ticket.get('body') or ticket['description']}"))
            held = {category(line["productId"]) for line in order["lineItems"]}
            assert not named or named & held, ticket["id"]


# --- since version 5 ------------------------------------------------------------------------------------------------


def test_the_articles_grant_for_a_missed_promise_what_its_record_grants(built: Built) -> None:
    """Of handling an apology, as the records and the handbook have it."""
    handling = [row for row in rows(built, "sla") if row["metric"] == "order_handling"]
    assert {row["breachRemedy"]["type"] for row in handling} == {"none"}
    handbook, services = (built.genesis.tables["knowledge_base_article"][id]["body"] for id in REVISED)
    assert "transit or handling promise entitles" not in handbook
    assert "so is a missed handling promise" in handbook
    assert "Where only the handling took too long" in services


def test_a_revised_article_is_one_that_there_was(built: Built) -> None:
    assert set(load().revised_articles) == set(REVISED)
    assert set(REVISED) <= {row["id"] for row in load().articles}


REVISED = ("sla-handbook", "shipping-services")


# --- since version 3 ------------------------------------------------------------------------------------------------


def test_parcels_take_hubs_on_their_way_and_are_scanned_every_few_days(built: Built) -> None:
    for parcel in rows(built, "shipment"):
        address = built.genesis.tables["order"][parcel["orderId"]].get("shipping", {}).get("address")
        moving = [event for event in parcel.get("events", ()) if event["status"] == "in_transit"]
        home = {address["city"]} if address else set[str]()
        if address:
            allowed = {"Louisville", *(hub.split(",")[0] for hub in way_to(address["region"]))} | home
            seen = {spelled(event["location"]) for event in moving}
            assert seen <= allowed, parcel["id"]
        gaps = [to_ms(b["at"]) - to_ms(a["at"]) for a, b in pairwise(moving)]
        assert all(gap < 5 * DAY for gap in gaps), parcel["id"]


def spelled(place: str) -> str:
    """The city of a scan, misspellings mended."""
    return {wrong: right for right, wrong in MISSPELT.items()}.get(place, place).split(",")[0]


def test_a_company_has_no_date_of_birth_and_no_id_is_dated_after_the_clock(built: Built) -> None:
    companies = set(load().names["companies"])
    for customer in rows(built, "customer"):
        assert ("dateOfBirth" in customer) != (customer["name"] in companies)
    for entity in ("order", "payment", "shipment", "support_ticket", "refund", "slack_message"):
        assert not [
            row["id"] for row in rows(built, entity) if "2512" in row["id"][:10] and dated(row["id"]) > "251201"
        ]


def dated(id: str) -> str:
    """The six digits that say the day."""
    return id.split("-")[1][-6:]


@pytest.mark.parametrize(
    ("letter", "entity", "id", "changes"),
    [
        ("A", "order", "ord-251102-810", {"customerId": "nobody"}),
        ("B", "support_ticket", "tick-251120-318", {"customerId": "james-chen-51177"}),
        ("C", "payment", "pay-251104-428", {"amount": 659.95}),
        ("D", "order", "ord-251102-810", {"status": "paid"}),
        ("E", "shipment", "ship-251105-676", {"status": "in_transit"}),
        ("F", "order", "ord-251104-428", {"status": "refunded"}),
        ("G", "support_ticket", "tick-251120-318", {"status": "resolved"}),
        ("H", "order", "ord-251102-810", {"updatedAt": "2025-11-01T00:00:00Z"}),
        ("I", "order", "ord-251102-810", {"updatedAt": "2025-12-01T19:00:01Z"}),
        ("J", "order", "ord-251102-810", {"createdAt": "2025-11-02T03:00:00Z"}),
        ("K", "knowledge_base_article", "returns-policy", {"body": "See the display resolution page."}),
        ("L", "customer", "james-chen-51177", {"name": "Sarah Chen"}),
        ("slots", "support_ticket", "tick-251120-318", {"body": "Where is {product}?"}),
    ],
)
def test_every_check_notices_what_it_is_for(
    built: Built, letter: str, entity: str, id: str, changes: dict[str, object]
) -> None:
    broken = violations(rebuilt_with(built, entity, id, **changes), built.manifest)
    assert any(line.startswith(f"{letter}: ") for line in broken)


def test_the_board_check_notices_one_more_sale(built: Built) -> None:
    lines = [{"productId": "skyforge-b550m-micro", "qty": 1}]
    broken = violations(rebuilt_with(built, "order", "ord-251102-810", lineItems=lines), built.manifest)
    assert any(line.startswith("M: skyforge-b550m-micro: 22") for line in broken)


# --- shapes ---------------------------------------------------------------------------------------------------------


def test_rows_have_the_declared_shape_and_key_order(built: Built) -> None:
    for entity, table in built.genesis.tables.items():
        names = list(ROW_TYPES[entity].__annotations__)
        for row in table.values():
            msgspec.convert(row, ROW_TYPES[entity], strict=True)
            assert next(iter(row)) == "id"
            assert list(row) == [name for name in names if name in row], row["id"]


def test_only_rows_of_manifest_types_are_listed(built: Built) -> None:
    for noise in built.manifest:
        assert noise.row in built.genesis.tables[noise.entity], noise


def test_a_stored_world_keeps_its_digest(built: Built, tmp_path: Path) -> None:
    save_genesis(built.genesis, tmp_path / "world", built.recipe)
    assert load_genesis(tmp_path / "world", schema_of).digest == built.genesis.digest


# --- size and spread ------------------------------------------------------------------------------------------------

TARGETS = {
    "customer": 430, "order": 620, "payment": 640, "shipment": 510, "support_ticket": 740, "resolution": 260,
    "escalation": 34, "build": 48, "warranty_claim": 26, "refund": 80,
}  # fmt: skip


def test_the_world_has_the_intended_size(built: Built) -> None:
    counts = built.genesis.counts()
    for entity, target in TARGETS.items():
        assert 0.8 * target <= counts[entity] <= 1.2 * target, entity
    assert counts["product"] == 110
    assert counts["employee"] == 36
    assert counts["slack_channel"] == 12
    assert counts["sla"] == 22
    assert 4_200 <= sum(counts.values()) <= 5_200


def test_orders_crowd_into_the_last_months(built: Built) -> None:
    created = [to_ms(row["createdAt"]) for row in rows(built, "order")]
    half_year, two_months = (to_ms(f"2025-{month}-01{EST_MIDNIGHT}") for month in ("06", "10"))
    assert 0.70 < sum(ms >= half_year for ms in created) / len(created) < 0.82
    assert 0.44 < sum(ms >= two_months for ms in created) / len(created) < 0.56


def test_order_statuses_keep_the_measured_proportions(built: Built) -> None:
    statuses = Counter(row["status"] for row in rows(built, "order"))
    share = {status: count / statuses.total() for status, count in statuses.items()}
    assert 0.68 < share["fulfilled"] < 0.84
    assert 0.02 < share["paid"] < 0.08
    assert 0.07 < share["pending"] < 0.15
    assert 0.02 < share["cancelled"] < 0.06
    assert statuses["backorder"] >= 2
    assert min(statuses[name] for name in ("refunded", "partially_refunded", "refund_requested")) >= 3


def test_stored_tiers_mostly_agree_with_what_was_spent(built: Built, inspected: Inspected) -> None:
    agree = 0
    for customer in rows(built, "customer"):
        spent = yearly_spend(inspected, customer["id"])
        earned = (
            "platinum" if spent >= 500_000 else "gold" if spent >= 250_000 else "silver" if spent >= 100_000 else "none"
        )
        agree += customer.get("loyaltyTier", "none") == earned
    assert 0.75 < agree / len(rows(built, "customer")) < 0.92


def test_no_two_tickets_say_the_same(built: Built) -> None:
    bodies = Counter(row.get("body") or row["description"] for row in rows(built, "support_ticket"))
    assert [body for body, count in bodies.items() if count > 1] == []


def test_every_answer_belongs_to_a_ticket_template() -> None:
    assert set(answers()) <= {template["key"] for template in load().tickets}


# --- the seed cast --------------------------------------------------------------------------------------------------


def order_of(built: Built, customer_id: str, product: str) -> Row:
    return next(
        row
        for row in rows(built, "order")
        if row["customerId"] == customer_id and any(line["productId"] == product for line in row["lineItems"])
    )


def delivered_at(built: Built, order: Row) -> str:
    shipment = next(row for row in rows(built, "shipment") if row["orderId"] == order["id"])
    assert shipment["status"] == "delivered"
    return shipment["events"][-1]["at"]


def test_sarah_chen_spent_12_083_17_in_four_orders_at_gold(built: Built, inspected: Inspected) -> None:
    sarah = built.genesis.tables["customer"]["sarah-chen-43892"]
    orders = [row for row in rows(built, "order") if row["customerId"] == sarah["id"]]
    assert (sarah["loyaltyTier"], sarah["createdAt"][:10]) == ("gold", "2018-06-22")
    assert sorted(amount_due(inspected, order) for order in orders) == [176404, 203504, 208998, 619411]
    assert yearly_spend(inspected, sarah["id"]) == 1_208_317


def test_jillian_reaves_parcel_arrived_on_13_november(built: Built) -> None:
    shipment = built.genesis.tables["shipment"]["ship-251105-676"]
    assert (shipment["orderId"], shipment["trackingNumber"]) == ("ord-251102-810", "1Z999AA789924329")
    assert (shipment["carrier"], shipment["events"][-1]["location"]) == ("ups_ground", "Little Rock, AR")
    assert shipment["events"][-1]["at"] == "2025-11-13T18:41:00Z"
    ticket = built.genesis.tables["support_ticket"]["tick-251120-318"]
    assert (ticket["orderId"], ticket["status"], ticket["assignedEmployeeId"]) == (
        "ord-251102-810",
        "open",
        "alex-morgan",
    )


def test_aiden_and_maya_bought_what_their_tasks_say(built: Built) -> None:
    board = order_of(built, "aiden-mcquarrie-37212", "skyforge-x670e-pro")
    assert board["createdAt"].startswith("2025-10")
    panel = order_of(built, "maya-herrera-78230", "clarityone-32-4k-144hz")
    assert panel["createdAt"].startswith("2025-11")
    assert "2025-11-10" < delivered_at(built, panel)[:10] < "2025-11-30"


def test_fixtures_of_other_tasks_exist(built: Built) -> None:
    backorder = order_of(built, "parallax-tech-97634", "dataforge-sata-2tb-ssd")
    assert (backorder["status"], backorder["lineItems"][0]["qty"]) == ("backorder", 35)
    supplies = built.genesis.tables["payment"]["pay-251104-428"]
    assert (supplies["amount"], supplies["status"]) == (659.94, "captured")
    isabella = [row for row in rows(built, "support_ticket") if row["customerId"].startswith("isabella-")]
    assert len(isabella) == 4
    assert min(row["createdAt"] for row in isabella) > "2025-11-01T19:00:00Z"
    academy = [row for row in rows(built, "order") if row["customerId"] == "kidstech-academy-90765"]
    assert sum(row["createdAt"] >= f"2025-01-01{EST_MIDNIGHT}" for row in academy) == 23
    owners = {row.get("customerId", "").rsplit("-", 1)[0] for row in rows(built, "build")}
    assert {"marcella-hammond", "fidel-severov", "percival-umbleby"} <= owners


# --- motherboards ---------------------------------------------------------------------------------------------------


def pages(instants: list[int]) -> list[tuple[int, str]]:
    """What a caller sees who asks for ten at a time and narrows `created_before` to the earliest day of each batch."""
    from corecraft.engine.clock import to_text

    seen: list[tuple[int, str]] = []
    before = to_ms("2025-12-01T19:00:00Z")
    while batch := [ms for ms in instants if ms <= before][:10]:
        earliest = to_text(batch[-1])[:10]
        seen.append((len(batch), earliest))
        before = to_ms(f"{earliest}{EST_MIDNIGHT}")
    return seen


@pytest.mark.parametrize(
    ("board", "expected"),
    [
        ("skyforge-b550m-micro", [(10, "2025-11-09"), (10, "2025-10-20"), (1, "2025-10-08")]),
        ("skyforge-x670e-pro", [(10, "2025-11-04"), (6, "2025-10-03")]),
        ("cryonix-z790-apex", [(10, "2025-10-26"), (3, "2025-10-05")]),
        ("voltedge-v9980se", [(10, "2025-10-20"), (1, "2025-10-07")]),
    ],
)
def test_paging_by_day_finds_each_board_order_once(
    inspected: Inspected, board: str, expected: list[tuple[int, str]]
) -> None:
    assert pages(board_instants(inspected, board)) == expected


# --- noise ----------------------------------------------------------------------------------------------------------

RATES = [
    ("N-01", "order", 0.02, 0.11),
    ("N-01", "payment", 0.06, 0.15),
    ("N-01", "shipment", 0.22, 0.40),
    ("N-01", "support_ticket", 0.08, 0.20),
    ("N-02", "order", 0.015, 0.08),
    ("N-03", "customer", 0.06, 0.16),
    ("N-06", "shipment", 0.14, 0.28),
    ("N-07", "order", 0.015, 0.05),
    ("N-08", "order", 0.01, 0.06),
    ("N-11", "support_ticket", 0.05, 0.16),
    ("N-12", "support_ticket", 0.003, 0.03),
    ("N-14", "build", 0.12, 0.28),
    ("N-15", "resolution", 0.04, 0.14),
    ("N-16", "knowledge_base_article", 0.08, 0.2),
    ("N-18", "order", 0.003, 0.04),
    ("N-19", "order", 0.02, 0.08),
    ("N-20", "order", 0.02, 0.06),
    ("N-22", "refund", 0.01, 0.1),
]


@pytest.mark.parametrize(("kind", "entity", "low", "high"), RATES)
def test_noise_comes_at_about_its_rate(built: Built, kind: str, entity: str, low: float, high: float) -> None:
    listed = {noise.row for noise in built.manifest if (noise.kind, noise.entity) == (kind, entity)}
    assert low <= len(listed) / len(rows(built, entity)) <= high


def test_every_kind_of_noise_occurs(built: Built) -> None:
    assert {noise.kind for noise in built.manifest} == {f"N-{number:02d}" for number in range(1, 23)}


# --- determinism and scale ------------------------------------------------------------------------------------------


def test_two_processes_build_the_same_bytes(built: Built) -> None:
    script = "from corecraft.scenarios.world import build; print(build(0, 1).genesis.digest)"
    for hash_seed in ("1", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        printed = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        )
        assert printed.stdout.strip() == built.genesis.digest


def test_a_larger_world_holds_the_smaller_one(built: Built) -> None:
    double = build(seed=0, scale=2)
    assert violations(double.genesis, double.manifest) == []
    for entity, table in built.genesis.tables.items():
        assert all(double.genesis.tables[entity].get(id) == row for id, row in table.items()), entity
    assert double.genesis.counts()["order"] > 1.8 * built.genesis.counts()["order"]
