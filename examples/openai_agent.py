"""A complete agent over HTTP: a model behind an OpenAI-compatible endpoint plays tasks through the service.

    corecraft serve --http 127.0.0.1:8765 --out runs/served    # prints the control token on stderr
    export CORECRAFT_CONTROL_TOKEN=... MODEL_URL=http://127.0.0.1:8080/v1 MODEL=my-model MODEL_KEY=...
    python examples/openai_agent.py http://127.0.0.1:8765 S-2 RS-03-006
    python examples/openai_agent.py http://127.0.0.1:8765 --resume S-2-1a2b3c4d

The history keeps every turn of the model, so an episode that was interrupted, here or there, goes on where it stood. A model's
endpoint that is busy or failing is asked again a few times. It needs only the HTTP client that CoreCraft brings; any other does
as well (docs/http.md shows the routes).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from typing import Any

import httpx2

MOST_TURNS = 50
MOST_TRIES = 5
"""Of one turn."""
NEEDED = ("CORECRAFT_CONTROL_TOKEN", "MODEL_URL", "MODEL")

Message = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("service", help="its address, e.g. http://127.0.0.1:8765")
    parser.add_argument("names", nargs="+", metavar="TASK", help="tasks to play; with --resume episodes to go on with")
    parser.add_argument("--resume", action="store_true")
    asked = parser.parse_args()
    if missing := [name for name in NEEDED if not os.environ.get(name)]:
        parser.error(f"set {', '.join(missing)} in the environment")
    service, failed = asked.service.rstrip("/"), False
    for name in asked.names:
        episode = name if asked.resume else None
        try:
            episode = episode or opened(service, name)
            print(f"{episode}: {played(service, episode)}")
        except Refused as error:
            go_on = f"; to go on: {sys.argv[0]} {service} --resume {episode}" if episode else ""
            print(f"{name}: {error}{go_on}", file=sys.stderr)
            failed = True
    sys.exit(failed)


def opened(service: str, task: str) -> str:
    episode = control(service, "POST", "", {"task": task, "agent": os.environ["MODEL"]})["episode"]
    print(f"{episode}: opened")
    return episode


def played(service: str, episode: str) -> dict[str, Any]:
    """One episode from where it stands to its grade."""
    if control(service, "GET", f"/{episode}")["status"] == "open":
        converse(service, episode)
    grade = control(service, "POST", f"/{episode}/grade")
    return {name: grade.get(name) for name in ("code_reward", "code_passed", "reward", "passed")}


def converse(service: str, episode: str) -> None:
    told = control(service, "GET", f"/{episode}/prompt")
    tools = offered(told["mcp_url"])
    messages: list[Message] = [
        {"role": "system", "content": told["system"]},
        {"role": "user", "content": told["prompt"]},
    ]
    messages += said_so_far(control(service, "GET", f"/{episode}/events"))
    while True:
        for call in unanswered(messages):
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": called(told["mcp_url"], call)})
        if messages[-1]["role"] == "assistant":
            control(service, "POST", f"/{episode}/answer", {"text": messages[-1]["content"] or ""})
            return
        if sum(message["role"] == "assistant" for message in messages) == MOST_TURNS:
            control(service, "POST", f"/{episode}/close", {"reason": "step limit"})
            return
        turn = next_turn(messages, tools)
        control(service, "POST", f"/{episode}/turn", turn)
        messages.append(message_of(turn))


# --- the conversation --------------------------------------------------------------------------------------------


def next_turn(messages: list[Message], tools: list[Any]) -> dict[str, Any]:
    """What the model says next, as the history keeps it."""
    reply = completed({"model": os.environ["MODEL"], "messages": messages, "tools": tools})
    choice = reply["choices"][0]
    message = choice["message"]
    turn = {
        "text": message.get("content"), "reasoning": message.get("reasoning_content"), "usage": reply.get("usage"),
        "tool_calls": message.get("tool_calls"), "finish_reason": choice.get("finish_reason"), "model": reply.get("model"),
    }  # fmt: skip
    return {name: value for name, value in turn.items() if value} or {"finish_reason": "stop"}


def completed(body: dict[str, Any]) -> Any:
    """The endpoint's answer. It is asked again where it is busy or failing: after as long as it says, or longer each time."""
    url, key = f"{os.environ['MODEL_URL']}/chat/completions", os.environ.get("MODEL_KEY", "none")
    for tried in range(1, MOST_TRIES):
        try:
            return posted(url, body, key)
        except Refused as refusal:
            if refusal.status != 429 and refusal.status < 500:
                raise
            time.sleep(2**tried if refusal.after is None else refusal.after)
    return posted(url, body, key)


