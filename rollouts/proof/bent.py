"""Bent checks: the rubric with one thing asked otherwise. What the reference still meets then reads nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from ...engine.world import World
from ...scenarios.checks import (
    AskedBack,
    Asks,
    Avoids,
    Becomes,
    Called,
    Check,
    Creates,
    Csv,
    Decides,
    Evidence,
    Gives,
    Mail,
    Names,
    NamesNoOther,
    NothingElse,
    Ordered,
    Private,
    Readable,
    Replied,
    Saw,
    SawBefore,
    StoppedAfter,
    Tabled,
    TellsNoOther,
    Value,
    Words,
)
from .bench import Bench, definitions
from .mutants import altered

NOBODY = "nobody-000"


def blind(bench: Bench) -> Iterator[str]:
    """Ids of the criteria that the reference still meets when they ask for something else."""
    episode = bench.worked.fork(id=f"{bench.task.id}.bent")
    episode.submit(bench.answer)
    checks = [criterion.check for criterion in bench.task.criteria]
    history, start = episode.trajectory(), World(episode.world.genesis)
    for number, criterion in enumerate(bench.task.criteria):
        for bent in _bent(criterion.check, bench):
            evidence = Evidence(history, start, [*checks[:number], bent, *checks[number + 1 :]])
            if bent.verdict(evidence).passed:
                yield criterion.id
                break


def _bent(check: Any, bench: Bench) -> Iterator[Check]:
    """The check with one thing asked otherwise; nothing for what asks for nothing in particular."""
    match check:
        case Gives():
            for number, slot in enumerate(check.slots):
                other = replace(slot, value=_other(slot.value, bench))
                yield replace(check, slots=(*check.slots[:number], other, *check.slots[number + 1 :]))
        case Names():
            for number, value in enumerate(check.values):
                values = (*check.values[:number], _other(value, bench), *check.values[number + 1 :])
                yield replace(check, values=values)
        case NamesNoOther() | Avoids() | Private() if said := _said(check, bench):
            yield said
        case TellsNoOther() if any(value.kind == check.kind for value in bench.reply.values):
            yield replace(check, allowed=("1999-01-01" if check.kind == "date" else "0.01",))
        case Decides():
            yield replace(check, right=check.wrong, wrong=check.right)
        case Asks():
            yield replace(check, names=("Nobody Atall",))
        case AskedBack():
            yield replace(check, about=(*check.about, NOBODY))
        case Ordered():
            yield replace(check, names=check.names[::-1])
        case Becomes():
            for id, fields in check.rows.items():
                for name in fields:
                    yield replace(check, rows={**check.rows, id: {**fields, name: NOBODY}})
        case Creates():
            for number, row in enumerate(check.rows):
                for name in row:
                    rows = (*check.rows[:number], {**row, name: NOBODY}, *check.rows[number + 1 :])
                    yield replace(check, rows=rows)
        case NothingElse():
            for number in range(len(check.expected)):
                yield replace(check, expected=check.expected[:number] + check.expected[number + 1 :])
        case Saw() if check.least:  # one row more would not make it ask for more
            yield replace(check, ids=(NOBODY,), least=0)
        case Saw() | SawBefore() | StoppedAfter():
            yield replace(check, ids=(*check.ids, NOBODY))
        case Called():
            called = {call.tool for call in bench.calls}
            yield replace(
                check, tools=tuple(d["name"] for d in definitions(bench.task.tools) if d["name"] not in called)
            )
        case Replied():
            yield from (replace(check, reply={**check.reply, name: NOBODY}) for name in check.reply)
        case Mail():
            yield replace(check, to=("Nobody",))
            yield replace(check, signature="Nobody Atall")
        case Csv():
            yield replace(check, header=(*check.header, "nobody"))
        case Tabled():
            yield replace(check, columns=check.columns + 20)
        case Words() | Readable():
            yield replace(check, limit=0)
        case _:
            return


def _other(value: Value, bench: Bench) -> Value:
    return altered(value, bench.reply) or Value("text", "Nobody Atall")


def _said(check: NamesNoOther | Avoids | Private, bench: Bench) -> Check | None:
    """The check as it would forbid what the answer says; None where there is nothing it could forbid."""
    texts = tuple(value.value for value in bench.reply.values if value.kind == "text" and len(value.value) > 6)
    if check.of != "answer" or not texts:
        return None
    if isinstance(check, Private):
        return replace(check, values=texts)
    if isinstance(check, Avoids):
        return replace(check, values=tuple(Value("text", each) for each in texts), terms=())
    return replace(check, others=texts, listed=False)
