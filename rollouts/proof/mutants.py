"""Mutants: the reference solution with one thing wrong. A rubric worth its name kills them.

Answer mutants alter, drop or contradict one fact. Write mutants drop, alter, double or add one write. Provocations
aim at one criterion: they show that it can fail alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from attrs import evolve, frozen

from ...engine.chance import Chance
from ...engine.trajectory import Call
from ...engine.world import World
from ...scenarios.checks import (
    AskedBack,
    Asks,
    Avoids,
    Called,
    Csv,
    Decides,
    Gives,
    Mail,
    Names,
    NamesNoOther,
    Ordered,
    Private,
    Readable,
    Replied,
    Saw,
    SawBefore,
    Slot,
    StoppedAfter,
    Tabled,
    TellsNoOther,
    Value,
    Words,
)
from ...scenarios.composition import Composition, Grid, Sentence, Swap, written
from ...scenarios.grading import Grade
from ...scenarios.task import Criterion
from .bench import Bench, definitions

Kind = Literal["altered", "missing", "contradicted", "swapped", "denied", "dropped write", "altered write", "doubled write",
               "unrelated write", "unnoticed", "provoked"]  # fmt: skip

MOST = 14
"""Facts of one answer that are mutated; of long lists, so many are drawn."""


@frozen
class Mutant:
    """One wrong episode: what was changed, and how it was graded."""

    kind: Kind
    what: str
    grade: Grade

    @property
    def killed(self) -> bool:
        return not self.grade.code_passed


# --- answers -----------------------------------------------------------------------------------------------------


def of_answer(bench: Bench) -> Iterator[Mutant]:
    reply = bench.reply
    facts = [fact for fact in _claimed(reply) if bench.wants(fact)]
    chance = Chance(0, f"proof/{bench.task.id}/facts")
    for fact in facts if len(facts) <= MOST else chance.sample(facts, MOST):
        yield Mutant("missing", fact.value, bench.answered(reply.swapped(_replacing(fact, None)).render()))
        other = altered(fact, reply)
        if other is None:
            continue
        what = f"{fact.value} -> {other.value}"
        yield Mutant("altered", what, bench.answered(reply.swapped(_replacing(fact, other)).render()))
        if (block := _restated(reply, fact, other)) is not None:
            yield Mutant("contradicted", what, bench.answered(reply.with_block(block).render()))
    yield from _swapped(bench)
    for number, block in enumerate(reply.blocks):
        if isinstance(block, Sentence) and any(map(bench.wants, block.values.values())) and not block.plain:
            text = _with_denied(reply, number)
            yield Mutant("denied", text.split("\n")[0][:60], bench.answered(text))


def _claimed(reply: Composition) -> list[Value]:
    """The facts that the answer claims; those of plain lines only accompany them."""
    claims = Composition([b for b in reply.blocks if isinstance(b, Grid) or not b.plain])
    return claims.values


def _replacing(fact: Value, other: Value | None) -> Swap:
    return lambda each: other if each == fact else each


def altered(fact: Value, reply: Composition) -> Value | None:
    """A wrong fact in place of a right one: off by one, or a rival. None for a text that has no rival and no digits."""
    if fact.kind == "money":
        return Value("money", f"{Decimal(fact.value) + 1:.2f}")
    if fact.kind == "number":
        step = max(Decimal(1), Decimal(fact.within or 0) * 3)
        return Value("number", f"{(Decimal(fact.value) + step).normalize():f}")
    if fact.kind == "date":
        return Value("date", (date.fromisoformat(fact.value) + timedelta(days=1)).isoformat())
    if fact.kind == "time":
        moved = datetime.fromisoformat(fact.value) + timedelta(hours=1)
        return Value("time", moved.strftime("%Y-%m-%dT%H:%M"), zone=fact.zone)
    if fact.rivals:
        return Value("text", fact.rivals[0], rivals=(fact.value,))
    taken = {other.value for other in reply.values}
    if re.search(r"-\d+$", fact.value):
        others = (re.sub(r"\d$", str((int(fact.value[-1]) + n) % 10), fact.value) for n in range(1, 10))
        return next((Value("text", other) for other in others if other not in taken), None)
    return None


def _restated(reply: Composition, fact: Value, other: Value) -> Sentence | Grid | None:
    """The sentence or row of the fact once more, with the wrong one."""
    for block in reply.blocks:
        if isinstance(block, Sentence) and not block.plain and fact in block.values.values():
            return Sentence(
                block.wordings, {name: other if each == fact else each for name, each in block.values.items()}
            )
        if isinstance(block, Grid) and block.layout != "csv":
            for row in block.rows:
                if fact in row:
                    return evolve(block, rows=(tuple(other if cell == fact else cell for cell in row),))
    return None


def _swapped(bench: Bench) -> Iterator[Mutant]:
    """Right facts on the wrong record: a column's values of two rows exchanged."""
    for number, block in enumerate(bench.reply.blocks):
        if not isinstance(block, Grid) or len(block.rows) < 2:
            continue
        for column in range(1, len(block.rows[0])):
            one, other = block.rows[0], next((r for r in block.rows[1:] if r[column] != block.rows[0][column]), None)
            if other is None:
                continue
            cells = [cell for cell in (one[column], other[column]) if isinstance(cell, Value)]
            if len(cells) < 2 or not any(map(bench.wants, cells)):
                continue
            rows = [
                _with_cell(r, column, other[column] if r is one else one[column] if r is other else r[column])
                for r in block.rows
            ]
            blocks = [evolve(block, rows=tuple(rows)) if n == number else b for n, b in enumerate(bench.reply.blocks)]
            what = f"{_name(one[0])} and {_name(other[0])}: {block.columns[column] if block.columns else column}"
            yield Mutant("swapped", what, bench.answered(Composition(blocks).render()))


