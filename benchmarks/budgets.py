"""The rows of the table: what is measured, and the budget it is held against (design, section 8)."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

Kind = Literal["time", "rate", "bytes", "ratio"]

US, MS, KB = 1e-6, 1e-3, 1024


@frozen
class Row:
    """One row. Samples of times and rates are seconds for one piece of work; a rate is shown as pieces per second.

    budget: the most seconds, bytes or times; for a rate, the fewest pieces per second. None: shown for comparison only.
    flat: must not grow with the world.
    """

    key: str
    group: str
    work: str
    kind: Kind
    budget: float | None
    flat: bool = False
    note: str = ""


ROWS = (
    Row("reference", "engine", "build, encode and hash one small event", "time", None, note="the machine today"),
    Row("fork", "engine", "fork at the head, mid-episode", "time", 1 * US, flat=True),
    Row("fork-busy", "engine", "… after 100 changed rows", "time", 1 * US, flat=True),
    Row("open", "engine", "open an episode of a task", "time", 30 * US, flat=True, note="a further one of it"),
    Row("open-first", "engine", "… the first of its task", "time", 30 * US, flat=True),
    Row("point", "engine", "point query: getProduct", "time", 20 * US, flat=True),
    Row("details", "engine", "composite: getOrderDetails", "time", 35 * US, flat=True, note="five reads in one call"),
    Row("details-busy", "engine", "… after 100 changed rows", "time", 35 * US, flat=True),
    Row("search", "engine", "indexed search: orders of a customer", "time", 35 * US, flat=True),
    Row("search-busy", "engine", "… after 100 changed rows", "time", 35 * US, flat=True),
    Row("search-two", "engine", "… of a customer, by status", "time", 35 * US, flat=True),
    Row("search-span", "engine", "… of a status, created in a span, 10 rows", "time", 35 * US, flat=True),
    Row("text", "engine", "text search over all tickets, 10 rows", "time", None),
    Row("command", "engine", "command: updateTicketStatus", "time", 30 * US, flat=True),
    Row("command-busy", "engine", "… after 100 changed rows", "time", 30 * US, flat=True),
    Row("kb", "engine", "knowledge-base search, 1-2 articles", "time", 100 * US, flat=True),
    Row("kb-broad", "engine", "… a broad word, 10 whole articles", "time", 100 * US, flat=True),
    Row("hash", "engine", "state hash, per change", "time", 2 * US, flat=True),
    Row("hash-busy", "engine", "… after 100 changed rows", "time", 2 * US, flat=True),
    Row("fold", "histories", "fold a recorded day of calls (events)", "rate", 500_000, flat=True),
    Row("fold-changes", "histories", "… only events that change a row", "rate", 500_000, flat=True),
    Row("verify", "histories", "verify a day of calls (calls)", "rate", 20_000, flat=True),
    Row("verify-tasks", "histories", "… the scripted tasks (calls)", "rate", 20_000, flat=True),
    Row("verify-load", "histories", "… loaded from disk first (calls)", "rate", None),
    Row("grade", "histories", "grade a finished episode", "time", 1 * MS),
    Row(
        "grade-splits", "histories", "grade the reference episodes of all splits (grades)", "rate", None, note="x1 only"
    ),
    Row("episode", "histories", "scripted episode, 12 calls, log, grade", "rate", 500),
    Row("bisect", "histories", "bisect an episode of 30 steps by the reference", "time", None, note="in memory"),
    Row("verify-run-1", "runs", "verify a run of 1,000 with its grades, 1 process (episodes)", "rate", None),
    Row("verify-run-2", "runs", "… 2 processes, their start included", "rate", None),
    Row("verify-run-cost", "runs", "… processor time of 2, x that of 1", "ratio", None),
    Row("memory-open", "memory", "memory per further episode, just opened", "bytes", 20 * KB, flat=True),
    Row("memory", "memory", "… after 12 calls", "bytes", 20 * KB, flat=True),
    Row("memory-fork", "memory", "… forked mid-episode", "bytes", 20 * KB, flat=True),
    *(
        row
        for length in (10, 100, 1_000, 10_000)
        for row in (
            Row(f"fork-head-{length}", "forks", f"fork at the head of {length:,} events", "time", 1 * US),
            Row(f"fork-past-{length}", "forks", "… at a random step of them", "time", None, note="folds anew"),
        )
    ),
    Row("forks-live", "forks", "100,000 forks that all stay, each", "time", None, note="of 100 events"),
    Row("forks-live-memory", "forks", "… memory of each", "bytes", None),
    Row("world-build", "worlds", "build a world of 250,000 rows, 1 process", "time", 20.0),
    Row("world-load", "worlds", "… load it in another process", "time", 3.0),
    Row("sql-live", "sql", "SQL group-by kind, 5M events, live segments", "time", 1.5),
    Row("sql-live-cores", "sql", "… processor time over two cores", "time", None),
    Row("sql-live-ratio", "sql", "… in processor time, x DuckDB reading the kinds alone", "ratio", None),
    Row("sql-live-tools", "sql", "… group-by tool", "time", None),
    Row("seal", "sql", "seal (events)", "rate", 500_000),
    Row("seal-cores", "sql", "… processor time over two cores (events)", "rate", None),
    Row("seal-ratio", "sql", "… in processor time, x DuckDB writing the same columns unsorted", "ratio", None),
    Row("sql-sealed", "sql", "SQL group-by kind, 5M events, sealed", "time", 0.15),
    Row("sql-sealed-ratio", "sql", "… in processor time, x DuckDB counting the kinds of the same files", "ratio", None),
    Row("sql-sealed-tools", "sql", "… group-by tool", "time", None),
    Row("view-open", "sql", "viewer over 5M events, sealed: opening", "time", None),
    Row("view-table", "sql", "… a page of the table, sorted", "time", 300 * MS),
    Row("view-filter", "sql", "… filtered", "time", 300 * MS),
    Row("view-episode", "sql", "… an episode", "time", 300 * MS),
    Row("view-memory", "sql", "… memory of the whole process", "bytes", 1024 * 1024 * KB),
    Row("mcp", "mcp", "MCP call over streamable HTTP, x SDK echo", "ratio", 1.3),
    Row("mcp-handshake", "mcp", "… older clients, with handshake", "ratio", 1.3),
)
