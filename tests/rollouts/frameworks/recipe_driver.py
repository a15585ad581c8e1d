"""A recipe's file, read by the parser of its own framework: trl|prime_rl|verl FILE. Prints what came out, as JSON."""

from __future__ import annotations

import json
import os
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ |= {"HF_HUB_OFFLINE": "1", "TRL_EXPERIMENTAL_SILENCE": "1", "CUDA_VISIBLE_DEVICES": ""}


def trl(file: Path) -> dict[str, Any]:
    """All of it. There is no GPU here, which the parser asks for: that alone is told otherwise."""
    sys.path.insert(0, str(file.parent))
    from trl_grpo import settings

    tasks, training, model = settings(["--config", str(file), "--use_cpu", "true", "--bf16", "false"])
    kept = ("epsilon", "epsilon_high", "beta", "loss_type", "num_generations", "use_vllm", "vllm_mode")
    told = {name: getattr(training, name) for name in kept}
    return {**told, "service": tasks.service, "model": model.model_name_or_path}


def prime_rl(file: Path) -> dict[str, Any]:
    """Its sources: each is an environment of verifiers', narrowed to our taskset and harness as prime-rl does it."""
    import verifiers.v1 as vf
    from pydantic import BaseModel, SerializeAsAny, model_validator

    class Source(BaseModel):
        env: SerializeAsAny[vf.EnvConfig] = vf.SingleAgentEnvConfig()

        @model_validator(mode="before")
        @classmethod
        def narrow(cls, told: Any) -> Any:
            return vf.resolve_env_field(told, vf.narrowed_env_annotation(cls))

    def read(source: dict[str, Any]) -> dict[str, Any]:
        env: Any = Source.model_validate(source).env
        return {
            "taskset": type(env.taskset).__name__, "split": env.taskset.split, "service": env.taskset.task.service,
            "harness": type(env.agent.harness).__name__, "turns": env.agent.harness.turns,
        }  # fmt: skip

    groups = tomllib.loads(file.read_text())["orchestrator"]
    return {name: [read(source) for source in groups[name]["source"]] for name in ("train", "eval")}


def verl(file: Path) -> dict[str, Any]:
    """Composed by hydra with verl's defaults. unknown: keys that those lack, which hydra would take for new ones."""
    from hydra import compose, initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from omegaconf import OmegaConf
    from verl.utils.config import omega_conf_to_dataclass

    with initialize_config_dir(config_dir=str(file.parent), version_base=None):
        made = compose(file.stem)
    GlobalHydra.instance().clear()
    import verl.trainer

    with initialize_config_dir(config_dir=str(Path(verl.trainer.__file__).parent / "config"), version_base=None):
        known = compose("ppo_trainer")
    ours = OmegaConf.load(file)
    unknown = [key for key in _leaves(ours) if key.split(".")[0] not in ("defaults", "hydra") and not _has(known, key)]
    rollout = omega_conf_to_dataclass(made.actor_rollout_ref.rollout)
    (agent,) = OmegaConf.load(file.with_name("verl_agents.yaml"))
    actor = made.actor_rollout_ref.actor
    return {
        "unknown": unknown, "clip": [actor.clip_ratio_low, actor.clip_ratio_high],
        "estimator": made.algorithm.adv_estimator, "n": rollout.n, "loop": rollout.agent.default_agent_loop,
        "agent": dict(agent),
    }  # fmt: skip


def _leaves(told: Any, at: str = "") -> Iterator[str]:
    from omegaconf import DictConfig

    for name, value in told.items():
        if isinstance(value, DictConfig):
            yield from _leaves(value, f"{at}{name}.")
        else:
            yield f"{at}{name}"


def _has(known: Any, key: str) -> bool:
    """By the list of keys, since a key whose value is still to be given is not `in`."""
    *above, last = key.split(".")
    for name in above:
        if name not in known:
            return False
        known = known[name]
    return last in list(known.keys())


if __name__ == "__main__":
    framework, file = sys.argv[1:]
    print(json.dumps({"trl": trl, "prime_rl": prime_rl, "verl": verl}[framework](Path(file))))
