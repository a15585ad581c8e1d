"""Plays BFCL with answers that are right, bent, broken or none, and has BFCL's own runner score the same file: FOLDER LIMIT."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ |= {"BFCL_PROJECT_ROOT": sys.argv[1], "OPENAI_API_KEY": "none"}

import anyio
from bfcl_eval.eval_checker.eval_runner import runner
from corecraft.rollouts.agents.model import ModelAgent
from corecraft.rollouts.agents.turns import Ask, Completion
from corecraft.rollouts.bfcl.cases import CATEGORIES, Case, cases
from corecraft.rollouts.bfcl.playing import play, recorded
from corecraft.rollouts.bfcl.scoring import AS_MODEL, score


class Scripted:
    """In the place of an endpoint."""

    def __init__(self, chosen: list[Case]) -> None:
        self.answers = {case.messages[-1].text: answer(case, number) for number, case in enumerate(chosen)}

    async def complete(self, ask: Ask) -> Completion:
        said = self.answers[ask.body["messages"][-1]["content"]]
        message = {"role": "assistant", "content": said} if isinstance(said, str) else {"tool_calls": said}
        usage = {"prompt_tokens": 10, "completion_tokens": 5}
        return Completion({"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage})


def answer(case: Case, number: int) -> Any:
    if number % 7 == 3:
        return "I would rather not."
    calls = [(name.replace(".", "_"), given) for right in case.right for name, given in right.items()]
    made = [{"function": {"name": name, "arguments": json.dumps(chosen(given))}} for name, given in calls]
    if number % 5 == 1:
        made[0]["function"]["arguments"] = json.dumps({"bent": True})
    if number % 11 == 5:
        made[-1]["function"]["arguments"] = "{"
    if number % 13 == 6:
        made.pop()
    return made


def chosen(given: Any) -> Any:
    """The first value that is right, of each parameter that has to be there."""
    if isinstance(given, dict):
        return {name: chosen(values[0]) for name, values in given.items() if values and values[0] != ""}
    return [chosen(one) for one in given] if isinstance(given, list) else given


def main(folder: str, limit: str) -> None:
    out, ours = Path(folder), {}
    for category in CATEGORIES:
        listed = cases(category, int(limit))
        anyio.run(play, out, listed, ModelAgent("toy", "toy", ""), Scripted(listed))
        anyio.run(play, out, listed, ModelAgent("toy", "toy", ""), None)  # all is recorded: nobody is asked
        scored = score(category, listed, recorded(out, category))
        ours[CATEGORIES[category]] = {"accuracy": scored.accuracy, "wrong": dict(sorted(scored.wrong.items()))}
    with contextlib.redirect_stdout(sys.stderr):
        runner([AS_MODEL], list(CATEGORIES.values()), out / "result", out / "score", allow_missing=True)
    theirs = {}
    for file in (out / "score").rglob("BFCL_v4_*_score.json"):
        told, *wrong = map(json.loads, file.read_text().splitlines())
        theirs[file.name.removeprefix("BFCL_v4_").removesuffix("_score.json")] = {
            "accuracy": told["accuracy"], "wrong": {entry["id"]: entry["error_type"] for entry in wrong},
        }  # fmt: skip
    print(json.dumps({"ours": ours, "theirs": theirs}))


if __name__ == "__main__":
    main(*sys.argv[1:])
