"""S-1 (RS-01): counting under a result cap. The mistake: stop at the cap and send the reader to a colleague."""

from __future__ import annotations

from datetime import date
from typing import Any

from ...engine.world import World
from .. import truth_old as truth
from ..checks import Assigns, Compares, Item, Lacks, OnlyMoney, Saw, StatesNumber, Unchanged
from ..desk import Desk
from ..task import Criterion, Task

ID = "S-1"
WINDOW_START = date(2025, 10, 1)
PROMPT = (
    "Tim here. Aiden Mcquarrie got a board from us in October and wants a different one. Put his beside the next one up "
    "in price, our priciest, and whichever went out in the most fulfilled orders these two months. Socket, memory, size "
    "and price for each please, and how many orders the popular one was in."
)
CURRENT = (
    "current", "his board", "his present", "present board", "he has", "he bought", "owns", "aiden has", "aiden's board",
    "aiden bought", "has now",
)  # fmt: skip
NEXT = (
    "next most expensive", "next-most expensive", "next dearer", "next up", "next one up", "next step up", "step up",
    "price step above", "step above", "next board up",
)  # fmt: skip
DEAREST = (
    "most expensive",
    "priciest",
    "dearest",
    "top-priced",
    "highest-priced",
    "top of our range",
    "top of the range",
)
POPULAR = (
    "most popular", "popular", "best-selling", "best seller", "most fulfilled orders", "shipped most often", "most often",
    "most orders", "outsold",
)  # fmt: skip
DELEGATING = (
    "aisha", "khan", "akhan@corecraft.com", "internal report", "unable to determine", "cannot determine", "can't determine",
    "could not settle", "please contact", "please ask", "please request",
)  # fmt: skip
FAILING_LOSES = ("most-popular", "popular-count", "counted-everything", "not-delegated")


def task(world: World, recipe: dict[str, Any]) -> Task:
    boards = sorted(world.rows("product", {"category": "motherboard"}), key=lambda row: row["price"])
    orders = {board["id"]: _fulfilled(world, board["id"]) for board in boards}
    aiden = truth.customer_named(world, "Aiden Mcquarrie")
    (current,) = (board for board in boards if _bought_in_october(world, aiden["id"], board["id"]))
    dearer = next(board for board in boards if board["price"] > current["price"])
    popular = max(boards, key=lambda board: len(orders[board["id"]]))
    roles = {
        "current": (CURRENT, current),
        "next": (NEXT, dearer),
        "dearest": (DEAREST, boards[-1]),
        "popular": (POPULAR, popular),
    }
    names = {board["id"]: truth.aliases(board) for board in boards}

    def assigns(key: str) -> Assigns:
        role, board = roles[key]
        rivals = tuple(name for id, each in names.items() if id != board["id"] for name in each)
        unless = NEXT if key == "dearest" else ()
        return Assigns(role=role, names=names[board["id"]], rivals=rivals, unless=unless)

    compared = tuple(Item(names[board["id"]], _facts(board)) for board in boards)
    count = str(len(orders[popular["id"]]))
    everything = tuple(sorted({id for each in orders.values() for id in each}))
    return Task(
        id=ID,
        title="The most popular board under a result cap",
        category="reasoning",
        requester="tim-bradley",
        prompt=PROMPT,
        world=recipe,
        tools="corecraft/base/benchmark",
        criteria=(
            Criterion(
                "current-board", f"Names {current['name']} as the board he has", "correctness", assigns("current")
            ),
            Criterion(
                "next-dearer", f"Names {dearer['name']} as the next dearer board", "correctness", assigns("next")
            ),
            Criterion("dearest", f"Names {boards[-1]['name']} as the dearest board", "correctness", assigns("dearest")),
            Criterion(
                "most-popular",
                f"Names {popular['name']} as the most popular board",
                "correctness",
                assigns("popular"),
                ("T-01",),
            ),
            Criterion(
                "popular-count",
                f"Says that it was in {count} fulfilled orders",
                "correctness",
                StatesNumber(value=count, with_words=(*names[popular["id"]], "most popular"), near=("order", "orders")),
                ("T-01", "P-14"),
            ),
            Criterion(
                "counted-everything",
                "Looked at every fulfilled order of the two months for each of the four boards",
                "completeness",
                Saw(ids=everything, field="status"),
                ("P-07", "T-01"),
            ),
            Criterion(
                "compared",
                "Sets the boards side by side: socket, memory type, form factor and price of each",
                "completeness",
                Compares(items=compared),
            ),
            Criterion(
                "known-prices",
                "Gives no amount of money but the prices of the boards",
                "constraint",
                OnlyMoney(amounts=tuple(f"{board['price']:.2f}" for board in boards)),
                ("P-02",),
            ),
            Criterion(
                "not-delegated",
                "Does not hand the count to a colleague or call it impossible",
                "constraint",
                Lacks(phrases=DELEGATING),
                ("P-07", "P-85"),
            ),
            Criterion("nothing-changed", "Changes nothing", "constraint", Unchanged()),
        ),
    )


