"""Export: the episodes of a run, one after the other, into a file or folder that appears whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from attrs import define, field

from ...engine.errors import CoreCraftError, StorageFailed
from ...engine.run import Run
from .conversation import Conversation, Definitions, conversation_of
from .table import Format, Source

_AT_ONCE = 256
"""Episodes that are read together: of a sealed run one query finds them all."""


@define
class Exported:
    """What was written, and what was not. empty: nothing was said in them yet. untooled: episodes whose tools nobody knows."""

    episodes: int = 0
    messages: int = 0
    untooled: int = 0
    empty: list[str] = field(factory=list[str])
    damaged: dict[str, str] = field(factory=dict[str, str])


def export(
    run: Run,
    episodes: Sequence[str],
    format: Format,
    path: Path,
    definitions: Definitions = lambda _: None,
    done: Callable[[], None] = lambda: None,
) -> Exported:
    """definitions: the tools a history was made with. done: called after each episode.

    Raises CoreCraftError where the path is taken, or StorageFailed.
    """
    if path.exists() or path.is_symlink():
        raise CoreCraftError(f"{path} is there already: choose another --out, or remove it")
    if format.write is None:
        raise CoreCraftError(f"{format.name} is read only")
    told = Exported()
    source = Source(run.path.resolve().name, int(run.info.get("created_ms") or 0))
    aside = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        remove(aside)
        format.write(aside, source, _conversations(run, episodes, told, definitions, done))
        aside.rename(path)
    except OSError as error:
        raise StorageFailed(f"{path} cannot be written: {error.strerror or error}") from None
    finally:
        remove(aside)
    return told


def _conversations(
    run: Run, episodes: Sequence[str], told: Exported, definitions: Definitions, done: Callable[[], None]
) -> Iterator[Conversation]:
    for number, episode in enumerate(episodes):
        if number % _AT_ONCE == 0:
            run.hold(episodes[number : number + _AT_ONCE])
        try:
            conversation = conversation_of(run, episode, definitions)
        except CoreCraftError as damage:  # of its log, or of a text that it names
            told.damaged[episode] = str(damage)
        else:
            if conversation.messages:
                yield conversation
                told.episodes += 1
                told.messages += len(conversation.messages)
                told.untooled += conversation.tools is None
            else:
                told.empty.append(episode)
        done()


def remove(path: Path) -> None:
    """A file or folder that may be there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
