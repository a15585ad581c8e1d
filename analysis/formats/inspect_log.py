"""Inspect's `.eval`: one log a run, with a sample for each episode, scored with its reward.

A log is a ZIP archive of JSON: the header, a summary of each sample, and the samples, which are written one after the other.
Sample and epoch are task and attempt; the episode's id stands in the sample's metadata.
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from ...engine import VERSION
from ...engine.canonical import digest, encode
from ...engine.clock import to_text
from .conversation import Call, Conversation, Message, Said, reply_text
from .table import Format, Source

SCORE = "reward"
_NEVER = (1980, 1, 1, 0, 0, 0)
"""The time of all members, so that equal runs make equal archives; ZIP knows no earlier one."""


def write(path: Path, source: Source, conversations: Iterable[Conversation]) -> None:
    told = _Told(source)
    with ZipFile(path, "w", ZIP_DEFLATED) as archive, TemporaryFile() as summaries:
        for number, conversation in enumerate(conversations):
            sample = told.sample(conversation)
            _member(archive, f"samples/{sample['id']}_epoch_{sample['epoch']}.json", encode(sample))
            summaries.write(b"," if number else b"[")
            summaries.write(encode(_summary(sample)))
        summaries.write(b"]" if told.samples else b"[]")
        summaries.seek(0)
        with archive.open(_info("summaries.json"), "w") as member:
            shutil.copyfileobj(summaries, member)
        _member(archive, "header.json", encode(told.header()))


def _member(archive: ZipFile, name: str, data: bytes) -> None:
    archive.writestr(_info(name), data)


def _info(name: str) -> ZipInfo:
    info = ZipInfo(name, _NEVER)
    info.compress_type = ZIP_DEFLATED
    return info


class _Told:
    """What the header says of all samples, gathered while they pass by."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._epochs: Counter[str] = Counter()
        self._models: set[str] = set()
        self._rewards: list[float] = []
        self._first: int | None = None
        self._last: int | None = None

    @property
    def samples(self) -> int:
        return self._epochs.total()

    def sample(self, conversation: Conversation) -> dict[str, Any]:
        id = re.sub(r"[^A-Za-z0-9._~@:-]+", "-", conversation.task or conversation.id)  # readers make a file name of it
        self._epochs[id] += 1
        self._models.add(conversation.model)
        if conversation.reward is not None:
            self._rewards.append(float(conversation.reward))
        if times := conversation.times:
            self._first = min(times) if self._first is None else min(self._first, *times)
            self._last = max(times) if self._last is None else max(self._last, *times)
        return _sample(conversation, id, self._epochs[id])

    def header(self) -> dict[str, Any]:
        created = to_text(self._source.created_ms)
        name, samples = f"corecraft/{self._source.name}", self.samples
        began = created if self._first is None else to_text(self._first)
        ended = created if self._last is None else to_text(self._last)
        spec = {
            "run_id": _uid("run", self._source.name, created),
            "eval_id": _uid("eval", self._source.name, created),
            "task_id": _uid("task", self._source.name),
            "created": created,
            "task": name,
            "dataset": {"name": "corecraft", "samples": samples, "sample_ids": list(self._epochs)},
            "model": next(iter(self._models)) if len(self._models) == 1 else "several" if self._models else "none",
            "config": {"epochs": max(self._epochs.values(), default=1)},
            "packages": {"corecraft": VERSION},
            "scorers": [{"name": SCORE, "metrics": [{"name": "mean"}]}],
        }
        return {
            "version": 2,
            "status": "success",
            "eval": spec,
            "plan": {"name": "plan", "steps": [], "config": {}},
            "results": {
                "total_samples": samples,
                "completed_samples": samples,
                "scores": [self._score()] if self._rewards else [],
            },
            "stats": {"started_at": began, "completed_at": ended},
        }

    def _score(self) -> dict[str, Any]:
        mean = sum(self._rewards) / len(self._rewards)
        scored = {"scored_samples": len(self._rewards), "unscored_samples": self.samples - len(self._rewards)}
        return {"name": SCORE, "scorer": SCORE, **scored, "metrics": {"mean": {"name": "mean", "value": mean}}}


