"""What is written has the shape its format asks for, by schemas of ours; test_readers.py asks the formats' own readers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from weakref import ref
from zipfile import ZipFile

import duckdb
import pytest
from attrs import evolve
from corecraft.analysis.formats import FORMATS
from corecraft.analysis.formats.conversation import Conversation, conversation_of
from corecraft.analysis.formats.outward import export
from corecraft.analysis.formats.table import Format, Source
from corecraft.engine.episode import Episode
from corecraft.engine.event import RESPONDED
from corecraft.engine.run import Run
from corecraft.engine.world import World
from hypothesis import given, settings
from jsonschema import Draft202012Validator
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam
from pydantic import TypeAdapter

from tests import toy

from .conversations import conversations

DATA = Path(__file__).parents[2] / "data"
RECORDED = DATA / "blind-run"
SOURCE = Source("mine", 1_700_000_000_000)
USAGE = {"prompt_tokens": 40, "completion_tokens": 9, "prompt_tokens_details": {"cached_tokens": 30}}


def schema(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((DATA / "formats" / f"{name}.schema.json").read_bytes()))


@pytest.fixture(scope="module")
def recorded() -> Run:
    return Run(RECORDED, sparing=True)


def exported(run: Run, name: str, folder: Path) -> Path:
    export(run, run.episodes, FORMATS[name], folder / name, lambda _: toy.toolset().definitions())
    return folder / name


def test_atif(recorded: Run, tmp_path: Path):
    checked = schema("atif")
    files = sorted(exported(recorded, "atif", tmp_path).iterdir())
    assert [file.stem for file in files] == sorted(recorded.episodes)
    for file in files:
        told = json.loads(file.read_bytes())
        checked.validate(told)
        assert [step["step_id"] for step in told["steps"]] == [*range(1, len(told["steps"]) + 1)]
        for step in told["steps"]:
            asked = {call["tool_call_id"] for call in step.get("tool_calls", ())}
            assert {result["source_call_id"] for result in step.get("observation", {}).get("results", ())} <= asked


def test_chat_as_chat_completions_take_it(recorded: Run, tmp_path: Path):
    messages, tools = TypeAdapter(list[ChatCompletionMessageParam]), TypeAdapter(list[ChatCompletionToolParam])
    rows = [json.loads(line) for line in exported(recorded, "chat", tmp_path).open()]
    assert [row["metadata"]["episode"] for row in rows] == recorded.episodes
    for row in rows:
        messages.validate_python(row["messages"])
        tools.validate_python(row["tools"])
        _check_replies(row["messages"])
        assert "criteria" not in row["metadata"].get("grade", {})


def _check_replies(messages: list[dict[str, Any]]) -> None:
    """Every reply follows the turn that asked for it, and no other turn comes between."""
    waiting: Counter[str] = Counter()
    for message in messages:
        if message["role"] == "tool":
            assert waiting[message["tool_call_id"]] > 0
            waiting[message["tool_call_id"]] -= 1
        else:
            assert not waiting.total()
            waiting = Counter(call["id"] for call in message.get("tool_calls", ()))


def test_the_mask_is_of_the_episodes_own_turns(recorded: Run, tmp_path: Path):
    for line in exported(recorded, "chat", tmp_path).open():
        row = json.loads(line)
        weights = [message["weight"] for message in row["messages"] if message["role"] == "assistant"]
        assert weights == sorted(weights)
        assert (0 in weights) == ("parent" in row["metadata"])


def test_inspect(recorded: Run, tmp_path: Path):
    checked = schema("inspect-sample")
    with ZipFile(exported(recorded, "inspect", tmp_path)) as archive:
        names = [name for name in archive.namelist() if name.startswith("samples/")]
        samples = [json.loads(archive.read(name)) for name in names]
        header, summaries = (json.loads(archive.read(f"{name}.json")) for name in ("header", "summaries"))
    for name, sample in zip(names, samples, strict=True):
        checked.validate(sample)
        assert name == f"samples/{sample['id']}_epoch_{sample['epoch']}.json"
    assert len(set(names)) == len(names) == len(summaries) == header["eval"]["dataset"]["samples"] == 79
    assert [sample["metadata"]["episode"] for sample in samples] == recorded.episodes
    rewards = [sample["scores"]["reward"]["value"] for sample in samples if sample["scores"]]
    assert header["results"]["scores"][0]["metrics"]["mean"]["value"] == pytest.approx(sum(rewards) / len(rewards))


def test_otel(recorded: Run, tmp_path: Path):
    checked = schema("otlp")
    for line in exported(recorded, "otel", tmp_path).open():
        told = json.loads(line)
        checked.validate(told)
        root, *others = spans = [*_spans(told)]
        assert len({span["spanId"] for span in spans}) == len(spans)
        assert {span["traceId"] for span in spans} == {root["traceId"]}
        assert {span["parentSpanId"] for span in others} <= {root["spanId"]}
        assert all(int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"]) for span in spans)
        about = {one["key"]: one["value"] for one in root["attributes"]}
        assert ("links" in root) == ("corecraft.parent" in about)
        for name in ("gen_ai.system_instructions", "gen_ai.input.messages", "gen_ai.tool.definitions"):
            json.loads(about[name]["stringValue"])


def _spans(told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for resource in told["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            yield from scope["spans"]


def test_parquet(recorded: Run, tmp_path: Path):
    path = exported(recorded, "parquet", tmp_path)
    rows = duckdb.sql(
        f"SELECT episode, reward, len(messages), messages[1].role, tools, metadata FROM read_parquet('{path}')"
    ).fetchall()
    assert [row[0] for row in rows] == recorded.episodes
    assert [row[1] for row in rows] == [conversation_of(recorded, id).reward for id in recorded.episodes]
    assert {row[3] for row in rows} == {"system"}
    assert all(json.loads(row[4]) and json.loads(row[5])["episode"] == row[0] for row in rows)


@given(conversations())
@settings(max_examples=40, deadline=None)
def test_any_conversation_has_the_shape(conversation: Any):
    from corecraft.analysis.formats import atif, chat, inspect_log, otel

    schema("atif").validate(json.loads(json.dumps(atif.document(conversation))))
    schema("otlp").validate(json.loads(json.dumps(otel.trace(conversation, SOURCE))))
    schema("inspect-sample").validate(json.loads(json.dumps(inspect_log._Told(SOURCE).sample(conversation))))
    _check_replies(chat.row(conversation)["messages"])


def model_run(folder: Path) -> Run:
    """A model's episode: a turn with two calls, one of broken arguments, then an answer; and one in which nothing was said."""
    run = Run.create(folder, {"created_ms": 1_700_000_000_000})
    run.add_genesis(toy.genesis())
    wall = iter(range(1_700_000_000_000, 1_800_000_000_000, 1_000))
    log = run.writer("w", lambda: next(wall))
    prompts = [{"role": "system", "text": "Paint."}, {"role": "user", "text": "Paint p1 red.", "from": "avery"}]
    options = {"prompts": prompts, "labels": {"agent": "m", "trial": 0}, "log": log}
    episode = Episode.open("played", World(toy.genesis()), toy.toolset(), **options)
    asked = [("a", "paintPot", '{"pot_id": "p1", "color": "red"}'), ("b", "paintPot", "{broken")]
    calls = [{"id": id, "type": "function", "function": {"name": name, "arguments": text}} for id, name, text in asked]
    turn = {"text": "First the pot.", "reasoning": "p1 it is", "tool_calls": calls, "usage": USAGE, "model": "m-1"}
    episode.record(RESPONDED, {**turn, "finish_reason": "tool_calls"}, beside={"latency_ms": 250, "cost_usd": 0.001})
    for id, name, text in asked:
        episode.call(name, text.encode(), call_id=id)
    episode.record(RESPONDED, {"text": "Done.", "model": "m-1"})
    episode.submit("Done.")
    Episode.open("silent", World(toy.genesis()), toy.toolset(), log=log)
    log.close()
    return Run(folder)


