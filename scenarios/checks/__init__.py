"""Checks: what decides a criterion, as data. Each names what it looks for and answers with a verdict and its evidence.

Final state (`state`): `Unchanged`, `Becomes`, `BecomeEach`, `Creates`, `NothingElse`. What an answer or a written text says (`answer`):
`Gives`, `Records`, `Names`, `NamesNoOther`, `Avoids`, `Private`, `Decides`, `Ordered`. Its form (`form`): `Readable`, `Words`, `Tabled`,
`Csv`, `JsonKeys`, `Mail`. The call log (`process`): `Saw`, `SawBefore`, `Called`, `Replied`, `StoppedAfter`. `Judge` asks
a model.
"""

from __future__ import annotations

from .answer import Avoids, Decides, Gives, Names, NamesNoOther, Ordered, Private, Record, Records
from .base import Check, Evidence, Verdict
from .form import Csv, JsonKeys, Mail, Readable, Tabled, Words
from .process import Called, Judge, Replied, Saw, SawBefore, StoppedAfter
from .prose import (
    Affirms,
    Assigns,
    Compares,
    Denies,
    Item,
    Lacks,
    LacksDate,
    OnlyDates,
    OnlyMoney,
    States,
    StatesDate,
    StatesNumber,
)
from .state import Allowance, BecomeEach, Becomes, Creates, NothingElse, Unchanged
from .values import Fact, day, moment, money, number, text

AnyCheck = (
    Unchanged | Becomes | BecomeEach | Creates | NothingElse
    | Gives | Records | Names | NamesNoOther | Avoids | Private | Decides | Ordered
    | Readable | Words | Tabled | Csv | JsonKeys | Mail
    | Saw | SawBefore | Called | Replied | StoppedAfter | Judge
    | States | Affirms | Denies | Lacks | StatesNumber | OnlyMoney | StatesDate | LacksDate | OnlyDates | Assigns | Compares
)  # fmt: skip

__all__ = [
    "Affirms", "Allowance", "AnyCheck", "Assigns", "Avoids", "BecomeEach", "Becomes", "Called", "Check", "Compares",
    "Creates", "Csv", "Decides", "Denies", "Evidence", "Fact", "Gives", "Item", "JsonKeys", "Judge", "Lacks", "LacksDate",
    "Mail", "Names", "NamesNoOther", "NothingElse", "OnlyDates", "OnlyMoney", "Ordered", "Private", "Readable", "Record", "Records", "Replied",
    "Saw", "SawBefore", "States", "StatesDate", "StatesNumber", "StoppedAfter", "Tabled", "Unchanged", "Verdict", "Words",
    "day", "moment", "money", "number", "text",
]  # fmt: skip
