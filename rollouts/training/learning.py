"""Updates of the policy from what was played: log-probabilities of the sampled tokens anew, the loss, a step of Adam."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from .libraries import load
from .objective import Clip
from .policy import Policy

ADAPTER, REFERENCE = "default", "reference"
OPTIMIZER = "optimizer.pt"
GRADIENT = 1.0
"""The norm that a gradient is cut to."""


@frozen
class Learnt:
    """An episode to learn from: its ids; where its own turns stand in them, the log-probabilities they were sampled with, and
    the advantage of each turn."""

    ids: tuple[int, ...]
    turns: tuple[tuple[int, int], ...]
    logprobs: tuple[tuple[float, ...], ...]
    advantages: tuple[float, ...]

    @property
    def own(self) -> int:
        return sum(end - start for start, end in self.turns)


def batches(many: Sequence[Learnt], most: int) -> Iterator[list[Learnt]]:
    """Together what is about as long: no batch has more tokens than `most`, padding included, unless a single one does."""
    found: list[Learnt] = []
    for one in sorted(many, key=lambda each: len(each.ids)):
        if found and (len(found) + 1) * len(one.ids) > most:
            yield found
            found = []
        found.append(one)
    if found:
        yield found


@define
class Learner:
    policy: Policy
    temperature: float
    batch_tokens: int
    kl: float
    _optimizer: Any = field(alias="optimizer")

    @classmethod
    def of(cls, policy: Policy, learning_rate: float, temperature: float, batch_tokens: int, kl: float) -> Learner:
        trained = [each for each in policy.model.parameters() if each.requires_grad]
        optimizer = load("torch").optim.AdamW(trained, lr=learning_rate, weight_decay=0.0)
        return cls(policy, temperature, batch_tokens, kl, optimizer)

    def hold_to(self, adapter: Path | None) -> None:
        """Keep the policy near the first one: the base with this adapter."""
        self.policy.add_reference(adapter, REFERENCE)

    def keep(self, folder: Path) -> None:
        load("torch").save(self._optimizer.state_dict(), str(folder / OPTIMIZER))

    def restore(self, folder: Path) -> None:
        self._optimizer.load_state_dict(load("torch").load(str(folder / OPTIMIZER), weights_only=True))

    def update(self, many: Sequence[Learnt], passes: int, clip: Clip) -> dict[str, float]:
        """So many updates, each from all of it; the figures of the last one, with the entropy of the first, before it moved."""
        figures: dict[str, float] = {}
        for _ in range(passes):
            told = self._pass(many, clip)
            figures = {**told, "entropy": figures.get("entropy", told["entropy"])}
        return figures

    def _pass(self, many: Sequence[Learnt], clip: Clip) -> dict[str, float]:
        torch = load("torch")
        total = sum(one.own for one in many)
        sums: dict[str, float] = {}
        self._optimizer.zero_grad(set_to_none=True)
        for batch in batches(many, self.batch_tokens):
            self._backward(batch, clip, total, sums)
        trained = [each for each in self.policy.model.parameters() if each.requires_grad]
        norm = torch.nn.utils.clip_grad_norm_(trained, GRADIENT)
        self._optimizer.step()
        return {name: value / total for name, value in sums.items()} | {
            "grad_norm": float(norm),
            "tokens": float(total),
        }

    def _backward(self, batch: Sequence[Learnt], clip: Clip, total: int, sums: dict[str, float]) -> None:
        from .loss import token_loss

        torch, device = load("torch"), self.policy.device
        new, entropy = self._logprobs(batch)
        old = torch.tensor([each for one in batch for turn in one.logprobs for each in turn], device=device)
        advantage = torch.tensor(
            [value for one in batch for (start, end), value in zip(one.turns, one.advantages, strict=True)
             for _ in range(end - start)], device=device,
        )  # fmt: skip
        reference = self._reference(batch) if self.kl else None
        own = torch.ones_like(new)  # nothing but own tokens is taken out of the logits
        found = token_loss(new, old, advantage, own, clip, reference=reference, kl_weight=self.kl)
        (found.total / total).backward()
        told = {
            "loss": float(found.total.detach()), "entropy": float(entropy.sum()), "clipped_low": found.clipped_low,
            "clipped_high": found.clipped_high, "kl": found.kl,
        }  # fmt: skip
        for name, value in told.items():
            sums[name] = sums.get(name, 0.0) + value

    def _reference(self, batch: Sequence[Learnt]) -> Any:
        model = self.policy.model
        model.set_adapter(REFERENCE)
        with load("torch").no_grad():
            found, _ = self._logprobs(batch)
        model.set_adapter(ADAPTER)
        return found

    def _logprobs(self, batch: Sequence[Learnt]) -> tuple[Any, Any]:
        """Of the own tokens of a batch, one after the other, and the entropy at each. Logits are made at these alone."""
        from .loss import logprobs_of

        torch, device = load("torch"), self.policy.device
        longest = max(len(one.ids) for one in batch)
        ids = torch.tensor([[*one.ids, *[0] * (longest - len(one.ids))] for one in batch], device=device)
        mask = torch.tensor([[1] * len(one.ids) + [0] * (longest - len(one.ids)) for one in batch], device=device)
        places = torch.tensor(
            [(row, at) for row, one in enumerate(batch) for start, end in one.turns for at in range(start, end)],
            device=device,
        )
        causal = self.policy.model.get_base_model()
        hidden = getattr(causal, causal.base_model_prefix)(input_ids=ids, attention_mask=mask).last_hidden_state
        said = hidden[places[:, 0], places[:, 1] - 1]  # what stands before a token says how likely it is
        logits = causal.get_output_embeddings()(said)
        return logprobs_of(logits, ids[places[:, 0], places[:, 1]], self.temperature or 1.0)