def _with_cell(row: tuple[Value | str, ...], column: int, cell: Value | str) -> tuple[Value | str, ...]:
    return (*row[:column], cell, *row[column + 1 :])


def _name(cell: Value | str) -> str:
    return cell.value if isinstance(cell, Value) else cell


def _with_denied(reply: Composition, number: int) -> str:
    parts = [
        Composition([b]).denied() if n == number else Composition([b]).render() for n, b in enumerate(reply.blocks)
    ]
    return "\n\n".join(parts)


# --- writes ------------------------------------------------------------------------------------------------------


def of_time(bench: Bench) -> Iterator[Mutant]:
    """In a living world: the work of somebody who notices nothing of what happens meanwhile."""
    if (grade := bench.unnoticed()) is not None:
        yield Mutant("unnoticed", "what happened meanwhile", grade)


FREE_TEXT = frozenset({"notes", "details", "text", "name", "closure_note", "message"})
"""Arguments whose wording no rubric compares."""


def of_writes(bench: Bench) -> Iterator[Mutant]:
    asked = bench.asked
    for number, call in enumerate(bench.calls):
        if not call.facts:
            continue
        yield Mutant("dropped write", call.tool, bench.replayed([a for n, a in enumerate(asked) if n != number]))
        for arguments, what in _altered_arguments(bench, call):
            changed = [(call.tool, arguments) if n == number else a for n, a in enumerate(asked)]
            yield Mutant("altered write", f"{call.tool} {what}", bench.replayed(changed))
        if (again := _doubled(call)) is not None and bench.changes(call.tool, again):
            yield Mutant("doubled write", call.tool, bench.replayed([*asked, (call.tool, again)]))
    touched = {change.id for call in bench.calls for event in call.facts for change in event.changes}
    start = World(bench.worked.world.genesis)
    for tool, arguments in bench.stage.company.asides.writes(start, touched):
        yield Mutant(
            "unrelated write", f"{tool} {next(iter(arguments.values()))}", bench.replayed([*asked, (tool, arguments)])
        )


def _altered_arguments(bench: Bench, call: Call) -> Iterator[tuple[dict[str, Any], str]]:
    definition = next(d for d in definitions(bench.task.tools) if d["name"] == call.tool)
    for name, value in call.arguments.items():
        if name in FREE_TEXT:
            continue
        schema = definition["inputSchema"]["properties"].get(name, {})
        other = _other_value(bench, name, value, schema)
        if other is not None and other != value:
            yield {**call.arguments, name: other}, f"{name} {value!r} -> {other!r}"


def _other_value(bench: Bench, name: str, value: Any, schema: Mapping[str, Any]) -> Any:
    if "enum" in schema:
        return next((v for v in schema["enum"] if v and v != value), None)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return round(value - 1, 2) if value > 1 else value + 1
    if isinstance(value, str):
        return _neighbour(bench, value)
    if isinstance(value, list) and value and all(isinstance(v, str) for v in value):
        other = _neighbour(bench, value[0])
        return [other, *value[1:]] if other else None
    if isinstance(value, list) and value and all(isinstance(v, (int, float)) for v in value):
        return [value[0] + 1, *value[1:]]
    return None