def test_what_a_model_said_is_told_as_it_was_said(tmp_path: Path):
    run = model_run(tmp_path / "run")
    told = export(run, run.episodes, FORMATS["atif"], tmp_path / "out")
    assert (told.episodes, told.empty) == (1, ["silent"])
    document = json.loads((tmp_path / "out" / "played.json").read_bytes())
    schema("atif").validate(document)
    step = document["steps"][2]
    assert step["metrics"] == {
        "prompt_tokens": 40, "completion_tokens": 9, "cached_tokens": 30, "cost_usd": 0.001,
        "extra": {"usage": USAGE, "latency_ms": 250},
    }  # fmt: skip
    assert [call["arguments"] for call in step["tool_calls"]] == [{"pot_id": "p1", "color": "red"}, {}]
    assert step["tool_calls"][1]["extra"] == {"arguments": "{broken"}
    assert [json.loads(one["content"]).get("color") for one in step["observation"]["results"]] == ["red", None]
    assert [step.get("llm_call_count") for step in document["steps"]] == [None, None, 1, 1]


def test_spans_say_how_long_a_model_took(tmp_path: Path):
    run = model_run(tmp_path / "run")
    export(run, run.episodes, FORMATS["otel"], tmp_path / "out")
    spans = [*_spans(json.loads((tmp_path / "out").read_bytes()))]
    assert [span["name"] for span in spans] == [
        "invoke_agent m", "chat m-1", "execute_tool paintPot", "execute_tool paintPot", "chat m-1",
    ]  # fmt: skip
    chat = spans[1]
    assert int(chat["endTimeUnixNano"]) - int(chat["startTimeUnixNano"]) == 250_000_000
    assert spans[3]["status"]["code"] == 2
    assert {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "40"}} in chat["attributes"]


@pytest.mark.parametrize("format", FORMATS.values(), ids=lambda format: format.name)
def test_no_more_than_an_episode_is_held(format: Format, tmp_path: Path):
    one = conversation_of(model_run(tmp_path / "run"), "played")
    held: list[ref[Conversation]] = []
    most = 0

    def many() -> Iterator[Conversation]:
        nonlocal most
        for number in range(20):
            made = evolve(one, id=f"e{number}")
            held.append(ref(made))
            most = max(most, sum(each() is not None for each in held))
            yield made
            del made

    format.write(tmp_path / "out", SOURCE, many())
    assert most <= 2
