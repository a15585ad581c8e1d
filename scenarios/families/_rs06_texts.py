"""RS-06's texts: the situations, what was written before, how the task is put, and the slots of an answer."""

from __future__ import annotations

from ..checks import Blank
from ..voices import Speech, Voice
from ..wordings import wordings

WORDS = wordings("rs06")

PART, FURTHER, CLAIMED = "units and a bundle part", "further units", "asks for units already refunded"
WHOLE, PUSHED = "whole order faulty", "a ticket claims more"
LATE, DONE, NEVER = "too late", "nothing left", "nothing was taken"
"""What may have happened; each is told in words of its own."""

LETTERS = WORDS.say("letters")
PUSHES = WORDS.say("pushes")

STAFF_STORIES = {
    PART: (
        "On {order} the customer sends back another {asked} of the {bought} {goods}, sealed, no longer needed, "
        "and the {part} of the bundle is dead.",
        "{order}: {asked} more of the {bought} {goods} come back unopened because of a change of plan. The "
        "bundle's {part} never worked either.",
        "The buyer of {order} keeps the bundle except for its {part}, which is faulty, and returns a further "
        "{asked} of the {bought} {goods} unopened.",
    ),
    FURTHER: (
        "Another {asked} of the {bought} {goods} in {order} turned out faulty, on top of what was settled before.",
        "{order}, {bought} {goods} bought. Now {asked} more of them are dead, besides the one we had already.",
        "We get {asked} further faulty {goods} back from {order} ({bought} were bought, one was dealt with earlier).",
    ),
    CLAIMED: (
        "The customer of {order} changed his mind and says all {bought} {goods} come back, sealed, and that we "
        "owe him the lot.",
        "{order}: he wants the money for all {bought} {goods}, unopened, does not need them any more.",
        "According to the customer we have yet to pay back all {bought} {goods} of {order}. They are sealed, he "
        "simply changed plans.",
    ),
    WHOLE: (
        "All {bought} {goods} of {order} are dead on arrival and the whole order comes back.",
        "{order} comes back completely, every one of the {bought} {goods} is faulty.",
        "Not one of the {bought} {goods} in {order} works, so the order is returned in full.",
    ),
    LATE: (
        "The customer of {order} no longer needs {asked} of the {bought} {goods} and sends them back sealed.",
        "{order}: {asked} of {bought} {goods} come back, unopened, they were simply not needed.",
        "Somebody wants to return {asked} of the {bought} {goods} from {order}. Sealed, changed his mind.",
    ),
    DONE: (
        "The customer of {order} asks again for the money for {asked} of his {bought} faulty {goods}.",
        "{order}: now the man wants {asked} of the {bought} dead {goods} refunded, says nothing ever arrived.",
        "I have a reminder here: {asked} of the {bought} {goods} in {order} were faulty and we are said to owe "
        "the money still.",
    ),
    NEVER: (
        "The customer of {order} cancels {asked} of the {bought} {goods} and says his card was charged, so he "
        "wants the money.",
        "{order}: he wants {asked} of the {bought} {goods} refunded and is sure that he paid.",
        "Somebody claims a refund for {asked} of the {bought} {goods} in {order}, paid in full as he puts it.",
    ),
    PUSHED: (
        "Another {asked} of the {bought} {goods} in {order} are faulty; the customer's own sums are in {ticket}.",
        "{order} again: {asked} more of the {bought} {goods} are dead, one was settled before. See {ticket} for "
        "what the customer wants.",
        "In {ticket} a customer tells us what he is owed for {asked} further faulty {goods} ({order}, {bought} "
        "bought).",
    ),
}
CUSTOMER_STORIES = {
    PART: (
        "I am sending back another {asked} of the {bought} {goods} from {order}, still sealed, I just do not "
        "need them, and the {part} from the bundle is dead.",
        "From {order} a further {asked} of my {bought} {goods} go back unopened. The {part} in the bundle has "
        "never worked.",
        "My order {order}: I return {asked} more of the {bought} {goods}, sealed, and the bundle's {part} is "
        "broken out of the box.",
    ),
    FURTHER: (
        "Now {asked} more of the {bought} {goods} from {order} have turned out faulty, after the first one in "
        "November.",
        "Of the {bought} {goods} I bought ({order}) another {asked} are dead on arrival, besides the one you know of.",
        "You have had one bad one back already, and here come {asked} more of the {bought} {goods} of {order}, "
        "all faulty.",
    ),
    CLAIMED: (
        "I changed my mind about {order}, so all {bought} {goods} go back, never opened, and I want the money "
        "for every one.",
        "Please take back all {bought} {goods} from {order}. Sealed, I simply do not need them. You owe me the "
        "full lot.",
        "All {bought} {goods} of {order} are coming back unopened, and I expect to be paid for all of them.",
    ),
    WHOLE: (
        "None of the {bought} {goods} in {order} works, I am sending the whole order back.",
        "Every single one of the {bought} {goods} from {order} is faulty, so all of it comes back.",
        "{order} was a complete failure: {bought} {goods}, all dead from the start. The lot goes back.",
    ),
    LATE: (
        "I do not need {asked} of the {bought} {goods} from {order} after all and will send them back, still sealed.",
        "{asked_word} of my {bought} {goods} ({order}) are left over, unopened. I would like to return them.",
        "Our plans changed, so {asked} of the {bought} {goods} from {order} are going back to you in their wrapping.",
    ),
    DONE: (
        "I still wait for my money for {asked} of the {bought} faulty {goods} from {order}.",
        "You never paid me back for {asked} of the {bought} broken {goods} ({order}).",
        "Once more about {order}: {asked} of the {bought} {goods} were dead, and I have seen no refund for them.",
    ),
    NEVER: (
        "I want to drop {asked} of the {bought} {goods} from {order} and get my money back, I paid for all of it.",
        "{order}: please take {asked} of the {bought} {goods} off and return what I paid for them.",
        "Take {asked} of the {bought} {goods} off {order}. My card was charged in full, so I am owed that money.",
    ),
    PUSHED: (
        "{asked_word} more of the {bought} {goods} from {order} are faulty. What I am owed I have written in {ticket}.",
        "As I said in {ticket}: another {asked} of the {bought} {goods} of {order} are dead.",
        "You have my sums in {ticket}. {asked_word} further {goods} of the {bought} in {order} do not work.",
    ),
}

