"""Inventory: whether a run still holds all that it was made of.

`verify` asks of each episode whether it is what the tools make of it. Here it is asked what is no longer there, or no
longer what it was: episodes that were signed off, and the texts and tasks that histories name by digest.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..engine.errors import CoreCraftError, DigestMismatch, LogDamaged
from ..engine.event import OPENED, PROMPTED
from ..engine.parts import SEALED
from ..engine.run import Run
from ..engine.trajectory import Trajectory

_NAMED = 5
"""Missing episodes that are listed by name."""


def losses(run: Run) -> Iterator[str]:
    """What is damaged, altered or missing besides the lines of the episodes that are there: a sentence for each."""
    yield from map(str, run.damages)
    yield from _contradictions(run)
    yield from _missing_episodes(run)
    if not run.episodes:
        yield f"{run.path} holds no episode"
    for what, digest in run.contents():
        yield from _problems(run, what, digest)


def missing_files(run: Run, trajectory: Trajectory) -> Iterator[str]:
    """The texts and tasks a history names that the run does not hold as they were: a sentence for each."""
    for event in trajectory.events:
        if event.kind == OPENED and (task := event.data.get("task")):
            yield from _problems(run, "task", task["digest"])
        if event.kind == PROMPTED and (text := event.data.get("digest")):
            yield from _problems(run, "text", text)


def _contradictions(run: Run) -> Iterator[str]:
    """Of sealed segments: columns that say otherwise than the lines, which nobody but SQL would notice."""
    for path in run.segments:
        if path.suffix == SEALED:
            from ..engine.sealed import contradictions  # takes DuckDB, which nobody needs who has sealed nothing

            try:
                count = contradictions(path)
            except LogDamaged as damage:
                yield str(damage)
                continue
            if count:
                yield f"{path} says of {count} lines in its columns what the lines do not say: SQL reads the columns"


def _missing_episodes(run: Run) -> Iterator[str]:
    present = set(run.episodes)
    missing: dict[str, list[str]] = {}
    for id, signed in run.signatures.signed.items():
        if id not in present:
            missing.setdefault(signed.writer, []).append(id)
    for writer, ids in missing.items():
        present_parts = run.segments_of(writer)
        segment = present_parts[0] if present_parts else run.path / "segments" / f"{writer}.jsonl"
        names = ", ".join(ids[:_NAMED]) + (", ..." if len(ids) > _NAMED else "")
        lost = "has lost" if present_parts else "is missing, and with it"
        yield f"{segment} {lost} {len(ids)} episodes that were signed off: {names}"


def _problems(run: Run, what: str, digest: str) -> Iterator[str]:
    try:
        run.check_content(what, digest)
    except DigestMismatch:
        yield f"{run.content_path(what, digest)} was altered: its content does not have the digest in its name"
    except CoreCraftError as error:
        yield str(error)
