"""What is known of judges from their verdicts: agreement with code, with themselves, under injection, and against a truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
from attrs import define, field, frozen
from msgspec import Struct

from ...engine.errors import CoreCraftError
from ...engine.event import JUDGED, Event
from ...engine.files import read
from ...engine.trajectory import Trajectory
from .agreement import Agreement, Pair, agreement
from .questions import Question, probed
from .readings import WORDS
from .ruling import readings_in

Outcome = Literal["accepted", "waits", "refused"]
OUTCOMES: Mapping[bool | None, Outcome] = {True: "accepted", None: "waits", False: "refused"}


class Truth(Struct):
    """An answer that is known to be right or wrong. form: how it is written, if that is told apart."""

    episode: str
    truth: Literal["right", "wrong"]
    form: str = ""


@frozen
class Verdict:
    """The last word of one judge on one question."""

    question: Question
    event: Event

    @property
    def said(self) -> bool | None:
        return self.event.data["verdict"]

    @property
    def votes(self) -> list[bool | None]:
        return [reading.verdict for reading in readings_in(self.event).values()]


@define
class Standing:
    """One judge's verdicts in all runs: those on questions, and those on probes of them."""

    model: str
    verdicts: list[Verdict] = field(factory=list[Verdict])
    probed: list[Verdict] = field(factory=list[Verdict])

    @property
    def both(self) -> list[tuple[Verdict, Pair]]:
        """The verdicts on criteria that code has decided too."""
        return [
            (one, (one.question.by_code, one.said))
            for one in self.verdicts
            if one.question.by_code is not None and one.said is not None
        ]

    @property
    def agreement(self) -> Agreement:
        return agreement([(one.question.episode, pair) for one, pair in self.both], self.model)

    @property
    def confusion(self) -> list[dict[str, Any]]:
        """By what code says, how often the judge says what."""
        counts = Counter((one.question.by_code, one.said) for one in self.verdicts)
        heads: dict[bool | None, str] = {True: "met", False: "not met", None: "open"}
        return [
            {"code": head, **{word: counts[code, said] for said, word in WORDS.items()}} for code, head in heads.items()
        ]

    @property
    def consistency(self) -> float | None:
        """The share of single readings that say what most of them say, of questions that were read more than once."""
        read = [votes for one in self.verdicts if len(votes := one.votes) > 1]
        if not read:
            return None
        return sum(max(Counter(votes).values()) for votes in read) / sum(map(len, read))

    @property
    def abstentions(self) -> int:
        return sum(one.said is None for one in self.verdicts)

    @property
    def flips(self) -> dict[str, Any]:
        """Of the questions asked with and without a probe, how many were answered otherwise; and of those that had not been
        answered with yes, how many then were."""
        plain = {(id(one.question.past), one.question.criterion.id): one.said for one in self.verdicts}
        pairs = [
            (plain[key], one.said)
            for one in self.probed
            if (key := (id(one.question.past), one.question.criterion.id)) in plain
        ]
        refused = [after for before, after in pairs if before is not True]
        return {
            "asked": len(pairs), "flipped": sum(before != after for before, after in pairs),
            "not_yes": len(refused), "turned_yes": refused.count(True),
        }  # fmt: skip

    @property
    def disagreements(self) -> list[dict[str, Any]]:
        """Where code and he say the contrary, with his reasons."""
        return [
            {"episode": one.question.episode, "criterion": one.question.criterion.id,
             "question": one.question.criterion.question, "code": code, "judge": said,
             "reasons": [reading.reason for reading in readings_in(one.event).values()]}
            for one, (code, said) in self.both
            if code != said
        ]  # fmt: skip

    def data(self) -> dict[str, Any]:
        found = self.agreement
        return {
            "judge": self.model, "verdicts": len(self.verdicts), "cannot_tell": self.abstentions,
            "self_consistency": self.consistency, "both_decided": found.pairs, "agreement": found.share,
            "kappa": found.kappa, "kappa_low": found.low, "kappa_high": found.high,
            "confusion": self.confusion, "injection": self.flips, "disagreements": self.disagreements,
        }  # fmt: skip


def judges(questions: Iterable[Question]) -> list[Standing]:
    """All who have spoken, in order of name."""
    found: dict[str, Standing] = {}
    for question in questions:
        for model, event in _last_words(question).items():
            found.setdefault(model, Standing(model)).verdicts.append(Verdict(question, event))
        for under in probed(question):
            for model, event in _last_words(under).items():
                found.setdefault(model, Standing(model)).probed.append(Verdict(under, event))
    return [found[model] for model in sorted(found)]


def _last_words(question: Question) -> dict[str, Event]:
    """Judge -> his last verdict on it."""
    asked = (question.digest, question.criterion.id)
    return {
        event.data["model"]: event
        for event in question.past.events
        if event.kind == JUDGED and (event.data["question"], event.data["criterion"]) == asked
    }


# --- against a truth -------------------------------------------------------------------------------------------------


def read_truth(file: Path) -> list[Truth]:
    """A list of {episode, truth: right or wrong}; other fields are free. Raises CoreCraftError."""
    try:
        return msgspec.json.decode(read(file), type=list[Truth])
    except (OSError, ValueError, RecursionError) as error:
        raise CoreCraftError(f"{file} is no list of {{episode, truth}}: {error}") from None


def outcomes(truths: Sequence[Truth], graded: Mapping[str, Trajectory]) -> list[dict[str, Any]]:
    """By form and truth, how many answers are accepted, wait or are refused: by code alone, and with a judge's verdicts.

    graded: by episode; truths of others are left out.
    """
    rows: dict[tuple[str, str, str], Counter[str]] = {}
    for truth in truths:
        grade = graded[truth.episode].grade if truth.episode in graded else None
        if grade is not None:
            for by, name in (("code", "code_passed"), ("code and judge", "passed")):
                counts = rows.setdefault((truth.form, truth.truth, by), Counter())
                counts[OUTCOMES[grade.get(name)]] += 1
    return [
        {"form": form, "truth": truth, "by": by, **{outcome: counts[outcome] for outcome in OUTCOMES.values()}}
        for (form, truth, by), counts in rows.items()
    ]
