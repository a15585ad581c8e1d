"""Prompts in several voices: sentences that people wrote, chosen and ordered by chance, facts in their slots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from attrs import frozen

from ..engine.chance import Chance

BY_CUSTOMER = ", asked by the customer"
"""What sets a kind of case in which the customer asks apart from the same one asked by staff."""
Voice = Literal["clear", "rambling", "angry", "wrong premise", "terse", "anxious", "non-native"]


@frozen
class Speech:
    """How someone asks. Each part is a choice of sentences with `{slots}`.

    voice: how it sounds. opening: who speaks and why. asks: the demands, one group of wordings each. closing: how it ends; ""
    for no closing. ordered: the demands make sense in this order only.
    """

    voice: Voice
    opening: Sequence[str]
    asks: Sequence[Sequence[str]] = ()
    closing: Sequence[str] = ("",)
    ordered: bool = True

    @property
    def key(self) -> str:
        """What a draw knows it by."""
        return f"{self.voice}: {self.opening[0]}"

    def compose(self, chance: Chance, **slots: object) -> str:
        """A prompt. Every slot of the chosen sentences must be given."""
        asks = [chance.choice(group) for group in self.asks]
        if not self.ordered:
            asks = chance.shuffled(asks)
        parts = [chance.choice(self.opening), *asks, chance.choice(self.closing)]
        return " ".join(part.format(**slots) for part in parts if part)


def whoever_asks(*kinds: str) -> tuple[str, ...]:
    """These kinds of case, asked by staff or by the customer."""
    return (*kinds, *(kind + BY_CUSTOMER for kind in kinds))
