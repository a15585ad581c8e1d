"""Rows of a task's own: whatever is asked for, they are rows the world could have, and the same every time."""

from __future__ import annotations

from itertools import pairwise

import pytest
from corecraft.engine.clock import to_ms
from corecraft.engine.event import Change
from corecraft.rollouts.runner import Stage
from corecraft.scenarios.fixtures import BadRow
from corecraft.scenarios.props import Props
from corecraft.scenarios.scene import Scene
from corecraft.scenarios.world.check import contradictions
from corecraft.scenarios.world.shipments import MISSPELT, way_to
from corecraft.scenarios.world.times import DAY
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

GOODS = ("coreflow-750w-gold-modular", "dataforge-nvme-1tb-gen4", "visionix-27-4k-144hz")
DAYS = st.integers(1, 28).map(lambda day: f"2025-10-{day:02d}")


def purchase(
    stage: Stage, key: str, on: str, lines: list[tuple[str, int]], service: str, parcel: str, paid: str, version: int
):
    props = Props(Scene(stage.world, version=version), "props", key)
    customer = props.customer(tier="silver")
    order = props.order(customer, lines, on, service=service)
    payment = props.payment(order, paid)
    props.shipment(order, status=parcel)
    ticket = props.ticket(customer, "A question", "Where is it?", "2025-11-20", order=order)
    props.resolution(ticket, "shipped_info", "Told her.", "alex-morgan", "2025-11-21")
    return props, order, payment


any_purchase = given(
    st.text(max_size=6),
    DAYS,
    st.lists(
        st.tuples(st.sampled_from(GOODS), st.integers(1, 4)), min_size=1, max_size=3, unique_by=lambda line: line[0]
    ),
    st.sampled_from(("standard", "express", "overnight")),
    st.sampled_from(("delivered", "in_transit", "exception", "lost", "label_created")),
    st.sampled_from(("captured", "failed", "partially_refunded")),
)
some = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.mark.parametrize("version", [2, 3])
@any_purchase
@some
def test_any_purchase_fits_the_world(
    stage: Stage, version: int, key: str, on: str, lines, service: str, parcel: str, paid: str
):
    props, order, payment = purchase(stage, key, on, lines, service, parcel, paid, version)
    assert payment["amount"] == float(props.due(order))
    again, *_ = purchase(stage, key, on, lines, service, parcel, paid, version)
    assert props.changes == again.changes
    assert list(contradictions(stage.world, props.changes)) == []


@any_purchase
@some
def test_rows_drawn_like_the_worlds_keep_its_laws(
    stage: Stage, key: str, on: str, lines, service: str, parcel: str, paid: str
):
    props, order, payment = purchase(stage, key, on, lines, service, parcel, paid, 3)
    rows = {change.entity: change.set for change in props.changes}
    scans, printed = rows["shipment"]["events"], to_ms(rows["shipment"]["createdAt"])
    instants = [to_ms(scan["at"]) for scan in scans]
    assert instants == sorted(instants)
    assert instants[-1] <= stage.world.now
    assert scans[-1]["status"] == parcel
    assert to_ms(order["createdAt"]) < printed
    assert payment.get("processedAt") is None or to_ms(payment["processedAt"]) < printed
    assert "eta" not in rows["shipment"] or to_ms(rows["shipment"]["eta"]) > printed
    assert rows["shipment"].get("eta", "") >= order["shipping"].get("eta", "")
    assert to_ms(order["updatedAt"]) >= printed
    region = order["shipping"]["address"]["region"]
    hubs = {hub.split(",")[0] for hub in (*way_to(region), "Louisville, KY")} | {order["shipping"]["address"]["city"]}
    mended = {wrong: right for right, wrong in MISSPELT.items()}
    assert {mended.get(scan["location"], scan["location"]).split(",")[0] for scan in scans} <= hubs


def test_what_a_family_fixes_holds_in_every_version(stage: Stage):
    for version in (2, 3):
        props = Props(Scene(stage.world, version=version), "props", "fixed")
        customer = props.customer("Ada Vance", "gold", phone=True, email="ada@postal.example")
        order = props.order(
            customer, [(GOODS[0], 2)], "2025-11-04", service="express", updatedAt="2025-11-09T15:00:00Z"
        )
        props.payment(order, processedAt="2025-11-04T23:15:00Z")
        exact = [("2025-11-07T16:45:00Z", "Memphis, TN", "in_transit"), ("2025-11-08T18:30:00Z", "Home", "delivered")]
        parcel = props.shipment(order, shipped="2025-11-05T15:30:00Z", events=exact, exact=True, estimate="there")
        assert (customer["name"], customer["loyaltyTier"], customer["email"]) == (
            "Ada Vance",
            "gold",
            "ada@postal.example",
        )
        assert order["createdAt"].startswith("2025-11-04")
        assert order["updatedAt"] == "2025-11-09T15:00:00Z"
        assert [event["at"] for event in parcel["events"]] == ["2025-11-05T15:30:00Z", *(at for at, *_ in exact)]
        assert parcel["eta"]
        assert customer["phone"]


