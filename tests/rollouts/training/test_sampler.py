"""Rows of one cache, read and spoken in together, say what each conversation alone would be told by the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from . import APART

torch: Any = pytest.importorskip("torch", reason=APART)

CONTEXTS = ([5, 6, 7, 8], [5, 6, 9], [10] * 300)


def sampler(tiny: Path, temperature: float, rows: int = 2, most: int = 12) -> Any:
    from corecraft.rollouts.training.policy import Base
    from corecraft.rollouts.training.sampler import Sampler

    model = Base(tiny).model("cpu", "float32").eval()
    return Sampler(model, 256, rows=rows, room=600, most=most, temperature=temperature, seed=1, device="cpu"), model


def spoken(many: Any, contexts: Any) -> dict[int, Any]:
    """All of it, as rows become free."""
    waiting, found, at = list(enumerate(contexts)), {}, {}
    while waiting or at:
        while waiting and many.free:
            number, context = waiting.pop(0)
            row = many.free[0]
            many.speak(row, context, f"turn {number}")
            at[row] = number
        for row, said in many.advance().items():
            found[at.pop(row)] = said
    return found


def test_greedily_it_says_what_generate_says(tiny: Path):
    many, model = sampler(tiny, 0.0)
    found = spoken(many, CONTEXTS)
    for number, context in enumerate(CONTEXTS):
        wanted = model.generate(torch.tensor([context]), max_new_tokens=12, do_sample=False)[0, len(context) :].tolist()
        assert list(found[number].ids) == wanted


def test_log_probabilities_are_those_of_the_model_read_at_once(tiny: Path):
    many, model = sampler(tiny, 1.0)
    for context, said in zip(CONTEXTS, (said for _, said in sorted(spoken(many, CONTEXTS).items())), strict=True):
        with torch.no_grad():
            logits = model(torch.tensor([[*context, *said.ids]])).logits[0, len(context) - 1 : -1]
        wanted = torch.log_softmax(logits, -1).gather(-1, torch.tensor(said.ids)[:, None])[:, 0].tolist()
        assert said.logprobs == pytest.approx(wanted, abs=1e-4)


def test_what_is_drawn_depends_on_no_neighbour(tiny: Path):
    together = spoken(sampler(tiny, 1.0, rows=3)[0], CONTEXTS)
    alone = spoken(sampler(tiny, 1.0, rows=1)[0], CONTEXTS)
    assert {n: said.ids for n, said in together.items()} == {n: said.ids for n, said in alone.items()}


def test_a_conversation_that_goes_on_reads_only_what_is_new(tiny: Path):
    many, _ = sampler(tiny, 1.0, rows=1)
    first = spoken(many, CONTEXTS[:1])[0]
    read: list[int] = []
    run = many._run
    many._run = lambda numbers, fed, forward: read.append(len(fed[0])) or run(numbers, fed, forward)
    context = [*CONTEXTS[0], *first.ids, 20, 21]
    again = spoken(many, [context])[0]
    assert read[0] == 3, "its last token, which was said and never read, and two new ones"
    fresh = spoken(sampler(tiny, 1.0, rows=1)[0], [context])[0]
    assert again.ids == fresh.ids


def test_a_turn_ends_where_there_is_no_more_room(tiny: Path):
    many, _ = sampler(tiny, 1.0, rows=1, most=1000)
    said = spoken(many, [[10] * 590])[0]
    assert said.ended or len(said.ids) + 590 <= 600
