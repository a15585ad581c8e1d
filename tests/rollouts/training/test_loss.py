"""The loss against values worked out by hand; in an environment with torch (`make train-tests`)."""

from __future__ import annotations

from math import exp, log
from typing import Any

import pytest
from corecraft.rollouts.training.objective import Clip

from . import APART

torch: Any = pytest.importorskip("torch", reason=APART)

CLIP = Clip(0.2, 0.28)


def loss_of(ratios: list[float], advantages: list[float], own: list[int], **options: Any) -> Any:
    from corecraft.rollouts.training.loss import token_loss

    old = torch.full((len(ratios),), log(0.25))
    new = (old + torch.tensor(ratios).log()).requires_grad_()
    found = token_loss(new, old, torch.tensor(advantages), torch.tensor(own), CLIP, **options)
    found.total.backward()
    return found, new.grad.tolist()


@pytest.mark.parametrize(
    ("ratio", "advantage", "total", "gradient"),
    [
        (1.0, 1.0, -1.0, -1.0),  # nothing has moved
        (1.1, 1.0, -1.1, -1.1),  # within bounds
        (1.5, 1.0, -1.28, 0.0),  # good and likelier than allowed: stopped at 1 + high
        (0.5, 1.0, -0.5, -0.5),  # good and less likely: pulled back, however far
        (1.5, -1.0, 1.5, 1.5),  # bad and likelier: pushed back, however far
        (0.5, -1.0, 0.8, 0.0),  # bad and less likely than allowed: stopped at 1 - low
        (1.25, 1.0, -1.25, -1.25),  # above a symmetric 0.2, and below clip-higher's bound
    ],
)
def test_a_token_is_clipped_on_the_side_it_gains_on(ratio: float, advantage: float, total: float, gradient: float):
    found, slopes = loss_of([ratio], [advantage], [1])
    assert found.total.item() == pytest.approx(total, abs=1e-6)
    assert slopes[0] == pytest.approx(gradient, abs=1e-6)
    assert found.clipped_high == (ratio > 1.28 and advantage > 0)
    assert found.clipped_low == (ratio < 0.8 and advantage < 0)


def test_what_is_not_the_models_own_counts_for_nothing():
    found, slopes = loss_of([1.0, 9.0, 1.1], [2.0, 5.0, -1.0], [1, 0, 1])
    assert found.total.item() == pytest.approx(-2.0 + 1.1, abs=1e-6)
    assert slopes == pytest.approx([-2.0, 0.0, 1.1], abs=1e-6)
    assert (found.clipped_low, found.clipped_high) == (0, 0)


def test_masked_tokens_may_have_any_log_probability():
    from corecraft.rollouts.training.loss import token_loss

    new = torch.tensor([-1.0, float("-inf")], requires_grad=True)
    found = token_loss(new, torch.tensor([-1.0, 0.0]), torch.ones(2), torch.tensor([1, 0]), CLIP)
    found.total.backward()
    assert found.total.item() == -1.0
    assert new.grad.tolist() == [-1.0, 0.0]


def test_every_token_counts_the_same_however_long_its_episode():
    """Two episodes of 1 and 3 tokens: the sum over all four, which the caller divides by four."""
    found, slopes = loss_of([1.0] * 4, [1.0, -1.0, -1.0, -1.0], [1] * 4)
    assert found.total.item() / 4 == pytest.approx((-1 + 3) / 4)
    assert [slope / 4 for slope in slopes] == pytest.approx([-0.25, 0.25, 0.25, 0.25])


def test_a_reference_holds_back_as_much_as_it_is_told_to():
    found, slopes = loss_of([1.0], [0.0], [1], reference=torch.tensor([log(0.5)]), kl_weight=0.1)
    ahead = log(0.5) - log(0.25)
    assert found.kl == pytest.approx(exp(ahead) - ahead - 1, abs=1e-6)
    assert found.total.item() == pytest.approx(0.1 * found.kl, abs=1e-6)
    assert slopes[0] == pytest.approx(0.1 * (1 - exp(ahead)), abs=1e-6)


def test_log_probabilities_and_entropy_at_a_temperature():
    from corecraft.rollouts.training.loss import logprobs_of

    found, entropy = logprobs_of(torch.tensor([[0.0, log(4.0)]]), torch.tensor([1]), temperature=2.0)
    assert found.item() == pytest.approx(log(2 / 3))
    assert entropy.item() == pytest.approx(-(log(1 / 3) / 3 + 2 * log(2 / 3) / 3))
