"""Real sockets that send little, or nothing, or never read: none of them costs anybody else the service."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

import httpx2
import pytest

from .toy_service import CONTROL, JSON_HEADERS, Experimenter, serving

BODY = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"listPots","arguments":{}}}'
LEGACY = {**JSON_HEADERS, "MCP-Protocol-Version": "2025-06-18"}


def head(path: str, length: int = len(BODY), **more: str) -> bytes:
    headers = {"Host": "127.0.0.1", "Content-Length": str(length), **LEGACY, **more}
    return (
        f"POST {path} HTTP/1.1\r\n".encode() + b"".join(f"{k}: {v}\r\n".encode() for k, v in headers.items()) + b"\r\n"
    )


def connected(base: str, *parts: bytes) -> socket.socket:
    url = urlsplit(base)
    link = socket.create_connection((url.hostname, url.port), timeout=20)
    for part in parts:
        link.sendall(part)
    return link


def ended(link: socket.socket) -> bytes:
    """What still came until the other side hung up. Raises TimeoutError when it never does."""
    received = b""
    try:
        while data := link.recv(65536):
            received += data
    except ConnectionError:
        pass
    return received


# --- too few descriptors for all ---------------------------------------------------------------------------------


HALF_OPEN = {
    "nothing": b"",
    "half a head": b"POST /control/episodes HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
    "half a body": head("/control/episodes", Authorization=f"Bearer {CONTROL}") + b"{",
    "one request, then nothing": b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "one request, then half a one": b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /heal",
}


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("crowded") / "run"
    command = ["sh", "-c", 'ulimit -n 128 && exec "$@"', "sh"]
    with serving(folder, before=command) as base:
        yield base


@pytest.mark.parametrize("what", HALF_OPEN)
def test_two_hundred_half_open_sockets_at_128_descriptors_keep_nobody_out(crowded: str, what: str):
    with ExitStack() as held:
        for _ in range(200):
            link = held.enter_context(connected(crowded))
            with suppress(ConnectionError):  # it may have had to make room already
                link.sendall(HALF_OPEN[what])
        for number in range(3):
            control = Experimenter(crowded)
            with control.http:
                opened = control.post("/episodes", task="red", agent=f"late-{number}")
                assert opened.status_code == 201, opened.text
                reply = httpx2.post(opened.json()["mcp_url"], content=BODY, headers=LEGACY, timeout=20)
                assert reply.json()["result"]["structuredContent"]


def test_an_agent_at_work_is_not_the_one_who_goes(crowded: str):
    """Its connection may idle and be closed for others; a request that is being answered is answered."""
    control = Experimenter(crowded)
    url = urlsplit(control.open()["mcp_url"]).path
    with ExitStack() as held:
        for _ in range(3):
            agents = [held.enter_context(connected(crowded, head(url), BODY)) for _ in range(20)]
            for _ in range(100):
                held.enter_context(connected(crowded))
            for link in agents:
                assert link.recv(65536).startswith(b"HTTP/1.1 200 OK")


# --- time for everything -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("impatient") / "run", "patience", "1") as base:
        yield base


@pytest.mark.parametrize("what", HALF_OPEN)
def test_who_does_not_go_on_is_hung_up_on(impatient: str, what: str, capfd: pytest.CaptureFixture[str]):
    with connected(impatient, HALF_OPEN[what]) as link:
        said = ended(link)
        assert said.count(b"HTTP/1.1 200 OK") == what.count("one request")
    assert httpx2.get(f"{impatient}/healthz").json() == {"status": "ok"}
    assert "Traceback" not in capfd.readouterr().err, "a client that leaves is nothing to report"


def test_a_byte_now_and_then_buys_no_time(impatient: str):
    with connected(impatient, b"GET /healthz HTTP/1.1\r\nX: ") as link:
        link.settimeout(0.2)
        for _ in range(50):
            try:
                link.sendall(b"x")
                assert link.recv(1) == b""
                return
            except TimeoutError:
                continue
            except ConnectionError:
                return
    raise AssertionError("it trickles on")


def test_who_never_reads_is_hung_up_on(impatient: str):
    url = urlsplit(Experimenter(impatient).open()["mcp_url"]).path
    with socket.socket() as link:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        link.settimeout(20)
        link.connect((urlsplit(impatient).hostname, urlsplit(impatient).port))
        with pytest.raises(ConnectionError):  # not TimeoutError: the service lets go
            link.sendall((head(url) + BODY) * 100_000)  # more than all buffers hold


def test_one_connection_asks_again_and_again(impatient: str):
    """Keep-alive and pipelining are as they were."""
    control = Experimenter(impatient)
    url = urlsplit(control.open()["mcp_url"]).path
    with connected(impatient, (head(url) + BODY) * 20) as link:
        assert ended(link).count(b"HTTP/1.1 200 OK") == 20
    with connected(impatient) as link:
        for _ in range(20):
            link.sendall(head(url))
            link.sendall(BODY)
            received = link.recv(65536)
            while not received.endswith(b"}"):
                received += link.recv(65536)
            assert received.startswith(b"HTTP/1.1 200 OK")
    assert json.loads(httpx2.get(f"{impatient}/healthz").content) == {"status": "ok"}
