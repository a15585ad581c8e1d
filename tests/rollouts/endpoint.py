"""A scripted chat-completions server over real HTTP: it plays what providers do, the bad days too."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = tuple[int, Mapping[str, str], bytes]
"""Status, headers, body."""
Script = Callable[[dict[str, Any], int], Reply]
"""What is answered to a request body; the number counts requests from 0."""
POLL = 0.01
"""Seconds until a server notices that it is shut down; by default it is half a second at the end of each test."""
AT_ONCE = {"Retry-After-Ms": "1"}
"""A refusal with it is asked again without the client's own back-off of seconds."""


def said(text: str | None = None, *calls: tuple[str, Any], **more: Any) -> Reply:
    """A chat completion. calls: (tool, arguments as data or as text)."""
    message: dict[str, Any] = {"role": "assistant", "content": text, **more.pop("message", {})}
    if calls:
        message["tool_calls"] = [
            {"id": f"call_{n}", "type": "function",
             "function": {"name": name, "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments)}}
            for n, (name, arguments) in enumerate(calls)
        ]  # fmt: skip
    choice = {
        "index": 0,
        "message": message,
        "finish_reason": more.pop("finish_reason", "tool_calls" if calls else "stop"),
    }
    body = {"id": "x", "object": "chat.completion", "model": "scripted", "choices": [choice],
            "usage": {"prompt_tokens": 1000, "completion_tokens": 10, "total_tokens": 1010}, **more}  # fmt: skip
    return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()


def refused(status: int, message: str = "no", code: str | None = None, **headers: str) -> Reply:
    body = json.dumps({"error": {"message": message, "type": "error", "code": code}}).encode()
    return status, {"Content-Type": "application/json", **headers}, body


@contextmanager
def served(script: Script) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The server's URL, up to /v1, and the bodies it was sent so far."""
    asked: list[dict[str, Any]] = []
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(length := int(self.headers["Content-Length"]))
            if len(raw) < length:
                return  # whoever asked was killed
            body = json.loads(raw)
            with lock:
                number = len(asked)
                asked.append(body)
            status, headers, content = script(body, number)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            if not isinstance(sys.exception(), ConnectionError):  # likewise
                super().handle_error(request, client_address)

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(POLL,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", asked
    finally:
        server.shutdown()
        server.server_close()


def replies(body: Mapping[str, Any]) -> int:
    """How many tool replies a conversation holds so far."""
    return sum(message["role"] == "tool" for message in body["messages"])
