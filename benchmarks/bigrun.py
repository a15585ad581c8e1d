"""A big run, made quickly: real lines, chained and signed, of episodes that nobody played.

    python -m corecraft.benchmarks.bigrun FOLDER [--events 5000000] [--writers 4] [--scale 1]

An episode has about fifty events: prompts, turns with usage, calls with rows of the world in their replies, facts, an
answer, a grade. Every hash is of the chain and signed off, so the run is sound to view, query and fork; re-executing a call
finds at once that no tool said this.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from random import Random

from ..engine.canonical import encode
from ..engine.genesis import Genesis, Row
from ..engine.run import Run
from ..engine.segment import line_bytes
from ..rollouts.runner import Stage

EVENTS = 5_000_000
WRITERS = 4
PER_EPISODE = 50
"""Events of an episode, on average."""

START = 1_764_615_600_000
AGENTS = ("openai/small-1", "openai/large-1", "local/base", "local/tuned")
TASKS = tuple(f"{family}-{case:03d}" for family in ("IR-01", "CM-04", "RS-03", "MW-02") for case in range(25))
_CRITERIA = (("verdict", "correctness"), ("amount", "correctness"), ("rows", "constraint"), ("form", "format"))
_BLOCK = 200
"""Episodes written at once."""


def write_run(folder: Path, events: int = EVENTS, writers: int = WRITERS, scale: int = 1) -> None:
    """A run folder with about so many events, one segment a writer; does nothing when it stands already."""
    if (folder / "segments").exists():
        return
    genesis = Stage.build(0, scale).world.genesis
    run = Run.create(folder, {"what": "benchmark"})
    run.add_genesis(genesis)
    (folder / "segments").mkdir()
    episodes = events // PER_EPISODE
    shares = [(folder, number, range(number, episodes, writers), _scene(genesis)) for number in range(writers)]
    with (
        ProcessPoolExecutor(mp_context=get_context("spawn")) as pool,
        (folder / "manifest.jsonl").open("ab") as manifest,
    ):
        for signed in pool.map(_write_segment, *zip(*shares, strict=True)):
            manifest.write(signed)


class _Scene:
    """What the lines are made of: encoded rows to reply with, and ids to ask for."""

    def __init__(self, digest: str, orders: Sequence[bytes], customers: Sequence[str], tickets: Sequence[str]) -> None:
        self.digest, self.orders, self.customers, self.tickets = digest, orders, customers, tickets


def _scene(genesis: Genesis) -> _Scene:
    def ids(entity: str) -> list[str]:
        return list(genesis.tables[entity])[:200]

    def small(row: Row) -> bytes:
        kept = {key: row[key] for key in ("id", "customerId", "status", "total", "createdAt") if key in row}
        return encode(kept)

    orders = [small(row) for row in list(genesis.tables["order"].values())[:200]]
    return _Scene(genesis.digest, orders, ids("customer"), ids("support_ticket"))


def _write_segment(folder: Path, writer: int, episodes: range, scene: _Scene) -> bytes:
    """The lines of one writer. Returns its lines of the manifest."""
    name = f"bench-{writer}"
    signed: list[bytes] = []
    with (folder / "segments" / f"{name}.jsonl").open("wb") as file:
        block: list[bytes] = []
        for number in episodes:
            chance = Random(number)
            id = f"{chance.choice(TASKS)}.{chance.choice(AGENTS).replace('/', '-')}.{number}".encode()
            count, head, beside = _write_episode(block, id, number, scene, chance)
            claim = b'{"episode":"%b","writer":"%b"' % (id, name.encode())
            signed.append(b'%b}\n%b,"events":%d,"head":"%b","beside":"%b"}\n' % (
                claim, claim, count, head.hex().encode(), beside.hex().encode(),
            ))  # fmt: skip
            if len(signed) % _BLOCK == 0:
                file.write(b"".join(block))
                block.clear()
        file.write(b"".join(block))
    return b"".join(signed)


def _write_episode(
    lines: list[bytes], id: bytes, number: int, scene: _Scene, chance: Random
) -> tuple[int, bytes, bytes]:
    """Adds an episode's lines. How many there are, the hash of the last, and the chain over what stands beside."""
    wall, head, chain = START + number * 1000, bytes(32), bytes(32)
    seq = 0
    for kind, data, cause, changes, more, beside in _events(id, scene, chance):
        tail = b',"changes":%b' % changes if changes else b""
        told = b',"cause":%d' % (seq + cause) if cause else b""
        event = b'{"seq":%d,"kind":"%b","at":%d,"data":%b%b%b}' % (seq, kind, START, data, told, tail)
        head = sha256(head + event).digest()
        if beside:
            chain = sha256(chain + beside).digest()
        lines.append(line_bytes(id, wall + seq * 15, more, event, head, beside))
        seq += 1
    return seq, head, chain


