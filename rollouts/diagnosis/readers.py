"""What readers say of failed episodes: their files, and their words in the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from ...engine.canonical import decode, encode
from ...engine.errors import CoreCraftError
from ...engine.event import DIAGNOSED
from ...engine.files import open_regular
from ...engine.trajectory import Trajectory
from ..folder import RunFolder
from .failures import Failure
from .labels import Finding

CODE = "code"
"""Who `episode.diagnosed` names where nobody read it."""


class Reading(Struct):
    """One line of a reader's file. findings: what it came of first."""

    episode: str
    findings: list[Finding]


def read(file: Path, failed: Mapping[str, Failure]) -> list[Reading]:
    """The lines of a file. failed: the episodes there are to say something of.

    Raises CoreCraftError with the first line that is no reading, or one of no failed episode, of one twice, or at an event that
    is no act of the agent.
    """
    try:
        with open_regular(file) as opened:
            lines = list(opened)
    except OSError as error:
        raise CoreCraftError(f"{file} cannot be read: {error.strerror}") from None
    found: dict[str, Reading] = {}
    for number, line in enumerate(lines, 1):
        if line.strip():
            reading = _reading(f"{file}, line {number}", line, failed)
            if reading.episode in found:
                raise CoreCraftError(f"{file}, line {number} speaks of {reading.episode} a second time")
            found[reading.episode] = reading
    return list(found.values())


def _reading(where: str, line: bytes, failed: Mapping[str, Failure]) -> Reading:
    try:
        reading = msgspec.json.decode(line, type=Reading)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CoreCraftError(f"{where} is no {{episode, findings: [{{label, at, why}}]}}: {error}") from None
    failure = failed.get(reading.episode)
    if failure is None:
        raise CoreCraftError(f"{where} speaks of {reading.episode}, which is no failed episode of this run")
    for finding in reading.findings:
        if finding.at not in failure.acts:
            raise CoreCraftError(f"{where}: event {finding.at} of {reading.episode} is no call, answer or close")
    return reading


def record(folder: RunFolder, episode: str, by: str, findings: Sequence[Finding]) -> bool:
    """Write what somebody says of an episode into its history, unless he said just that last. Whether it was written."""
    data = {"by": by, "findings": decode(encode(list(findings)))}
    if said(folder.trajectory(episode)).get(by) == data["findings"]:
        return False
    folder.take_up(episode).record(DIAGNOSED, data)
    return True


def said(past: Trajectory) -> dict[str, list[dict[str, Any]]]:
    """By whom -> what he last said of an episode."""
    own = past.events[past.inherited :]
    return {event.data["by"]: event.data["findings"] for event in own if event.kind == DIAGNOSED}
