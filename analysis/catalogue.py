"""What there is to ask: every view with its columns, as the comments in views.sql describe them.

`python -m corecraft.analysis.catalogue > docs/sql.md` writes the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing

import duckdb
from attrs import frozen

from .database import annotate, connect

_UNIT = re.compile(r"(.*?)(?: \[([^\]]+)\])?", re.DOTALL)
_FIELD = "the field of the row; null where it is not there, or of another type"
_LIKE = {
    "arguments": "tool_calls",
    "state_at": "final_state",
    "trajectory": "line",
    "calls_of": "line_calls",
    "line_calls": "tool_calls",
    "messages_of": "line_messages",
    "line_messages": "messages",
    "line_changes": "changes",
    "field_changes": "changes",
    "grades": "episodes",
    "states": "line",
}
"""View -> the one whose words it shares. DuckDB keeps no comments for a macro's columns: each has those of a view, or
stands in the comment of the macro itself."""

FINAL, CALL, AT = "final_", "call_", "_at"
"""How the names of views begin or end that there are for each type of row or tool."""
_ARGUMENT = "what the call gave for it; null where it did not"


@frozen
class Column:
    """type: DuckDB's. unit: empty where it has none."""

    name: str
    type: str
    unit: str
    meaning: str


@frozen
class View:
    """says: what one row is. example: a query. columns: in order. parameters: of what is called,
    such as with an episode."""

    name: str
    says: str
    example: str
    columns: Sequence[Column]
    parameters: Sequence[str] | None = None

    @property
    def title(self) -> str:
        return self.name if self.parameters is None else f"{self.name}({', '.join(self.parameters)})"

    @property
    def typed(self) -> bool:
        """Whether it is one of many alike, for one type of row or one tool."""
        return _is_typed(self.name)

    @property
    def brief(self) -> str:
        """The beginning of what it says."""
        return re.split(r"[,:;.](?: |$)", self.says)[0]


def describe(con: duckdb.DuckDBPyConnection) -> list[View]:
    """All that users see of a connection made by `connect`, in the order of views.sql."""
    annotate(con)
    cursor = con.cursor()
    views = cursor.execute(
        "SELECT view_name, comment FROM duckdb_views() WHERE NOT internal AND schema_name = 'main' "
        "ORDER BY view_name <> 'events', view_oid"  # which is made anew whenever there are other files
    ).fetchall()
    macros = cursor.execute(
        "SELECT function_name, comment, parameters FROM duckdb_functions() "
        "WHERE NOT internal AND schema_name = 'main' ORDER BY function_oid"
    ).fetchall()
    said = {
        (view, column): comment
        for view, column, comment in cursor.execute(
            "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE schema_name = 'main' AND comment IS NOT NULL"
        ).fetchall()
    }
    found: list[View] = []
    for name, comment, parameters in [*((*view, None) for view in views), *macros]:
        called = "" if parameters is None else f"({', '.join(['NULL'] * len(parameters))})"
        types = cursor.execute(f"DESCRIBE FROM {_identifier(name)}{called}").fetchall()
        says, example, *told = (comment or _typed(name)).split("\n")
        own = dict(line.split(": ", 1) for line in told)
        columns = [_column(said, name, column, type, own) for column, type, *_ in types]
        found.append(View(name, says, example, columns, parameters))
    return found


def _column(said: Mapping[tuple[str, str], str], view: str, name: str, type: str, own: Mapping[str, str]) -> Column:
    """What it means in its own view, in those that it is like, or else in `events`."""
    comments = (said.get((where, name)) for where in (*_likes(view), "events", "line"))
    otherwise = "" if not _is_typed(view) else _ARGUMENT if view.startswith(CALL) else _FIELD
    comment = own.get(name) or next(filter(None, comments), otherwise)
    meaning, unit = _UNIT.fullmatch(comment).groups("")  # pyright: ignore[reportOptionalMemberAccess]
    return Column(name, type, unit, meaning)


def _likes(view: str) -> Iterator[str]:
    """It, and what it is like."""
    where: str | None = view
    while where:
        yield where
        where = _LIKE.get(where)
    if _is_typed(view):
        yield "tool_calls" if view.startswith(CALL) else "final_state"


