"""MW-09's texts: how people ask for a machine to be chosen, saved and ordered."""

from __future__ import annotations

from ..wordings import wordings

WORDS = wordings("mw09")

PARTS = WORDS.say("parts")
STOCK = WORDS.say("stock")
OWN_MONEY = WORDS.say("own-money")
OWN_DO = WORDS.say("own-do")
OWN_REPORT = WORDS.say("own-report")
MISSING = WORDS.say("missing")
STAFF_MONEY = WORDS.say("staff-money")
STAFF_DO = WORDS.say("staff-do")
STAFF_REPORT = WORDS.say("staff-report")
_OWN = (PARTS, STOCK, OWN_MONEY, OWN_DO, OWN_REPORT, MISSING)
_STAFF = (PARTS, STOCK, STAFF_MONEY, STAFF_DO, STAFF_REPORT, MISSING)

CUSTOMER = WORDS.speeches("customer")
STAFF = WORDS.speeches("staff")

PICKS = WORDS.say("picks")
NEEDS = WORDS.say("needs")
ANSWERS = WORDS.say("answers")
ANSWERS_IN_PARTS = WORDS.say("answers-in-parts")
"""What customers wrote about a machine they would like, by its parts or by what they need, and what came of it."""
