"""A run with answers that wait for a judge, and the ways to ask about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from corecraft.engine.run import Run
from corecraft.replay.verify import verify_run
from corecraft.rollouts.agents import scripted
from corecraft.rollouts.folder import RunFolder
from corecraft.rollouts.judge.batch import Ballots, by_episode
from corecraft.rollouts.judge.questions import Question, questions
from corecraft.rollouts.judge.ruling import Clerk, Written
from corecraft.rollouts.judge.wording import key
from corecraft.rollouts.runner import Stage, prepare_run, record_grade, regrader
from corecraft.scenarios.company import recorded, schema_of

TASK = "RS-03-006"
HEDGED = ("was delivered", "was probably delivered")
"""What makes code abstain."""


def judged_run(folder: Path, stage: Stage, changes: Mapping[str, tuple[str, str]]) -> Path:
    """Episodes of one task by its reference. changes: episode -> what is put otherwise in its answer."""
    task = stage.tasks[TASK]
    run = prepare_run(folder, stage, {}, [task])
    with closing(run.writer("w", lambda: 0)) as log:
        for id, change in changes.items():
            episode = stage.open(task, id, log)
            episode.submit(scripted(task, "reference").play(episode).replace(*change))
            record_grade(task, episode)
    return folder


def asked(folder: Path, probe: str = "", every: bool = False) -> dict[tuple[str, str], Question]:
    """(episode, criterion) -> the question."""
    run = Run(folder)
    found = [q for _, own in questions(run, run.episodes, probe) if not isinstance(own, Exception) for q in own]
    return {(q.episode, q.criterion.id): q for q in found if every or q.due}


def line(question: Question, verdict: str, vote: int = 0, **more: Any) -> dict[str, Any]:
    """In the simple form."""
    return {"custom_id": f"{key(question)}-{vote}", "verdict": verdict, "model": "reader-1", **more}


def answered(question: Question, content: str | None, vote: int = 0, **message: Any) -> dict[str, Any]:
    """As the Batch API gives it back."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content, **message}, "finish_reason": "stop"}
    body = {"model": "gpt-x", "choices": [choice]}
    return {
        "id": "b", "custom_id": f"{key(question)}-{vote}", "error": None, "response": {"status_code": 200, "body": body},
    }  # fmt: skip


def taken_in(folder: Path, *lines: Any) -> tuple[Ballots, Written]:
    """What an import of these lines does."""
    file = folder.with_suffix(".jsonl")
    file.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in lines))
    ballots = Ballots.of(asked(folder, every=True).values())
    ballots.read(file)
    written = Written()
    with RunFolder(folder) as opened:
        clerk = Clerk(opened)
        for episode, rulings in by_episode(ballots.rulings()).items():
            written += clerk.write(episode, rulings)
    return ballots, written


def grade(folder: Path, episode: str) -> dict[str, Any]:
    found = Run(folder).trajectory(episode).grade
    assert found is not None
    return found


def verified(folder: Path) -> bool:
    run = Run(folder)
    found = list(verify_run(run, recorded, lambda digest: run.genesis(digest, schema_of), regrade=regrader(run)))
    return bool(found) and all(verdict.ok for _, verdict in found)


def log_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted((folder / "segments").iterdir()))