def _fulfilled(world: World, product_id: str) -> list[str]:
    orders = truth.orders_between(world, WINDOW_START, world.now, productId=product_id, status="fulfilled")
    return [order["id"] for order in orders]


def _bought_in_october(world: World, customer_id: str, product_id: str) -> bool:
    orders = truth.orders_between(world, WINDOW_START, truth.midnight(date(2025, 11, 1)), customerId=customer_id)
    return any(line["productId"] == product_id for order in orders for line in order["lineItems"])


def _facts(board: dict[str, Any]) -> tuple[tuple[str, ...], ...]:
    specs = board["specs"]["motherboard"]
    price, size = f"{board['price']:.2f}", specs["formFactor"]
    sizes = (size, size.replace("Micro-", "Micro"), size.replace("-", " "), size.replace("Micro-", "m"))
    return (price, f"${price}"), (specs["socket"],), (specs["memoryType"],), tuple(dict.fromkeys(sizes))


# --- playing it --------------------------------------------------------------------------------------------------


def reference(desk: Desk) -> str:
    (aiden,) = desk.call("searchCustomers", name="Aiden Mcquarrie")
    october = desk.call(
        "searchOrders", customer_id=aiden["id"], created_after="2025-10-01", created_before="2025-11-01"
    )
    boards = sorted(desk.call("searchProducts", category="motherboard"), key=lambda row: row["price"])
    owned = {line["productId"] for order in october for line in order["lineItems"]}
    counts = {board["id"]: len(_all_fulfilled(desk, board["id"])) for board in boards}
    current = next(board for board in boards if board["id"] in owned)
    dearer = next(board for board in boards if board["price"] > current["price"])
    popular = max(boards, key=lambda board: counts[board["id"]])
    rows = [
        _table_row("Current board", current, counts),
        _table_row("Next most expensive", dearer, counts),
        _table_row("Most expensive", boards[-1], counts),
        _table_row("Most popular", popular, counts),
    ]
    return "\n".join(
        [
            f"Hi Tim, here is the comparison for {aiden['name']}.",
            "",
            "| Role | Board | Socket | Memory | Form factor | Price | Fulfilled orders since 1 Oct |",
            "|---|---|---|---|---|---|---|",
            *rows,
            "",
            f"Most popular: {popular['name']}, in {counts[popular['id']]} fulfilled orders from 1 October 2025 to today.",
        ]
    )


def _all_fulfilled(desk: Desk, product_id: str) -> dict[str, Any]:
    """Pages by moving `created_before` to the oldest order of each full page, until a page is not full."""
    found: dict[str, Any] = {}
    before: dict[str, str] = {}
    while True:
        page = desk.call(
            "searchOrders", product_id=product_id, status="fulfilled", created_after="2025-10-01", limit=10, **before
        )
        known = len(found)
        found |= {order["id"]: order for order in page}
        if len(page) < 10 or len(found) == known:
            return found
        before = {"created_before": page[-1]["createdAt"]}


def _table_row(role: str, board: dict[str, Any], counts: dict[str, int] | None) -> str:
    specs = board["specs"]["motherboard"]
    cells = [role, board["name"], specs["socket"], specs["memoryType"], specs["formFactor"], f"${board['price']:,.2f}"]
    if counts is not None:
        cells.append(str(counts[board["id"]]))
    return "| " + " | ".join(cells) + " |"


def failing(desk: Desk) -> str:
    """Four capped searches, then the count is called impossible and passed to the catalogue manager."""
    (aiden,) = desk.call("searchCustomers", name="Aiden Mcquarrie")
    october = desk.call(
        "searchOrders", customer_id=aiden["id"], created_after="2025-10-01", created_before="2025-11-01"
    )
    boards = sorted(desk.call("searchProducts", category="motherboard"), key=lambda row: row["price"])
    for board in boards:
        desk.call(
            "searchOrders",
            product_id=board["id"],
            status="fulfilled",
            created_after="2025-10-01",
            created_before="2025-12-01",
            limit=10,
        )
    desk.say("Each search stops at ten rows, so a total per board cannot be had with these tools.")
    (colleague,) = desk.call("searchEmployees", name="Aisha Khan")
    owned = {line["productId"] for order in october for line in order["lineItems"]}
    current = next(board for board in boards if board["id"] in owned)
    dearer = next(board for board in boards if board["price"] > current["price"])
    others = [board for board in boards if board not in (current, dearer, boards[-1])]
    rows = [
        _table_row("Current board", current, None),
        _table_row("Next most expensive", dearer, None),
        _table_row("Most expensive", boards[-1], None),
        *(_table_row("Also sold", board, None) for board in others),
    ]
    return "\n".join(
        [
            "Hi Tim, here are our boards.",
            "",
            "| Role | Board | Socket | Memory | Form factor | Price |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
            "I could not settle which one sold best: the order search returns ten rows at most for every board.",
            f"Please request an internal report from {colleague['name']} ({colleague['title']}) at {colleague['email']}.",
        ]
    )
