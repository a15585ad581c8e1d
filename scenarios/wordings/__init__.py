"""The words of the task families: requests by voice, mails, tickets, posts and forms, as files that a writer can edit.

    WORDS = wordings("rs03")
    STAFF = WORDS.speeches("staff")
    FORM = WORDS.say("form")

An entry of `rs03.toml` is a table or, of speeches (`voices.Speech`), a list of tables. `uses` names the slots that its texts
may have. `say` is a text, a list of alternatives, or a table of either. Where a speech has a list of alternatives, `"@form"`
stands for those of the entry `form`. What a draw gets hangs on the texts and not on their places, so that one more
alternative leaves most tasks as they were, and `corecraft tasks check` says which it changed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import Any, get_args

from attrs import frozen

from ...engine.errors import CoreCraftError
from ..voices import Speech, Voice


class BadWords(CoreCraftError):
    """A file of words that no family can use."""


@frozen
class Words:
    """The entries of one file, checked."""

    file: str
    entries: Mapping[str, Any]

    def say(self, key: str) -> Any:
        """A text, a tuple of alternatives, or a dict of either."""
        return _frozen(self._entry(key, dict)["say"])

    def speeches(self, key: str) -> tuple[Speech, ...]:
        return tuple(self._speech(key, one) for one in self._entry(key, list))

    def _entry(self, key: str, shape: type) -> Any:
        found = self.entries.get(key)
        if not isinstance(found, shape):
            what = "say something" if shape is dict else "is a list of speeches"
            raise BadWords(f"{self.file} has no entry {key!r} that {what}; there are: {', '.join(self.entries)}")
        return found

    def _speech(self, key: str, one: Mapping[str, Any]) -> Speech:
        asks = [self._alternatives(key, group) for group in one.get("asks", ())]
        opening, closing = (self._alternatives(key, one.get(part, [""])) for part in ("opening", "closing"))
        return Speech(one["voice"], opening, tuple(asks), closing, one.get("ordered", True))

    def _alternatives(self, key: str, group: Sequence[str] | str) -> tuple[str, ...]:
        if not isinstance(group, str):
            return tuple(group)
        found = self.say(group.removeprefix("@"))
        if not group.startswith("@") or not isinstance(found, tuple):
            raise BadWords(
                f"{self.file}: {key} wants a list of alternatives, or @ and the key of one; it has {group!r}"
            )
        return found


def wordings(name: str | Path) -> Words:
    """The words of a published family by the name of its file, or those of a file of one's own. Raises BadWords."""
    file = name if isinstance(name, Path) else files(__name__) / f"{name}.toml"
    told = str(file) if isinstance(name, Path) else f"scenarios/wordings/{name}.toml"
    try:
        entries = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadWords(f"{told} cannot be read: {error}") from None
    for key, entry in entries.items():
        for fault in _faults(entry):
            raise BadWords(f"{told}, {key}: {fault}")
    return Words(told, entries)


SPEECH = {"uses", "voice", "opening", "asks", "closing", "ordered"}


def _faults(entry: Any) -> Iterator[str]:
    for one in entry if isinstance(entry, list) else [entry]:
        if not isinstance(one, dict):
            yield "an entry is a table, or a list of them"
            return
        if strange := set(one) - (SPEECH if isinstance(entry, list) else {"uses", "say"}):
            yield f"{', '.join(sorted(strange))} means nothing here"
        if isinstance(entry, list) and one.get("voice") not in get_args(Voice):
            yield f"{one.get('voice')!r} is no voice; there are: {', '.join(get_args(Voice))}"
        for text in _texts({name: part for name, part in one.items() if name not in ("uses", "voice")}):
            if unknown := _slots(text) - set(one.get("uses", ())):
                yield f"{{{'}, {'.join(sorted(unknown))}}} is no slot it may use: {text[:60]}"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


@cache
def _slots(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name)


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    return {name: _frozen(part) for name, part in value.items()} if isinstance(value, dict) else value
