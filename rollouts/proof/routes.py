"""Second valid routes: what another agent might do just as rightly. All must pass."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...engine.chance import Chance
from ...scenarios.grading import Grade
from ...scenarios.reply import PARAPHRASES
from .bench import Asked, Bench

EXTRA: tuple[Asked, ...] = (
    ("searchEmployees", {"name": "Alex"}),
    ("searchKnowledgeBase", {"text": "policy"}),
    ("getProduct", {"product_id": "novachip-fusion-12700k"}),
)
"""Reads that have nothing to do with any task and harm none."""


def second_routes(bench: Bench) -> Iterator[tuple[str, Grade]]:
    """Name and grade of each."""
    reads, rest = bench.asked[: bench.first_write], bench.asked[bench.first_write :]
    shuffled = Chance(0, f"proof/{bench.task.id}/order").shuffled(reads)
    for number, style in enumerate(PARAPHRASES, 1):
        yield f"paraphrase {number}", bench.answered(bench.reply.render(style))
    yield "reordered reads", bench.replayed([*shuffled, *rest])
    extra = [call for call in EXTRA if _harmless(bench, call)]
    yield "extra reads", bench.replayed([*extra, *bench.asked])
    yield (
        "int for float",
        bench.replayed([(tool, {k: _other_number(v) for k, v in args.items()}) for tool, args in bench.asked]),
    )
    yield (
        "polite frame",
        bench.answered(f"Hi,\n\n{bench.answer}\n\nLet me know if you need anything else.")
        if _frameable(bench)
        else bench.answered(bench.answer),
    )
    for number, route in enumerate(bench.family.routes, 1):
        yield f"route {number}", bench.played(route)


def _harmless(bench: Bench, call: Asked) -> bool:
    """Tasks that say when to stop count further reads of products against it."""
    return not any(call[0] in getattr(criterion.check, "tools", ()) for criterion in bench.task.criteria)


def _other_number(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _frameable(bench: Bench) -> bool:
    """Whether the prompt leaves room for a greeting: not where the whole form or the first word is fixed."""
    fixed = {"csv", "json_keys", "words", "decides"}
    kinds = {type(criterion.check).__struct_config__.tag for criterion in bench.task.criteria}
    return not fixed & kinds and not re.match(r"\s*[{\[]", bench.answer)
