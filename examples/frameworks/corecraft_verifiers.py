"""CoreCraft's tasks in verifiers, as the taskset and the harness `corecraft-verifiers`.

    pip install "verifiers==0.4.0" attrs msgspec structlog rich anyio && pip install --no-deps corecraft
    export PYTHONPATH=examples/frameworks
    vf-eval --env.taskset.id corecraft-verifiers --env.taskset.split smoke --env.taskset.task.out runs/verifiers \\
        --env.agent.runtime.type subprocess \\
        --model my-model --client.base-url http://127.0.0.1:8000/v1 --client.api-key-var MY_KEY --no-push
    corecraft verify runs/verifiers
"""

from __future__ import annotations

from corecraft.rollouts.frameworks.verifiers_env import CoreCraftHarness, CoreCraftTaskset

__all__ = ["CoreCraftHarness", "CoreCraftTaskset"]
