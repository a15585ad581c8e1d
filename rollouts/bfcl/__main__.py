"""`python -m corecraft.rollouts.bfcl --model NAME --base-url URL --out FOLDER`: play what is missing, and score."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anyio

from ...engine.errors import CoreCraftError
from ..agents.model import ModelAgent
from ..endpoints import ChatEndpoint
from .cases import CATEGORIES, Case, cases
from .playing import play, recorded
from .scoring import Score, score


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m corecraft.rollouts.bfcl", description=__doc__)
    parser.add_argument(
        "--out", type=Path, required=True, help="folder of the answers; asked again, it plays what is missing"
    )
    parser.add_argument("--model", help="at an OpenAI-compatible endpoint; without one, recorded answers are scored")
    parser.add_argument("--base-url", help="the endpoint, up to /v1 (key: OPENAI_API_KEY)")
    parser.add_argument("--dialect", choices=("native", "text", "json"), default="native")
    parser.add_argument("--system", default="", help="a system text; BFCL has none")
    parser.add_argument(
        "--param",
        metavar="NAME=JSON",
        type=_parameter,
        action="append",
        default=[],
        help="of sampling, e.g. temperature=0",
    )
    parser.add_argument("--category", action="append", choices=list(CATEGORIES), help="default: all three")
    parser.add_argument("--limit", type=int, help="so many cases of each, at equal distances")
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(words)
    try:
        chosen = {name: cases(name, asked.limit) for name in asked.category or CATEGORIES}
        if asked.model:
            anyio.run(_play, asked, [case for listed in chosen.values() for case in listed])
        _say([score(name, listed, recorded(asked.out, name)) for name, listed in chosen.items()], asked.json)
    except CoreCraftError as error:
        sys.exit(f"error: {error}")


def _parameter(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    return name, json.loads(value)  # what is no JSON argparse refuses in one line


async def _play(asked: argparse.Namespace, chosen: Sequence[Case]) -> None:
    agent = ModelAgent(asked.model, asked.model, asked.system, asked.dialect, parameters=dict(asked.param))
    async with ChatEndpoint(asked.base_url) as endpoint:
        await play(asked.out, chosen, agent, endpoint, concurrency=asked.concurrency)


def _say(scores: Sequence[Score], as_json: bool) -> None:
    if not any(one.cases for one in scores):
        raise CoreCraftError("there is no answer to score; --model plays")
    told: list[dict[str, Any]] = [
        {"category": one.category, "cases": one.cases, "right": one.right, "accuracy": one.accuracy, "wrong": one.wrong}
        for one in scores
        if one.cases
    ]
    if as_json:
        print(json.dumps(told))
        return
    for one in told:
        print(f"{one['category']:10} {one['right']:4} of {one['cases']:4}  {one['accuracy']:.2%}")


if __name__ == "__main__":
    main()
