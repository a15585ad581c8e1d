"""How people say what rubrics ask for: word lists shared by tasks, kept together so that they grow in one place."""

from __future__ import annotations

from datetime import date

# --- returns -----------------------------------------------------------------------------------------------------

DELIVERY = ("delivered", "delivery", "arrived", "received", "reached")
RETURN = (
    "return", "returns", "returned", "returning", "returnable", "window", "last day", "final day", "deadline", "day 21",
    "21 days", "21-day", "period", "send it back", "send back", "go back", "back", "refund", "has until", "have until",
)  # fmt: skip
WARRANTY = ("warranty", "cover", "covered", "covers", "coverage", "guarantee")
PURCHASE = ("ordered", "order", "bought", "purchased", "placed", "label", "labelled", "shipped", "printed", "id")

STILL_RETURNABLE = (
    "open", "still return", "may return", "can return", "could return", "return it", "returnable", "eligible", "qualify",
    "qualifies", "within", "inside", "until", "through", "possible", "may still", "can still", "can go back", "send it back",
    "welcome to return", "have until", "has until", "last day", "final day", "ends", "closes",
)  # fmt: skip
NO_LONGER_RETURNABLE = (
    "closed", "expired", "ended", "out of the window", "outside the window", "outside the return window", "past the window",
    "past the return window", "ineligible", "too late", "has passed", "lapsed", "missed",
)  # fmt: skip
OFFER_OF_RETURN = (
    "return it", "return the", "return your", "send it back", "send the workstation back", "send the system back", "a return",
    "return for", "return or", "return and", "for a refund", "full refund", "refund you",
)  # fmt: skip

# --- warranty ----------------------------------------------------------------------------------------------------

IN_FORCE = (
    "active", "valid", "in force", "covered", "under warranty", "until", "through", "runs", "lasts", "ending", "expires",
    "ends", "to",
)  # fmt: skip
NOT_IN_FORCE = ("expired", "void", "lapsed", "ended", "out of warranty", "over since", "ran out", "no longer")

# --- articles ----------------------------------------------------------------------------------------------------

ARTICLE = (
    "article", "articles", "page", "pages", "entry", "entries", "documentation", "documented", "document", "documents",
    "written", "material", "anything", "results", "known issue", "known issues",
)  # fmt: skip


def iso(*days: date) -> tuple[str, ...]:
    """The days as checks take them."""
    return tuple(sorted({day.isoformat() for day in days}))
