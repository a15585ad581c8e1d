"""GRPO on CoreCraft's tasks with TRL, its settings from a file: `accelerate launch trl_grpo.py --config trl.yaml`.

Every rank plays in memory and records at the service, so that one run has all episodes: `corecraft verify runs/trl`.
"""

from __future__ import annotations

from dataclasses import dataclass

from corecraft.rollouts.frameworks.remote import RemoteHouse, Service
from corecraft.rollouts.frameworks.trl_env import code_reward, dataset, environments
from trl import GRPOConfig, GRPOTrainer, ModelConfig, TrlParser


@dataclass
class Tasks:
    """service: where episodes are recorded. split, limit: which tasks, and how many of them."""

    service: str = "http://127.0.0.1:8765"
    split: str = "train"
    limit: int | None = None


def settings(words: list[str] | None = None) -> tuple[Tasks, GRPOConfig, ModelConfig]:
    return TrlParser((Tasks, GRPOConfig, ModelConfig)).parse_args_and_config(words)


def main() -> None:
    from datasets import Dataset

    tasks, training, model = settings()
    name = model.model_name_or_path
    house = RemoteHouse(Service(tasks.service), name)
    rows = dataset(house, house.stage.select(split=tasks.split, limit=tasks.limit))
    trainer = GRPOTrainer(
        name, reward_funcs=[code_reward], args=training, train_dataset=Dataset.from_list(rows),
        environment_factory=environments(house),
    )  # fmt: skip
    trainer.train()


if __name__ == "__main__":
    main()
