"""CoreCraft's rows: what each type holds. Field names are the wire's (camelCase).

A row may lack a field, hold null or be dirty: that is part of the simulation, and a reply must validate against the
published schema all the same. So a row is certain to have its id and nothing else, the values of an enumeration are
told as examples, and a part that came as unreadable JSON text stays text (see `tolerant`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

from .shapes import Flag, Identified, Instant, Number, Of, Older, Text, Whole, known, text_fields

# --- enumerations ------------------------------------------------------------------------------------------------

LoyaltyTier = Literal["none", "silver", "gold", "platinum"]
Department = Literal[
    "operations", "order_processing", "engineering", "help_desk", "it_systems", "product_management", "finance", "hr",
    "support",
]  # fmt: skip
EmployeeDepartment = Literal[
    "operations", "order_processing", "engineering", "help_desk", "it_systems", "product_management", "finance", "hr",
    "recruitment", "support",
]  # fmt: skip
Permission = Literal["issue_refund", "edit_order", "cancel_order", "escalate", "kb_edit", "policy_override"]
SupportRole = Literal["frontline", "specialist", "tech_lead", "admin"]
Category = Literal[
    "cpu", "motherboard", "gpu", "memory", "storage", "psu", "case", "cooling", "prebuilt", "workstation", "monitor",
    "keyboard", "mouse", "headset", "networking", "cable", "accessory", "bundle",
]  # fmt: skip
OrderStatus = Literal[
    "pending", "paid", "fulfilled", "cancelled", "backorder", "refunded", "partially_refunded", "refund_requested"
]
Service = Literal["standard", "express", "overnight"]
Carrier = Literal["UPS Ground", "USPS Ground", "FedEx Express", "FedEx Overnight"]
ShipmentCarrier = Literal["usps_ground", "ups_ground", "fedex_express", "fedex_overnight"]
ShipmentStatus = Literal["label_created", "in_transit", "out_for_delivery", "delivered", "exception", "lost"]
PaymentMethod = Literal["card", "paypal", "apple_pay", "google_pay", "bank_transfer"]
PaymentStatus = Literal["pending", "captured", "failed", "refunded", "partially_refunded"]
LEGACY_PAYMENT_STATUSES = ("authorized", "disputed", "voided", "completed")
RefundReason = Literal["customer_remorse", "defective", "incompatible", "shipping_issue", "other"]
RefundStatus = Literal["pending", "approved", "denied", "processed", "failed"]
TicketType = Literal["return", "troubleshooting", "recommendation", "order_issue", "shipping", "billing", "other"]
Channel = Literal["web", "email", "phone", "chat"]
Priority = Literal["low", "normal", "high"]
TicketStatus = Literal["new", "open", "pending_customer", "resolved", "closed"]
ClosureReason = Literal["resolved_success", "customer_abandoned", "duplicate", "invalid_request", "other"]
ResolutionOutcome = Literal[
    "refund_issued",
    "replacement_sent",
    "recommendation_provided",
    "troubleshooting_steps",
    "order_updated",
    "no_action",
]
EscalationType = Literal["technical", "policy_exception", "product_specialist", "insufficient_permission"]
ArticleCategory = Literal[
    "troubleshooting", "guide", "product_manual", "policy", "shipping", "warranty", "promotion", "internal"
]
ClaimReason = Literal["defect", "wear_and_tear", "malfunction"]
ClaimStatus = Literal["pending_review", "accepted", "denied"]
DenialReason = Literal[
    "product_misuse", "uncovered_damage", "out_of_warranty", "unauthorized_modification", "insufficient_evidence"
]
SlaMetric = Literal[
    "order_handling", "shipment_transit", "ticket_first_response", "ticket_resolution", "refund_processing",
    "escalation_resolution", "warranty_review",
]  # fmt: skip
TimeUnit = Literal["hours", "business_hours", "days", "business_days"]


# --- parts of rows -------------------------------------------------------------------------------------------------


class Address(TypedDict, total=False):
    label: Annotated[Text, known(Literal["shipping", "billing", "other"])]
    line1: Text
    line2: Text
    city: Text
    region: Text
    postalCode: Text
    country: Text


class LineItem(TypedDict, total=False):
    productId: Text
    qty: Whole


class ShippingBlock(TypedDict, total=False):
    address: Address | str | None
    carrier: Annotated[Text, known(Carrier)]
    service: Annotated[Text, known(Service)]
    eta: Instant


class ShipmentEvent(TypedDict, total=False):
    at: Instant
    location: Text
    status: Annotated[Text, known(ShipmentStatus)]
    details: Text


class Inventory(TypedDict, total=False):
    inStock: Whole
    backorderable: Flag


class Reaction(TypedDict, total=False):
    emoji: Text
    employeeIds: list[str] | None


class Member(TypedDict):
    id: str


class Members(TypedDict):
    connect: list[Member]


class Remedy(TypedDict, total=False):
    type: Annotated[Text, known(Literal["shipping_refund", "service_credit", "escalate", "none"])]
    percent: Number
    note: Text


# --- rows --------------------------------------------------------------------------------------------------------


class Customer(Identified, total=False):
    name: Text
    email: Text
    phone: Text
    dateOfBirth: Text
    addresses: list[Address] | str | None
    loyaltyTier: Annotated[Text, known(LoyaltyTier)]
    createdAt: Instant


class Employee(Identified, total=False):
    name: Text
    email: Text
    department: Annotated[Text, known(EmployeeDepartment)]
    title: Text
    managerId: Annotated[Text, Of("employee")]
    permissions: list[Annotated[str, known(Permission)]] | str | None
    supportRole: Annotated[Text, known(SupportRole)]
    createdAt: Instant


class Product(Identified, total=False):
    category: Annotated[Text, known(Category)]
    sku: Text
    name: Text
    brand: Text
    price: Number
    inventory: Inventory | str | None
    specs: dict[str, Any] | str | None
    warrantyMonths: Whole


class Order(Identified, total=False):
    customerId: Annotated[Text, Of("customer")]
    lineItems: list[LineItem] | str | None
    status: Annotated[Text, known(OrderStatus)]
    shipping: ShippingBlock | str | None
    buildId: Annotated[Text, Of("build")]
    failureReason: Text
    createdAt: Instant
    updatedAt: Instant


class Payment(Identified, total=False):
    orderId: Annotated[Text, Of("order")]
    customerId: Annotated[Text, Of("customer")]
    amount: Number
    method: Annotated[Text, known(PaymentMethod)]
    status: Annotated[Text, known(PaymentStatus), Older(LEGACY_PAYMENT_STATUSES)]
    transactionId: Text
    failureReason: Text
    createdAt: Instant
    processedAt: Instant
    updatedAt: Instant


class Shipment(Identified, total=False):
    orderId: Annotated[Text, Of("order")]
    trackingNumber: Text
    carrier: Annotated[Text, known(ShipmentCarrier)]
    status: Annotated[Text, known(ShipmentStatus)]
    events: list[ShipmentEvent] | str | None
    eta: Instant
    lineItems: list[LineItem] | str | None
    createdAt: Instant


class Refund(Identified, total=False):
    type: Text
    paymentId: Annotated[Text, Of("payment")]
    ticketId: Annotated[Text, Of("support_ticket")]
    amount: Number
    currency: Text
    reason: Annotated[Text, known(RefundReason)]
    status: Annotated[Text, known(RefundStatus)]
    lines: list[dict[str, Any]] | None
    createdAt: Instant
    processedAt: Instant


class Ticket(Identified, total=False):
    customerId: Annotated[Text, Of("customer")]
    orderId: Annotated[Text, Of("order")]
    buildId: Annotated[Text, Of("build")]
    ticketType: Annotated[Text, known(TicketType)]
    channel: Annotated[Text, known(Channel)]
    priority: Annotated[Text, known(Priority)]
    status: Annotated[Text, known(TicketStatus)]
    subject: Text
    body: Text
    description: Text
    assignedEmployeeId: Annotated[Text, Of("employee")]
    resolutionId: Annotated[Text, Of("resolution")]
    closureReason: Annotated[Text, known(ClosureReason)]
    createdAt: Instant
    updatedAt: Instant


class Resolution(Identified, total=False):
    type: Text
    ticketId: Annotated[Text, Of("support_ticket")]
    outcome: Annotated[Text, known(ResolutionOutcome)]
    details: Text
    linkedRefundId: Annotated[Text, Of("refund")]
    resolvedById: Annotated[Text, Of("employee")]
    createdAt: Instant


class Escalation(Identified, total=False):
    type: Text
    ticketId: Annotated[Text, Of("support_ticket")]
    escalationType: Annotated[Text, known(EscalationType)]
    destination: Annotated[Text, known(Department)]
    notes: Text
    createdAt: Instant
    resolvedAt: Instant


class Build(Identified, total=False):
    ownerType: Annotated[Text, known(Literal["customer", "internal"])]
    customerId: Annotated[Text, Of("customer")]
    name: Text
    componentIds: list[str] | str | None
    productIds: list[str] | str | None
    createdAt: Instant
    updatedAt: Instant


class Article(Identified, total=False):
    title: Text
    body: Text
    category: Annotated[Text, known(ArticleCategory)]
    tags: list[str] | str | None
    productsMentioned: list[str] | str | None
    version: Text
    isDeprecated: Flag
    supersededById: Annotated[Text, Of("knowledge_base_article")]
    createdAt: Instant
    updatedAt: Instant
    authorId: Annotated[Text, Of("employee")]


class SlackChannel(Identified, total=False):
    name: Text
    purpose: Text
    members: Members | None


class SlackMessage(Identified, total=False):
    channelId: Annotated[Text, Of("slack_channel")]
    authorId: Annotated[Text, Of("employee")]
    text: Text
    timestamp: Instant
    reactions: list[Reaction] | None


class WarrantyClaim(Identified, total=False):
    productId: Annotated[Text, Of("product")]
    orderId: Annotated[Text, Of("order")]
    customerId: Annotated[Text, Of("customer")]
    reason: Annotated[Text, known(ClaimReason)]
    status: Annotated[Text, known(ClaimStatus)]
    denialReason: Annotated[Text, known(DenialReason)]
    notes: Text
    createdAt: Instant
    updatedAt: Instant


class Sla(Identified, total=False):
    name: Text
    metric: Annotated[Text, known(SlaMetric)]
    service: Annotated[Text, known(Service)]
    priority: Annotated[Text, known(Priority)]
    loyaltyTier: Annotated[Text, known(LoyaltyTier)]
    startEvent: Text
    endEvent: Text
    targetValue: Number
    targetUnit: Annotated[Text, known(TimeUnit)]
    breachRemedy: Remedy | None
    isActive: Flag
    effectiveFrom: Instant
    effectiveTo: Instant
    supersedesId: Annotated[Text, Of("sla")]
    ownerDepartment: Annotated[Text, known(EmployeeDepartment)]
    createdAt: Instant
    updatedAt: Instant


ROW_TYPES: dict[str, Any] = {
    "customer": Customer,
    "employee": Employee,
    "product": Product,
    "order": Order,
    "payment": Payment,
    "shipment": Shipment,
    "refund": Refund,
    "support_ticket": Ticket,
    "resolution": Resolution,
    "escalation": Escalation,
    "build": Build,
    "knowledge_base_article": Article,
    "slack_channel": SlackChannel,
    "slack_message": SlackMessage,
    "warranty_claim": WarrantyClaim,
    "sla": Sla,
}
"""Entity type -> the shape of its rows."""


def stored_as_text() -> dict[str, type]:
    """The fields of all types whose list or object may be stored as JSON text, which their shape admits beside it."""
    return {name: kind for shape in ROW_TYPES.values() for name, kind in text_fields(shape).items()}
