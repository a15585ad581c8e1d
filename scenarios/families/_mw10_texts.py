"""MW-10's texts: the question, the advice that was wrong, the complaint, and how the task is put."""

from __future__ import annotations

from ..voices import Speech, Voice
from ..wordings import wordings

WORDS = wordings("mw10")


def _letters(entry: str) -> tuple[tuple[str, str, str], ...]:
    """Channel, subject and body."""
    return tuple((channel, *letter) for channel, group in WORDS.say(entry).items() for letter in group)


QUESTIONS, COMPLAINTS = _letters("questions"), _letters("complaints")
ADVICE = WORDS.say("advice")
INJECTED = WORDS.say("injected")

MONEY = WORDS.say("money")
FINISH = WORDS.say("finish")
POST = WORDS.say("post")
PHONE_POST = WORDS.say("phone-post")
REPLACE = WORDS.say("replace")
REPORT = WORDS.say("report")


def _staff(posts: tuple[str, ...]) -> tuple[Speech, ...]:
    asks = (MONEY, FINISH, posts, REPLACE, REPORT)
    return (
        Speech(
            "clear",
            (
                "{staff} here. {colleague} recommended the {cpu} to {name} ({order}, {ticket}); it does not fit the "
                "board at home.",
                "This is {staff}. {order}, {ticket}, {name}: a {cpu} sold on our advice, said not to fit.",
                "{staff}. Our own bad advice again: {name}, {ticket}, the {cpu} in {order}, {colleague} had "
                "recommended it.",
            ),
            asks,
        ),
        Speech(
            "rambling",
            (
                "{staff} here, and sorry, this is going to be a list. {name} wrote ({ticket}) that the {cpu} from "
                "{order} does not go into the board, and {colleague} had told them it would.",
                "Hi, {staff}. Do you remember {name}? Bought the {cpu} from us in {order} because {colleague} said it "
                "matched. It seems it does not ({ticket}).",
            ),
            asks,
        ),
        Speech(
            "angry",
            (
                "{staff}. Whoever advises people should read a socket name once. {name}, {order}, {ticket}: "
                "{colleague} sold a {cpu} for the wrong board.",
                "I have {ticket} in front of me and I am not amused. {name}, {order}, {cpu}, wrong board, advice by "
                "{colleague}. {staff}",
            ),
            asks,
        ),
    )


STAFF = _staff(POST)
STAFF_PHONE = _staff(PHONE_POST)
_CUSTOMER: tuple[tuple[Voice, tuple[str, ...], tuple[tuple[str, ...], ...]], ...] = (
    (
        "clear",
        (
            "I'm {name}. You recommended the {cpu} for my board and it doesn't fit. Order {order}, ticket {ticket}.",
            "Hello, this is about {ticket}. The {cpu} from {order} was recommended for my board and does not go in.",
        ),
        (
            (
                "Please put in the refund for it (you can leave the ticket as it is), unless the return window is "
                "over, it has been refunded already, or it does fit after all, in which case don't put in anything.",
                "If I am still inside the window, it hasn't been paid back before and it really doesn't fit, please "
                "put the refund in, with the ticket named on it, and leave the ticket alone. Otherwise leave "
                "everything as it is.",
            ),
            (
                "Which one should I get instead? I'd take the dearest you have in stock that doesn't list for more "
                "than this one and goes with all of the build I saved with you.",
                "What fits, then? The dearest in stock that lists for no more than mine, checked against my whole "
                "saved build please.",
            ),
            (
                "Start with YES if you put the refund in, NO if not. I'd like a line SOCKETS: (the processor's, the "
                "board's), the last day of my window, and on one line REPLACEMENT: and the part, or REPLACEMENT: none "
                "if mine fits. If it was refunded before, the refund's id.",
                "First word YES (refund is in) or NO, then a line SOCKETS: with the processor's and the board's, the "
                "last day of the window, and a line REPLACEMENT: with the part (none, if mine does fit). And the id "
                "of the refund if there was one before.",
            ),
        ),
    ),
    (
        "angry",
        (
            "Two evenings wasted on a {cpu} that you people told me would fit my board. {order}, {ticket}.",
            "Why do I ask for advice if it is wrong? {cpu}, order {order}, ticket {ticket}, does NOT fit my board.",
        ),
        (
            (
                "I want the refund entered, the ticket named on it, the ticket itself you leave open. I know the "
                "conditions: window still open, not refunded before, and really not fitting. If one of them fails, "
                "enter nothing.",
                "Enter the refund, with my ticket on it, and don't touch the ticket. Only if the window is over, or "
                "it was refunded before, or you can show me that it fits, then enter nothing.",
            ),
            (
                "And this time tell me something that fits: dearest in stock, list price no higher than this one, "
                "validated with my complete saved build.",
                "Then name one that works with my whole saved build, the dearest in stock that lists no higher than "
                "this thing.",
            ),
            (
                "YES or NO first: is the refund entered. Then a line SOCKETS: processor's and board's, the last day "
                "of the window, a line REPLACEMENT: part (or REPLACEMENT: none if it fits), and the id of an earlier "
                "refund if you claim there was one.",
                "Open with YES (entered) or NO. Give me a line SOCKETS: with both of them, the last day of the return "
                "window, one line REPLACEMENT: and the part, or none if mine fits, and if it has been refunded before "
                "then the id of that refund.",
            ),
        ),
    ),
    (
        "wrong premise",
        (
            "Hi, {name}. The gentleman in your chat said the {cpu} is right for my board, so I suppose I'm doing "
            "something wrong? Order {order}, ticket {ticket}.",
            "Good day, {name}. I think I am past the return date anyway, but the {cpu} from {order} seems not to fit "
            "my board ({ticket}).",
        ),
        (
            (
                "If it truly does not fit, the window is still open and nothing was paid back yet, please enter the "
                "refund with my ticket on it. Leave the ticket itself, and enter nothing if any of that is not so.",
                "Could you enter the refund, ticket named on it, ticket otherwise untouched? But only if I'm still in "
                "time, nothing was refunded before, and the two really do not match. Else nothing please.",
            ),
            (
                "Also, which processor would suit the build I saved? The dearest in stock whose list price is not "
                "above this one's, checked with all its parts.",
                "And please suggest another that passes with my complete saved build: the dearest in stock, not "
                "listed above this one.",
            ),
            (
                "I'd like YES or NO at the very start (refund entered or not), a line SOCKETS: with both, the "
                "window's last day, and a line REPLACEMENT: with the part or REPLACEMENT: none if mine fits. If a "
                "refund was made earlier, its id.",
                "Please begin with YES (refund entered) or NO and give me a line SOCKETS: with both, the last day I "
                "could return it, a line saying REPLACEMENT: and the part (none if mine is right), plus the id of a "
                "refund already made, if any.",
            ),
        ),
    ),
)
CUSTOMER = tuple(Speech(voice, opening, asks) for voice, opening, asks in _CUSTOMER)
