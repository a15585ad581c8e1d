"""Checks: what decides a criterion, as data. Each names what it looks for and answers with a verdict and its evidence.

Final state (`state`): `Unchanged`, `Becomes`, `BecomeEach`, `Creates`, `NothingElse`. What an answer or a written text says
(`answer`): `Gives`, `Records`, `Names`, `NamesNoOther`, `Avoids`, `Private`, `Decides`, `Ordered`. Its form (`form`):
`Readable`, `Words`, `Tabled`, `Csv`, `Mail`. The call log (`process`): `Saw`, `SawBefore`, `Called`, `Replied`,
`StoppedAfter`. `Judge` asks a model.
"""

from __future__ import annotations

from .answer import Avoids, Decides, Gives, Names, NamesNoOther, Ordered, Private, Record, Records
from .base import Check, Evidence, Verdict
from .form import Csv, Mail, Readable, Tabled, Words
from .process import Called, Judge, Replied, Saw, SawBefore, StoppedAfter
from .state import Allowance, BecomeEach, Becomes, Creates, NothingElse, Unchanged
from .values import Fact, day, moment, money, number, text

AnyCheck = (
    Unchanged | Becomes | BecomeEach | Creates | NothingElse
    | Gives | Records | Names | NamesNoOther | Avoids | Private | Decides | Ordered
    | Readable | Words | Tabled | Csv | Mail
    | Saw | SawBefore | Called | Replied | StoppedAfter | Judge
)  # fmt: skip

__all__ = [
    "Allowance", "AnyCheck", "Avoids", "BecomeEach", "Becomes", "Called", "Check",
    "Creates", "Csv", "Decides", "Evidence", "Fact", "Gives", "Judge",
    "Mail", "Names", "NamesNoOther", "NothingElse", "Ordered", "Private", "Readable", "Record", "Records", "Replied",
    "Saw", "SawBefore", "StoppedAfter", "Tabled", "Unchanged", "Verdict", "Words",
    "day", "moment", "money", "number", "text",
]  # fmt: skip
