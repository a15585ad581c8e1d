"""MW-09's texts: how people ask for a machine to be chosen, saved and ordered."""

from __future__ import annotations

from ..voices import Speech

PARTS = (
    "First the cheapest {cpu}. Then the cheapest board that takes it, the cheapest 32 GB memory kit that the board "
    "takes, the cheapest graphics card with {vram} GB or more, the cheapest power supply that reaches what the card "
    "recommends, the cheapest case that takes board, card and cooler, and as cooler the {cooler}.",
    "I want, always the cheapest that does it: {cpu}; a board for it; a 32 GB kit for that board; a graphics card "
    "with at least {vram} GB; a power supply with at least the watts the card recommends; a case that board, card and "
    "cooler go into. The cooler is to be the {cooler}.",
    "The list: {cooler} as cooler, and otherwise the cheapest of each that fits: {cpu}, a board with its socket, 32 "
    "GB of memory in one kit of the right type, a graphics card of {vram} GB or more, a power supply not below the "
    "card's recommendation, a case for all of it.",
)
STOCK = (
    "Only things that are in stock today, seven parts, one of each.",
    "Seven parts, one each, and only what is really on the shelf now.",
    "All of it in stock, please, nothing on backorder. Seven parts, one of each.",
)
OWN_MONEY = (
    "I'd like to stay within ${soft:,} including express shipping and my discount if I have one, but I can stretch to "
    "${hard:,}. Above that I don't want it.",
    "My budget is ${soft:,} with express shipping and whatever discount I get. Up to ${hard:,} is painful but fine, "
    "more is out of the question.",
    "Planned are ${soft:,}, everything included (discount off, express shipping on). The absolute end is ${hard:,}.",
)
OWN_DO = (
    'If it stays under the end and can be had, save it as "{build}" and order it to my shipping address on file, '
    "express. Otherwise save and order nothing.",
    'Should that work out, save the build under the name "{build}", order it from that with express shipping to the '
    "shipping address you have. If not, no build and no order.",
    'When it works, please save it ("{build}") and place the order for it, express, to my shipping address on file. '
    "When it doesn't, leave it.",
)
OWN_REPORT = (
    "Start your answer with YES (ordered) or NO. Then the total, how far it is from the ${soft:,} (a line BUDGET: with "
    "the difference in dollars), and a line NEAREST: with the ready-made machine of yours, prebuilt or workstation, "
    "whose list price is nearest to what the seven parts list for together, and the difference between these two.",
    "First word YES if it is ordered, NO if not. I want to see the total, a line BUDGET: with the dollars over or "
    "under ${soft:,}, and a line NEAREST: naming the ready-made PC (prebuilt or workstation) nearest in list price to "
    "the seven parts at list price, with the difference.",
)
MISSING = (
    "If one of them is in stock nowhere, a NO is enough with a line MISSING: naming the cheapest product that would "
    "have done otherwise, and its list price.",
    "Should there be nothing on the shelf for one of them, all I need is the NO and a line MISSING: with the cheapest "
    "product that would have been right, and what it lists for.",
)
STAFF_MONEY = (
    "Budget ${soft:,} with express shipping and tier discount, ${hard:,} is the hard end.",
    "It may cost ${soft:,} in all (their discount, express shipping), ${hard:,} at the very most.",
)
STAFF_DO = (
    'They agreed on the phone that we order it: save it for them as "{build}", order from that build, express, '
    "shipping address on file. Over the hard end or not to be had: nothing saved, nothing ordered.",
    'The customer has said yes to the order. If all is well save the build ("{build}") and order it, express, to '
    "the shipping address on file; if it breaks the hard end or a part is not to be had, do neither.",
)
STAFF_REPORT = (
    "Answer YES (ordered) or NO first, then the total, a line BUDGET: with the difference to ${soft:,}, and a line "
    "NEAREST: with the prebuilt or workstation whose list price is nearest to the parts' list prices together, and "
    "that difference.",
    "Begin with YES for ordered or NO. Give me the total, BUDGET: and the dollars over or under ${soft:,}, NEAREST: "
    "and which prebuilt or workstation lists nearest to the seven parts at list, with the difference.",
)
_OWN = (PARTS, STOCK, OWN_MONEY, OWN_DO, OWN_REPORT, MISSING)
_STAFF = (PARTS, STOCK, STAFF_MONEY, STAFF_DO, STAFF_REPORT, MISSING)

CUSTOMER = (
    Speech(
        "clear",
        (
            "Hello, I'd like a new PC and know roughly what I want. My e-mail with you is {email}.",
            "Hi, {name} here ({email}). Please put a machine together for me.",
            "I want to order a PC, my account is {email}.",
        ),
        _OWN,
    ),
    Speech(
        "rambling",
        (
            "Hi! So my old computer finally gave up on Sunday and my brother says to build one, and you people surely "
            "know better than my brother. I'm {name}, {email}.",
            "Hello, {name} again, {email}. I have been reading about parts for three weeks, my head is spinning, so I "
            "decided to just tell you what I want.",
        ),
        _OWN,
    ),
    Speech(
        "angry",
        (
            "I have tried your configurator four times and it loses my list every time. {name}, {email}. So do it for "
            "me.",
            "Nobody in your chat could manage this, so here it is in writing. {email}, {name}.",
        ),
        _OWN,
    ),
    Speech(
        "wrong premise",
        (
            "Hi, {name}, {email}. I guess this comes out just under budget, your site said so, but please check.",
            "Hello, {email}, {name}. According to your shop page everything I want is there, so this should be simple.",
        ),
        _OWN,
    ),
)
STAFF = (
    Speech(
        "clear",
        (
            "{staff} here. {name} ({email}) wants a machine put together.",
            "This is {staff}. A build and an order for {name}, {email}.",
            "{staff}, I have {name} ({email}) waiting for a build.",
        ),
        _STAFF,
    ),
    Speech(
        "rambling",
        (
            "{staff} here. I had {name} on the phone for forty minutes, lovely person, {email}, and this is what is "
            "left of it once the grandchildren are taken out.",
            "Hi, {staff}. You know how it goes, one question about a cable and then a whole PC. It's for {name}, "
            "{email}.",
        ),
        _STAFF,
    ),
)
