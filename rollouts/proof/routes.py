"""Second valid routes: what another agent might do just as rightly. All must pass."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...engine.chance import Chance
from ...scenarios.composition import PARAPHRASES
from ...scenarios.grading import Grade
from .bench import Asked, Bench, slowly


def second_routes(bench: Bench) -> Iterator[tuple[str, str, Grade]]:
    """Name, answer and grade of each route that differs from the reference at all."""
    right, looks, rest = bench.answer, bench.asked[: bench.first_write], bench.asked[bench.first_write :]
    for number, style in enumerate(PARAPHRASES, 1):
        if (answer := bench.reply.render(style)) != right:
            yield f"paraphrase {number}", answer, bench.answered(answer)
    shuffled = Chance(0, f"proof/{bench.task.id}/order").shuffled(looks)
    if shuffled != looks:
        yield "reordered reads", right, bench.replayed([*shuffled, *rest])
    reads = bench.stage.company.asides.reads
    if extra := [call for call in reads if _harmless(bench, call)]:
        yield "extra reads", right, bench.replayed([*extra, *bench.asked])
    numbers = [(tool, {name: _other_number(value) for name, value in given.items()}) for tool, given in bench.asked]
    if repr(numbers) != repr([(tool, dict(given)) for tool, given in bench.asked]):
        yield "int for float", right, bench.replayed(numbers)
    if bench.task.plan is not None and reads and extra == [*reads]:
        yield "twice as slow", *bench.played(slowly(bench.family.play, reads[0]))
    if _frameable(bench):
        framed = f"Hi,\n\n{right}\n\nLet me know if you need anything else."
        yield "polite frame", framed, bench.answered(framed)


def _harmless(bench: Bench, call: Asked) -> bool:
    """Tasks that say when to stop count further reads of products against it."""
    return not any(call[0] in getattr(criterion.check, "tools", ()) for criterion in bench.task.criteria)


def _other_number(value: Any) -> Any:
    """19 for 19.0: JSON knows one kind of number only."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _frameable(bench: Bench) -> bool:
    """Whether the prompt leaves room for a greeting: not where the whole form or the first word is fixed."""
    fixed = {"csv", "words", "decides"}
    kinds = {type(c.check).__struct_config__.tag for c in bench.task.criteria if not getattr(c.check, "question", "")}
    return not fixed & kinds
