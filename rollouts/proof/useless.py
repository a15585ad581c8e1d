"""Agents that do no work, or the opposite of it. None may pass any task."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from ...engine.chance import Chance
from ...scenarios.grading import Grade
from .bench import Asked, Bench, definitions

STALL = "Thanks for reaching out! Let me look into this for you and get back to you as soon as possible."
REFUSAL = (
    "No. I'm sorry, but I can't help with this request. It would be against our policy, so nothing can be done here."
)
IGNORANCE = "I have looked at our records, but I do not know the answer to this. I'm sorry."


def nothing(bench: Bench) -> Grade:
    return bench.replayed((), "", ())


def stalls(bench: Bench) -> Grade:
    return bench.replayed((), STALL, ())


def refuses(bench: Bench) -> Grade:
    return bench.replayed((), REFUSAL, ())


def hands_over(bench: Bench) -> Grade:
    """Gives away whatever the prompt names, and points at colleagues."""
    asides = bench.stage.company.asides
    return bench.replayed([*asides.hand_over(map(str, bench.task.given.values()))], asides.referral, ())


def dumps(bench: Bench) -> Grade:
    """Makes every read of the reference and pastes all it got."""
    reads = [call for call in bench.calls if not call.facts]
    texts = [json.dumps(call.reply, indent=1) for call in reads]
    return bench.replayed([(call.tool, call.arguments) for call in reads], "\n".join(texts))


def stuffs(bench: Bench) -> Grade:
    """Repeats the prompt and every word a rubric might look for."""
    return bench.replayed((), f"{bench.task.prompt}\n\n{bench.stage.company.asides.stuffing}", ())


def negates(bench: Bench) -> Grade:
    """Does the reference's work and says the opposite of its answer."""
    return bench.answered(bench.reply.denied())


def lies(bench: Bench) -> Grade:
    """Makes the reference's reads, changes nothing, and tells what the reference tells. Where nothing was to be changed that
    is no lie, and nobody plays it."""
    reads = [(call.tool, call.arguments) for call in bench.calls if not call.facts]
    return bench.replayed(reads)


def knows_nothing(bench: Bench) -> Grade:
    """Makes every read of the reference, and says that it does not know."""
    reads = [(call.tool, call.arguments) for call in bench.calls if not call.facts]
    return bench.replayed(reads, IGNORANCE)


def at_random(bench: Bench) -> Grade:
    """The middle one of five agents that call anything; of those that pass, if one does. A criterion or two is met by
    whoever stumbles on the right read, and of one draw in a thousand tasks a few stumble on several."""
    grades = sorted(
        (_calling(bench, number) for number in range(5)), key=lambda g: (bool(g.code_passed), g.code_reward)
    )
    return grades[-1] if grades[-1].code_passed else grades[2]


def _calling(bench: Bench, number: int) -> Grade:
    """Twelve calls with whatever ids and words are at hand."""
    chance = Chance(0, f"proof/{bench.task.id}/random/{number}")
    tools = definitions(bench.task.tools)
    at_hand = [v for v in bench.task.given.values() if isinstance(v, str)] + bench.task.prompt.split()
    asked: list[Asked] = []
    for _ in range(12):
        tool = chance.choice(tools)
        asked.append(
            (tool["name"], {n: _any(p, at_hand, chance) for n, p in _some(tool["inputSchema"], chance).items()})
        )
    return bench.replayed(asked, "Done. " + " ".join(chance.sample(at_hand, 8)), ())


def _some(schema: Mapping[str, Any], chance: Chance) -> dict[str, Any]:
    required = schema["required"]
    return {n: p for n, p in schema["properties"].items() if n in required or chance.happens(0.3)}


def _any(schema: Mapping[str, Any], at_hand: list[str], chance: Chance) -> Any:
    if "enum" in schema:
        return chance.choice([value for value in schema["enum"] if value])
    if schema.get("type") in ("number", "integer"):
        return chance.integer(1, 500)
    if schema.get("type") == "array":
        return [chance.choice(at_hand)]
    return chance.choice(at_hand)


def _writes(bench: Bench) -> bool:
    return bench.first_write < len(bench.calls)


@frozen
class Useless:
    """How an agent plays, the most it may earn anywhere, and on average over all tasks it plays."""

    play: Callable[[Bench], Grade]
    most: float
    mean: float = 1.0
    where: Callable[[Bench], bool] = lambda _: True

    def exceeded(self, grade: Grade) -> bool:
        """Whether it passes, or earns more than it may."""
        return bool(grade.code_passed) or (grade.code_reward or 0.0) > self.most


USELESS: Mapping[str, Useless] = {
    "does nothing": Useless(nothing, 0.0),
    "stalls": Useless(stalls, 0.0),
    "knows nothing": Useless(knows_nothing, 0.6, 0.10),
    "refuses all": Useless(refuses, 0.5),
    "hands all over": Useless(hands_over, 0.4),
    "dumps all it read": Useless(dumps, 0.85, 0.25),
    "stuffs keywords": Useless(stuffs, 0.6),
    "says the opposite": Useless(negates, 0.85, 0.25),
    "claims undone work": Useless(lies, 0.9, 0.35, _writes),
    "calls at random": Useless(at_random, 0.4),
}
"""The highest are those that do real work: the dump makes every read, the opposite every call of the reference."""