def _neighbour(bench: Bench, id: str) -> str | None:
    """Another row of the same type."""
    tables = bench.worked.world.genesis.tables
    for entity, rows in (*tables.items(), *bench.worked.world.overlay.items()):
        if id in rows:
            return next((other for other in (*rows, *tables.get(entity, ())) if other != id), None)
    return None


def _doubled(call: Call) -> dict[str, Any] | None:
    """The same creation once more, a little different so that it is not recognised as a repetition."""
    if not any("id" in change.set for event in call.facts for change in event.changes):
        return None
    arguments = dict(call.arguments)
    for name in ("notes", "details", "text", "name"):
        if isinstance(arguments.get(name), str):
            return {**arguments, name: arguments[name] + " (again)"}
    if isinstance(arguments.get("amount"), (int, float)):
        return {**arguments, "amount": round(arguments["amount"] - 0.01, 2)}
    return None


# --- provocations ------------------------------------------------------------------------------------------------


def provoking(bench: Bench) -> Iterator[Mutant]:
    """Mutants aimed at one criterion each, for those that facts and writes do not reach."""
    for criterion in bench.task.criteria:
        for what, grade in _provoke(bench, criterion):
            yield Mutant("provoked", f"{criterion.id}: {what}", grade)


def _provoke(bench: Bench, criterion: Criterion) -> Iterator[tuple[str, Grade]]:
    check, answer, calls = criterion.check, bench.answer, bench.calls
    of = getattr(check, "of", "answer")
    if of != "answer":
        yield from _provoke_text(bench, criterion, of)
        return
    for text in _spoilt(check, bench):
        yield text[:50], bench.answered(text)
    if isinstance(check, Saw | SawBefore):
        showing = [n for n, c in enumerate(calls) if not c.facts and _shows(c, check.ids, check.field)]
        kept = [a for n, a in enumerate(bench.asked) if n not in showing]
        if isinstance(check, Saw):
            yield "never looked", bench.replayed(kept, answer)
        if isinstance(check, Saw) and not check.least:
            one = [n for n in showing if _shows(calls[n], check.ids[-1:], check.field)]
            yield "one row not seen", bench.replayed([a for n, a in enumerate(bench.asked) if n not in one], answer)
        if isinstance(check, SawBefore):
            yield "looked afterwards", bench.replayed([*kept, *(bench.asked[n] for n in showing)], answer)
    if isinstance(check, Called | Replied):
        tools = check.tools if isinstance(check, Called) else (check.tool,)
        yield "not called", bench.replayed([a for a in bench.asked if a[0] not in tools], answer)
    if isinstance(check, AskedBack):
        yield "never asked", bench.replayed(bench.asked, answer, ())
    if isinstance(check, StoppedAfter):
        yield "went on", bench.replayed([*bench.asked, (check.tools[0], {})], answer)


def _shows(call: Call, ids: tuple[str, ...], field: str) -> bool:
    text = json.dumps(call.reply)
    return any(f'"{id}"' in text for id in ids) and f'"{field}"' in text


def _provoke_text(bench: Bench, criterion: Criterion, of: str) -> Iterator[tuple[str, Grade]]:
    """Spoils a text the agent wrote into a row: what is missing is left out, what must not be there is added."""
    check, field = criterion.check, of.split(".")[1]
    for number, call in enumerate(bench.calls):
        if not call.facts:
            continue
        for name, value in call.arguments.items():
            if name not in FREE_TEXT or not isinstance(value, str) or field not in (name, "notes", "details", "text"):
                continue
            for text in _spoilt_text(check, value):
                changed = {**call.arguments, name: text}
                asked = [(call.tool, changed) if n == number else a for n, a in enumerate(bench.asked)]
                yield text[:50], bench.replayed(asked)


def _spoilt_text(check: Any, text: str) -> Iterator[str]:
    if isinstance(check, Gives):
        for slot in check.slots[:3]:
            yield from _cut(text, slot.value)
    elif isinstance(check, Names):
        for fact in check.values[:3]:
            yield from _cut(text, fact)
    elif isinstance(check, Private):
        yield f"{text} {check.values[0]}"
    elif isinstance(check, Avoids):
        yield f"{text} {_sentence(check.values[0], check.terms)}"
    elif isinstance(check, NamesNoOther):
        yield f"{text} Also {_stranger(check)}."