def _is_typed(view: str) -> bool:
    return view != "final_state" and view != "state_at" and (view.startswith((FINAL, CALL)) or view.endswith(AT))


def _typed(view: str) -> str:
    """The comment of one of those: nobody writes it, since they come with a run and its tools."""
    if view.startswith(CALL):
        tool = view.removeprefix(CALL)
        return f"One row per call of {tool}. Its arguments are columns.\nFROM {_identifier(view)}() LIMIT 5"
    if view.endswith(AT):
        entity = view.removesuffix(AT)
        return (
            f"One row per {entity} of an episode's world after the event upto_seq. Its plain fields are columns; `row` has the "
            f"rest.\nFROM {_identifier(view)}((SELECT min(episode) FROM episodes), 12) LIMIT 5"
        )
    entity = view.removeprefix(FINAL)
    return (
        f"One row per episode and {entity}: what each episode ended with. Its plain fields are columns; `row` has the rest."
        f"\nFROM {_identifier(view)} WHERE episode = (SELECT min(episode) FROM episodes) LIMIT 5"
    )


def _identifier(name: str) -> str:
    return name if re.fullmatch(r"[a-z_]+", name) else '"' + name.replace('"', '""') + '"'


# --- the page --------------------------------------------------------------------------------------------------------

_OPENING = """\
# Asking runs in SQL

A run's events are tables, in [DuckDB's SQL](https://duckdb.org/docs/stable/sql/introduction):

```console
$ corecraft sql runs/a "SELECT agent, avg(code_reward) FROM episodes WHERE parent IS NULL GROUP BY agent"
$ corecraft sql runs/a runs/b "SELECT run, reward, passed, graded FROM runs"
$ corecraft sql runs/a -f question.sql --csv > answer.csv     # -f - reads it from stdin; --json gives JSON
$ corecraft sql runs/a --md "FROM runs"                       # for a report; --parquet FILE keeps the types
$ corecraft sql runs/a --schema tasks                         # this page, for one view
$ corecraft sql runs/a                                        # asks and answers, with history and completion
```

```python
with corecraft.connect("runs/a", "runs/b") as con:
    rows = corecraft.query(con, "SELECT * FROM episodes WHERE task_id = ?", ["S-2"])
    calls = con.sql("SELECT tool, ok, wall_ms FROM tool_calls").pl()  # polars; .df() is pandas, .arrow() Arrow
```

More than forty questions with their SQL and answers: [cookbook.md](cookbook.md).

**Several runs** are asked as one; `run` tells them apart. Ids of episodes repeat from run to run, so join on `run` and
`episode`: `USING (run, episode)`.

**Nothing is written.** One SELECT at a time, with limits of time and memory (`--timeout`, `--memory`); FROM-first queries,
DESCRIBE and SUMMARIZE are SELECTs too, PIVOT and EXPLAIN are refused. What a live run has written by the time of the query is
there.

**Forks** are rows of `episodes` like others: leave them out of averages by `WHERE parent IS NULL`, as `runs` does. An event
counts once, under the episode that recorded it, so `tool_calls`, `changes`, `messages` and the counts of `episodes` lack what a
fork inherited. The whole history is in `line` and, of calls, changes and messages, in `line_calls`, `line_changes` and
`line_messages`: there an event counts once for each history it is part of, and `inherited` marks what an ancestor recorded.
States (`final_state`, `final_order`, `state_at`) are those of the whole history. For counts of one's own, join with `ancestry`.
A fork's opening takes the seq after `parent_seq`, so its first call comes at `parent_seq + 2` at the earliest, while its parent
went on at `parent_seq + 1`: compare the two by `position` in `line_calls`, not by seq.

**One episode:** `calls_of('EPISODE')`, `messages_of('EPISODE')` and `state_at('EPISODE', SEQ)`, or for many in one query
`FROM episodes e, calls_of(e.episode, e.run)`. An id that no episode has is an error, and so is one that several runs have,
unless `of_run` names one of them; otherwise it may be left out.

**Time.** `at_ms` and `time` are the simulation's, which stands still during an episode unless its clock is moved. How long
something took is a difference of `wall_ms`.

**Order.** Rows come in order of run, episode, seq, position, entity and id, as far as a view has them, if a query takes them
from one view and neither joins nor groups, on any number of threads. `events` alone comes run by run and file by file, as it
was written or, where it is sealed, by episode; within an episode that is by seq. A query of any other kind needs an ORDER BY of
its own.

**Sealed runs** (`corecraft seal`) are asked like any others, and many times faster where a query needs nothing of `events` but
`run`, `episode`, `seq`, `kind`, `at_ms`, `time`, `cause`, `tool`, `ok`, `hash` and `wall_ms`. A run may be sealed while it is
asked: `query` then asks again; what is executed on the connection itself fails for a file that has gone until `query` was used.

**JSON.** `->>` takes a value out of a JSON column as text, `->` as JSON: `data->>'$.tool'`, `reply->'$[0].lineItems'`, and the
whole of it `old_json->>'$'`. A text within JSON is printed without its quotes, but has them: `data->'$.tool' = 'searchOrders'`
fails as malformed JSON, `data->>'$.tool' = 'searchOrders'` is what is meant. Compare numbers after a cast:
`(row->>'$.amount')::DOUBLE > 100`. In Python such columns come decoded. Lists are asked with IN: `'T-18' IN traps`.

**Rewards.** Compare by `code_reward` and `code_passed`. `reward` is null until a judge has ruled, and an average drops such
rows without a word; `runs` counts them.

**Output.** CSV and tab-separated lines write NULL and an empty text alike, as nothing; `--json` tells them apart. Rows are
written as they are found, and no more than a few megabytes are held, whatever the size of an answer; one that fails midway ends
there, and the command with an error.

**Damage.** What cannot be read is left out of every table and listed in `damages`. The command warns of it; where there is more
than 64 MB of log, only of what shows without reading all of it. It warns too where two runs have episodes of the same id.

The tables below are all there is. `parts` holds what they are made of, which may change with any version.
"""