def _sample(conversation: Conversation, id: str, epoch: int) -> dict[str, Any]:
    messages = [
        one for number, message in enumerate(conversation.messages) for one in _told(conversation, message, number)
    ]
    until = next((n for n, one in enumerate(messages) if one["role"] == "assistant"), len(messages))
    last = next((one for one in reversed(messages) if one["role"] == "assistant"), None)
    times, usage = conversation.times, _usage(conversation)
    sample: dict[str, Any] = {
        "id": id,
        "epoch": epoch,
        "input": messages[:until],
        "target": "",
        "messages": messages,
        "output": {
            "model": conversation.model,
            "choices": [] if last is None else [{"message": last, "stop_reason": _stopped(conversation)}],
            "completion": conversation.answer or "",
        },
        "scores": _scores(conversation),
        "metadata": {
            "episode": conversation.id,
            "closed": conversation.closed,
            **({} if conversation.tools is None else {"tools": conversation.tools}),
            **{name: value for name, value in conversation.about.items() if name != "grade"},
        },
        "model_usage": {conversation.model: usage} if usage else {},
        "uuid": _uid("sample", conversation.id, str(conversation.about.get("head"))),
    }
    if times:
        began, ended = min(times), max(times)
        sample |= {"started_at": to_text(began), "completed_at": to_text(ended), "total_time": (ended - began) / 1000}
    return sample


def _told(conversation: Conversation, message: Message, number: int) -> Iterator[dict[str, Any]]:
    id = f"{conversation.id}.{number}"
    copied = {"metadata": {"copied": True}} if message.copied else {}
    if isinstance(message, Said):
        role = "system" if message.role in ("system", "developer") else "user"
        yield {"id": id, "role": role, "content": message.text, "source": "input", **copied}
        return
    content: Any = message.text
    if message.reasoning:
        content = [{"type": "reasoning", "reasoning": message.reasoning}, {"type": "text", "text": message.text}]
    said: dict[str, Any] = {"id": id, "role": "assistant", "content": content, "source": "generate", **copied}
    if message.model:
        said["model"] = message.model
    if message.calls:
        said["tool_calls"] = [_called(call) for call in message.calls]
    yield said
    for place, call in enumerate(message.calls):
        if call.replied:
            yield {"id": f"{id}.{place}", **_replied(call), **copied}


def _called(call: Call) -> dict[str, Any]:
    arguments = call.read
    told = {"id": call.id, "function": call.name, "arguments": arguments or {}, "type": "function"}
    return told if arguments is not None else {**told, "parse_error": f"no JSON object: {call.arguments}"}


def _replied(call: Call) -> dict[str, Any]:
    told = {
        "role": "tool",
        "content": reply_text(call.reply),
        "tool_call_id": call.id,
        "function": call.name,
    }
    return told | ({"error": {"type": "unknown", "message": str(call.reply["error"])}} if call.rejected else {})


def _stopped(conversation: Conversation) -> str:
    """Why the last turn ended, in Inspect's words."""
    last = conversation.turns[-1]
    said = {"length": "max_tokens", "content_filter": "content_filter", "refusal": "content_filter"}
    return said.get(last.finish_reason, "tool_calls" if last.calls else "stop")


def _scores(conversation: Conversation) -> dict[str, Any]:
    if conversation.reward is None:
        return {}
    unmet = [str(one.get("id")) for one in conversation.criteria if one.get("passed") is False]
    return {
        SCORE: {
            "value": conversation.reward,
            "answer": conversation.answer,
            "explanation": f"not met: {', '.join(unmet)}" if unmet else "nothing is unmet",
            "metadata": dict(conversation.grade),
        }
    }


def _usage(conversation: Conversation) -> Mapping[str, int]:
    used = [turn.usage for turn in conversation.turns if turn.usage and not turn.copied]
    if not used:
        return {}
    read = sum(_count(one, "prompt_tokens", "input_tokens") for one in used)
    wrote = sum(_count(one, "completion_tokens", "output_tokens") for one in used)
    return {"input_tokens": read, "output_tokens": wrote, "total_tokens": read + wrote}


def _count(usage: Mapping[str, Any], *names: str) -> int:
    return next((usage[name] for name in names if isinstance(usage.get(name), int)), 0)


_TOO_LONG = 200
"""Characters of a request that a summary shows."""


def _summary(sample: Mapping[str, Any]) -> dict[str, Any]:
    asked = next((str(one["content"]) for one in sample["input"] if one["role"] == "user"), "")
    kept = ("id", "epoch", "target", "model_usage", "started_at", "completed_at", "total_time", "uuid")
    scores = {name: {"value": score["value"]} for name, score in sample["scores"].items()}
    told = {name: sample[name] for name in kept if name in sample}
    about = {name: sample["metadata"].get(name) for name in ("episode", "closed")}
    return {
        **told, "input": asked[:_TOO_LONG], "scores": scores, "metadata": about, "completed": True,
        "message_count": len(sample["messages"]),
    }  # fmt: skip


def _uid(*parts: str) -> str:
    return digest("|".join(parts).encode())[:22]


FORMAT = Format("inspect", "an Inspect log: a sample an episode, scored with its reward", ".eval", write)