def _cut(text: str, fact: Value) -> Iterator[str]:
    forms = fact.spellings if fact.kind == "text" else (written(fact), fact.value, fact.value.removesuffix(".00"))
    cut = text
    for form in sorted(forms, key=len, reverse=True):
        cut = re.sub(re.escape(form), "it", cut, flags=re.IGNORECASE)
    if cut != text:
        yield cut


def _spoilt(check: Any, bench: Bench) -> Iterator[str]:
    """The reference's answer, spoilt in the one respect this check is about."""
    answer = bench.answer
    if isinstance(check, Gives):
        for slot in check.slots[:3]:
            yield from _slot_spoilt(slot, answer)
    elif isinstance(check, Names):
        for fact in check.values[:3]:
            yield from _cut(answer, fact)
    elif isinstance(check, Avoids):
        yield from (f"{answer}\n\n{_sentence(fact, check.terms)}" for fact in check.values[:3])
    elif isinstance(check, TellsNoOther):
        other = {"money": "$7,777.77", "date": "7 July 2031", "number": "7,777"}[check.kind]
        yield f"{answer}\n\nThe other one is {other}."
    elif isinstance(check, Private):
        yield f"{answer}\n\nOn file: {check.values[0]}."
    elif isinstance(check, NamesNoOther):
        stranger = _stranger(check)
        yield f"{answer}\n\nAlso: {stranger}."
        yield from _with_row(bench.reply, stranger)
    elif isinstance(check, Decides):
        yield f"{answer}\n\n{check.wrong[0].capitalize()}."
        yield re.sub(
            rf"(?i)^((?:hi|hello|dear)[^\n]*\n+)?{re.escape(check.right[0])}\b[.,:!]?\s*", r"\1", answer, count=1
        )
    elif isinstance(check, Asks):
        yield "Thank you for the message."
    elif isinstance(check, Ordered):
        yield from _reversed(bench.reply)
    elif isinstance(check, Readable):
        yield answer + '\n\n{"id": "x", "createdAt": "2025", "customerId": "y", "lineItems": [1], "status": "z"}'
    elif isinstance(check, Words):
        yield answer + "\n\n" + " ".join(["really"] * check.limit)
    elif isinstance(check, Tabled):
        yield "\n".join(
            line.replace("|", " , ").strip(" ,")
            for line in answer.splitlines()
            if not set(line) <= set("|- ") or not line
        )
    elif isinstance(check, Csv):
        yield "Here is the list:\n\n" + answer
    elif isinstance(check, Mail):
        yield re.sub(r"(?im)^\**subject:.*$", "", answer, count=1)
        yield answer.replace(check.signature, "Regards")
        yield re.sub(r"(?im)^((?:hi|hello|dear) [^,\n]+),", r"\1 and Sam,", answer)


def _slot_spoilt(slot: Slot, answer: str) -> Iterator[str]:
    """A rival where the value belongs, or the value left out."""
    subject = next((f"{name}: " for name in (slot.label, *slot.record, *slot.terms) if name), "")
    for rival in slot.value.rivals[:1]:
        yield f"{answer}\n\n{subject}{rival}."
    yield from _cut(answer, slot.value)


def _with_row(reply: Composition, stranger: str) -> Iterator[str]:
    """A list with one more entry, like its last one but for the name."""
    for number, block in enumerate(reply.blocks):
        if isinstance(block, Grid) and block.rows:
            row = (Value("text", stranger), *block.rows[-1][1:])
            blocks = [evolve(block, rows=(*block.rows, row)) if n == number else b for n, b in enumerate(reply.blocks)]
            yield Composition(blocks).render()


def _reversed(reply: Composition) -> Iterator[str]:
    for number, block in enumerate(reply.blocks):
        if isinstance(block, Grid) and len(block.rows) > 1:
            turned = evolve(block, rows=block.rows[::-1])
            yield Composition([turned if n == number else b for n, b in enumerate(reply.blocks)]).render()
    yield Composition(reply.blocks[::-1]).render()


def _sentence(fact: Value, label: tuple[str, ...]) -> str:
    return f"{label[0].capitalize()}: {written(fact)}." if label else f"Note: {written(fact)}."


def _stranger(check: NamesNoOther) -> str:
    if check.others:
        return check.others[0]
    taken = set(check.allowed)
    return next(id for n in range(900, 999) if (id := f"{check.prefixes[0]}251001-{n}") not in taken)
