"""Requests as people write them: whole texts by channel, under who is asking as that channel shows it.

    REQUESTS = requests("rs03")
    REQUESTS.ask("customer", customer_id, case, order=order_id)

A file of `wordings/natural/` has an entry for each situation. `uses` names the slots that its texts may have, `say` is a list
of texts, each with `voice`, `channel` and `text`; a mail has a `subject`. Writers add to the end of a list: what a case gets
hangs on the places of the texts.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from string import Formatter

import msgspec
from attrs import frozen
from msgspec import Struct

from ..engine.errors import CoreCraftError
from ..engine.genesis import Row
from .asked import Asked, Channel
from .cases import Case
from .voices import Voice


class BadRequests(CoreCraftError):
    """A file of requests that no family can use."""


class Request(Struct, frozen=True, forbid_unknown_fields=True):
    """One text of an entry. voice: how it sounds. channel: how it comes in. text: with slots. subject: of a mail only."""

    voice: Voice
    channel: Channel
    text: str
    subject: str = ""

    def faults(self, uses: Sequence[str]) -> Iterator[str]:
        if (self.channel == "mail") != bool(self.subject):
            yield "a mail has a subject, and nothing else has"
        try:
            slots = {name for _, name, _, _ in Formatter().parse(self.subject + self.text) if name is not None}
        except ValueError as error:
            yield f"its braces are no slots: {error}"
            return
        if unknown := slots - set(uses):
            yield f"{{{'}, {'.join(sorted(unknown))}}} is no slot it may use"
        yield from (f"it reads like a form: {what}" for what in tells(re.sub(r"\{\w+\}", "", self.text)))


class Entry(Struct, frozen=True, forbid_unknown_fields=True):
    """The texts of one situation, and the slots they may use."""

    say: tuple[Request, ...]
    uses: tuple[str, ...] = ()


@frozen
class Requests:
    """The entries of one file, checked."""

    file: str
    entries: Mapping[str, Entry]

    def ask(self, key: str, requester: str, case: Case, **slots: object) -> Asked:
        """One of the texts of a situation, asked by this customer or employee, an id.

        Cases take the texts of a situation in turn, held-out ones from the last on: where there are as many texts as cases, no
        two are asked in the same words. Raises BadRequests, and KeyError for a slot that is not given.
        """
        if key not in self.entries:
            raise BadRequests(f"{self.file} has no entry {key!r}; there are: {', '.join(self.entries)}")
        texts = self.entries[key].say
        one = texts[case.turn % len(texts)]
        text, subject = one.text.strip().format(**slots), one.subject.format(**slots)
        return Asked(requester, text, one.voice, one.channel, subject, key)


def requests(name: str | Path) -> Requests:
    """The requests of a published family by the name of its file, or those of a file of one's own. Raises BadRequests."""
    own = isinstance(name, Path)
    file = name if isinstance(name, Path) else files("corecraft.scenarios.wordings") / "natural" / f"{name}.toml"
    told = str(file) if own else f"scenarios/wordings/natural/{name}.toml"
    try:
        entries = msgspec.convert(tomllib.loads(file.read_text("utf-8")), dict[str, Entry])
    except (OSError, ValueError) as error:
        raise BadRequests(f"{told} cannot be read: {error}") from None
    for key, entry in entries.items():
        if not entry.say:
            raise BadRequests(f"{told}, {key}: it says nothing")
        for request in entry.say:
            for fault in request.faults(entry.uses):
                raise BadRequests(f"{told}, {key}: {fault}: {request.text.strip()[:60]}")
    return Requests(told, entries)


# --- who is asking -----------------------------------------------------------------------------------------------


def headed(asked: Asked, by: Row) -> str:
    """The prompt under what its channel shows of who asks. by: the row of that customer or employee."""
    name = by["name"]
    address = next(iter(by.get("addresses", ())), None)
    head = {
        "chat": f"[Website chat, signed in as {name} ({by['id']})]",
        "slack": f"[Slack, direct message from {name}]",
        "phone": f"[Phone, transcribed. Caller: {name}"
        + (f", postal code {address['postalCode']}]" if address else "]"),
        "mail": f"From: {name} <{by['email']}>\nSubject: {asked.subject}",
        "unsigned": "",
    }[asked.channel]
    return f"{head}\n\n{asked.prompt}" if head else asked.prompt


# --- what gives a form away --------------------------------------------------------------------------------------

_TELLS: Mapping[str, re.Pattern[str]] = {
    "a label in capitals": re.compile(r"\b[A-Z]{3,}(?: [A-Z]+)*:"),
    "words to choose from": re.compile(r"\bYES\b|\bNONE\b|\b[A-Z]{3,} (?:or|/) [A-Z]{3,}\b"),
    "a first word dictated": re.compile(
        r"(?i)\bfirst words?\b|\b(?:start|begin|open)\w* with (?:a )?(?:plain |clear )?(?:yes|no)\b|\byes or no first\b"
    ),
    "a name of a field or a status": re.compile(r"(?<![\w@.#/-])[a-z]+_[a-z_]+\b(?!@)"),
    "columns": re.compile(r"(?i)\bcolumns?\b|\bcsv\b|\bjson\b"),
    "a program of branches": re.compile(
        r"(?is)\bif (?:so|yes|not|no|it is)\b[^.?!]*[.?!;,].*\bif (?:so|yes|not|no|it is not)\b"
    ),
}


def tells(text: str) -> Iterator[str]:
    """What in a request only somebody would write who had a grader in mind."""
    yield from (what for what, pattern in _TELLS.items() if pattern.search(text))
