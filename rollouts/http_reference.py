"""Writes docs/http.md: the table of `routes.py`, with answers that a service gave which was started for it.

python -m corecraft.rollouts.http_reference docs/http.md
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints, is_typeddict
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import msgspec
from msgspec import NODEFAULT, Struct

from ..engine.files import write_text
from .requests import CriterionInfo, EpisodeInfo, GradeInfo, Nothing
from .routes import CONTROL, EVERYWHERE, TABLE, Endpoint, Refusal, mcp

TOKEN = "the-token-of-the-examples"
SHOWN_AT = "http://127.0.0.1:8765"
_WIDTH = 110
_MOST_CHARACTERS = 64

_HEAD = """\
# HTTP

Written from the table that is served, `rollouts/routes.py`, by `python -m corecraft.rollouts.http_reference docs/http.md`. What
the service bears, and its limits, are in [service.md](service.md).

JSON in and out. In the examples `$TOKEN` is the control token, which `corecraft serve --http 127.0.0.1:8765 --out runs/served`
prints on stderr, unless it was set in `CORECRAFT_CONTROL_TOKEN` (16 characters or more); `$MCP_URL` is an agent's address. Long
texts and lists are cut. What is not required may be left out, and so may a body of which all may.
"""

_ERRORS = """\
## Errors

