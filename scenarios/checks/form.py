"""Checks of form: what a request fixed about the shape of the answer."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from ...engine.genesis import Schema
from ..reading.statements import plain_phrase
from .base import Check, Evidence, Verdict


class Readable(Check, frozen=True, tag="readable"):
    """Written for a reader: no raw records, and no longer than `limit` characters."""

    limit: int = 8000

    def verdict(self, evidence: Evidence) -> Verdict:
        raw = evidence.answer.seen
        if len(raw) > self.limit:
            return Verdict(False, f"{len(raw):,} characters; {self.limit:,} at most", evidence.answered_at)
        dumped = evidence.answer.raw_fields
        return Verdict(dumped < 4, f"{dumped} fields of raw records" if dumped else "prose", evidence.answered_at)


class Words(Check, frozen=True, tag="words"):
    """At most this many words."""

    limit: int

    def verdict(self, evidence: Evidence) -> Verdict:
        count = len(re.findall(r"[^\W_][\w'’.,:$/%@-]*", evidence.answer.seen))
        return Verdict(count <= self.limit, f"{count} words; {self.limit} at most", evidence.answered_at)


class Tabled(Check, frozen=True, tag="tabled"):
    """A Markdown table with at least so many columns and rows."""

    columns: int
    rows: int = 1

    def verdict(self, evidence: Evidence) -> Verdict:
        lines = [line.strip() for line in (evidence.answer.seen).splitlines()]
        bodies = [line for line in lines if line.startswith("|") and not set(line) <= set("|-: ")]
        wide = [line for line in bodies if len(line.strip("|").split("|")) >= self.columns]
        ruled = any(set(line) <= set("|-: ") and "-" in line and "|" in line for line in lines)
        good = ruled and len(wide) >= self.rows + 1
        return Verdict(good, f"a table of {max(0, len(wide) - 1)} rows" if ruled else "no table", evidence.answered_at)


class Csv(Check, frozen=True, tag="csv"):
    """The answer is CSV and nothing else: this header, then rows of as many fields, empty last ones left out or not.

    Code fences around it do no harm.
    """

    header: tuple[str, ...]

    def verdict(self, evidence: Evidence) -> Verdict:
        lines = _unfenced(evidence.answer.seen).splitlines()
        try:
            rows = [[cell.strip() for cell in row] for row in csv.reader(lines) if row]
        except csv.Error as error:
            return Verdict(False, f"not CSV: {error}", evidence.answered_at)
        if not rows or [cell.lower() for cell in rows[0]] != [cell.lower() for cell in self.header]:
            return Verdict(False, f"the first line is not {','.join(self.header)}", evidence.answered_at)
        odd = [row for row in rows if not 2 <= len(row) <= len(self.header)]
        return Verdict(not odd, f"{len(odd)} lines are no rows" if odd else "CSV as asked", evidence.answered_at)


class Mail(Check, frozen=True, tag="mail"):
    """Holds a mail: a subject line, a greeting of this name after it, and the signature, by default the company's."""

    to: tuple[str, ...]
    signature: str = ""
    of: str = "answer"

    def verdict(self, evidence: Evidence) -> Verdict:
        lines = [s.text for s in evidence.read(self.of).statements]
        at = evidence.seqs_of(self.of)
        subject = next((n for n, line in enumerate(lines) if re.match(r"subject\b\s*:?", line)), None)
        if subject is None:
            return Verdict(False, "no subject line", at)
        names = "|".join(re.escape(plain_phrase(name)) for name in self.to)
        greeting = rf"^(?:hi|hello|hey|dear|good (?:morning|afternoon|day))\b[^,]{{0,30}}\b(?:{names})\b"
        greetings = [line for line in lines[subject:] if re.match(greeting, line)]
        if not greetings:
            return Verdict(False, f"no greeting of {self.to[0]} after the subject", at)
        if any(re.match(r"[^,:!.-]*(?: and | & |/)", line) for line in greetings):
            return Verdict(False, "greets others as well", at)
        signature = self.signature or evidence.company.signature
        if not any(plain_phrase(signature) in line for line in lines[subject:]):
            return Verdict(False, f"not signed {signature}", at)
        return Verdict(True, f"a mail to {self.to[0]}", at)

    def faults(self, schema: Schema) -> Iterator[str]:
        if not self.to:
            yield "a mail to nobody"


def _unfenced(text: str) -> str:
    text = text.strip()
    match = re.fullmatch(r"```\w*\n(.*?)\n?```", text, re.DOTALL)
    return match[1] if match else text
