"""Prompts are composed of the sentences given, each demand once, the same for the same chance."""

from __future__ import annotations

import pytest
from corecraft.engine.chance import Chance
from corecraft.scenarios.voices import Speech

ASKS = (("Is {order} late?", "Has {order} come too late?"), ("By how much?", "How late exactly?"), ("Who knows?",))


def speech(ordered: bool) -> Speech:
    return Speech("clear", ("Hi.", "Hello, {name} here."), ASKS, ("", "Thanks."), ordered=ordered)


def prompts(ordered: bool) -> list[str]:
    return [speech(ordered).compose(Chance(0, f"voices/{n}"), order="ord-1", name="Ann") for n in range(200)]


def test_each_demand_is_made_once_in_one_of_its_wordings():
    for prompt in prompts(ordered=False):
        for wordings in ASKS:
            assert sum(wording.format(order="ord-1") in prompt for wording in wordings) == 1, prompt
        assert prompt.startswith(("Hi. ", "Hello, Ann here. "))
        assert "{" not in prompt


def test_all_wordings_come_up_and_only_free_demands_change_places():
    def places(prompt: str) -> list[int]:
        return [min(at for w in wordings if (at := prompt.find(w.format(order="ord-1"))) >= 0) for wordings in ASKS]

    assert len(set(prompts(ordered=True))) == 2 * 2 * 2 * 2
    assert all(places(prompt) == sorted(places(prompt)) for prompt in prompts(ordered=True))
    assert any(places(prompt) != sorted(places(prompt)) for prompt in prompts(ordered=False))


def test_the_same_chance_composes_the_same_words():
    assert prompts(ordered=False) == prompts(ordered=False)


def test_a_sentence_without_what_it_names_is_our_mistake():
    with pytest.raises(KeyError):
        speech(ordered=True).compose(Chance(0, "voices/x"), name="Ann")