def test_hours_that_do_not_matter_get_the_minutes_of_the_world(stage: Stage):
    props = Props(Scene(stage.world, version=3), "props", "hours")
    order = props.order(props.customer(), [(GOODS[0], 1)], "2025-11-04")
    night = [("2025-11-08T16:00:00Z", "Memphis, TN", "in_transit"), ("2025-11-11T03:40:00Z", "Home", "delivered")]
    _, picked_up, first, last = props.shipment(order, shipped="2025-11-06", events=night)["events"]
    assert picked_up["details"] == "Picked up by carrier"
    assert first["at"].startswith("2025-11-08T16:")
    assert last["at"].startswith("2025-11-11T03:")
    assert last["at"] != "2025-11-11T03:40:00Z"


def test_a_parcel_on_its_way_is_never_silent_for_a_week(stage: Stage):
    props = Props(Scene(stage.world, version=3), "props", "slow")
    order = props.order(props.customer(), [(GOODS[0], 1)], "2025-10-02")
    days = [f"2025-10-{day}T16:00:00Z" for day in (10, 20)]
    named = [(days[0], "Memphis, TN", "in_transit"), (days[1], "Home", "delivered")]
    for parcel in (props.shipment(order, delivered="2025-10-24"), props.shipment(order, events=named)):
        instants = [to_ms(event["at"]) for event in parcel["events"]]
        assert max(later - before for before, later in pairwise(instants)) < 6 * DAY
        region = order["shipping"]["address"]["region"]
        way = ["Louisville, KY", *way_to(region)]
        hubs = [way.index(event["location"]) for event in parcel["events"] if event["location"] in way]
        assert hubs == sorted(hubs)


def test_a_customer_is_as_old_as_what_they_did_first(stage: Stage):
    props = Props(Scene(stage.world, version=3), "props", "first")
    customers = [props.customer() for _ in range(20)]
    for customer in customers:
        props.order(customer, [(GOODS[0], 1)], "2025-11-04")
        props.ticket(customer, "A question", "Which one?", "2021-03-04", type="recommendation")
        assert customer["createdAt"] < "2021-03-05"
    assert len({customer["createdAt"][:10] for customer in customers}) > 5


def test_ids_and_names_are_new(stage: Stage):
    props = Props(Scene(stage.world), "props", "many")
    rows = [props.customer() for _ in range(60)]
    assert len({row["id"] for row in rows}) == len({row["name"] for row in rows}) == 60
    assert not any(stage.world.get("customer", row["id"]) for row in rows)


def test_rows_of_the_world_are_altered_only_by_name(stage: Stage):
    props = Props(Scene(stage.world), "props", "altered")
    props.alter("product", GOODS[0], warrantyMonths=7)
    props.alter("product", GOODS[0], brand="Other")
    assert props.changes == (Change("product", GOODS[0], {"warrantyMonths": 7, "brand": "Other"}),)
    with pytest.raises(BadRow, match="no product"):
        props.alter("product", "teapot", brand="Other")


@pytest.mark.parametrize(
    ("entity", "row", "words"),
    [
        ("refunds", {"id": "r-1"}, "there is no type of row 'refunds' in tools/rows.py; did you mean 'refund'?"),
        ("teapot", {"id": "t-1"}, "there is no type of row 'teapot' in tools/rows.py; there are customer, employee,"),
        (
            "refund",
            {"id": "r-1", "sum": 1},
            "refund r-1: refund has no field sum in tools/rows.py, only id, type, paymentId",
        ),
        ("refund", {"amount": 1}, "a row of refund needs an id, a text; this one has None"),
    ],
)
def test_a_row_that_would_be_lost_is_refused_where_it_is_put(
    stage: Stage, entity: str, row: dict[str, object], words: str
):
    props = Props(Scene(stage.world), "props", "bad")
    with pytest.raises(BadRow) as refused:
        props.put(entity, row)
    assert words in str(refused.value)
    assert props.changes == ()


def test_what_a_row_was_completed_with_is_looked_at_too(stage: Stage):
    props = Props(Scene(stage.world), "props", "completed")
    props.put("refund", {"id": "r-1"})["sum"] = 1
    with pytest.raises(BadRow, match="refund has no field sum"):
        _ = props.changes
    with pytest.raises(BadRow, match="product has no field colour"):
        props.alter("product", GOODS[0], colour="red")


def test_a_dirty_row_may_hold_anything_in_the_fields_it_has(stage: Stage):
    props = Props(Scene(stage.world), "props", "dirty")
    props.put("shipment", {"id": "s-1", "events": None, "eta": "soon"})
    assert props.changes == (Change("shipment", "s-1", {"id": "s-1", "events": None, "eta": "soon"}),)
