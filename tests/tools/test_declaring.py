"""What an author declares wrongly is one clear line that says what to do, and nothing is lost without a word."""

from __future__ import annotations

import subprocess
import sys

import pytest
from corecraft.cli import main
from corecraft.engine.errors import CoreCraftError, Undeclared
from corecraft.engine.tool import Tool, query
from corecraft.engine.world import World
from corecraft.tools.rows import ROW_TYPES
from corecraft.tools.search import ALWAYS, newest
from corecraft.tools.tables import TABLES, latest, schema, table
from corecraft.tools.toolset import BASE, by_tool_name

from .world import world


@query("getProduct")
def another(world: World) -> list[str]:
    """Another tool of a name that is taken."""
    return []


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (
            (),
            "the set 'bench' in tools/toolset.py lacks calculate_price, checkWarrantyStatus, create_escalation and 20 more",
        ),
        (BASE[1:], "lacks calculate_price: a set holds all of BASE, so write (*BASE, ...)"),
        ((*BASE, another), "has two tools called getProduct"),
    ],
)
def test_a_set_of_tools(of: tuple[Tool, ...], words: str):
    with pytest.raises(CoreCraftError) as refused:
        by_tool_name("bench", of)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (None, "tools/tables.py has no line for 'refund' of tools/rows.py"),
        (("paymentID",), "the line of 'refund' in tools/tables.py names paymentID: no field in tools/rows.py"),
    ],
)
def test_a_line_of_a_table(line: tuple[str, ...] | None, words: str):
    lines = {entity: table for entity, table in TABLES.items() if entity != "refund"}
    with pytest.raises(CoreCraftError) as refused:
        schema(lines if line is None else {**lines, "refund": table(latest, *line)}, ROW_TYPES)
    assert words in str(refused.value)


def test_a_line_for_no_type_of_rows():
    with pytest.raises(CoreCraftError, match="a line for 'refunds', which is no type of rows"):
        schema({**TABLES, "refunds": table(latest)}, ROW_TYPES)


def test_a_search_by_what_is_not_declared():
    with pytest.raises(Undeclared, match=r"newest\(\) needs a line of refunds in tools/tables.py; there is none"):
        newest(world(), "refunds", ALWAYS)
    with pytest.raises(Undeclared, match=r"the line of refund in the tables has no key bench, only id, paymentId"):
        world().rows("refund", {"bench": "b-1"})
    with pytest.raises(Undeclared, match=r"refunds has no line in the tables"):
        world().rows("refunds", {"status": "pending"})


def test_what_is_found_while_a_command_is_loaded_is_one_line_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def loading(wanted: str | None):
        raise CoreCraftError("the set 'bench' lacks calculate_price")

    monkeypatch.setattr(main, "parser", loading)
    assert main.main(["tasks"]) == 2
    assert capsys.readouterr().err == "error: the set 'bench' lacks calculate_price\n"


RACE = """
import sys, threading
from msgspec import ValidationError, convert
from corecraft.tools.tables import TABLES
sys.setswitchinterval(1e-6)
start = threading.Barrier(16)
def read():
    start.wait()
    for table in TABLES.values():
        try:
            convert({"id": "x", "addresses": []}, table.shape)
        except ValidationError:
            pass
threads = [threading.Thread(target=read) for _ in range(16)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


def test_threads_may_share_the_shapes_of_rows():
    """msgspec crashes the interpreter where two threads are the first to read one; one in four such processes died."""
    for _ in range(4):
        assert subprocess.run([sys.executable, "-c", RACE]).returncode == 0
