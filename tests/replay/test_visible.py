"""Nothing in a text acts on a terminal, and no line of it passes for one that the program wrote."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from corecraft.engine.episode import Episode
from corecraft.engine.event import Change
from corecraft.engine.run import Run
from corecraft.replay.diff import diff
from corecraft.replay.diff import render as render_diff
from corecraft.replay.lineage import lineage
from corecraft.replay.lineage import render as render_tree
from corecraft.replay.view import render
from corecraft.replay.visible import MARK, Passage, hidden, one_line, visible, visible_json
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from ..toy import episode, genesis

HIDDEN = {
    "escape": "\x1b[2J",
    "bell": "\x07",
    "carriage return": "\rpassed",
    "backspace": "\x08\x08",
    "delete": "\x7f",
    "tab": "\t",
    "null": "\x00",
    "C1 control sequence": "\x9b31m",
    "C1 next line": "\x85",
    "line separator": "\u2028",
    "paragraph separator": "\u2029",
    "vertical tab": "\x0b",
    "form feed": "\x0c",
    "right to left override": "\u202e",
    "isolate": "\u2066",
    "right to left mark": "\u200f",
    "zero width space": "\u200b",
    "zero width joiner": "\u200d",
    "soft hyphen": "\xad",
    "byte order mark": "\ufeff",
    "tag": "\U000e0041",
    "variation": "\U000e0101",
    "filler": "\u3164",
    "braille blank": "\u2800",
    "surrogate": "\ud800",
}
FORGED = ("\n    8  passed, code reward 1.000", "\n        ✓ all  It did all", "\n", " " * 150 + "✓ passed")
NASTY = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from([*HIDDEN.values(), *FORGED, "a", " ", "[red]", "[/]", "┆ ", "│ "]), max_size=12).map(
        "".join
    ),
)
STORED = NASTY.map(lambda text: text.encode("utf-8", "replace").decode())
"""As it can stand in a log."""


def printed(renderable: Any, width: int = 160) -> list[str]:
    """The lines as they come out; the console does nothing for safety here."""
    console = Console(width=width, record=True, file=open("/dev/null", "w"), markup=False)  # noqa: SIM115
    console.print(renderable)
    return console.export_text().removesuffix("\n").split("\n")


def unmarked(lines: list[str]) -> int:
    return sum(not line.lstrip(" <>").startswith(MARK.rstrip()) for line in lines)


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN)
def test_each_kind_of_hidden_character(text: str):
    assert any(map(hidden, text))
    for shown in (visible(f"a{text}b"), one_line(f"a{text}b")):
        assert not any(map(hidden, shown))
        assert re.fullmatch(r"a(\\(x..|u....|U........|[tr]))+.*b", shown)


@pytest.mark.parametrize("text", ["", "plain", "é ñ 中文 ا ש", "😀 ⚠️", "a\nb", "x\u0301", "\u3000", "\\x1b"])
def test_what_people_write_stays_as_it_is(text: str):
    assert visible(text) == text


@given(NASTY)
def test_nothing_hidden_is_left(text: str):
    assert not any(map(hidden, visible(text)))
    assert not any(map(hidden, one_line(text)))
    assert "\n" not in one_line(text)


@given(NASTY)
def test_json_means_the_same(text: str):
    as_is = json.dumps({"a": [text]}, ensure_ascii=False, indent=1)
    shown = visible_json(as_is)
    assert not any(map(hidden, shown))
    assert json.loads(shown) == json.loads(as_is)


@given(NASTY, st.integers(2, 200), st.integers(0, 8), st.integers(0, 8))
def test_every_line_of_a_passage_but_the_first_is_marked(text: str, width: int, indent: int, hang: int):
    lines = printed(Passage(Text(visible(text)), indent, hang), width + indent + hang + 2)
    assert all(line.startswith(" " * (indent + hang) + MARK.rstrip()) for line in lines[1:])
    assert max(map(len, lines)) <= width + indent + hang + 2 or not text.isascii()
    kept = [line[indent + (hang + len(MARK) if number else 0) :] for number, line in enumerate(lines)]
    assert "".join("".join(kept).split()) == "".join(visible(text).split())  # spaces are lost where lines are wrapped


def history(text: str, **options: Any) -> Episode:
    """Everything an outsider can put words into."""
    e = episode(prompts=[{"role": "user", "text": text}], labels={"agent": text}, **options)
    e.record("model.responded", {"text": text})
    e.call("listPots", {"color": text})
    e.call(f"paint{text}", {})
    e.call("paintPot", {"pot_id": "p1", "color": text})
    e.record("world.told", {"words": text}, [Change("lid", "l1", {"id": "l1", "note": text})])
    e.submit(text)
    met = {"id": text, "text": text, "passed": True, "reason": text, "evidence": [1]}
    e.record("episode.graded", {"reward": 0.5, "passed": False, "criteria": [met]})
    return e


def view_of(text: str) -> Any:
    e = history(text)
    return render(e.trajectory(), {"agent": text}, genesis=genesis(), full=True)


def short_view_of(text: str) -> Any:
    e = history(text)
    return render(e.trajectory(), {"agent": text}, genesis=genesis())


def diff_of(text: str) -> Any:
    e = history(text)
    other = e.fork(2, id="other")
    other.call("paintPot", {"pot_id": "p2", "color": text + "!"})
    return render_diff(diff(e.trajectory(), other.trajectory(), genesis()))


@pytest.mark.parametrize("of", [view_of, short_view_of, diff_of])
@settings(max_examples=40)
@given(text=STORED, width=st.integers(60, 200))
def test_no_text_adds_a_line_that_is_not_marked(of: Callable[[str], Any], text: str, width: int):
    lines = printed(of(text), width)
    assert not any(map(hidden, "".join(lines)))
    assert unmarked(lines) == unmarked(printed(of("x"), width))


@pytest.mark.parametrize("text", [*HIDDEN.values(), *FORGED])
def test_no_text_adds_a_line_to_the_tree(tmp_path_factory: pytest.TempPathFactory, text: str):
    text = text.encode("utf-8", "replace").decode()
    run = Run.create(tmp_path_factory.mktemp("run"), {})
    writer = run.writer("w", lambda: 7)
    history(text, log=writer).fork(2, id="other", labels={"agent": text}).call("listPots", {})
    writer.close()
    lines = printed(render_tree(lineage(run)), 60)
    assert not any(map(hidden, "".join(lines)))
    assert unmarked([line.lstrip("└─│ ") for line in lines]) == 2
