"""What runs hold for a report: every episode as it ended, the tasks, and the splits they belong to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import duckdb
from attrs import frozen
from msgspec import Struct

from ...engine.canonical import decode
from ..database import fetch, query

Ended = Literal["scored", "masked", "missing"]

Task = tuple[str, str]
"""Id and digest: only equal digests are the same task."""

UNKNOWN = "unknown"
"""What a report calls a category, family or difficulty that no file tells."""

_READING_SECONDS = 600.0


@frozen
class About:
    """What a report says of a task: UNKNOWN, and no traps, where the run lacks its file. form: how it is put."""

    task: Task
    category: str = UNKNOWN
    family: str = UNKNOWN
    difficulty: str = UNKNOWN
    traps: Sequence[str] = ()
    form: str = UNKNOWN


@frozen
class Split:
    """A published split. digest: over its tasks, as scenarios/splits.py makes it."""

    name: str
    digest: str
    tasks: frozenset[Task]


@frozen
class Effort:
    """What an episode took. None: not recorded in each of its turns. cost: in dollars."""

    turns: int | None
    calls: int
    rejections: int
    prompt_tokens: int | None
    completion_tokens: int | None
    cost: float | None


@frozen
class Outcome:
    """One episode as it ended: scored (graded), masked (the agent's program or a tool of ours broke down), or missing.

    Rewards and passes: as in the view `episodes`. criteria: of its rubric, by id, whether each is met; None while it waits.
    failure: the label of what it came of, "" where nobody recorded one. judges: the models whose verdicts its grade read.
    tools: name of the toolset. engine: version and behaviour.
    """

    run: str
    episode: str
    agent: str
    task: Task
    trial: int
    ended: Ended
    code_reward: float | None
    code_passed: bool | None
    reward: float | None
    passed: bool | None
    criteria: Mapping[str, bool | None]
    failure: str
    judges: Sequence[str]
    world: str
    toolset: str
    tools: str
    engine: str
    effort: Effort


@frozen
class Contents:
    """Of one run. tasks: those it stores and those played in it. left_out: why -> episodes that are no trial of a task."""

    outcomes: list[Outcome]
    tasks: dict[Task, About]
    splits: list[Split]
    left_out: Counter[str]


class _Criterion(Struct):
    id: str
    passed: bool | None = None


class _Grade(Struct):
    reward: float | None = None
    passed: bool | None = None
    code_reward: float | None = None
    code_passed: bool | None = None
    criteria: list[_Criterion] = []


_NO_GRADE = _Grade()

# One reading of the log for all of it: a log of 15,000 episodes is hundreds of megabytes.
_EPISODES = """
WITH told AS (
    SELECT run, episode, seq, kind, data, beside, wall_ms,
        TRY_CAST(coalesce(turn->>'$.usage.prompt_tokens', turn->>'$.usage.input_tokens') AS BIGINT) AS tokens_in,
        TRY_CAST(coalesce(turn->>'$.usage.completion_tokens', turn->>'$.usage.output_tokens') AS BIGINT) AS tokens_out,
        CASE WHEN turn IS NOT NULL
            THEN TRY_CAST(coalesce(beside->>'$.cost_usd', beside->>'$.cost') AS DOUBLE) END AS cost
    FROM (SELECT *, CASE WHEN kind = 'model.responded' THEN data END AS turn FROM events)
    WHERE kind IN ('episode.opened', 'episode.graded', 'episode.voided', 'agent.failed', 'model.responded', 'tool.called',
        'tool.returned', 'criterion.judged', 'episode.diagnosed')
),
gathered AS (
    SELECT run, episode,
        any_value(CASE WHEN kind = 'episode.opened' THEN data END) AS opened,
        any_value(CASE WHEN kind = 'episode.opened' THEN beside END) AS beside,
        min(wall_ms) AS began,
        arg_max(data::VARCHAR, seq) FILTER (kind = 'episode.graded') AS grade,
        bool_or(kind IN ('episode.voided', 'agent.failed')) AS masked,
        count(*) FILTER (kind = 'model.responded') AS turns,
        count(*) FILTER (kind = 'tool.called') AS calls,
        count(*) FILTER (kind = 'tool.returned' AND data->>'$.ok' = 'false') AS rejections,
        CASE WHEN count(tokens_in) = turns THEN sum(tokens_in)::BIGINT END AS tokens_in,
        CASE WHEN count(tokens_out) = turns THEN sum(tokens_out)::BIGINT END AS tokens_out,
        CASE WHEN count(cost) = turns THEN sum(cost) END AS cost,
        max(seq) FILTER (kind = 'episode.graded') AS graded_at,
        arg_max(coalesce(data->>'$.findings[0].label', 'nothing found'), seq)
            FILTER (kind = 'episode.diagnosed' AND data->>'$.by' = 'code') AS failure,
        list({'at': seq, 'model': data->>'$.model'}) FILTER (kind = 'criterion.judged' AND data->>'$.probe' IS NULL) AS verdicts
    FROM told GROUP BY run, episode
)
SELECT run, episode, coalesce(beside->>'$.labels.agent', '(no name)') AS agent,
    opened->>'$.task.id' AS task_id, opened->>'$.task.digest' AS task_digest,
    coalesce(TRY_CAST(beside->>'$.labels.trial' AS BIGINT), 0) AS trial, opened->>'$.parent.episode' IS NOT NULL AS forked,
    grade, masked, failure,
    list_transform(list_filter(verdicts, lambda each: each.at < graded_at), lambda each: each.model) AS judges,
    opened->>'$.genesis' AS world, opened->>'$.toolset' AS toolset, opened->>'$.tools' AS tools,
    concat(opened->>'$.engine', ' (behaviour ', coalesce(opened->>'$.behaviour', '1'), ')') AS engine,
    nullif(turns, 0) AS turns, calls, rejections, tokens_in, tokens_out, cost
FROM gathered WHERE opened IS NOT NULL ORDER BY run, agent, task_id, task_digest, trial, began, episode
"""

_TASKS = "SELECT run, task_id, task_digest, category, family, difficulty, traps, form FROM tasks"

_SPLITS = """
SELECT run, digest, content->>'$.name' AS name, from_json(content->'$.tasks', '"MAP(VARCHAR, VARCHAR)"') AS tasks
FROM parts.splits ORDER BY run, name, digest
"""


def read(con: duckdb.DuckDBPyConnection, runs: Sequence[str]) -> dict[str, Contents]:
    """What each of these runs holds, by the names that `run_names` gives them."""
    found = {run: Contents([], {}, [], Counter()) for run in runs}
    for run, id, digest, category, family, difficulty, traps, form in _rows(con, _TASKS):
        task = (id, digest)
        found[run].tasks[task] = About(
            task, category or UNKNOWN, family or UNKNOWN, str(difficulty), tuple(traps), form
        )
    for run, digest, name, pinned in _rows(con, _SPLITS):
        found[run].splits.append(Split(name, digest, frozenset(pinned.items())))
    for row in _dicts(con, _EPISODES):
        _add(found[row["run"]], row)
    return found


def _add(to: Contents, row: dict[str, Any]) -> None:
    if row["forked"]:
        to.left_out["forks"] += 1
    elif row["task_id"] is None:
        to.left_out["episodes without a task"] += 1
    else:
        outcome = _outcome(row)
        to.outcomes.append(outcome)
        to.tasks.setdefault(outcome.task, About(outcome.task))


def _outcome(row: dict[str, Any]) -> Outcome:
    grade = decode(row["grade"], type=_Grade) if row["grade"] else _NO_GRADE
    scored = grade.code_reward is not None
    return Outcome(
        run=row["run"],
        episode=row["episode"],
        agent=row["agent"],
        task=(row["task_id"], row["task_digest"]),
        trial=row["trial"],
        ended="masked" if row["masked"] else "scored" if scored else "missing",
        code_reward=grade.code_reward,
        code_passed=grade.code_passed,
        reward=grade.reward,
        passed=grade.passed,
        criteria={criterion.id: criterion.passed for criterion in grade.criteria},
        failure=row["failure"] or "",
        judges=sorted(set(row["judges"] or ())),
        world=row["world"],
        toolset=row["toolset"],
        tools=row["tools"],
        engine=row["engine"],
        effort=Effort(row["turns"], row["calls"], row["rejections"], row["tokens_in"], row["tokens_out"], row["cost"]),
    )


def _rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return fetch(con, sql, timeout=_READING_SECONDS)[1]


def _dicts(con: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    return query(con, sql, timeout=_READING_SECONDS)
