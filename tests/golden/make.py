"""Writes the golden logs anew: `make golden`. What is to be found in each is written here, never taken from what is found."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from corecraft.engine.canonical import digest, encode
from corecraft.engine.episode import Episode, fork_of
from corecraft.engine.errors import EpisodeVoided
from corecraft.engine.event import GENESIS_HASH, chain
from corecraft.engine.run import Run
from corecraft.engine.toolset import Toolset
from corecraft.engine.world import World
from corecraft.scenarios.company import by_name
from corecraft.tools.behaviours import BEHAVIOUR

from ..tools.world import world as company_world
from ..toy import genesis, toolset
from .expected import (
    EXPECTED,
    LOGS,
    WHOLE,
    Expected,
    having,
    paint_pot_and_fail,
    paint_pot_in_layers,
)

TASK = {"title": "Paint", "rubric": ["red"]}
SEGMENT = "segments/a.jsonl"
MANIFEST = "manifest.jsonl"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        _toys(Path(folder))
        _company(LOGS / f"company-{BEHAVIOUR}", BEHAVIOUR)
        if not (LOGS / "company-1").exists():
            _company(LOGS / "company-1", 1)


# --- the toy ---------------------------------------------------------------------------------------------------------


def _toys(folder: Path) -> None:
    shutil.rmtree(WHOLE, ignore_errors=True)
    play_toy(WHOLE)
    found = {"whole": Expected({})}
    for name, (make, about) in BAD.items():
        make(folder / name)
        shutil.rmtree(LOGS / name, ignore_errors=True)
        about.lacks = _keep_what_differs(folder / name, LOGS / name)
        found[name] = about
    EXPECTED.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")


def _keep_what_differs(run: Path, to: Path) -> list[str]:
    """Returns what the run lacks."""
    whole, files = ({path.relative_to(f) for path in f.rglob("*") if path.is_file()} for f in (WHOLE, run))
    for file in files:
        if file not in whole or (run / file).read_bytes() != (WHOLE / file).read_bytes():
            (to / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(run / file, to / file)
    return sorted(map(str, whole - files))


def play_toy(path: Path, tools: Toolset | None = None, reward: float = 1.0) -> None:
    """Two graded episodes, a fork of the first, one that was voided and one that is open."""
    tools = tools or toolset()
    run = Run.create(path, {})
    run.add_genesis(genesis())
    run.add_task(TASK, task := digest(encode(TASK)))
    prompts = [{"role": "system", "digest": run.add_text("You paint pots.\n")}, {"role": "user", "text": "Paint."}]
    options: dict[str, Any] = {"prompts": prompts, "task": {"id": "t", "digest": task}, "labels": {"agent": "honest"}}
    log = run.writer("a", lambda: 0)
    for id in ("one", "two"):
        _paint(Episode.open(id, World(genesis()), tools, log=log, **options), reward)
    past = Run(path).trajectory("one")
    fork_of(past, genesis(), tools, at=past.last_boundary(), id="one~1", log=log).call("listPots", {})
    broken = Episode.open("voided", World(genesis()), tools, log=log, **options)
    with suppress(EpisodeVoided):
        broken.call("breakPot", {"pot_id": "p1"})
    Episode.open("open", World(genesis()), tools, log=log, **options).call("listPots", {"color": "red"})
    log.close()


def _paint(e: Episode, reward: float) -> None:
    e.record("model.responded", {"text": "On it."}, beside={"cost": 0.25})
    e.call("listPots", {"color": "red"}, call_id="c-1")
    try:
        e.call("paintPot", {"pot_id": "p1", "color": "red"})
    except EpisodeVoided:
        return
    e.call("paintPot", {"pot_id": "p99", "color": "red"})
    e.call("noSuchTool", {})
    e.call("listPots", b'{"color": ')
    e.advance_clock(e.world.now + 1000)
    e.submit("Done.")
    e.record("episode.graded", {"reward": reward, "passed": reward == 1.0, "criteria": []})


# --- what is wrong with it -------------------------------------------------------------------------------------------

Lines = list[dict[str, Any]]


def recorded_with(tools: Callable[[], Toolset], **options: Any) -> Callable[[Path], None]:
    return lambda path: play_toy(path, tools(), **options)


def with_file(pattern: str, change: Callable[[bytes], bytes] | None) -> Callable[[Path], None]:
    """A file of the run altered, or taken away."""

    def make(path: Path) -> None:
        play_toy(path)
        (file,) = path.glob(pattern)
        if change is None:
            file.unlink()
        else:
            file.write_bytes(change(file.read_bytes()))

    return make


def with_lines(change: Callable[[Lines], Any], *, sign: bool = True) -> Callable[[Path], None]:
    """Lines altered and every hash made to fit; sign: the manifest, too, as by whoever owns the run."""

    def make(path: Path) -> None:
        play_toy(path)
        with_lines_of(path, change, sign=sign)

    return make


def with_lines_of(path: Path, change: Callable[[Lines], Any], *, sign: bool = True) -> None:
    """The same of a run that is there, with one segment."""
    lines = [msgspec.json.decode(line) for line in (path / SEGMENT).read_bytes().splitlines()]
    change(lines)
    heads = _rehash(lines)
    (path / SEGMENT).write_bytes(b"".join(encode(line) + b"\n" for line in lines))
    if sign:
        _sign(path / MANIFEST, heads)


def _rehash(lines: Lines) -> dict[str, tuple[int, str]]:
    """Returns the number of events and the head of each episode."""
    heads: dict[str, tuple[int, bytes]] = {}
    for line in lines:
        parent = line["event"]["data"].get("parent")
        count, head = heads.get(line["episode"]) or (
            (parent["seq"] + 1, bytes.fromhex(parent["hash"])) if parent else (0, GENESIS_HASH)
        )
        head = chain(head, encode(line["event"]))
        line["hash"] = head.hex()
        heads[line["episode"]] = count + 1, head
    return {id: (count, head.hex()) for id, (count, head) in heads.items()}


def _sign(manifest: Path, heads: dict[str, tuple[int, str]]) -> None:
    signed = [msgspec.json.decode(line) for line in manifest.read_bytes().splitlines()]
    for one in signed:
        if "events" in one:
            one["events"], one["head"] = heads[one["episode"]]
    manifest.write_bytes(b"".join(encode(one) + b"\n" for one in signed))


def of(lines: Lines, episode: str, kind: str, number: int = 0) -> dict[str, Any]:
    return [line["event"] for line in lines if line["episode"] == episode and line["event"]["kind"] == kind][number]


def other_reply(lines: Lines) -> None:
    of(lines, "two", "tool.returned", 1)["data"]["reply"]["price"] = 99


def order_of_fields(lines: Lines) -> None:
    reply = of(lines, "two", "tool.returned", 1)["data"]
    reply["reply"] = dict(reversed(reply["reply"].items()))


def turned_into_a_reply(lines: Lines) -> None:
    of(lines, "two", "model.responded").update(kind="tool.returned", data={"ok": True, "reply": []})


def named(name: str) -> Callable[[Lines], None]:
    def change(lines: Lines) -> None:
        of(lines, "open", "episode.opened")["data"]["tools"] = name

    return change


def cut_inside_a_call(lines: Lines) -> None:
    lines.pop()
    lines[-1]["more"] = 0


def dearer(raw: bytes) -> bytes:
    rows = msgspec.json.decode(raw)
    rows["p1"]["price"] += 1
    return msgspec.json.encode(rows)


def without_line(raw: bytes) -> bytes:
    lines = raw.splitlines(keepends=True)
    return b"".join(lines[:5] + lines[6:])


ALL: Any = ("one", "two", "one~1", "voided", "open")
DAMAGED, OTHERWISE = "log damaged", "handler changed"


def failing(cause: Any, what: str, *episodes: str, **further: Any) -> Expected:
    return Expected(dict.fromkeys(episodes, (cause, what)), **further)


BAD: dict[str, tuple[Callable[[Path], None], Expected]] = {
    # damaged
    "altered-reply": (
        with_file(SEGMENT, lambda raw: raw.replace(b'"price":2', b'"price":3', 1)),
        failing(DAMAGED, "line", "one", "one~1"),
    ),
    "lost-line": (with_file(SEGMENT, without_line), failing(DAMAGED, "line", "one", "one~1")),
    "torn-tail": (
        with_file(SEGMENT, lambda raw: raw[:-40]),
        failing(DAMAGED, "manifest", "open", damages=["torn"]),
    ),
    "foreign-line": (with_file(SEGMENT, lambda raw: b"hello\n" + raw), Expected({}, damages=["not a log line"])),
    "rewritten-history": (with_lines(other_reply, sign=False), failing(DAMAGED, "manifest", "two")),
    "unknown-to-the-manifest": (
        with_file(MANIFEST, lambda raw: b"".join(line for line in raw.splitlines(True) if b'"two"' not in line)),
        failing(DAMAGED, "manifest", "two"),
    ),
    "lost-segment": (with_file(SEGMENT, None), Expected({}, damages=["is missing", "holds no episode"])),
    "lost-text": (with_file("texts/*", None), failing(DAMAGED, "file", *ALL)),
    "altered-task": (
        with_file("tasks/*", lambda raw: raw.replace(b"red", b"any")),
        failing(DAMAGED, "file", *ALL, damages=["was altered"]),
    ),
    "out-of-place": (with_lines(turned_into_a_reply), failing(DAMAGED, "form", "two")),
    "cut-inside-a-call": (with_lines(cut_inside_a_call), failing(DAMAGED, "unfinished", "open")),
    # another world, other tools
    "altered-world": (
        with_file("genesis/*/entities/pot.json", dearer),
        failing("genesis changed", "world", *ALL),
    ),
    "lost-world": (with_file("genesis/*/genesis.json", None), failing(DAMAGED, "file", *ALL)),
    "behaviour-raised": (play_toy, failing("tools changed", "toolset", *ALL, tools="raised")),
    "other-descriptions": (
        recorded_with(lambda: Toolset("toy", {"listPots": toolset().tools["listPots"]}, None, toolset().tables)),
        failing("tools changed", "toolset", *ALL),
    ),
    "unknown-tools": (with_lines(named("gone")), failing("tools changed", "toolset", "open")),
    "made-elsewhere": (with_lines(named("imported/atif")), failing("not executable", "toolset", "open")),
    # another outcome
    "older-handler": (recorded_with(lambda: having(paint_pot_in_layers)), failing(OTHERWISE, "fact", "one", "two", "one~1")),
    "newer-handler": (play_toy, failing(OTHERWISE, "fact", "one", "two", "one~1", tools="in layers")),
    "handler-that-failed": (
        recorded_with(lambda: having(paint_pot_and_fail)),
        failing(OTHERWISE, "voided", "one", "two"),
    ),
    "handler-that-fails": (play_toy, failing(OTHERWISE, "voided", "one", "two", "one~1", tools="failing")),
    "signed-forgery": (with_lines(other_reply), failing(OTHERWISE, "reply", "two")),
    "order-of-fields": (with_lines(order_of_fields), failing(OTHERWISE, "reply", "two")),
    "restless-handler": (
        play_toy,
        failing("nondeterminism", "reply", "one", "two", "one~1", "open", tools="restless"),
    ),
    "other-grade": (recorded_with(toolset, reward=0.5), failing("grader changed", "grade", "one", "two")),
}  # fmt: skip
"""By name: how it comes to be, and what is to be found."""


# --- the company -----------------------------------------------------------------------------------------------------

CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("calculate_price", {"product_ids": ["cpu-a", "mouse-f"], "quantities": [1, 2], "loyalty_tier": "gold"}),
    ("checkWarrantyStatus", {"order_id": "ord-250101-001", "product_id": "cpu-a"}),
    ("getCustomerTicketHistory", {"customer_id": "ann-bell-10001"}),
    ("getOrderDetails", {"order_id": "ord-250101-001"}),
    ("getOrderDetails", {"order_id": "ord-nowhere"}),
    ("getProduct", {"product_id": "cpu-a"}),
    ("validateBuildCompatibility", {"product_ids": ["cpu-a", "board-x"]}),
    ("createBuild", {"name": "Quiet", "customer_id": "ann-bell-10001", "product_ids": ["cpu-a", "board-x"]}),
    ("updateBuild", {"build_id": "build-1", "name": "Loud"}),
    ("createOrder", {"customer_id": "ann-bell-10001", "line_items": [{"productId": "mouse-f", "qty": 2}]}),
    ("createWarrantyClaim", {
        "product_id": "cpu-a", "order_id": "ord-250101-001", "customer_id": "ann-bell-10001", "reason": "defect",
    }),
    ("create_escalation", {"ticket_id": "tick-1", "escalation_type": "technical", "destination": "engineering"}),
    ("create_refund", {"payment_id": "pay-1", "amount": 1.5, "currency": "USD", "reason": "other"}),
    ("create_resolution", {"ticket_id": "tick-1", "outcome": "no_action"}),
    ("postSlackMessage", {"channel_id": "support-general", "text": "Seen."}),
    ("updateOrderStatus", {"order_id": "ord-250101-001", "status": "fulfilled"}),
    ("updatePaymentStatus", {"payment_id": "pay-1", "status": "partially_refunded"}),
    ("updateTicketStatus", {"ticket_id": "tick-1", "status": "resolved"}),
    ("updateTicketStatus", {"ticket_id": "tick-1", "status": "asleep"}),
    ("searchOrders", {"created_before": "2025-11-20", "limit": 3}),
    ("searchKnowledgeBase", {"text": "return"}),
)  # fmt: skip


def _company(path: Path, behaviour: int) -> None:
    """An episode in each profile in which every tool is called."""
    shutil.rmtree(path, ignore_errors=True)
    start = company_world().genesis
    run = Run.create(path, {})
    run.add_genesis(start)
    log = run.writer("a", lambda: 0)
    for profile in ("benchmark", "compat"):
        present = by_name(f"corecraft/extended/{profile}")
        tools = Toolset(present.name, present.tools, present.profile, present.tables, present.aliases, behaviour)
        episode = Episode.open(
            profile, World(start), tools, log=log, prompts=[{"role": "user", "text": "Do all of it."}]
        )
        for name, arguments in CALLS:
            episode.call(name, arguments)
        for name in sorted(tools.tools):
            if name.startswith("search"):
                episode.call(name, {})
        episode.submit("Done.")
    log.close()


if __name__ == "__main__":
    main()