def message_of(turn: dict[str, Any]) -> Message:
    message: Message = {"role": "assistant", "content": turn.get("text")}
    return {**message, "tool_calls": turn["tool_calls"]} if turn.get("tool_calls") else message


def said_so_far(events: list[dict[str, Any]]) -> list[Message]:
    """Turns and replies of a history, as messages."""
    messages: list[Message] = []
    for event in events:
        if event["kind"] == "model.responded":
            messages.append(message_of(event["data"]))
        elif event["kind"] == "tool.returned":
            name = events[event["cause"]]["data"]["call_id"]
            reply = json.dumps(event["data"]["reply"], ensure_ascii=False, separators=(",", ":"))
            messages.append({"role": "tool", "tool_call_id": name, "content": reply})
    return messages


def unanswered(messages: list[Message]) -> list[dict[str, Any]]:
    """The calls of the last turn that have no reply yet."""
    answered: set[str] = set()
    for message in reversed(messages):
        if message["role"] == "assistant":
            return [call for call in message.get("tool_calls") or [] if call["id"] not in answered]
        answered.add(message.get("tool_call_id", ""))
    return []


# --- the service -------------------------------------------------------------------------------------------------


class Refused(Exception):
    """An error of the service or of the model's endpoint. status: 0 if it was not reached. after: seconds it asks to wait."""

    def __init__(self, what: str, status: int = 0, after: float | None = None) -> None:
        super().__init__(what)
        self.status, self.after = status, after


def offered(mcp_url: str) -> list[Any]:
    """The tools, as the endpoint wants them."""
    tools = mcp(mcp_url, "tools/list", {})["tools"]
    functions = [{"name": t["name"], "description": t["description"], "parameters": t["inputSchema"]} for t in tools]
    return [{"type": "function", "function": function} for function in functions]


def called(mcp_url: str, call: dict[str, Any]) -> str:
    """The reply to a call. A mistake of the model's, broken JSON too, is a reply that says so, and is in the history."""
    function = call["function"]
    try:
        arguments = json.loads(function["arguments"] or "{}")
    except ValueError:
        arguments = function["arguments"]
    asked = {"name": function["name"], "arguments": arguments, "_meta": {"callId": call["id"]}}
    return mcp(mcp_url, "tools/call", asked)["content"][0]["text"]


def mcp(url: str, method: str, params: dict[str, Any]) -> dict[str, Any]:
    reply = posted(url, {"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    if "error" in reply:
        raise Refused(f"{method}: {reply['error']['message']}")
    return reply["result"]


def control(service: str, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    url = f"{service}/control/episodes{path}"
    return posted(url, body, os.environ["CORECRAFT_CONTROL_TOKEN"], method)


def posted(url: str, body: Any, token: str | None = None, method: str = "POST") -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        reply = httpx2.request(method, url, json=body, headers=headers, timeout=600)
    except httpx2.HTTPError as error:
        raise Refused(f"{method} {url}: {type(error).__name__}: {error}") from None
    if reply.is_error:
        seconds = reply.headers.get("Retry-After", "")
        after = float(seconds) if seconds.isdecimal() else None
        raise Refused(f"{method} {url}: {reply.status_code} {reply.text}", reply.status_code, after)
    return reply.json()


if __name__ == "__main__":
    main()
