"""CoreCraft's tasks as Harbor's, a folder each.

docker build -t corecraft:0.1.0 .                                    # the service, from this project's folder
python examples/frameworks/harbor_export.py datasets/corecraft S-2 RS-03-006
harbor lint datasets/corecraft/s-2
harbor run -p datasets/corecraft -a oracle                           # or any agent with MCP
"""

from __future__ import annotations

import sys
from pathlib import Path

import corecraft
from corecraft.rollouts.frameworks.harbor_tasks import export


def main(out: str, *ids: str) -> None:
    stage = corecraft.standard()
    tasks = [stage.tasks[id] for id in ids] or stage.select(split="smoke")
    try:
        for folder in export(Path(out), stage, tasks):
            print(folder)
    except corecraft.CoreCraftError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main(*sys.argv[1:])
