"""A service that is killed and started again on the same run: nobody who plays there notices more than a pause."""

from __future__ import annotations

import asyncio
import json
import signal
import stat
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest
from attrs import evolve
from corecraft.engine.errors import CoreCraftError, StorageFailed
from corecraft.engine.run import Run
from corecraft.replay.verify import verify_run
from corecraft.rollouts.hosting import Conflict, EpisodeHost, Hosted, NotInCatalogue
from corecraft.rollouts.opening import Opening
from corecraft.rollouts.requests import ForkRequest, OpenRequest
from corecraft.rollouts.secret import Secret

from ..toy import TABLES, toolset
from .toy_service import JSON_HEADERS, Experimenter, Toys, free_port, started

CLIENTS = 16
CALLS = 30
KILLS = 2


def host_of(run: Run, **options: Any) -> EpisodeHost:
    return EpisodeHost(run, options.pop("catalogue", None) or Toys(), **options)


def opened(host: EpisodeHost, **request: Any) -> Hosted:
    return asyncio.run(host.open(OpenRequest(**(request or {"world": "pots"}))))


def forked(host: EpisodeHost, id: str, **request: Any) -> Hosted:
    return asyncio.run(host.fork(id, ForkRequest(**request)))


def verified(folder: Path) -> int:
    run = Run(folder)
    assert run.damages == []
    verdicts = list(verify_run(run, lambda _: toolset(), lambda digest: run.genesis(digest, lambda _: TABLES)))
    assert all(verdict.ok for _, verdict in verdicts), [str(v) for _, v in verdicts if not v.ok]
    return len(verdicts)


# --- killed in the middle of everything --------------------------------------------------------------------------


class Player:
    """An agent and its experimenter, who ask again whenever nobody answers, and note what they were told."""

    def __init__(self, base: str, number: int) -> None:
        self.number = number
        self.control = Experimenter(base)
        self.told: list[str] = []
        self.forks: dict[str, str] = {}
        self.id = self.url = ""

    def play(self) -> None:
        first = self.insist(lambda: self.control.post("/episodes", task="red", agent=f"agent-{self.number}"))
        self.id, self.url = first["episode"], first["mcp_url"]
        for step in range(CALLS):
            reply = self.insist(lambda step=step: self.paint(self.url, f"p{step}"))
            self.told.append(reply["result"]["structuredContent"]["id"])
            if step % 10 == self.number % 10:
                child = self.insist(lambda: self.control.post(f"/episodes/{self.id}/fork"))
                self.forks[child["episode"]] = child["mcp_url"]
        for url in self.forks.values():
            self.insist(lambda url=url: self.paint(url, "p399"))
        if self.number % 2:
            self.insist(lambda: self.control.post(f"/episodes/{self.id}/answer", text="Done."), also=409)
            assert self.insist(lambda: self.control.post(f"/episodes/{self.id}/grade"))["passed"] is True

    def paint(self, url: str, pot: str) -> httpx2.Response:
        params = {"name": "paintPot", "arguments": {"pot_id": pot, "color": "red"}}
        request = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        return self.control.http.post(url, json=request, headers={**JSON_HEADERS, "MCP-Protocol-Version": "2025-06-18"})

    def insist(self, ask: Callable[[], httpx2.Response], also: int = 200) -> dict[str, Any]:
        """also: what is an answer too, since the first time may have been heard and only the reply lost."""
        for _ in range(600):
            try:
                answer = ask()
            except httpx2.TransportError:
                time.sleep(0.05)
                continue
            assert answer.status_code in (200, 201, also), answer.text
            return answer.json()
        raise AssertionError("nobody answers any more")


def test_everybody_goes_on_after_kills_at_the_same_address_and_nothing_acknowledged_is_lost(tmp_path: Path):
    folder, port = tmp_path / "run", free_port()
    with ThreadPoolExecutor(CLIENTS) as threads:
        process, base = started(folder, "port", str(port))
        players = [Player(base, number) for number in range(CLIENTS)]
        games = [threads.submit(player.play) for player in players]
        for kill in range(1, KILLS + 1):
            while sum(len(player.told) for player in players) < kill * CLIENTS * CALLS // (KILLS + 2):
                time.sleep(0.005)
            process.kill()
            process.wait(10)
            process, _ = started(folder, "port", str(port))
        for game in games:
            game.result(120)
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    assert verified(folder) >= CLIENTS + sum(len(player.forks) for player in players)
    run = Run(folder)
    for player in players:
        past = run.trajectory(player.id)
        done = [call.reply["id"] for call in past.calls()]
        assert [pot for n, pot in enumerate(done) if n == 0 or done[n - 1] != pot] == player.told, "in order, all of it"
        assert past.status == ("closed" if player.number % 2 else "open")
        assert run.labels(player.id)["agent"] == f"agent-{player.number}"
        for fork in player.forks:
            assert run.trajectory(fork).parent["episode"] == player.id


