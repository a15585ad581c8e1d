"""Trajectories of Toolathlon: a file of its published data set, or the folder that its runner leaves.

    MODEL_RUN.jsonl                      a task a line; fields that are objects are written as JSON text
    MODEL_RUN/FOLDER/TASK/               traj_log.json, eval_res.json, status.json

Its worlds are servers and accounts of its own, so what comes in is read and asked, and nothing is made again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import msgspec
from msgspec import Struct

from ...engine.canonical import parsed
from ...engine.files import open_regular
from ..toolathlon import Outcome
from .chat import ChatMessage, messages_of
from .conversation import Conversation, Said, Tools, ended
from .functions import definitions
from .table import Format, Malformed

_NAMED = re.compile(r"(?P<model>.+?)(?:__run|_)(?P<run>\d+)$")
_VERDICTS: Mapping[object, bool | None] = {True: True, False: False, None: None, "pass": True, "fail": False}
_ASIDE = ("request_id", "initial_run_time", "completion_time", "status", "key_stats", "agent_cost")
"""Fields that are kept as they are."""


class _Status(Struct):
    evaluation: bool | str | None = None
    preprocess: str | None = None
    running: str | None = None


class _Prompts(Struct):
    agent: str | None = None


class _Config(Struct):
    system_prompts: _Prompts | None = None
    task_str: str | None = None


class _Offered(Struct):
    tools: list[dict[str, Any]] | None = None


class _Row(Struct):
    """What we need of a line. messages, tool_calls (the tools that were offered): null where a run never came that far."""

    modelname_run: str
    task_name: str
    task_status: _Status
    config: _Config | None = None
    messages: list[ChatMessage] | None = None
    tool_calls: _Offered | None = None


def read(path: Path) -> Iterator[Conversation]:
    if path.is_dir():
        yield from _dumped(path)
        return
    with open_regular(path) as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield _placed(path, f"line {number}", line)


def _placed(path: Path, place: str, text: bytes | Mapping[str, Any]) -> Conversation:
    """Raises Malformed that says where."""
    try:
        row = parsed(text) if isinstance(text, bytes) else text
        return _conversation(row)
    except msgspec.ValidationError as error:
        reason, _, field = str(error).partition(" - at `$")
        raise Malformed(path, f"{place}{', ' if field else ''}{field[1:-1]}", reason) from None
    except ValueError as error:
        raise Malformed(path, place, str(error)) from None


# --- what the runner leaves ------------------------------------------------------------------------------------------


def _dumped(folder: Path) -> Iterator[Conversation]:
    """Of every task below, in order. What the runner put aside before it tried again (`legacy_results`) is left out."""
    found = {file.parent for name in ("traj_log.json", "eval_res.json") for file in folder.rglob(name)}
    tasks = sorted(task for task in found if "legacy_results" not in task.relative_to(folder).parts)
    if not tasks:
        raise Malformed(folder, "", "there is no traj_log.json below it, nor an eval_res.json")
    for task in tasks:
        yield _placed(folder, str(task.relative_to(folder)), _row_of(folder, task.resolve()))


def _row_of(folder: Path, task: Path) -> dict[str, Any]:
    """The files of a task, as the published data set has them in one line."""
    told, verdict, status = (_object(folder, task / name) for name in ("traj_log.json", "eval_res.json", "status.json"))
    verdict = {"evaluation": verdict["pass"]} if "pass" in verdict else {}
    run = task.parent if _NAMED.fullmatch(task.parent.name) else task.parent.parent
    return {**told, "task_name": task.name, "modelname_run": run.name, "task_status": {**status, **verdict}}


def _object(folder: Path, file: Path) -> dict[str, Any]:
    """Empty where there is no such file."""
    if not file.exists():
        return {}
    try:
        value = parsed(file.read_bytes())
    except ValueError as error:
        raise Malformed(folder, f"{file.parent.name}/{file.name}", str(error)) from None
    if not isinstance(value, dict):
        raise Malformed(folder, f"{file.parent.name}/{file.name}", "expected an object")
    return cast("dict[str, Any]", value)


# --- one task --------------------------------------------------------------------------------------------------------


def _conversation(told: Any) -> Conversation:
    """Raises ValueError."""
    given = {name: _unwrapped(name, value) for name, value in told.items()} if isinstance(told, dict) else told
    row = msgspec.convert(given, _Row)
    verdict = row.task_status.evaluation
    if verdict not in _VERDICTS:
        raise ValueError(f"task_status.evaluation: expected true, false, null, pass or fail, got {verdict!r:.40}")
    config = row.config or _Config()
    system = (config.system_prompts and config.system_prompts.agent) or ""
    messages = [Said("system", system)] if system else []
    messages = (*messages, *(messages_of(row.messages) if row.messages else [Said("user", config.task_str or "")]))
    model, run = _run_of(row.modelname_run)
    answer, closed = ended({}, messages)
    if answer is None:
        closed = row.task_status.running or closed
    passed = _VERDICTS[verdict]
    about = {
        "task": row.task_name, "labels": {"agent": model, "trial": run - 1}, "status": row.task_status.running,
        "reward": float(passed is True), "passed": passed is True, "evaluation": passed,
        "toolathlon": {name: given[name] for name in _ASIDE if given.get(name) is not None},
    }  # fmt: skip
    name = f"{row.task_name}.{model}.{run}"
    return Conversation(name, messages, _offered(row), answer, closed, about)


def _unwrapped(name: str, value: Any) -> Any:
    """A field that is an object or a list, which the data set writes as JSON text."""
    if name not in _FIELDS or not isinstance(value, str):
        return value
    try:
        return parsed(value.encode())
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


_FIELDS = {"task_status", "config", "messages", "tool_calls", "key_stats", "agent_cost"}


def _offered(row: _Row) -> Tools | None:
    tools = row.tool_calls and row.tool_calls.tools
    return None if tools is None else definitions(tools)


def _run_of(name: str) -> tuple[str, int]:
    """The model and the number of its run, from 1; a name without a number is that of the only one."""
    named = _NAMED.fullmatch(name)
    return (named["model"], int(named["run"])) if named else (name, 1)


def outcome(conversation: Conversation) -> Outcome:
    """What came of it, of a conversation that was read here."""
    labels, verdict = conversation.labels, conversation.about["evaluation"]
    return Outcome(labels["agent"], labels["trial"] + 1, conversation.task, verdict)


FORMAT = Format("toolathlon", "trajectories and verdicts of Toolathlon, scored as it scores them", "", None, read)
