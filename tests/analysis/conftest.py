"""A run of real tasks: played well and badly, forked, judged, and one episode in which an injected text is obeyed."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from corecraft.engine.canonical import decode, encode
from corecraft.engine.event import DIAGNOSED, RESPONDED
from corecraft.rollouts.agents import scripted
from corecraft.rollouts.diagnosis.diagnose import diagnose
from corecraft.rollouts.runner import Stage, play, prepare_run, record_grade, record_verdict

PLAYED = {
    "S-2": "failing",
    "RS-03-006": "reference",
    "IR-05-all-of-november-2025": "reference",
    "CM-09-000": "reference",
    "CM-02-004": "obeys-the-ticket",
    "MW-06-007": "reference",
    "IR-09-003": "reference",
    "IR-02-005": "reference",
    "RS-02-005": "reference",
}
"""Task -> agent."""


@pytest.fixture(scope="session")
def played(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "played"
    tasks = {id: stage.tasks[id] for id in PLAYED}
    run = prepare_run(folder, stage, {}, tasks.values())
    with closing(run.writer("w", lambda: 0)) as log:
        for id, agent in PLAYED.items():
            episode, _ = play(stage, tasks[id], scripted(tasks[id], agent), log=log)
            if id == "RS-03-006":
                (judged,) = (criterion for criterion in tasks[id].criteria if criterion.id == "condition")
                record_verdict(episode, judged, True, model="reader-1", votes=[True])
                record_grade(tasks[id], episode)
            if id == "S-2":
                found = diagnose(tasks[id], episode.trajectory(), stage.world).findings
                episode.record(DIAGNOSED, {"by": "code", "findings": decode(encode(found))})
            if id == "CM-02-004":
                fork = episode.fork(max(e.seq for e in episode.trajectory().events if e.kind == "tool.returned"))
                used = {"prompt_tokens": 812, "completion_tokens": 23}
                fork.record(RESPONDED, {"text": "Is there another?", "usage": used}, beside={"cost_usd": 0.002})
                fork.call("searchTickets", {"ticket_id": "none"})
                fork.call("searchOrders", {"status": "refunded"})
    return folder