def page() -> str:
    """docs/sql.md."""
    with closing(connect([])) as con:
        views = describe(con)
    sections = (line for view in views for line in (*_section(view), *_after(view)))
    return "\n".join((_OPENING, *_overview(views), *sections))


def _overview(views: Sequence[View]) -> Iterator[str]:
    yield "| | |"
    yield "|---|---|"
    for view in views:
        yield f"| [`{view.title}`](#{re.sub(r'[^a-z_ -]', '', view.title).replace(' ', '-')}) | {view.brief} |"
    yield ""


def _section(view: View) -> Iterator[str]:
    yield f"## {view.title}\n"
    yield f"{view.says}\n"
    yield "| column | type | meaning |"
    yield "|---|---|---|"
    for column in view.columns:
        unit = f" ({column.unit})" if column.unit else ""
        yield f"| `{column.name}` | {column.type} | {column.meaning}{unit} |"
    yield f"\n```sql\n{view.example}\n```\n"


_ALIKE = {
    "tool_calls": (
        "call_searchOrders(), call_create_refund(), ...",
        "The calls of one tool: `run`, `episode`, `seq`, `position`, every argument as a column of its type, and of the reply "
        "`ok`, `error`, `rows`, `capped`, `repeated`, `changes`, `next_tool`, `arguments` and `reply`.",
        'SELECT status, "limit", rows, capped FROM call_searchOrders() WHERE customer_id IS NULL',
    ),
    "final_state": (
        "final_order, final_refund, ...",
        "The same for one type of row, whether or not there are any yet: `run`, `episode`, `id`, every field that holds one "
        "plain value as a column of its type, and `row`.",
        "SELECT episode, count(*) AS refunds, sum(amount) AS dollars FROM final_refund GROUP BY episode",
    ),
    "state_at": (
        "order_at(ep, upto_seq, of_run), refund_at(ep, upto_seq, of_run), ...",
        "The same for one type of row, with its fields as columns.",
        "SELECT status, count(*) AS orders FROM order_at((SELECT min(episode) FROM episodes), 12) GROUP BY status",
    ),
}
"""View -> what follows it: how those are called that only a run or its tools have, what they are, and an example."""


def _after(view: View) -> Iterator[str]:
    if view.name in _ALIKE:
        title, says, example = _ALIKE[view.name]
        yield f"## {title}\n"
        yield f"{says}\n"
        yield f"```sql\n{example}\n```\n"


if __name__ == "__main__":
    print(page(), end="")
