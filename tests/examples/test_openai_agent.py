"""The example agent plays through a real service and a real endpoint that speaks like OpenAI's, in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from corecraft.engine.run import Run

from ..rollouts.toy_service import CONTROL, serving

ROOT = Path(__file__).parents[2]


class Endpoint(BaseHTTPRequestHandler):
    """Paints p1 red in its first turn, and says so in its second."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        names = [tool["function"]["name"] for tool in asked["tools"]]
        last = asked["messages"][-1]
        if last["role"] == "user" and "paintPot" in names and last["content"] == "Paint p1 red.":
            call = {
                "id": "c1",
                "type": "function",
                "function": {"name": "paintPot", "arguments": '{"pot_id":"p1","color":"red"}'},
            }
            self.say({"role": "assistant", "content": None, "tool_calls": [call]}, "tool_calls")
        else:
            self.say({"role": "assistant", "content": f"It is {json.loads(last['content'])['color']}."}, "stop")

    def say(self, message: dict[str, Any], reason: str) -> None:
        body = {
            "model": "toy-1",
            "usage": {"total_tokens": 7},
            "choices": [{"message": message, "finish_reason": reason}],
        }
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def endpoint() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


def test_it_plays_and_its_history_holds_what_it_thought(endpoint: str, tmp_path: Path):
    with serving(tmp_path / "run") as base:
        told = {"CORECRAFT_CONTROL_TOKEN": CONTROL, "MODEL_URL": endpoint, "MODEL": "toy"}
        done = subprocess.run(
            [sys.executable, str(ROOT / "examples" / "openai_agent.py"), base, "red"],
            capture_output=True, text=True, timeout=90, env={**os.environ, **told}, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "'reward': 1.0" in done.stdout
    run = Run(tmp_path / "run")
    (episode,) = run.episodes
    past = run.trajectory(episode)
    kinds = [event.kind for event in past.events]
    assert kinds == [
        "episode.opened", "prompt.given", "prompt.given", "model.responded", "tool.called", "pot.painted", "tool.returned",
        "model.responded", "answer.submitted", "episode.closed", "episode.graded",
    ]  # fmt: skip
    assert past.events[3].data["tool_calls"][0]["function"]["name"] == "paintPot"
    assert past.answer == "It is red."
    assert past.grade == {"reward": 1.0, "passed": True}
    assert run.labels(episode)["agent"] == "toy"
