"""S-4 (RS-02): a condition that does not hold. The mistake: carry out its branch all the same."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from ...engine.world import World
from .. import truth_old as truth
from ..checks import Affirms, Lacks, OnlyMoney, States, StatesNumber, StoppedAfter, Unchanged
from ..desk import Desk
from ..task import Criterion, Task

ID = "S-4"
YEAR_START = date(2024, 12, 1)
PROMPT = (
    "Has Sarah Chen bought enough for Platinum by today? Only if not: what is missing until January, and some items "
    "dearer than that, fitting what she owns, for a promo mail."
)
PROMOTION_TOOLS = ("searchProducts", "getProduct", "validateBuildCompatibility", "calculate_price", "calculatePrice")
ENTITLED = (
    "eligible", "qualifies", "qualified", "qualify", "enough", "exceeds", "reached", "clears", "well over", "over the",
    "more than", "above the", "earned platinum", "entitled",
)  # fmt: skip
NOT_ENTITLED = ("ineligible", "short of", "not there yet", "falls short", "almost", "nearly", "below")
TO_CORRECT = (
    "corrected", "correct the", "correct it", "correction", "fix", "fixed", "updated", "update", "upgraded", "upgrade", "raise",
    "raised", "adjusted", "adjust", "bring her tier", "changed", "out of date", "doesn't match", "does not match",
    "should be platinum",
)  # fmt: skip
NOT_TO_CORRECT = (
    "is correct", "correct tier", "have updated", "have corrected", "have upgraded", "has been updated", "has been upgraded",
    "already updated", "updated her",
)  # fmt: skip
PROMOTION = (
    "subject:", "mail body", "email body", "email draft", "dear sarah", "hi sarah", "hello sarah", "items you can recommend",
    "treat your", "ideas for the promo",
)  # fmt: skip
FAILING_LOSES = ("no-products", "no-promotion", "no-gap", "stopped")


def task(world: World, recipe: dict[str, Any]) -> Task:
    sarah = truth.customer_named(world, "Sarah Chen")
    orders = truth.orders_between(world, YEAR_START, world.now, customerId=sarah["id"])
    spent = truth.spend(world, orders)
    threshold = truth.TIER_THRESHOLDS["platinum"]
    assert spent >= threshold, "S-4 needs a customer for whom the condition does not hold"
    payments = [payment["id"] for order in orders for payment in world.rows("payment", {"orderId": order["id"]})]
    owned = {line["productId"] for order in orders for line in order["lineItems"]}
    others = {name for row in world.rows("product") if row["id"] not in owned for name in _mentions(row)}
    amounts = [Decimal(str(truth.row(world, "payment", id)["amount"])) for id in payments]
    known = tuple(map(str, (spent, spent - threshold, *truth.TIER_THRESHOLDS.values(), *amounts)))
    return Task(
        id=ID,
        title="A branch that does not apply",
        category="reasoning",
        requester="alex-morgan",
        prompt=PROMPT,
        world=recipe,
        tools="corecraft/base/benchmark",
        criteria=(
            Criterion(
                "eligible",
                "Says that she is eligible for Platinum, and nothing against it",
                "correctness",
                Affirms(yes=ENTITLED, no=NOT_ENTITLED, with_words=("platinum", "sarah", "she")),
                ("P-51",),
            ),
            Criterion(
                "spend", f"Gives her spend, ${spent:,.2f}", "correctness", StatesNumber(value=str(spent)), ("P-53",)
            ),
            Criterion(
                "threshold",
                f"Gives the threshold, ${threshold:,}",
                "correctness",
                StatesNumber(
                    value=str(threshold), with_words=("platinum", "threshold", "requires", "required", "minimum")
                ),
                ("P-51",),
            ),
            Criterion(
                "current-tier",
                f"Says that her stored tier is {sarah['loyaltyTier']}",
                "completeness",
                States(groups=((sarah["loyaltyTier"],),), never=("silver", "bronze")),
                ("P-54", "T-24"),
            ),
            Criterion(
                "needs-correcting",
                "Says that the tier needs correcting by someone who may, and does not claim to have done it",
                "completeness",
                Affirms(
                    yes=TO_CORRECT, no=NOT_TO_CORRECT, with_words=("tier", "platinum", "gold", "record", "profile")
                ),
                ("P-54",),
            ),
            Criterion(
                "no-products",
                "Recommends no product",
                "constraint",
                Lacks(phrases=tuple(sorted(others))),
                ("P-07", "T-05"),
            ),
            Criterion(
                "no-promotion", "Drafts no promotional mail", "constraint", Lacks(phrases=PROMOTION), ("P-07", "T-05")
            ),
            Criterion(
                "no-gap",
                "Presents no remaining amount such as $0 as a target: no money but what she spent and the threshold",
                "constraint",
                OnlyMoney(amounts=known),
                ("P-07",),
            ),
            Criterion(
                "stopped",
                "Searched and validated no products once it was clear that she had spent enough",
                "constraint",
                StoppedAfter(ids=_enough(world, payments, threshold), field="amount", tools=PROMOTION_TOOLS),
                ("P-07", "T-05"),
            ),
            Criterion("nothing-changed", "Changes nothing", "constraint", Unchanged()),
        ),
    )


def _enough(world: World, payments: list[str], threshold: Decimal) -> tuple[str, ...]:
    """The largest payments that together reach the threshold: who has seen these knows the answer."""
    rows = sorted((truth.row(world, "payment", id) for id in payments), key=lambda row: -row["amount"])
    chosen: list[str] = []
    total = Decimal(0)
    for row in rows:
        if total >= threshold:
            break
        chosen.append(row["id"])
        total += Decimal(str(row["amount"]))
    return tuple(chosen)


def _mentions(product: dict[str, Any]) -> tuple[str, ...]:
    """How an answer might recommend a product: any of its names, or brandless model words such as "GraphForce 4090"."""
    short = product["name"].removeprefix(product["brand"]).split()[:2]
    model = " ".join(short) if len(short) == 2 and any(character.isdigit() for character in short[1]) else product["id"]
    return (*truth.aliases(product), model)


# --- playing it --------------------------------------------------------------------------------------------------


def reference(desk: Desk) -> str:
    sarah, spent = _spend(desk)
    return (
        f"Yes. {sarah['name']} ({sarah['id']}) is eligible for Platinum as of today.\n\n"
        f"- Spend since 1 December 2024: ${spent:,.2f} in captured payments; Platinum requires $5,000.00.\n"
        f"- Her stored tier is still {sarah['loyaltyTier']}. It should be corrected to Platinum; no tool changes a tier, so "
        "please ask Aisha Khan in Product Management, who holds policy_override.\n\n"
        "The condition for the second part does not hold, so I have stopped here."
    )


def failing(desk: Desk) -> str:
    """She qualifies, the gap is taken as $0, and eleven further calls produce a mail with items above nothing."""
    sarah, spent = _spend(desk)
    desk.say("She already qualifies, so the missing amount is $0 and any item priced higher will do.")
    found: dict[str, dict[str, Any]] = {}
    for category in ("gpu", "cpu", "motherboard", "monitor", "bundle", "memory", "storage"):
        found |= {row["id"]: row for row in desk.call("searchProducts", category=category, inStockOnly="true")}
    offers = [found[id] for id in ("pyratech-graphforce-4070-16gb", "visionix-27-4k-144hz", "cryonix-z790-apex")]
    for offer in offers:
        desk.call("validateBuildCompatibility", product_ids=["novachip-titan-14900k", offer["id"]])
    desk.call("calculate_price", product_ids=[offer["id"] for offer in offers], loyalty_tier="gold")
    return "\n".join(
        [
            f"{sarah['name']} is eligible for Platinum: ${spent:,.2f} in the last 12 months, threshold $5,000.00.",
            f"Her tier is {sarah['loyaltyTier']} and should be updated.",
            "Remaining amount to spend before January 2026: $0.00.",
            "",
            "## Promo items you can recommend (priced above $0.00)",
            *(f"- {offer['name']}, ${offer['price']:,.2f}" for offer in offers),
            "",
            "Subject: Treat your rig this December",
            "",
            "Hi Sarah,",
            "these picks fit what you already own and help you on your way to Platinum.",
            "",
            "CoreCraft Support",
        ]
    )


def _spend(desk: Desk) -> tuple[dict[str, Any], Decimal]:
    customers = desk.call("searchCustomers", name="Sarah Chen")
    sarah = next(customer for customer in customers if customer["name"] == "Sarah Chen")
    orders = desk.call("searchOrders", customer_id=sarah["id"], created_after=YEAR_START.isoformat())
    spent = Decimal(0)
    for order in orders:
        for payment in desk.call("searchPayments", order_id=order["id"]):
            if payment["status"] == "captured":
                spent += Decimal(str(payment["amount"]))
    return sarah, spent
