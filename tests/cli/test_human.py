"""A person as agent: a terminal with Tab, a pipe, leaving and going on, and the record of it."""

from __future__ import annotations

import json
import subprocess
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from corecraft.cli.human import Human, Left
from corecraft.cli.screens import COMMAND
from corecraft.engine.episode import Episode
from corecraft.engine.run import Run
from corecraft.rollouts.agents import scripted
from corecraft.rollouts.loop import RULES, Rules
from corecraft.rollouts.runner import Stage, record_grade
from rich.console import Console

from .terminal import terminal


def sat(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    text: str | bytes,
    episode: Episode | None = None,
    rules: Rules = RULES,
) -> tuple[Episode, str]:
    """An episode of S-2 with these lines typed, and what was shown. What is not answered is left open."""
    episode = episode or stage.open(stage.tasks["S-2"], "e")
    out = Console(file=StringIO(), width=500, highlight=False, markup=False)
    typed = text if isinstance(text, bytes) else text.encode()
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(typed), "utf-8"))
    try:
        Human("human", "The policy.", out, rules).play(episode)
    except (EOFError, Left):
        assert episode.status == "open"
    return episode, out.file.getvalue()  # pyright: ignore[reportAttributeAccessIssue]


def turns(episode: Episode) -> list[dict[str, Any]]:
    return [event.data for event in episode.trajectory().events if event.kind == "model.responded"]


def test_calls_thoughts_and_the_answer_are_turns_on_record(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    calls = "/think Who is it?\nsearchCustomers name=Jillian Reaves\nsearchOrders limit=x\n"
    episode, shown = sat(stage, monkeypatch, f"{calls}/think So.\n/answer\nTwo\n\nlines.\n.\n")
    first, second, last = turns(episode)
    assert first["text"] == "Who is it?"
    assert first["tool_calls"] == [
        {"id": "call_0", "type": "function",
         "function": {"name": "searchCustomers", "arguments": '{"name": "Jillian Reaves"}'}}
    ]  # fmt: skip
    assert "text" not in second
    assert last == {"text": "Two\n\nlines.", "reasoning": "So."}
    assert episode.trajectory().answer == "Two\n\nlines."
    assert [call.ok for call in episode.trajectory().calls()] == [True, False]
    assert "alex-morgan asks" in shown
    assert "✓ searchCustomers: 1 row\n┆ - id: jillian-reaves-40718\n┆   name: Jillian Reaves" in shown
    assert "✗ searchOrders refused: Invalid limit" in shown


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/help", "searchOrders order_id=ord-251102-810 limit=3"),
        ("/tools", "getOrderDetails\t"),
        ("/tools create_refund", "amount\trequired\tnumber"),
        ("/tools nothing", "no tool nothing; /tools lists them"),
        ("/policy", "The policy."),
        ("/task", "alex-morgan asks"),
        ("/more", "nothing was called yet"),
        ("/fly", "no command /fly; /help lists them"),
        ("searchOrder", "no tool searchOrder; near it: searchOrders"),
        ("/answer\n\n.", "nothing was written"),
        ("/answer\nHm.\n/cancel", "| /cancel"),
        ("/quit\nsearchOrders", "> /quit"),
        ("\x1b[31m", "no tool \\x1b[31m"),
        ("/edit", "no-editor cannot be started: No such file or directory; set EDITOR, or use /answer"),
    ],
)
def test_what_is_no_turn_is_not_on_record(stage: Stage, monkeypatch: pytest.MonkeyPatch, line: str, told: str):
    monkeypatch.setenv("VISUAL", "no-editor")
    episode, shown = sat(stage, monkeypatch, f"{line}\n")
    assert told in shown
    assert "\x1b" not in shown
    assert not turns(episode)
    assert episode.status == "open"