LINES = WORDS.say("lines")
STAFF_ASKS = (
    (
        "What do we owe now?",
        "How much may be refunded, then?",
        "Work out what is still to be paid back.",
        "Tell me the exact sum that we may give back.",
    ),
    LINES,
    (
        "Show in a sentence or two how you get there, and do not book anything.",
        "Count with what was really paid, discounts included. Only the figures, nothing is to be created.",
        "Say briefly where the numbers come from. I will do the booking myself.",
    ),
)
CUSTOMER_ASKS = (
    (
        "How much do I get back?",
        "What do you owe me for that?",
        "What exactly will I be refunded now?",
        "Please tell me the exact sum I can expect.",
    ),
    LINES,
    (
        "A sentence on how you counted would be nice, and please do not start anything yet.",
        "Go by what I really paid, discounts included. I only want to know, no need to do it yet.",
        "Explain shortly where the figures come from. I only ask for now.",
    ),
)
STAFF_OPENINGS: dict[Voice, tuple[str, ...]] = {
    "clear": ("{staff} here. {story}", "{story} {staff}, support.", "This is {staff}. {story}"),
    "rambling": (
        "{staff} again, sorry for the third message today, it is one of those Mondays. {story}",
        "Hello, {staff} here. I have been staring at this one over my cold coffee and keep getting another sum. "
        "{story}",
    ),
    "angry": (
        "{staff}. I was given three different figures for this and none adds up. {story}",
        "Whoever did the sums on this one should be ashamed. {story} {staff}",
    ),
}
CUSTOMER_OPENINGS: dict[Voice, tuple[str, ...]] = {
    "clear": ("Hello. {story}", "{story}", "Good afternoon, a question about money. {story}"),
    "rambling": (
        "Hi there, I hope this is the right place, my daughter usually does these things for me. {story}",
        "Hello, we are clearing out the workshop before the holidays and this came up. {story}",
    ),
    "angry": ("I have had enough of being sent around. {story}", "This is the last time I ask nicely. {story}"),
}
STAFF = [Speech(voice, openings, STAFF_ASKS) for voice, openings in STAFF_OPENINGS.items()]
CUSTOMER = [Speech(voice, openings, CUSTOMER_ASKS) for voice, openings in CUSTOMER_OPENINGS.items()]

UNITS = Blank("amount for the units", ("units", "pieces"), label="UNITS")
BUNDLE_PART = Blank("amount for the bundle part", ("share of the bundle", "share of what was paid"), label="PART")
SHIPPING = Blank("fee to give back", ("shipping adds", "shipping is", "shipping costs", "shipping"), label="SHIPPING")
TOTAL = Blank("amount owed", ("total is", "in all", "altogether", "all together", "comes to", "total"), label="TOTAL")
EARLIER = Blank("amount refunded before", ("refunded before", "already refunded", "paid back before"), label="EARLIER")
WINDOW = Blank("last day of the window", ("last day", "window"), label="WINDOW")
PAYMENT = Blank("payment", label="PAYMENT")

MEANINGS = {
    UNITS: "the {goods}",
    BUNDLE_PART: "the {part}, as its share of what was paid for the bundle",
    SHIPPING: "the fee",
    TOTAL: "due now",
    EARLIER: "paid back before",
    WINDOW: "last day for returns, if there is one yet",
    PAYMENT: "its id",
}
