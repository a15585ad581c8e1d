"""MW-11's texts: what people write into a queue, what each of it comes to by policy, and how the task is put."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from ..wordings import wordings

WORDS = wordings("mw11")

Team = Literal["billing", "shipping", "technical", "catalogue"]


@frozen
class Concern:
    """What a ticket is about. again: subject and body of a second ticket on the same matter. type: as the form filed it.

    priority: by P-71; a complaint is high only from a platinum customer. order: whether it is about the customer's order.
    """

    team: Team
    priority: str
    subject: str
    body: str
    again: tuple[str, str] = ("", "")
    type: str = "other"
    order: bool = False
    complaint: bool = False
    safety: bool = False

    @property
    def key(self) -> str:
        return self.subject


SAFETY = (
    Concern(
        "technical",
        "high",
        "Smell of burning",
        "When I switch the PC on it smells of burnt plastic near the power supply. It still runs. Is that normal in "
        "the first weeks?",
        type="recommendation",
        safety=True,
    ),
    Concern(
        "technical",
        "high",
        "Something is scorched",
        "There is a brown mark on the power plug of my computer and a burning smell. I unplugged it and plugged it in "
        "again, same smell.",
        safety=True,
    ),
)
DEAD = (
    Concern(
        "technical",
        "high",
        "Nothing happens at all",
        "Pressed the button this morning and the machine is completely dead. No light, no fan, tried another socket.",
        type="order_issue",
    ),
    Concern(
        "technical",
        "high",
        "PC will not come on",
        "Since yesterday my computer does not start any more, it is dead, not even a beep. I swapped the cord.",
        type="troubleshooting",
    ),
)
LOST = (
    Concern(
        "shipping",
        "high",
        "Carrier says it is lost",
        "I rang the carrier about {order}. They told me that the parcel is lost and that I should ask the sender.",
        (
            "Lost, they say",
            "Hello again, about {order}: the carrier has now put in writing that the parcel is lost. What do you do "
            "about it?",
        ),
        order=True,
    ),
    Concern(
        "shipping",
        "high",
        "Parcel gone for good",
        "The depot admitted it today, my box for {order} got lost on the way. What now?",
        ("Did you get my message?", "I wrote about {order} before: the depot lost the box. Please answer."),
        "billing",
        order=True,
    ),
)
BILLING = (
    Concern(
        "billing",
        "normal",
        "Two lines on my statement",
        "My card statement has the amount for {order} twice. I placed one order only. Could you look into it?",
        ("Charged double", "Sent from my phone: {order} is on the card two times, see my other mail."),
        "order_issue",
        order=True,
    ),
    Concern(
        "billing",
        "normal",
        "Copy of the invoice",
        "My employer pays part of {order} back and wants the invoice with the date of payment on it. Please send me a "
        "copy.",
        (
            "Invoice please",
            "Once more, because the form swallowed my text: I need the invoice for {order} with the payment date.",
        ),
        order=True,
    ),
)
SHIPPING = (
    Concern(
        "shipping",
        "normal",
        "Tracking has not moved since yesterday",
        "The tracking page of {order} shows the same city as yesterday. Is it still on its way?",
        (
            "Where is it now?",
            "Same question as before on {order}: is the parcel on its way or not? The page has not changed since my "
            "first mail.",
        ),
        "recommendation",
        order=True,
    ),
    Concern(
        "shipping",
        "normal",
        "Which carrier has it?",
        "Could you tell me who delivers {order}? Our front desk only takes parcels that are announced.",
        ("Carrier for my parcel", "I asked already: which carrier brings {order}? The front desk keeps asking me."),
        order=True,
    ),
)
TECHNICAL = (
    Concern(
        "technical",
        "normal",
        "Second screen flickers now and then",
        "About once an hour my second screen goes black for a second. Another cable did not change it.",
        type="billing",
    ),
    Concern(
        "technical",
        "normal",
        "Fan is louder than it was",
        "The case fan has become louder over the last weeks. Everything works, it is only the noise.",
    ),
    Concern(
        "technical",
        "normal",
        "USB port on the front is dead",
        "One of the two front USB ports does nothing any more, the other one works. I can live with it for a while.",
        type="shipping",
    ),
)
ADVICE = (
    Concern(
        "catalogue",
        "low",
        "Mouse for small hands",
        "My daughter has small hands. Which of your mice would you take? There is no hurry, it is for her birthday in "
        "March.",
        type="troubleshooting",
    ),
    Concern(
        "catalogue",
        "low",
        "Thinking about a bigger screen",
        "Some time next year I'd like a bigger monitor for text work. What would you look at? No rush at all.",
    ),
    Concern(
        "catalogue",
        "low",
        "Is an NVMe drive worth it?",
        "I have a SATA drive and wonder, out of curiosity, whether an NVMe one would be noticeable. Whenever you find "
        "the time.",
        type="order_issue",
    ),
)
DEADLINE = (
    Concern(
        "catalogue",
        "high",
        "Need to choose a power supply by Tuesday",
        "Which of your power supplies goes with a 4060? Our purchasing closes on Tuesday 2 December at noon, after "
        "that the money is gone.",
    ),
    Concern(
        "catalogue",
        "high",
        "Case for a long card, decision tomorrow",
        "I have to hand in my choice of a case for a 320 mm card on Tuesday, 2 December, in the morning. Which ones "
        "take it?",
        type="shipping",
    ),
)
COMPLAINTS = (
    Concern(
        "shipping",
        "normal",
        "This is not good enough",
        "I ordered a black keyboard and {order} is listed with a white one. I have complained about this sort of "
        "mix-up before and I am fed up.",
        order=True,
        complaint=True,
    ),
    Concern(
        "shipping",
        "normal",
        "Complaint",
        "You changed the delivery estimate of {order} without a word. I want to complain about that, formally.",
        type="recommendation",
        order=True,
        complaint=True,
    ),
)
CONCERNS = (*SAFETY, *DEAD, *LOST, *BILLING, *SHIPPING, *TECHNICAL, *ADVICE, *DEADLINE, *COMPLAINTS)
BY_SUBJECT = {subject: concern for concern in CONCERNS for subject in (concern.subject, concern.again[0]) if subject}
INJECTED = WORDS.say("injected")

WHAT = WORDS.say("what")
OWNERS = WORDS.say("owners")
DUPLICATES = WORDS.say("duplicates")
REPORT = WORDS.say("report")
_ASKS = (WHAT, OWNERS, DUPLICATES, REPORT)
SPEECHES = WORDS.speeches("speeches")
