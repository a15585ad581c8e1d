"""CoreCraft as a resource server of NeMo Gym (Python 3.12 or 3.13).

    pip install "nemo-gym==0.4.0" attrs msgspec structlog rich anyio && pip install --no-deps corecraft
    python examples/frameworks/nemo_gym_app.py rows rows.jsonl S-2 RS-03-006      # the data set

`nemo_gym.yaml` beside this file names the server and an agent for it; NeMo Gym starts this file with it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from corecraft.rollouts.frameworks.nemo_gym_server import CoreCraftResourcesServer, write_rows
from corecraft.rollouts.runner import standard


def main(what: str, out: str, *ids: str) -> None:
    if what != "rows":
        sys.exit(f"{what} is nothing that can be written; rows is")
    stage = standard()
    write_rows(Path(out), stage, [stage.tasks[id] for id in ids] or stage.select(split="train"))


if __name__ == "__main__":
    if len(sys.argv) > 2:
        main(*sys.argv[1:])
    else:
        CoreCraftResourcesServer.run_webserver()
