"""The loss of GRPO on tensors: a pure function of log-probabilities (docs/training.md has the formula)."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from attrs import frozen

from .objective import Clip

torch: Any = import_module("torch")


@frozen
class Loss:
    """total: the sum over tokens, to be divided by how many there are in the whole step. clipped_low, clipped_high: tokens
    whose gradient a bound has stopped. kl: summed over tokens, of the reference."""

    total: Any
    clipped_low: int
    clipped_high: int
    kl: float


def token_loss(
    new: Any, old: Any, advantage: Any, own: Any, clip: Clip, *, reference: Any = None, kl_weight: float = 0.0
) -> Loss:
    """Summed over the tokens that are the model's own: every token counts the same, however long its episode (DAPO).

    All tensors have one shape. new, old, reference: log-probabilities of the tokens by the model in training, by that which
    sampled them, and by that which it is held to. own: 1 for the model's own tokens, 0 for all else, tools' replies and padding
    among it. kl_weight: of k3, the estimate of the divergence from the reference; 0 for none.
    """
    own = own.to(new.dtype)
    ratio = torch.exp(torch.where(own > 0, new - old, torch.zeros_like(new)))
    bounded = torch.clamp(ratio, 1 - clip.low, 1 + clip.high)
    gain = torch.minimum(ratio * advantage, bounded * advantage)
    divergence = torch.zeros_like(new)
    if kl_weight:
        ahead = torch.where(own > 0, reference - new, torch.zeros_like(new))
        divergence = torch.exp(ahead) - ahead - 1
    too_low = (ratio < 1 - clip.low) & (advantage < 0) & (own > 0)
    too_high = (ratio > 1 + clip.high) & (advantage > 0) & (own > 0)
    return Loss(
        total=((kl_weight * divergence - gain) * own).sum(),
        clipped_low=int(too_low.sum()),
        clipped_high=int(too_high.sum()),
        kl=float((divergence * own).sum().detach()),
    )


def logprobs_of(logits: Any, ids: Any, temperature: float = 1.0) -> tuple[Any, Any]:
    """Log-probability of each id, and the entropy there, under logits at the temperature it was sampled with."""
    every = torch.log_softmax(logits.float() / temperature, dim=-1)
    with torch.no_grad():
        entropy = -(every.exp() * every).sum(-1)
    return every.gather(-1, ids.unsqueeze(-1)).squeeze(-1), entropy