_Made = tuple[bytes, bytes, int, bytes, int, bytes]
"""Kind, data, how far back the cause is, changes, lines of the same write that follow, what stands beside."""


def _events(id: bytes, scene: _Scene, chance: Random) -> Iterator[_Made]:
    task, agent, trial = id.decode().rsplit(".", 2)
    digest = sha256(task.encode()).hexdigest()
    opened = {"format": 1, "engine": "0.1.0", "genesis": scene.digest, "toolset": digest, "tools": "corecraft/base/benchmark",
              "seed": 0, "task": {"id": task, "digest": digest}}  # fmt: skip
    yield b"episode.opened", encode(opened), 0, b"", 0, encode({"labels": {"agent": agent, "trial": int(trial) % 4}})
    yield b"prompt.given", encode({"role": "system", "text": "You work for CoreCraft. " * 2}), -1, b"", 0, b""
    yield b"prompt.given", encode({"role": "user", "text": f"See to {task}, please. " * 2}), -1, b"", 0, b""
    for turn in range(chance.randint(8, 20)):
        yield from _turn(turn, scene, chance)
    answer = encode({"text": f"Ticket {chance.choice(scene.tickets)} is seen to; the refund is due. " * 2})
    yield b"answer.submitted", answer, -1, b"", 1, b""
    yield b"episode.closed", b'{"reason":"answered"}', -1, b"", 0, b""
    met = [chance.random() < 0.8 for _ in _CRITERIA]
    criteria = [{"id": name, "tag": tag, "text": f"Gives the {name}", "passed": good, "reason": "as asked", "evidence": [3]}
                for (name, tag), good in zip(_CRITERIA, met, strict=True)]  # fmt: skip
    reward = sum(met) / len(met)
    grade = {"task": task, "reward": reward, "passed": all(met), "code_reward": reward, "code_passed": all(met),
             "criteria": criteria}  # fmt: skip
    yield b"episode.graded", encode(grade), -1, b"", 0, b""


def _turn(turn: int, scene: _Scene, chance: Random) -> Iterator[_Made]:
    """What a model said, and the call it made: a search, or now and then a change."""
    used = b'{"prompt_tokens":%d,"completion_tokens":%d}' % (900 + 400 * turn, chance.randint(20, 90))
    said = b'{"text":"Turn %d: I look further.","usage":%b,"model":"m"}' % (turn, used)
    beside = {"cost_usd": round(chance.random() / 50, 6), "latency_ms": chance.randint(200, 900)}
    yield b"model.responded", said, -1, b"", 0, encode(beside)
    if chance.random() < 0.2:
        ticket, status = chance.choice(scene.tickets).encode(), chance.choice((b"open", b"pending", b"resolved"))
        asked = b'{"tool":"updateTicketStatus","arguments":{"ticket_id":"%b","status":"%b"}}' % (ticket, status)
        yield b"tool.called", asked, -1, b"", 2, b""
        change = b'[{"entity":"support_ticket","id":"%b","set":{"status":"%b"}}]' % (ticket, status)
        yield b"ticket.updated", b'{"ticket_id":"%b"}' % ticket, -1, change, 1, b""
        yield b"tool.returned", b'{"ok":true,"reply":{"id":"%b","status":"%b"}}' % (ticket, status), -2, b"", 0, b""
    else:
        customer = chance.choice(scene.customers).encode()
        asked = b'{"tool":"searchOrders","arguments":{"customer_id":"%b","limit":%d}}' % (
            customer,
            chance.randint(1, 10),
        )
        yield b"tool.called", asked, -1, b"", 1, b""
        rows = b",".join(chance.choices(scene.orders, k=chance.randint(0, 2)))
        yield b"tool.returned", b'{"ok":true,"reply":[%b]}' % rows, -1, b"", 0, b""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m corecraft.benchmarks.bigrun", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--writers", type=int, default=WRITERS)
    parser.add_argument("--scale", type=int, default=1, help="size of the world")
    options = parser.parse_args()
    began = time.perf_counter()
    write_run(options.folder, options.events, options.writers, options.scale)
    size = sum(path.stat().st_size for path in (options.folder / "segments").iterdir())
    print(f"{size / options.events:.0f} bytes an event, {time.perf_counter() - began:.1f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
