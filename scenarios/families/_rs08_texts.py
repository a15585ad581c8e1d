"""RS-08's texts: what was once recommended, how the task is put, and the slots of an answer."""

from __future__ import annotations

from ..checks import Blank
from ..voices import Voice
from ..wordings import wordings

WORDS = wordings("rs08")

ADVICE = WORDS.say("advice")
ORDERS = WORDS.say("orders")
LETTERS = WORDS.say("letters")
BUILD_NAMES = (
    "Attic machine",
    "Second try",
    "Gaming corner",
    "Cutting desk",
    "Weekend project",
    "Study PC",
    "Old faithful",
)

STAFF_STORIES = WORDS.say("staff-stories")
CUSTOMER_STORIES = WORDS.say("customer-stories")
LIMITS = WORDS.say("limits")
WISHES = WORDS.say("wishes")
FORMS = WORDS.say("forms")
HINTS = WORDS.say("hints")
STAFF_OPENINGS: dict[Voice, tuple[str, ...]] = {
    "clear": ("{staff} here. {story}", "{story} ({staff}, help desk)"),
    "rambling": (
        "{staff} again. We had this at the counter for half an hour this morning and got nowhere, so here goes. "
        "{story}",
        "It is {staff}, between two calls, so forgive the order of things. {story}",
    ),
    "angry": ("{staff}. Third colleague I ask, please do it properly this time. {story}",),
    "wrong premise": (
        "{staff} here. I would have said that any {part} will do, they all fit each other these days. {story}",
    ),
}
CUSTOMER_OPENINGS: dict[Voice, tuple[str, ...]] = {
    "clear": ("Hi. {story}", "{story}", "Hello CoreCraft. {story}"),
    "rambling": (
        "Hello, I am not much of a computer person, my nephew put it together and he has moved away. {story}",
        "Hi, with the holidays coming I finally allow myself something. {story}",
    ),
    "angry": ("I sent two parts back this year because they did not fit, I do not want a third. {story}",),
    "wrong premise": (
        "Hi, a friend says that any {part} fits any machine and that I only have to look at the price. {story}",
    ),
}

NOTHING = "nothing better"
"""What the prompt wants to read where no part is faster."""

PICK = Blank("part to take", ("pick", "recommend", "go for"), label="PICK")
OLD = Blank("present boost clock", ("present", "current", "old"), label="OLD")
NEW = Blank("new boost clock", ("new", "instead"), label="NEW")
TOTAL = Blank("total", ("total is", "in all", "altogether", "all together", "comes to", "total"), label="TOTAL")
ADVISED = Blank("part that was once recommended")
