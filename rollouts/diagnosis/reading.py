"""Failed episodes as a reader is shown them, and what he says of them, taken in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
from attrs import frozen
from msgspec import Struct

from ...engine.canonical import decode, encode
from ...engine.errors import CoreCraftError
from ...engine.event import CLOSED, DIAGNOSED
from ...engine.files import open_regular
from ...engine.run import Run
from ...engine.trajectory import Trajectory
from ...engine.world import World
from ...tools.tables import TABLES
from ..folder import RunFolder
from ..judge.questions import posed
from ..judge.wording import calls, quoted
from ..runner import task_from
from .diagnose import diagnose
from .labels import LABELS, Diagnosis, Label

CODE = "code"
"""Who `episode.diagnosed` names where nobody read it."""


@frozen
class Failure:
    """A failed episode with what code makes of it. lost: the criteria that are not met, as they were graded."""

    past: Trajectory
    lost: Sequence[Mapping[str, Any]]
    diagnosis: Diagnosis

    @property
    def episode(self) -> str:
        return self.past.id


def failures(run: Run, episodes: Iterable[str]) -> Iterator[tuple[str, Failure | CoreCraftError | None]]:
    """Of each graded episode why it failed; None for one that did not, and the reason where that cannot be told."""
    world = cache(lambda digest: World(run.genesis(digest, TABLES)))
    task = cache(lambda digest: task_from(run.task(digest)))
    for id in episodes:
        try:
            past = run.trajectory(id)
            lost = [c for c in (past.grade or {}).get("criteria") or () if c["passed"] is False]
            if past.status != "closed" or not past.grade or past.failed:
                yield id, CoreCraftError("it is not graded" if past.status == "closed" else f"it is {past.status}")
            elif not lost:
                yield id, None
            else:
                start = world(past.events[0].data["genesis"])
                yield id, Failure(past, lost, diagnose(posed(past, task, world), past, start))
        except CoreCraftError as error:
            yield id, error


# --- to a reader -----------------------------------------------------------------------------------------------------


@cache
def instructions() -> str:
    """What every reader is told first."""
    text = (files("corecraft.rollouts.diagnosis") / "wording.md").read_text("utf-8")
    return text.replace("{labels}", "\n".join(f"- {label}: {meaning}" for label, meaning in LABELS.items()))


def shown(failure: Failure) -> str:
    """A failed episode as a reader sees it: without what code makes of it."""
    past = failure.past
    parts = [f"Request\n\n{quoted(past.prompt or '')}", "The assistant's calls", *calls(past)]
    closed = next(event for event in reversed(past.events) if event.kind == CLOSED)
    if past.answer is None:
        parts.append(f"There is no answer: closed at [{closed.seq}], {closed.data['reason']}")
    else:
        parts.append(f"The final answer [{closed.seq - 1}]\n\n{quoted(past.answer)}")
    parts += [
        "Criteria that are not met",
        *(f"- {one['text']} ({one['tag']}): {one['reason']}" for one in failure.lost),
    ]
    return "\n\n".join(parts)


# --- from a reader ---------------------------------------------------------------------------------------------------


class _Found(Struct):
    label: Label
    at: int
    why: str = ""


class Reading(Struct):
    """One line of a reader's file. findings: what it came of first."""

    episode: str
    findings: list[_Found]


def read(file: Path) -> list[Reading]:
    """The lines of a file. Raises CoreCraftError with the line that is none."""
    try:
        with open_regular(file) as opened:
            lines = list(opened)
    except OSError as error:
        raise CoreCraftError(f"{file} cannot be read: {error.strerror}") from None
    return [_line(f"{file}, line {number}", line) for number, line in enumerate(lines, 1) if line.strip()]


def _line(where: str, line: bytes) -> Reading:
    try:
        return msgspec.json.decode(line, type=Reading)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CoreCraftError(f"{where} is no {{episode, findings: [{{label, at, why}}]}}: {error}") from None


# --- into the log ----------------------------------------------------------------------------------------------------


def record(folder: RunFolder, episode: str, by: str, findings: Sequence[Any]) -> bool:
    """Write what somebody says of an episode into its history, unless he said just that last. Whether it was written."""
    data = {"by": by, "findings": decode(encode(list(findings)))}
    past = folder.trajectory(episode)
    if said(past).get(by) == data["findings"]:
        return False
    folder.take_up(episode).record(DIAGNOSED, data)
    return True


def said(past: Trajectory) -> dict[str, list[dict[str, Any]]]:
    """By whom -> what he last said of an episode."""
    own = past.events[past.inherited :]
    return {event.data["by"]: event.data["findings"] for event in own if event.kind == DIAGNOSED}
