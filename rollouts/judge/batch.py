"""Questions and verdicts as files: OpenAI Batch JSONL out, its output or lines by hand in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from attrs import define, field

from ...engine.canonical import encode
from ...engine.errors import CoreCraftError
from ...engine.files import open_regular
from .questions import Question, probed
from .readings import NoVerdict, Reading, Unreadable, of_line
from .ruling import Ruling
from .wording import body, key, prompt_digest

MOST_REQUESTS = 50_000
"""Lines that OpenAI takes in one batch."""

_ID = re.compile(r"([0-9a-f]{16})-[0-9a-f]{24}-(0|[1-9][0-9]{0,2})")


def lines(question: Question, model: str, votes: int, temperature: float) -> Iterator[bytes]:
    """One request for each vote. The custom_id names question and vote in 45 characters, of the 64 that providers allow."""
    asked, name = body(question, model, temperature), key(question)
    for vote in range(votes):
        about = {"custom_id": f"{name}-{vote}", "method": "POST", "url": "/v1/chat/completions"}
        yield encode({**about, "body": asked}) + b"\n"


@define
class Ballots:
    """What files say of a run's questions. failed: requests without a verdict. complaints: lines that are nothing here."""

    places: dict[str, Question]
    lines: int = 0
    failed: list[str] = field(factory=list[str])
    complaints: list[str] = field(factory=list[str])
    _cast: dict[str, dict[str, dict[int, Reading]]] = field(factory=dict, init=False)
    """Place -> model -> the readings by number."""
    _keys: dict[str, str] = field(factory=dict, init=False)

    @classmethod
    def of(cls, questions: Iterable[Question]) -> Ballots:
        """With their probes."""
        return cls({asked.place: asked for question in questions for asked in (question, *probed(question))})

    def read(self, file: Path, model: str = "") -> None:
        """Take in every line. model: who judged, where a line does not say. Raises CoreCraftError for an unreadable file."""
        try:
            with open_regular(file) as opened:
                for number, line in enumerate(opened, 1):
                    if line.strip():
                        self.lines += 1
                        self._take(f"{file}, line {number}", line, model)
        except OSError as error:
            raise CoreCraftError(f"{file} cannot be read: {error.strerror}") from None

    @property
    def votes(self) -> int:
        return sum(len(readings) for judges in self._cast.values() for readings in judges.values())

    def rulings(self) -> list[Ruling]:
        """By question and judge, in the order of the questions."""
        return [
            Ruling(question, model, prompt_digest(question.about), tuple(readings.values()))
            for place, question in self.places.items()
            for model, readings in self._cast.get(place, {}).items()
        ]

    def _take(self, where: str, line: bytes, model: str) -> None:
        try:
            id, named, said = of_line(line)
            place, vote = self._asked(id)
            if not (judge := named or model):
                raise Unreadable("it does not say who judged: add a model to the line, or give --model")
            reading = said.reading(vote)
            given = self._cast.setdefault(place, {}).setdefault(judge, {}).setdefault(vote, reading)
            if given != reading:
                raise Unreadable(f"{judge} has answered {id} before, otherwise; the first answer is kept")
        except NoVerdict as error:
            self.failed.append(f"{where}: {error}")
        except Unreadable as error:
            self.complaints.append(f"{where}: {error}")

    def _asked(self, id: str) -> tuple[str, int]:
        """Place and vote of a custom_id. Raises Unreadable for one that is not of this run as it is."""
        match = _ID.fullmatch(id)
        if match is None or match[1] not in self.places:
            raise Unreadable(f"{id[:64]!r} names no question of this run")
        place = match[1]
        if place not in self._keys:
            self._keys[place] = key(self.places[place])
        if id.rpartition("-")[0] != self._keys[place]:
            question = self.places[place]
            about = f"{question.criterion.id} of {question.episode}"
            raise Unreadable(f"{id} asks about {about} with another answer, rubric or prompt than this run has here")
        return place, int(match[2])


def by_episode(rulings: Sequence[Ruling]) -> dict[str, list[Ruling]]:
    found: dict[str, list[Ruling]] = {}
    for ruling in rulings:
        found.setdefault(ruling.question.episode, []).append(ruling)
    return found
