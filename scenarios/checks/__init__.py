"""Checks: what decides a criterion, as data. Each names what it looks for and answers with a verdict and its evidence.

Final state (`state`): `Unchanged`, `Becomes`, `Creates`, `NothingElse`. What an answer or a written text says
(`answer`): `Gives` (slots), `Names`, `Asks`, `NamesNoOther`, `TellsNoOther`, `Avoids`, `Private`, `Decides`, `Ordered`. Its
form (`form`): `Readable`, `Words`, `Tabled`, `Csv`, `Mail`. The call log (`process`): `Saw`, `SawBefore`, `AskedBack`,
`Called`, `Replied`, `StoppedAfter`. `Judge` waits for one.
"""

from __future__ import annotations

from .answer import Asks, Avoids, Decides, Names, NamesNoOther, Ordered, Private, TellsNoOther
from .base import Check, Evidence, Verdict
from .form import Csv, Mail, Readable, Tabled, Words
from .judged import Judge, question_digest
from .process import AskedBack, Called, Replied, Saw, SawBefore, StoppedAfter
from .slots import Blank, Gives, Slot
from .state import Allowance, Becomes, Creates, NothingElse, Unchanged
from .values import Value, day, moment, money, number, text

AnyCheck = (
    Unchanged | Becomes | Creates | NothingElse
    | Gives | Names | Asks | NamesNoOther | TellsNoOther | Avoids | Private | Decides | Ordered
    | Readable | Words | Tabled | Csv | Mail
    | Saw | SawBefore | AskedBack | Called | Replied | StoppedAfter | Judge
)  # fmt: skip

__all__ = [
    "Allowance", "AnyCheck", "AskedBack", "Asks", "Avoids", "Becomes", "Blank", "Called", "Check", "Creates", "Csv", "Decides",
    "Evidence", "Gives", "Judge", "Mail", "Names", "NamesNoOther", "NothingElse", "Ordered", "Private", "Readable",
    "Replied", "Saw", "SawBefore", "Slot", "StoppedAfter", "Tabled", "TellsNoOther", "Unchanged", "Value", "Verdict", "Words",
    "day", "moment", "money", "number", "question_digest", "text",
]  # fmt: skip
