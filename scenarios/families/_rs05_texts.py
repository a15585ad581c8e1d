"""RS-05's texts: how an audit and a single parcel are asked about, what Slack proposes, and the slots of an answer."""

from __future__ import annotations

from ..checks import Blank
from ..voices import Voice
from ..wordings import wordings

WORDS = wordings("rs05")

AUDIT_STORIES = WORDS.say("audit-stories")
AUDIT_FORMS = WORDS.say("audit-forms")
AUDIT_NOTES = WORDS.say("audit-notes")
SLACK_HINT = WORDS.say("slack-hint")
AUDIT_OPENINGS: dict[Voice, tuple[str, ...]] = {
    "clear": ("{staff} here. {story}", "This is {staff}. {story}"),
    "rambling": (
        "{staff} again. Between the holiday backlog and the stocktaking I have lost track of this one, sorry. {story}",
        "It is {staff}. I promised an answer last week, then came Thanksgiving, you know how it is. {story}",
    ),
    "angry": ("{staff}. I am tired of defending us without figures. {story}",),
    "wrong premise": ("{staff} here. I would say every parcel after its ETA is a breach, but you tell me. {story}",),
}

ONE_STORIES = WORDS.say("one-stories")
ONE_FORMS = WORDS.say("one-forms")
ONE_OPENINGS: dict[Voice, tuple[str, ...]] = {
    "clear": ("Hello. {story}", "{story}"),
    "rambling": (
        "Hi, I sat at home two days for this and then it came when I was at the dentist. {story}",
        "Good day, my colleague in the office says I should simply ask, so I ask. {story}",
    ),
    "angry": ("You charge extra and then one waits for ever. {story}",),
    "wrong premise": ("The tracking page had another day on it, so surely it counts as late. {story}",),
}
PROPOSALS = WORDS.say("proposals")

HOURS = ("hours over", "hours late", "business hours", "hours")
HOURS_OVER = Blank("hours over", HOURS)
LEG = Blank("leg")
CHECKED = Blank("orders checked", ("checked",), label="CHECKED", shared=True)
BREACHES = Blank("number of breaches", ("breaches",), label="BREACHES", shared=True)
AT_RISK = Blank("order at risk", ("at risk", "less than a fifth"), label="AT RISK")
SLOWEST = Blank("slowest order", ("slowest", "longest transit", "longest on the road"), label="SLOWEST")
SLOWEST_HOURS = Blank("hours of the slowest order", HOURS, label="SLOWEST", shared=True)
LINES = ("CHECKED", "BREACHES", "AT RISK", "SLOWEST")

DUE = Blank("time it was due", ("was due", "is due", "due"), label="DUE")
ARRIVED = Blank("time it arrived", ("arrived", "was delivered", "came on"), label="ARRIVED")
OVER = Blank("hours late", ("over", *HOURS), label="OVER", shared=True)
FEE = Blank("fee to give back", ("fee", "shipping cost"), label="FEE")
