"""Files that others wrote: what is made of them, and what is said of those that break their own format."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from corecraft.analysis.database import connect, query
from corecraft.analysis.formats import FORMATS
from corecraft.analysis.formats.conversation import Said, Turn, conversation_of
from corecraft.analysis.formats.inward import bring_in
from corecraft.analysis.formats.outward import export
from corecraft.analysis.formats.table import Malformed
from corecraft.engine.errors import CoreCraftError
from corecraft.engine.run import Run
from corecraft.replay.view import steps
from hypothesis import given, settings
from hypothesis import strategies as st

from .conversations import JSON

DATA = Path(__file__).parents[2] / "data" / "formats"
ATIF, CHAT = DATA / "foreign.atif.json", DATA / "foreign.chat.jsonl"


def test_a_foreign_trajectory(tmp_path: Path):
    run = bring_in([ATIF], FORMATS["atif"], tmp_path / "run", 5)
    assert run.episodes == ["trial-7-attempt-2", "helper"]
    told = conversation_of(run, "trial-7-attempt-2")
    system, asked, turn, compacted, freed, last = told.messages
    assert isinstance(asked, Said)
    assert asked.text == "Which files are there?\n[image images/1.png]"
    assert isinstance(turn, Turn)
    assert [(call.id, call.reply) for call in turn.calls] == [("a", "notes.txt\n"), ("b", "")]
    assert (turn.model, turn.reasoning, turn.beside) == ("some-model", "ls will do.", {"cost_usd": 0.0004})
    assert turn.tokens == {"ids": [5, 6], "logprobs": [-0.5, -0.25]}
    assert turn.wall_ms == 1_772_618_405_250
    assert [one.text for one in (system, compacted, freed)] == [  # type: ignore[union-attr]
        "You work in a shell.", "context was compacted", "1,024 tokens freed",
    ]  # fmt: skip
    assert (told.answer, told.closed, told.agent) == ("There is one: notes.txt.", "answered", "shell-agent")
    assert told.tools
    assert told.tools[0]["inputSchema"]["properties"] == {"command": {"type": "string"}}
    assert isinstance(last, Turn)
    assert run.info["imported"] == "atif"


def test_a_foreign_data_set(tmp_path: Path):
    run = bring_in([CHAT], FORMATS["chat"], tmp_path / "run", 5)
    assert run.episodes == ["foreign.chat-1", "foreign.chat-3"]
    first, second = (conversation_of(run, id) for id in run.episodes)
    assert [message.text for message in first.messages][:2] == ["Be brief.", "What is the weather in\nUtrecht?"]
    (call,) = first.turns[0].calls
    assert (call.read, call.reply, first.answer) == ({"city": "Utrecht"}, "rain", "It rains.")
    assert first.tools
    assert first.tools[0]["name"] == "weather"
    assert [turn.copied for turn in second.turns] == [True, False]
    assert [call.reply for call in second.turns[1].calls] == [{"seen": True}, {"error": "no JSON"}]
    assert (second.reward, second.task, second.labels, second.answer) == (0.5, "T-1", {}, None)


def test_it_is_viewed_and_asked_like_any_other(tmp_path: Path):
    run = bring_in([CHAT], FORMATS["chat"], tmp_path / "run", 5)
    kinds = [step.kind for step in steps(run.trajectory("foreign.chat-3"))]
    assert kinds == ["opened", "prompt", "outside", "turn", "prompt", "turn", "call", "call", "closed", "grade"]
    with connect([tmp_path / "run"]) as con:
        rows = query(
            con, "SELECT task_id, status, calls, rejections, code_reward, code_passed FROM episodes ORDER BY episode"
        )
        said = query(con, "SELECT count(*) AS turns FROM turns")
    assert rows[1] == {
        "task_id": "T-1", "status": "closed", "calls": 2, "rejections": 1, "code_reward": 0.5, "code_passed": False,
    }  # fmt: skip
    assert said == [{"turns": 4}]


def broken(change: Callable[[dict[str, Any]], object]) -> bytes:
    told = json.loads(ATIF.read_bytes())
    change(told)
    return json.dumps(told).encode()


def _results(told: dict[str, Any]) -> list[dict[str, Any]]:
    return told["steps"][2]["observation"]["results"]


BROKEN_ATIF = {
    "steps[2].message: Expected `str | array`, got `int`": lambda t: t["steps"][2].update(message=5),
    "agent: Object missing required field `version`": lambda t: t["agent"].pop("version"),
    "steps[0]: step_id is 7, expected 1": lambda t: t["steps"][0].update(step_id=7),
    "steps[1]: model_name is only for steps of the agent": lambda t: t["steps"][1].update(model_name="m"),
    "no call of this step is 'z'": lambda t: _results(t)[0].update(source_call_id="z"),
    "steps[2]: a reply to 'a', which nobody called": lambda t: _results(t)[1].update(source_call_id="a"),
    "Invalid isoformat string": lambda t: t["steps"][2].update(timestamp="yesterday"),
    "contains unknown field `mood`": lambda t: t["steps"][2].update(mood="good"),
    "schema_version": lambda t: t.update(schema_version="2.0"),
    "steps: Expected `array` of length >= 1": lambda t: t.update(steps=[]),
    "llm_call_count is 0": lambda t: t["steps"][2].update(llm_call_count=0),
    "subagent_trajectories[0]: trajectory_id is required": lambda t: t["subagent_trajectories"][0].pop("trajectory_id"),
}  # fmt: skip


@pytest.mark.parametrize("reason", BROKEN_ATIF)
def test_a_broken_trajectory_is_named_with_its_place(reason: str, tmp_path: Path):
    file = tmp_path / "broken.json"
    file.write_bytes(broken(BROKEN_ATIF[reason]))
    _refused([ATIF, file], "atif", f"{file}", reason, tmp_path)


BROKEN_CHAT = {
    "line 2: not JSON": b"{",
    "line 2, messages[0]: Object missing required field `role`": b'{"messages": [{"content": "x"}]}',
    "line 2: messages[0]: there is no role 'robot'": b'{"messages": [{"role": "robot", "content": "x"}]}',
    "line 2: messages[0]: a reply to 'a', which nobody called": b'{"messages": [{"role": "tool", "tool_call_id": "a"}]}',
    "line 2: messages: there is none": b'{"messages": []}',
    "line 2: tools[0]: expected a function with a name": b'{"messages": [{"role": "user", "content": "x"}], "tools": [{}]}',
    "line 2: not JSON: a lone surrogate": b'{"messages": [{"role": "user", "content": "\\ud800"}]}',
    "line 2: nested deeper than 64 levels": b'{"messages": [], "x": ' + b"[" * 99 + b"]" * 99 + b"}",
    "line 2: Expected `object`, got `array`": b"[]",
}  # fmt: skip


@pytest.mark.parametrize("reason", BROKEN_CHAT)
def test_a_broken_line_is_named(reason: str, tmp_path: Path):
    file = tmp_path / "broken.jsonl"
    file.write_bytes(b'{"messages": [{"role": "user", "content": "Hello"}]}\n' + BROKEN_CHAT[reason] + b"\n")
    _refused([file], "chat", f"{file}, ", reason, tmp_path)


def _refused(files: list[Path], format: str, where: str, reason: str, folder: Path) -> None:
    """One line, and nothing is left."""
    before = sorted(folder.iterdir())
    with pytest.raises(Malformed) as caught:
        bring_in(files, FORMATS[format], folder / "run", 5)
    assert str(caught.value).startswith(where)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
    assert sorted(folder.iterdir()) == before


def test_what_there_is_already_is_left_alone(tmp_path: Path):
    run = bring_in([CHAT], FORMATS["chat"], tmp_path / "run", 5)
    with pytest.raises(CoreCraftError, match="is there already"):
        bring_in([CHAT], FORMATS["chat"], tmp_path / "run", 5)
    assert Run(tmp_path / "run").episodes == run.episodes


def test_a_file_of_nothing(tmp_path: Path):
    (tmp_path / "none.jsonl").write_bytes(b"\n")
    with pytest.raises(CoreCraftError, match="there is no conversation"):
        bring_in([tmp_path / "none.jsonl"], FORMATS["chat"], tmp_path / "run", 5)
    with pytest.raises(CoreCraftError, match=r"gone\.jsonl cannot be read: No such file"):
        bring_in([tmp_path / "gone.jsonl"], FORMATS["chat"], tmp_path / "run", 5)
    assert [path.name for path in tmp_path.iterdir()] == ["none.jsonl"]


def test_equal_names_are_told_apart(tmp_path: Path):
    run = bring_in([ATIF, ATIF], FORMATS["atif"], tmp_path / "run", 5)
    assert run.episodes == ["trial-7-attempt-2", "helper", "trial-7-attempt-2-2", "helper-2"]


def _altered(told: Any, place: list[float], value: Any) -> Any:
    """With another value somewhere. place: which of all there are, level by level."""
    if not place or not isinstance(told, dict | list) or not told:
        return value
    keys = list(told) if isinstance(told, dict) else list(range(len(told)))
    key = keys[int(place[0] * len(keys))]
    copy = told.copy()
    copy[key] = _altered(told[key], place[1:], value)
    return copy


@pytest.mark.parametrize("name", ["atif", "chat"])
@given(st.data())
@settings(max_examples=150, deadline=None)
def test_whatever_a_file_holds_it_is_taken_or_refused_in_one_line(name: str, data: st.DataObject):
    place = data.draw(st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=7))
    base = (
        [json.loads(ATIF.read_bytes())]
        if name == "atif"
        else [json.loads(x) for x in CHAT.read_text().splitlines() if x]
    )
    base += OURS[name]
    told = _altered(data.draw(st.sampled_from(base)), place, data.draw(JSON))
    with TemporaryDirectory() as folder:
        file, run = Path(folder) / "file.json", Path(folder) / "run"
        file.write_text(json.dumps(told))
        try:
            episodes, refused = bring_in([file], FORMATS[name], run, 5).episodes, ""
        except CoreCraftError as error:
            episodes, refused = [], str(error)
        if refused:
            assert str(file) in refused
            assert "\n" not in refused
            assert sorted(path.name for path in Path(folder).iterdir()) == ["file.json"]
        for id in episodes:
            assert conversation_of(Run(run), id).messages
        for format in FORMATS.values() if episodes else ():
            export(Run(run), episodes, format, Path(folder) / format.name)


OURS = {
    "chat": [
        {
            "messages": [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi.", "weight": 1}],
            "tools": [
                {"type": "function", "function": {"name": "look", "description": "", "parameters": {"type": "object"}}}
            ],
            "metadata": {
                "episode": "e",
                "closed": "answered",
                "answer": "Hi.",
                "task": {"id": "S-2", "digest": "0"},
                "labels": {"agent": "a", "model": "m"},
                "parent": {"episode": "p", "seq": 3},
                "status": "closed",
                "grade": {"reward": 0.5, "passed": False, "criteria": [{"id": "c", "passed": True, "reason": "so"}]},
            },
        }
    ]
}
OURS["atif"] = [
    {
        "schema_version": "ATIF-v1.7",
        "session_id": "e",
        "agent": {"name": "a", "version": "1"},
        "steps": [
            {"step_id": 1, "source": "user", "message": "Hello", "extra": {"role": "developer", "from": "avery"}},
            {
                "step_id": 2,
                "source": "agent",
                "message": "Hi.",
                "llm_call_count": 1,
                "metrics": {"extra": {"usage": {"prompt_tokens": 1}, "tokens": {"text": ["x"]}, "latency_ms": 3}},
                "extra": {"finish_reason": "stop"},
            },
        ],
        "extra": {"corecraft": OURS["chat"][0]["metadata"]},
    }
]
