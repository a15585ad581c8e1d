"""verl's data set: `python verl_data.py FOLDER` writes `train.parquet` and `heldout.parquet`, a row a task.

A row has the request and the id; rubric and truth stay with the service, which grades.
"""

from __future__ import annotations

import sys
from pathlib import Path

from corecraft.rollouts.runner import standard
from datasets import Dataset


def main(folder: str) -> None:
    stage = standard()
    for split in ("train", "heldout"):
        rows = [
            {
                "data_source": "corecraft", "agent_name": "corecraft", "extra_info": {"task": task.id, "split": split},
                "prompt": [{"role": "system", "content": stage.system_text}, {"role": "user", "content": task.prompt}],
            }
            for task in stage.select(split=split)
        ]  # fmt: skip
        Path(folder).mkdir(parents=True, exist_ok=True)
        Dataset.from_list(rows).to_parquet(f"{folder}/{split}.parquet")
        print(f"{folder}/{split}.parquet: {len(rows)} tasks")


if __name__ == "__main__":
    main(*sys.argv[1:])
