"""The recipes for large models: every file is read by the parser of its own framework, without a GPU."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import HERE, ROOT, Environment

pytestmark = pytest.mark.slow
RECIPES = ROOT / "examples" / "training"


def read(environment: str, framework: str, file: str) -> Any:
    printed = Environment.of(environment).run("python", HERE / "recipe_driver.py", framework, RECIPES / file)
    return json.loads(printed.splitlines()[-1])


def test_trls_parser_takes_its_file():
    assert read("trl", "trl", "trl.yaml") == {
        "epsilon": 0.2, "epsilon_high": 0.28, "beta": 0.0, "loss_type": "dapo", "num_generations": 16, "use_vllm": True,
        "vllm_mode": "server", "service": "http://127.0.0.1:8765", "model": "Qwen/Qwen3-32B",
    }  # fmt: skip


def test_verifiers_takes_the_sources_of_prime_rls_file():
    """prime-rl itself is on no package index; its sources are environments of verifiers', which is."""
    source = {
        "taskset": "CoreCraftConfig", "harness": "CoreCraftHarnessConfig", "turns": 50, "service": "http://head:8765",
    }  # fmt: skip
    assert read("verifiers", "prime_rl", "prime_rl.toml") == {
        "train": [source | {"split": "train"}],
        "eval": [source | {"split": "heldout"}],
    }


def test_verl_composes_its_file_and_knows_every_key():
    assert read("verl", "verl", "verl.yaml") == {
        "unknown": [], "clip": [0.2, 0.28], "estimator": "grpo", "n": 16, "loop": "corecraft",
        "agent": {
            "name": "corecraft", "_target_": "corecraft.rollouts.frameworks.verl_loop.CoreCraftLoop",
            "service": "http://head:8765", "turns": 50,
        },
    }  # fmt: skip
