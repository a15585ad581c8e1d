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

from ..rollouts.endpoint import POLL
from ..rollouts.toy_service import CONTROL, serving

ROOT = Path(__file__).parents[2]


class Endpoint(BaseHTTPRequestHandler):
    """Paints p1 red: it first writes broken JSON, mends it when it is told, and says in its last turn what it sees."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert "paintPot" in [tool["function"]["name"] for tool in asked["tools"]]
        last = asked["messages"][-1]
        if last["role"] == "user":
            assert last["content"] == "Paint p1 red."
            self.call("c1", '{"pot_id":"p1",')
        elif "Invalid arguments" in last["content"]:
            self.call("c2", '{"pot_id":"p1","color":"red"}')
        elif self.server.down:
            self.server.down -= 1
            self.send_response(529)
            self.send_header("Retry-After", "0")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            assert [message["role"] for message in asked["messages"]] == ["system", "user", *["assistant", "tool"] * 2]
            self.say({"role": "assistant", "content": f"It is {json.loads(last['content'])['color']}."}, "stop")

    def call(self, id: str, arguments: str) -> None:
        call = {"id": id, "type": "function", "function": {"name": "paintPot", "arguments": arguments}}
        self.say({"role": "assistant", "content": None, "tool_calls": [call]}, "tool_calls")

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


class Model(ThreadingHTTPServer):
    down = 0
    """How often it still fails once there is something to say."""


@pytest.fixture
def model() -> Iterator[Model]:
    server = Model(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, args=(POLL,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def example(*words: str, **known: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MODEL", "CORECRAFT"))}
    return subprocess.run(
        [sys.executable, str(ROOT / "examples" / "openai_agent.py"), *words],
        capture_output=True, text=True, timeout=90, env={**environment, **known}, check=False,
    )  # fmt: skip


def told(model: Model) -> dict[str, str]:
    return {
        "CORECRAFT_CONTROL_TOKEN": CONTROL, "MODEL_URL": f"http://127.0.0.1:{model.server_port}/v1", "MODEL": "toy",
    }  # fmt: skip


PLAYED = [
    "episode.opened", "prompt.given", "prompt.given", "model.responded", "tool.called", "tool.returned", "model.responded",
    "tool.called", "pot.painted", "tool.returned", "model.responded", "answer.submitted", "episode.closed", "episode.graded",
]  # fmt: skip


def check(folder: Path) -> None:
    run = Run(folder)
    (episode,) = run.episodes
    past = run.trajectory(episode)
    assert [event.kind for event in past.events] == PLAYED
    assert past.events[3].data["tool_calls"][0]["function"]["arguments"] == '{"pot_id":"p1",'
    assert past.events[5].data["reply"] == {"error": "Invalid arguments: expected a JSON object"}
    assert past.events[7].data["call_id"] == "c2"
    assert past.answer == "It is red."
    assert past.grade == {"reward": 1.0, "passed": True}
    assert run.labels(episode)["agent"] == "toy"


def test_it_plays_and_its_history_holds_what_it_thought(model: Model, tmp_path: Path):
    model.down = 4  # times that are too busy, and asked again
    with serving(tmp_path / "run") as base:
        done = example(base, "red", **told(model))
    assert done.returncode == 0, done.stderr
    assert "'reward': 1.0" in done.stdout
    check(tmp_path / "run")


def test_what_was_interrupted_goes_on_where_it_stood_and_nothing_is_done_twice(model: Model, tmp_path: Path):
    with serving(tmp_path / "run") as base:
        model.down = 5
        stopped = example(base, "none", "red", **told(model))
        assert stopped.returncode == 1
        assert "none: POST http" in stopped.stderr
        assert "No task none" in stopped.stderr
        assert "529" in stopped.stderr
        assert "Traceback" not in stopped.stderr
        (episode,) = (line.removesuffix(": opened") for line in stopped.stdout.splitlines())
        assert f"--resume {episode}\n" in stopped.stderr
        for _ in range(2):  # the second time only the grade is left to ask for
            done = example(base, "--resume", episode, **told(model))
            assert done.returncode == 0, done.stderr
            assert "'reward': 1.0" in done.stdout
    check(tmp_path / "run")


def test_who_leaves_something_out_is_told_how_to_call_it(model: Model):
    known = told(model)
    for words, environment in (((), known), (("http://127.0.0.1:1",), known), (("http://127.0.0.1:1", "red"), {})):
        done = example(*words, **environment)
        assert done.returncode == 2
        assert "usage: openai_agent.py" in done.stderr
    assert "set CORECRAFT_CONTROL_TOKEN, MODEL_URL, MODEL in the environment" in done.stderr
    nobody = example("http://127.0.0.1:1", "red", **known)
    assert nobody.returncode == 1
    assert "red: POST http://127.0.0.1:1/control/episodes: ConnectError" in nobody.stderr
    assert "Traceback" not in nobody.stderr
