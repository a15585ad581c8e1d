"""CoreCraft's rows: what each type holds. Field names are the wire's (camelCase).

A row may lack a field, hold null or be dirty: that is part of the simulation, so most fields are not required.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

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


# --- parts of rows -----------------------------------------------------------------------------------------------


class Address(TypedDict):
    label: NotRequired[Literal["shipping", "billing", "other"]]
    line1: NotRequired[str]
    line2: NotRequired[str]
    city: NotRequired[str]
    region: NotRequired[str]
    postalCode: NotRequired[str]
    country: NotRequired[str]


class LineItem(TypedDict):
    productId: str
    qty: int


class ShippingBlock(TypedDict):
    address: NotRequired[Address]
    carrier: NotRequired[Carrier]
    service: NotRequired[Service]
    eta: NotRequired[str]


class ShipmentEvent(TypedDict):
    at: str
    location: str
    status: ShipmentStatus
    details: NotRequired[str]


class RefundLine(TypedDict):
    sku: NotRequired[str]
    qty: NotRequired[int]
    amount: NotRequired[float]


class Inventory(TypedDict):
    inStock: int
    backorderable: bool


class Reaction(TypedDict):
    emoji: str
    employeeIds: list[str]


class Member(TypedDict):
    id: str


class Members(TypedDict):
    connect: list[Member]


class Remedy(TypedDict):
    type: Literal["shipping_refund", "service_credit", "escalate", "none"]
    percent: NotRequired[float]
    note: NotRequired[str]


# --- rows --------------------------------------------------------------------------------------------------------


class Customer(TypedDict):
    id: str
    name: str
    email: str
    phone: NotRequired[str | None]
    dateOfBirth: NotRequired[str]
    addresses: list[Address]
    loyaltyTier: NotRequired[LoyaltyTier]
    createdAt: str


class Employee(TypedDict):
    id: str
    name: str
    email: str
    department: EmployeeDepartment
    title: str
    managerId: NotRequired[str]
    permissions: NotRequired[list[Permission]]
    supportRole: NotRequired[SupportRole]
    createdAt: NotRequired[str]


class Product(TypedDict):
    id: str
    category: Category
    sku: str
    name: str
    brand: str
    price: float
    inventory: NotRequired[Inventory]
    specs: NotRequired[dict[str, Any]]
    warrantyMonths: NotRequired[int]


class Order(TypedDict):
    id: str
    customerId: str
    lineItems: list[LineItem]
    status: OrderStatus
    shipping: NotRequired[ShippingBlock]
    buildId: NotRequired[str]
    failureReason: NotRequired[str]
    createdAt: NotRequired[str]
    updatedAt: NotRequired[str]


class Payment(TypedDict):
    id: str
    orderId: str
    customerId: NotRequired[str]
    amount: float
    method: NotRequired[PaymentMethod]
    status: str
    transactionId: NotRequired[str | None]
    failureReason: NotRequired[str | None]
    createdAt: NotRequired[str]
    processedAt: NotRequired[str | None]


class Shipment(TypedDict):
    id: str
    orderId: str
    trackingNumber: str
    carrier: ShipmentCarrier
    status: ShipmentStatus
    events: NotRequired[list[ShipmentEvent]]
    eta: NotRequired[str]
    lineItems: NotRequired[list[LineItem]]
    createdAt: NotRequired[str]


class Refund(TypedDict):
    id: str
    type: NotRequired[str]
    paymentId: str
    ticketId: NotRequired[str]
    amount: float
    currency: NotRequired[str]
    reason: RefundReason
    status: RefundStatus
    lines: list[dict[str, Any]]
    createdAt: str
    processedAt: NotRequired[str | None]


class Ticket(TypedDict):
    id: str
    customerId: str
    orderId: NotRequired[str | None]
    buildId: NotRequired[str | None]
    ticketType: NotRequired[TicketType]
    channel: NotRequired[Channel]
    priority: NotRequired[Priority]
    status: TicketStatus
    subject: str
    body: NotRequired[str]
    description: NotRequired[str]
    assignedEmployeeId: NotRequired[str | None]
    resolutionId: NotRequired[str | None]
    closureReason: NotRequired[ClosureReason]
    createdAt: str
    updatedAt: NotRequired[str]


class Resolution(TypedDict):
    id: str
    type: NotRequired[str]
    ticketId: str
    outcome: ResolutionOutcome
    details: NotRequired[str]
    linkedRefundId: NotRequired[str | None]
    resolvedById: NotRequired[str | None]
    createdAt: str


class Escalation(TypedDict):
    id: str
    type: NotRequired[str]
    ticketId: str
    escalationType: EscalationType
    destination: str
    notes: NotRequired[str]
    createdAt: str
    resolvedAt: NotRequired[str | None]


class Build(TypedDict):
    id: str
    ownerType: NotRequired[Literal["customer", "internal"]]
    customerId: NotRequired[str]
    name: NotRequired[str]
    componentIds: NotRequired[list[str]]
    productIds: NotRequired[list[str]]
    createdAt: str
    updatedAt: str


class Article(TypedDict):
    id: str
    title: str
    body: str
    category: NotRequired[ArticleCategory]
    tags: list[str]
    productsMentioned: list[str]
    version: str
    isDeprecated: bool
    supersededById: NotRequired[str]
    createdAt: str
    updatedAt: str
    authorId: NotRequired[str]


class SlackChannel(TypedDict):
    id: str
    name: str
    purpose: str
    members: Members


class SlackMessage(TypedDict):
    id: str
    channelId: str
    authorId: str | None
    text: str
    timestamp: str
    reactions: NotRequired[list[Reaction]]


class WarrantyClaim(TypedDict):
    id: str
    productId: str
    orderId: str
    customerId: str
    reason: ClaimReason
    status: ClaimStatus
    denialReason: DenialReason | None
    notes: str | None
    createdAt: str
    updatedAt: str


class Sla(TypedDict):
    id: str
    name: str
    metric: SlaMetric
    service: NotRequired[Service]
    priority: NotRequired[Priority]
    loyaltyTier: NotRequired[LoyaltyTier]
    startEvent: str
    endEvent: str
    targetValue: float
    targetUnit: TimeUnit
    breachRemedy: NotRequired[Remedy]
    isActive: bool
    effectiveFrom: str
    effectiveTo: str | None
    supersedesId: NotRequired[str]
    ownerDepartment: EmployeeDepartment
    createdAt: str
    updatedAt: str


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
