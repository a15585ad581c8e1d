"""GRPO on CoreCraft's tasks with TRL's `environment_factory`.

    pip install "trl>=1.16" torch attrs msgspec structlog rich anyio && pip install --no-deps corecraft
    accelerate launch examples/frameworks/trl_corecraft.py Qwen/Qwen3-1.7B runs/trl
    corecraft verify runs/trl

Clipping is asymmetric and the loss token-level, as in the paper CoreCraft comes from; `use_vllm=True` wants a GPU for it.
"""

from __future__ import annotations

import sys

from corecraft.rollouts.frameworks.guests import House
from corecraft.rollouts.frameworks.trl_env import code_reward, dataset, environments
from datasets import Dataset
from trl import GRPOConfig, GRPOTrainer


def main(model: str, out: str) -> None:
    house = House(out, model)
    tasks = house.stage.select(split="train", limit=200)
    settings = GRPOConfig(
        f"{out}-checkpoints", num_generations=8, max_completion_length=16_000, beta=0.0,
        epsilon=0.2, epsilon_high=0.28, loss_type="dapo", mask_truncated_completions=True,
    )  # fmt: skip
    trainer = GRPOTrainer(
        model, reward_funcs=[code_reward], args=settings, train_dataset=Dataset.from_list(dataset(house, tasks)),
        environment_factory=environments(house),
    )  # fmt: skip
    trainer.train()


if __name__ == "__main__":
    main(*sys.argv[1:])