# --- what a restart remembers ------------------------------------------------------------------------------------


def test_all_that_was_known_of_an_episode_is_known_again(tmp_path: Path):
    run = Run.create(tmp_path, {})
    before = host_of(run)
    task, graded, voided = (opened(before, task="red") for _ in range(3))
    bare, closed = (opened(before) for _ in range(2))
    for hosted in (task, bare, graded):
        assert hosted.call("paintPot", {"pot_id": "p1", "color": "red"}).ok
    before.submit(task.id, "Done.")
    before.submit(graded.id, "Done.")
    asyncio.run(before.grade(graded.id))
    before.close(closed.id, "step limit")
    with pytest.raises(CoreCraftError):
        voided.call("breakPot", {"pot_id": "p1"})
    child = forked(before, bare.id, prompt="Go on.", agent="b", trial=2)
    unplayed = forked(before, child.id)
    known = {hosted.id: (hosted.key, hosted.info(), hosted.prompts, hosted.task) for hosted in before.hosted()}
    before.shut()

    after = host_of(run)
    assert {h.id: (h.key, h.info(), h.prompts, h.task) for h in after.hosted()} == known
    assert {h.id for h in after.hosted() if h.live} == {bare.id, child.id, unplayed.id}
    assert after.by_key(child.key) is after.get(child.id)
    assert after.get(child.id).system == "You paint."
    assert asyncio.run(after.grade(task.id))["passed"] is True
    assert asyncio.run(after.grade(graded.id))["passed"] is True
    assert after.get(unplayed.id).call("listPots", {}).ok
    assert forked(after, graded.id, step=0).call("paintPot", {"pot_id": "p1", "color": "blue"}).ok
    assert forked(after, bare.id).id == f"{bare.id}~2", "names that were given stay given"
    with pytest.raises(Conflict):
        opened(after, world="pots", episode=bare.id)
    after.shut()
    assert verified(tmp_path) == 9


def test_a_fork_that_was_told_of_is_on_disk(tmp_path: Path):
    host = host_of(Run.create(tmp_path, {}))
    parent = opened(host)
    child, named = forked(host, parent.id), forked(host, parent.id, episode="mine", prompt="Hm.")
    disk = Run(tmp_path)
    assert {child.id, "mine"} < set(disk.episodes)
    assert disk.trajectory("mine").prompt == "Hm."
    with pytest.raises(Conflict):
        forked(host, parent.id, episode="mine")
    with pytest.raises(CoreCraftError):
        forked(host, parent.id, at=99)
    assert forked(host, parent.id).id == f"{parent.id}~2", "a mistake uses up no name"
    assert named.call("listPots", {}).ok
    host.shut()


def test_what_cannot_go_on_is_named_and_can_be_read(tmp_path: Path):
    run = Run.create(tmp_path, {})
    before = host_of(run)
    stale = opened(before)
    before.shut()
    other = run.writer("other", lambda: 0)
    Toys().open_bare("pots", None).begin("elsewhere", other)
    other.close()

    class Newer(Toys):
        def reopen(self, opened: Any) -> Opening:
            return evolve(super().reopen(opened), toolset=evolve(toolset(), behaviour=2))

    class Elsewhere(Toys):
        def reopen(self, opened: Any) -> Opening:
            raise NotInCatalogue("its world is none of those served")

    for catalogue, reason in ((Newer(), "toolset differs"), (Elsewhere(), "none of those served")):
        after = host_of(run, catalogue=catalogue)
        with pytest.raises(Conflict, match=f"can only be read here: .*{reason}"):
            after.get(stale.id)
        with pytest.raises(Conflict, match=r"another process began it, .* from Python"):
            after.get("elsewhere")
        assert asyncio.run(after.info(stale.id))["status"] == "open"
        assert after.by_key(stale.key) is None
        after.shut()
    again = host_of(run)
    assert again.get(stale.id).call("listPots", {}).ok
    again.shut()


def test_what_was_taken_away_from_a_history_is_not_played_on(tmp_path: Path):
    run = Run.create(tmp_path, {})
    before = host_of(run)
    hosted = opened(before)
    hosted.call("listPots", {})
    before.shut()
    segment = tmp_path / "segments" / "service.jsonl"
    segment.write_bytes(b"".join(segment.read_bytes().splitlines(keepends=True)[:1]))
    after = host_of(run)
    with pytest.raises(Conflict, match="were signed off"):
        after.get(hosted.id)
    after.shut()


def test_a_run_is_served_by_one_process(tmp_path: Path):
    run = Run.create(tmp_path, {})
    host = host_of(run)
    with pytest.raises(StorageFailed, match="served by another process already"):
        host_of(run)
    host.shut()
    host_of(run).shut()


# --- the secret --------------------------------------------------------------------------------------------------