def test_a_long_reply_is_cut_and_shown_in_whole_on_request(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    episode, shown = sat(stage, monkeypatch, "searchOrders limit=5\n")
    assert "more lines: /more shows all" in shown
    _, again = sat(stage, monkeypatch, "/more 1\n/more 2\n", episode)
    assert 'taken up after 1 call\n  1  searchOrders {"limit": 5}  ✓ 5 rows' in again
    assert again.count("- id: ord-") == 5
    assert "more lines" not in again
    assert "there are replies 1 to 1" in again


@pytest.mark.parametrize(
    ("editor", "told"),
    [
        ('vi "', 'the editor vi " cannot be read: No closing quotation; set EDITOR, or use /answer'),
        ("sh -c 'exit 3'", "sh ended with 3, so there is no answer yet"),
        ("rm", "rm left no answer: No such file or directory"),
        ("true", "nothing was written"),
        (" ", "vi cannot be started: No such file or directory; set EDITOR, or use /answer"),
    ],
)
def test_an_editor_that_is_none_is_one_line(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, editor: str, told: str
):
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", editor)
    if not editor.strip():
        monkeypatch.setenv("PATH", str(tmp_path))
    episode, shown = sat(stage, monkeypatch, "/edit\n")
    assert told in shown
    assert episode.status == "open"


def test_an_answer_is_written_in_the_editor(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VISUAL", """sh -c 'printf "One\\n.\\ntwo\\n" > "$0"'""")
    assert sat(stage, monkeypatch, "/edit\n")[0].trajectory().answer == "One\n.\ntwo"


def test_what_ends_an_episode_otherwise_is_told(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    episode, shown = sat(stage, monkeypatch, b"searchCustomers name=\xff\n", rules=Rules(turns=1))
    assert episode.status == "closed"
    assert shown.endswith("the episode is closed: turn_limit\n")


def typed_by_the_reference(stage: Stage, task: str) -> tuple[str, dict[str, Any]]:
    """What a person would type to do the same, and how it is graded."""
    episode = stage.open(stage.tasks[task], "r")
    episode.submit(scripted(stage.tasks[task], "reference").play(episode))
    calls = [(call.tool, call.arguments or {}) for call in episode.trajectory().calls()]
    lines = [
        " ".join((tool, *(f"{name}={_written(value)}" for name, value in arguments.items())))
        for tool, arguments in calls
    ]
    text = "\n".join((*lines, "/answer", episode.trajectory().answer or "", ".", ""))
    return text, record_grade(stage.tasks[task], episode).data()


def _written(value: object) -> str:
    return value if isinstance(value, str) and "=" not in value else json.dumps(value)


def test_through_a_pipe_the_same_is_worth_the_same(stage: Stage, tmp_path: Path):
    text, grade = typed_by_the_reference(stage, "S-2")
    command = [*COMMAND, "run", "--task", "S-2", "--agent", "human", "--out", str(tmp_path / "run"), "--json"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)
    (found,) = json.loads(done.stdout)["episodes"]
    assert (found["episode"], found["status"]) == ("S-2.human.0", "graded")
    assert found["code_passed"] is True
    assert [(c["id"], c["passed"]) for c in found["criteria"]] == [(c["id"], c["passed"]) for c in grade["criteria"]]
    assert "✓ searchShipments: 1 row" in done.stderr
    assert "\x1b" not in done.stderr
    assert Run(tmp_path / "run").labels("S-2.human.0")["player"] == "human"


def test_at_a_terminal_tab_completes_and_the_same_command_goes_on(tmp_path: Path):
    command = ("run", "--task", "S-2", "--agent", "human", "--name", "ann", "--out", tmp_path / "run")
    with terminal(*command) as sitting:
        sitting.expect("\n> ")
        for keys, shown in (("searchOr\t", "searchOrders "), ("st\t", "status="), ("p\t", "partially_refunded"),
                            ("en\t", "pending "), ("lim\t2\r", "✓ searchOrders: 2 rows"), ("", "\n> ")):  # fmt: skip
            sitting.type(keys)
            sitting.expect(shown)
        sitting.type("\x1b[A")
        sitting.expect("searchOrders status=pending limit=2")
        sitting.type("\x03")
        sitting.expect("S-2.ann.0 stays open, and the same command goes on there")
        sitting.expect("0 of 1 episodes graded; 1 not finished: the same command goes on")
        assert sitting.end() == 0
        assert "Traceback" not in sitting.shown
    with terminal(*command) as sitting:
        sitting.expect("taken up after 1 call")
        sitting.expect("\n> ")
        sitting.type("/answer\rI do not know.\r.\r")
        sitting.expect("1 of 1 episodes graded")
    past = Run(tmp_path / "run").trajectory("S-2.ann.0")
    assert past.answer == "I do not know."
    assert [call.arguments for call in past.calls()] == [{"status": "pending", "limit": 2}]
