"""The same bytes everywhere: world digest and episode hashes do not depend on process, hash seed or time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

GOLDEN = Path(__file__).parent.parent / "golden" / "standard.json"

SCRIPT = """
import json
from corecraft.rollouts.agents import scripted
from corecraft.rollouts.runner import Stage, play
from corecraft.scenarios.splits import task_ids
from corecraft.tools.toolset import toolset

stage = Stage.build()
heads = {}
for task in (stage.tasks[id] for id in task_ids("smoke")):
    for agent in ("reference", "failing"):
        episode, _ = play(stage, task, scripted(task, agent))
        heads[f"{task.id}.{agent}"] = episode.head_hash
sets = {f"{s}/{p}": toolset(s, p).digest for s in ("base", "extended") for p in ("benchmark", "compat")}
state = f"{stage.world.state_hash:032x}"
print(json.dumps({"world": stage.world.genesis.digest, "state": state, "toolsets": sets, "heads": heads}))
"""


def played(hash_seed: str) -> dict[str, object]:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": "Pacific/Auckland" if hash_seed == "1" else "UTC"}
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, env=environment, check=True)
    return json.loads(done.stdout)


def test_two_processes_with_different_hash_seeds_agree_with_each_other_and_with_the_pinned_hashes():
    first, second = played("1"), played("4242")
    assert first == second
    assert first == json.loads(GOLDEN.read_text()), (
        "World, tools or tasks changed. If that was meant, say so in CHANGELOG.md and pin anew: "
        "python -m tests.scenarios.test_determinism"
    )


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(played("0"), indent=1) + "\n")
