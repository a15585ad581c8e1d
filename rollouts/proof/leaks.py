"""Leaks: can the truth be had without the work? A search agent reads the prompt and every reply one call can bring."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date

from ...engine.clock import local
from ...scenarios.checks import Value
from ...scenarios.checks.values import matches
from ...scenarios.reading.notation import Calendar
from ...scenarios.reading.statements import Answer
from .bench import Asked, Bench, definitions

_ID = re.compile(r"\b[a-z]+(?:-[a-z0-9]+)+\b|\b[A-Z][a-z]+ [A-Z][a-z]+\b")


def leaks(bench: Bench) -> Iterator[str]:
    """Where the whole truth stands in one place that took no work. Tasks of writes or of choices have more to them."""
    values = bench.demanded
    if not values:
        return
    calendar = Calendar.at(local(bench.stage.world.now, bench.stage.company.zone))
    if _holds(bench.task.prompt, values, calendar):
        yield "the prompt states everything that is asked for"
    if bench.first_write < len(bench.calls) or any(
        type(c.check).__name__ in ("Decides", "Ordered") for c in bench.task.criteria
    ):
        return
    labels = "".join(re.findall(r"-(\d{6})-", bench.task.prompt))
    for value in values:
        if value.kind == "date" and date.fromisoformat(value.value).strftime("%y%m%d") in labels:
            yield f"an id in the prompt holds the digits of {value.value}"
    own = {(tool, json.dumps(arguments, sort_keys=True)) for tool, arguments in bench.asked}
    for tool, arguments in _single_calls(bench):
        if len(own) == 1 and (tool, json.dumps(arguments, sort_keys=True)) in own:
            continue  # the one call is the work
        reply = bench.stage.open(bench.task, f"{bench.task.id}.leak").call(tool, arguments)
        if reply.ok and _holds(reply.json.decode(), values, calendar):
            yield f"{tool}({arguments}) shows everything that is asked for"
            return


def _single_calls(bench: Bench) -> Iterator[Asked]:
    """Every query with every word of the prompt that looks like an id or a name, in every text parameter."""
    words = dict.fromkeys(
        [str(v) for v in bench.task.given.values() if isinstance(v, str)] + _ID.findall(bench.task.prompt)
    )
    for definition in definitions(bench.task.tools):
        schema = definition["inputSchema"]
        if not definition["annotations"]["readOnlyHint"]:
            continue
        for name, parameter in schema["properties"].items():
            if parameter.get("type") == "string" and "enum" not in parameter and set(schema["required"]) <= {name}:
                yield from ((definition["name"], {name: word}) for word in words)


def _holds(text: str, values: list[Value], calendar: Calendar) -> bool:
    plain = Answer(text).text
    if not all(_maybe(value, plain) for value in values):
        return False
    statements = Answer(text).statements
    return all(any(matches(value, s, calendar) for s in statements) for value in values)


def _maybe(value: Value, plain: str) -> bool:
    """A cheap look first: most replies hold nothing."""
    if value.kind == "text":
        return any(form.lower() in plain for form in value.spellings)
    return value.kind != "money" or value.value.rstrip("0").rstrip(".") in plain.replace(",", "")