An error is `{"error": "one line"}`. These any route may give, those of the control token only where it is wanted:
"""

_SCALARS = {str: "string", int: "integer", float: "number", bool: "true or false", Any: "anything"}


@contextmanager
def serving() -> Generator[str]:
    """The base URL of a real service of the standard world, in a process and a run folder of its own."""
    command = [sys.executable, "-m", "corecraft.cli.main", "serve", "--http", "127.0.0.1:0", "--out"]
    known = {**os.environ, "CORECRAFT_CONTROL_TOKEN": TOKEN}
    known.pop("CORECRAFT_AGENT_TOKEN", None)
    with (
        TemporaryDirectory() as folder,
        subprocess.Popen([*command, f"{folder}/run"], stderr=subprocess.PIPE, text=True, env=known) as process,
    ):
        try:
            assert process.stderr is not None
            yield process.stderr.readline().split()[1]
        finally:
            process.terminate()


def examples(base: str) -> list[Any]:
    """What comes back from the example of each route, asked one after the other. Raises ValueError where it is an error."""
    answers: list[Any] = []
    address = ""
    for endpoint in TABLE:
        url = address if endpoint is mcp else base + endpoint.path.replace("{id}", endpoint.on)
        status, answer = _asked(endpoint, url)
        if status != endpoint.status:
            raise ValueError(f"{endpoint.method} {endpoint.path}: {status} {answer}")
        address = address or (answer.get("mcp_url", "") if isinstance(answer, dict) else "")
        answers.append(answer)
    return answers


def _asked(endpoint: Endpoint, url: str) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json", "Accept": "*/*"}
    body = msgspec.json.encode(endpoint.example) if endpoint.example else None
    try:
        with urlopen(Request(url, body, headers, method=endpoint.method)) as reply:
            return reply.status, json.loads(reply.read())
    except HTTPError as error:
        return error.code, error.read().decode()


def document(answers: list[Any]) -> str:
    """The text of the page. answers: of `examples`."""
    overview = _table(
        ("route", ""), [(f"[`{e.method} {e.path}`](#{_anchor(_title(e))})", e.summary.removesuffix(".")) for e in TABLE]
    )
    parts = [_HEAD, overview, _ERRORS, _refusals(EVERYWHERE), "## An episode, as it is told\n", _described(EpisodeInfo)]
    parts += ["## A grade\n", _described(GradeInfo), "Each of `criteria`:\n", _described(CriterionInfo)]
    parts += [_section(endpoint, answer) for endpoint, answer in zip(TABLE, answers, strict=True)]
    return "\n".join(parts)


def _section(endpoint: Endpoint, answer: Any) -> str:
    parts = [f"## {_title(endpoint)}\n", f"{endpoint.summary}\n"]
    parts += [f"{endpoint.text}\n"] if endpoint.text else []
    parts += [_described(kind) for kind in (endpoint.body, endpoint.query) if kind is not Nothing]
    what = "the episode" if endpoint.answers is EpisodeInfo else endpoint.answers
    parts += [f"Answers {endpoint.status}: {what}.\n", f"```console\n$ {_curl(endpoint)}\n{shown(answer)}\n```\n"]
    return "\n".join([*parts, *([_refusals(endpoint.refusals)] if endpoint.refusals else [])])


def _title(endpoint: Endpoint) -> str:
    return f"{endpoint.method} {endpoint.path}"


def _anchor(title: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")


def _refusals(refusals: tuple[Refusal, ...]) -> str:
    rows = sorted(((str(refusal.status), refusal.when) for refusal in refusals), key=lambda row: row[0])
    return _table(("error", "when"), rows)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


# --- fields ------------------------------------------------------------------------------------------------------


def _described(kind: Any) -> str:
    """The fields of a request or an answer, and of what is nested in it."""
    hints = get_type_hints(kind, include_extras=True)
    told = is_typeddict(kind)
    defaults = {} if told else {field.name: field for field in msgspec.structs.fields(kind)}
    rows: list[tuple[str, ...]] = []
    nested: list[str] = []
    for name, hint in hints.items():
        inner, meta = get_args(hint)[:2]
        given = () if told else (_default(defaults[name]),)
        rows.append((f"`{name}`", _type(inner), *given, meta.description))
        nested += [f"Each of `{name}`:\n\n{_described(row)}" for row in _structs(inner)]
    head = ("field", "type", "meaning") if told else ("field", "type", "default", "meaning")
    return "\n".join([_table(head, rows), *nested])


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    value = field.default if field.default is not NODEFAULT else field.default_factory()
    return "" if value is None else f"`{msgspec.json.encode(value).decode()}`"


def _type(hint: Any) -> str:
    """In the words of JSON. That null may be given where nothing need be is not said."""
    if get_origin(hint) is Annotated:
        return _type(get_args(hint)[0])
    if get_origin(hint) is Literal:
        return " or ".join(f"`{each}`" for each in get_args(hint))
    if get_origin(hint) is UnionType:
        return " or ".join("null" if each is NoneType else _type(each) for each in get_args(hint))
    if get_origin(hint) in (list, tuple):
        return f"list of {_type(get_args(hint)[0])}"
    return _SCALARS.get(hint, "object")


def _structs(hint: Any) -> Iterator[type[Struct]]:
    if isinstance(hint, type) and issubclass(hint, Struct):
        yield hint
    for part in get_args(hint):
        yield from _structs(part)


# --- examples ----------------------------------------------------------------------------------------------------


def _curl(endpoint: Endpoint) -> str:
    """What a reader may type."""
    words = ["curl -s"]
    if endpoint.path.startswith(CONTROL):
        words.append('-H "Authorization: Bearer $TOKEN"')
    if endpoint is mcp:
        words.append('-H "Content-Type: application/json"')
    if endpoint.example:
        words.append(f"-d '{_pretty(endpoint.example)}'")
    elif endpoint.method != "GET":
        words.append(f"-X {endpoint.method}")
    url = '"$MCP_URL"' if endpoint is mcp else SHOWN_AT + endpoint.path.replace("{id}", endpoint.on)
    return _folded([*words, url])


def _folded(words: list[str]) -> str:
    line = " ".join(words)
    return line if len(line) <= _WIDTH else " \\\n    ".join(words)


def shown(answer: Any) -> str:
    """An answer as the page shows it: cut, and without what differs each time."""
    return _pretty(_cut(answer))


def _cut(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _cut(each) for name, each in value.items()}
    if isinstance(value, list):
        return [*map(_cut, value[:1]), *([f"... {len(value) - 1} more"] if len(value) > 1 else [])]
    if not isinstance(value, str):
        return value
    if re.fullmatch(r"[0-9a-f]{64}", value):
        return "64 hex digits"
    if "/episodes/" in value:
        return SHOWN_AT + mcp.path.replace("{key}", "KEY")
    return value if len(value) <= _MOST_CHARACTERS else value[: _MOST_CHARACTERS - 3].rstrip() + "..."


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _pretty(value: Any, indent: str = "") -> str:
    """JSON that is broken only where a line would be too long."""
    line = _compact(value)
    if len(indent) + len(line) <= _WIDTH or not isinstance(value, dict | list):
        return line
    inner = indent + "  "
    if isinstance(value, list):
        return "[\n" + ",\n".join(inner + _pretty(each, inner) for each in value) + f"\n{indent}]"
    items = [f"{inner}{_compact(name)}: {_pretty(each, inner)}" for name, each in value.items()]
    return "{\n" + ",\n".join(items) + f"\n{indent}}}"


def page() -> str:
    """The page, with answers of a service that is started for it: some five seconds."""
    with serving() as base:
        return document(examples(base))


def main(path: str) -> None:
    write_text(Path(path), page())


if __name__ == "__main__":
    main(*sys.argv[1:])