def test_the_secret_is_the_owners_alone_and_of_each_run(tmp_path: Path):
    one, another = tmp_path / "one", tmp_path / "another"
    one.mkdir()
    another.mkdir()
    first, again, other = (Secret.of(folder) for folder in (one, one, another))
    path = one / "secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    names = [("episode", "a"), ("episode", "b"), ("control", "")]
    made = {secret.derive(*name) for secret in (first, other) for name in names}
    assert len(made) == 6
    assert all(len(key) == 43 for key in made)
    assert [first.derive(*name) for name in names] == [again.derive(*name) for name in names]
    assert path.read_text() not in repr(first)
    assert [*one.iterdir()] == [path], "nothing unfinished is left"


@pytest.mark.parametrize(
    ("content", "mode", "reason"),
    [
        ("00" * 32, 0o640, "chmod 600"),
        ("00" * 32, 0o604, "chmod 600"),
        ("00", 0o600, "no key"),
        ("xx", 0o600, "cannot"),
    ],
)
def test_a_secret_that_is_none_is_one_line(tmp_path: Path, content: str, mode: int, reason: str):
    path = tmp_path / "secret"
    path.write_text(content)
    path.chmod(mode)
    with pytest.raises(CoreCraftError, match=reason) as caught:
        Secret.of(tmp_path)
    assert "\n" not in str(caught.value)
    assert content not in str(caught.value).replace("xx", "")


def test_many_processes_at_once_find_one_secret(tmp_path: Path):
    with ThreadPoolExecutor(16) as threads:
        assert len({secret.derive("x") for secret in threads.map(Secret.of, [tmp_path] * 64)}) == 1


# --- nothing slow stands in the way ------------------------------------------------------------------------------


class Slow(Toys):
    """Writing a task and grading wait for a sign that is given only while others play."""

    def __init__(self) -> None:
        super().__init__()
        self.sign = threading.Event()
        self.waits = threading.Event()

    def waited(self) -> None:
        self.waits.set()
        assert self.sign.wait(20), "nobody could play in the meantime"
        self.sign.clear()
        self.waits.clear()

    def open_task(self, task: str, toolset: str | None) -> Opening:
        self.waited()
        return super().open_task(task, toolset)

    def grade(self, trajectory: Any, task: bytes) -> dict[str, Any]:
        self.waited()
        return super().grade(trajectory, task)


def test_others_play_while_a_task_is_written_and_while_an_answer_is_graded(tmp_path: Path):
    slow = Slow()
    host = host_of(Run.create(tmp_path, {}), catalogue=slow)

    async def others_play(hosted: Hosted) -> None:
        while not slow.waits.is_set():
            await asyncio.sleep(0.001)
        hosted.call("listPots", {})
        slow.sign.set()

    async def story() -> None:
        other = await host.open(OpenRequest(world="pots"))
        task, _ = await asyncio.gather(host.open(OpenRequest(task="red")), others_play(other))
        host.submit(task.id, "Done.")
        await asyncio.gather(host.grade(task.id), others_play(other))
        with pytest.raises(NotInCatalogue):
            await asyncio.gather(host.open(OpenRequest(task="none")), others_play(other))
        assert other.info()["calls"] == 3

    asyncio.run(story())
    host.shut()


def test_ids_that_are_asked_for_twice_at_once_are_given_once(tmp_path: Path):
    host = host_of(Run.create(tmp_path, {}))

    async def story() -> list[Any]:
        wanted = [host.open(OpenRequest(task="red", episode="mine")) for _ in range(5)]
        return await asyncio.gather(*wanted, return_exceptions=True)

    outcomes = asyncio.run(story())
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict"] * 4 + ["Hosted"]
    host.shut()
    assert verified(tmp_path) == 1


# --- the budget, over HTTP ---------------------------------------------------------------------------------------


def test_an_agent_beyond_its_budget_is_told_that_the_episode_has_ended(tmp_path: Path):
    process, base = started(tmp_path / "run", "steps", "3")
    try:
        player = Player(base, 0)
        for kind in ({"task": "red"}, {"world": "pots"}):
            made = player.control.post("/episodes", **kind).json()
            replies = [player.paint(made["mcp_url"], f"p{n}").json()["result"] for n in range(5)]
            assert [reply.get("isError", False) for reply in replies] == [False] * 3 + [True] * 2
            assert json.loads(replies[-1]["content"][0]["text"]) == {"error": "This episode has ended."}
            info = player.control.get(f"/episodes/{made['episode']}")
            assert (info["status"], info["calls"], info["reason"]) == ("closed", 3, "budget_exhausted")
            assert player.control.post(f"/episodes/{made['episode']}/answer", text="x").status_code == 409
        forks = player.control.post(f"/episodes/{made['episode']}/fork").json()
        assert not player.paint(forks["mcp_url"], "p5").json()["result"].get("isError", False)
    finally:
        process.terminate()
        process.wait(30)
    assert verified(tmp_path / "run") == 3
