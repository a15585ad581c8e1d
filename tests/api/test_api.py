"""What the README promises a script, by names of the top package alone."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import corecraft
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tasks(stage: corecraft.Stage) -> list[corecraft.Task]:
    return stage.select(split="smoke")[4:8]


def answers(episode: corecraft.Episode) -> str:
    episode.call("searchOrders", {"order_id": "ord-251102-810"})
    return "I could not find it."


# --- names -------------------------------------------------------------------------------------------------------


def test_every_name_that_is_offered_is_there_and_documented():
    for name in corecraft.__all__:
        assert getattr(corecraft, name) is not None
        if name != "__version__":
            assert getattr(corecraft, name).__doc__, name
    assert set(corecraft.__all__) <= set(dir(corecraft))
    assert re.fullmatch(r"\d+\.\d+\.\d+", corecraft.__version__)
    assert (Path(corecraft.__file__ or "").parent / "py.typed").exists()


def test_a_wrong_name_is_told_with_the_right_ones():
    with pytest.raises(AttributeError, match=r"it offers .*play_many.*standard"):
        _ = corecraft.playmany  # pyright: ignore[reportAttributeAccessIssue]


def test_the_documents_import_from_the_top_only():
    for page in (ROOT / "README.md", ROOT / "docs" / "python.md"):
        for block in re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
            assert not re.search(r"(?:from|import) corecraft\.", block), (page, block)


def test_importing_it_loads_nothing_heavy():
    loaded = (
        "import corecraft, sys; print(sorted(m for m in ('duckdb', 'mcp', 'networkx', 'rich') if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


# --- tasks -------------------------------------------------------------------------------------------------------


def test_tasks_are_chosen_by_split_and_field(stage: corecraft.Stage):
    chosen = stage.select(split="heldout", category="workflow", difficulty=2)
    assert chosen
    assert {(task.category, task.difficulty) for task in chosen} == {("workflow", 2)}
    with pytest.raises(corecraft.CoreCraftError, match="tasks have no colour; they have id, title"):
        stage.select(split="smoke", colour="red")
    with pytest.raises(corecraft.CoreCraftError, match="No split 'nothing'"):
        stage.select(split="nothing")


def test_some_of_a_split_are_drawn_evenly_and_the_same_each_time(stage: corecraft.Stage):
    some = stage.select(split="heldout", limit=20)
    assert len({task.id for task in some}) == 20
    assert len({task.category for task in some}) == 4
    assert len({task.family for task in some}) >= 16
    assert some == stage.select(split="heldout", limit=20)
    assert len(stage.select(split="smoke", limit=99)) == 12
    with pytest.raises(corecraft.CoreCraftError, match="limit must be 1 or more"):
        stage.select(split="smoke", limit=0)


def test_an_agent_finds_its_prompt_and_its_tools_in_the_episode(stage: corecraft.Stage):
    task = stage.tasks["S-2"]
    system, request = stage.prompts(task)
    assert system == {"role": "system", "text": stage.system_text}
    episode = stage.open(task, "mine")
    assert episode.prompt == request["text"] == task.prompt
    assert "searchOrders" in [tool["name"] for tool in episode.tools]
    assert all({"name", "description", "inputSchema"} <= set(tool) for tool in episode.tools)


def test_a_judge_names_criteria_by_id(stage: corecraft.Stage, tmp_path: Path):
    task = stage.tasks["S-2"]
    reference = corecraft.scripted(task, "reference")
    (played,) = corecraft.play_many(stage, [task], reference, out=tmp_path / "run")
    assert played.grade is not None
    assert played.grade.reward is None
    with corecraft.open_run(tmp_path / "run") as run:
        episode = run.take_up(played.episode)
        run.verdict(episode, "delivered", False, model="me")  # code has decided that
        run.verdict(episode, "offer", True, model="me")
        assert run.grade(episode).reward == 1.0
        with pytest.raises(corecraft.CoreCraftError, match="is not graded on 'tone', but on: delivered, "):
            run.verdict(episode, "tone", True, model="me")
    episode = stage.open(task, "mine")
    episode.submit(reference.play(episode))
    stage.verdict(episode, "offer", False, model="me", votes=[False, True])
    assert stage.grade(episode).failed == ["offer"]


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ({"status": 5}, "order ord-251102-810: status: Expected `str | null`, got `int`"),
        ({"status": "bogus"}, "order ord-251102-810: status: must be one of pending, .*, not 'bogus'"),
        ({"lineItems": "x"}, "order ord-251102-810: lineItems: JSON is malformed"),
        ({"lineItems": [{"productId": 3}]}, "order ord-251102-810: lineItems: Expected"),
        ({"state": "paid"}, "rows of type order have no state; they have buildId, "),
    ],
)
def test_an_edit_holds_what_its_field_can(stage: corecraft.Stage, edit: dict[str, Any], said: str):
    episode = stage.open(stage.tasks["S-2"], "mine")
    with pytest.raises(corecraft.CoreCraftError, match=f"^{said}"):
        episode.fork(edits=[corecraft.Change("order", "ord-251102-810", edit)])
    lines = '[{"productId": "nebulax-workstation-pro", "qty": 1}]'
    episode.fork(edits=[corecraft.Change("order", "ord-251102-810", {"lineItems": lines, "status": None})])


def test_one_episode_from_opening_to_grade(stage: corecraft.Stage):
    task = stage.tasks["S-2"]
    episode = stage.open(task, "mine")
    assert episode.call("searchShipments", {"order_id": "ord-251102-810"}).value[0]["status"] == "delivered"
    child = episode.fork(edits=[corecraft.Change("order", "ord-251102-810", {"status": "backorder"})])
    for each in (episode, child):
        each.submit("Delivered on 13 November 2025.")
        assert stage.grade(each).failed
    with pytest.raises(corecraft.CoreCraftError, match="opened on no task"):
        stage.grade(stage.bare("corecraft/base/benchmark").begin("bare"))


# --- playing many ------------------------------------------------------------------------------------------------


def test_tasks_are_played_many_times_and_told_by_category(
    stage: corecraft.Stage, tasks: list[corecraft.Task], tmp_path: Path
):
    seen: list[str] = []
    results = corecraft.play_many(
        stage, tasks, answers, trials=3, out=tmp_path / "run", threads=3, done=lambda one: seen.append(one.episode)
    )
    assert [(one.task.id, one.trial) for one in results] == [(task.id, n) for task in tasks for n in range(3)]
    assert seen == [one.episode for one in results]
    assert results.pass_at_1 == 0
    assert set(results.by("category")) == {task.category for task in tasks}
    assert sum(len(part) for part in results.by("family").values()) == len(results) == 12
    assert "12 graded" in str(results)
    more = corecraft.play_many(stage, tasks[:1], answers, out=tmp_path / "run")
    assert more.played[0].trial == 3  # added to what is there
    with corecraft.connect(tmp_path / "run") as con:
        (counted,) = corecraft.query(con, "SELECT count(*) AS n, avg(code_reward) AS reward FROM episodes")
    assert counted["n"] == 13
    assert counted["reward"] == pytest.approx(results.mean_reward)


def test_what_an_agent_raises_ends_no_other_episode(
    stage: corecraft.Stage, tasks: list[corecraft.Task], tmp_path: Path
):
    def overloaded(episode: corecraft.Episode) -> str:
        if episode.id.endswith(".1"):
            raise ConnectionError("529 overloaded")
        return answers(episode)

    results = corecraft.play_many(stage, tasks, overloaded, trials=2, out=tmp_path / "run")
    assert [one.status for one in results] == ["graded", "failed"] * len(tasks)
    failed = next(one for one in results if one.status == "failed")
    assert failed.error == "ConnectionError: 529 overloaded"
    assert failed.row()["code_reward"] is None
    assert len(results.graded) == len(tasks)  # what failed counts neither way
    past = corecraft.open_run(tmp_path / "run").trajectory(failed.episode)
    assert [event.kind for event in past.events[-2:]] == ["agent.failed", "episode.closed"]
    assert past.events[-1].data["reason"] == "agent_failed"


def test_an_agent_without_an_answer_is_told_to_return_one(stage: corecraft.Stage):
    (one,) = corecraft.play_many(stage, [stage.tasks["S-2"]], lambda _: None)  # pyright: ignore[reportArgumentType]
    assert one.error == "InvalidInput: the agent returned None; return the final answer as text"
    episode = stage.open(stage.tasks["S-2"], "mine")
    with pytest.raises(corecraft.CoreCraftError, match="mine: an answer is text, not None"):
        episode.submit(None)  # pyright: ignore[reportArgumentType]
    assert episode.status == "open"


def test_any_name_can_play_and_is_kept_as_it_is(stage: corecraft.Stage, tmp_path: Path):
    results = corecraft.play_many(
        stage, [stage.tasks["S-2"]], answers, name="lab/model 1 (new)", out=tmp_path / "run", trials=2
    )
    assert [one.episode for one in results] == ["S-2.lab-model-1-new.0", "S-2.lab-model-1-new.1"]
    run = corecraft.open_run(tmp_path / "run")
    assert run.run.labels("S-2.lab-model-1-new.0")["agent"] == "lab/model 1 (new)"
    assert repr(results) == "Results(2 graded)"
    assert (
        repr(results.played[0])
        == "Played(episode='S-2.lab-model-1-new.0', task=S-2, trial=0, status='graded', error='')"
    )
    assert repr(run).endswith("run', 2 episodes)")


def test_after_an_interrupt_nothing_further_is_begun_and_what_was_begun_is_finished(
    stage: corecraft.Stage, tmp_path: Path
):
    def slow(episode: corecraft.Episode) -> str:
        time.sleep(0.05)
        return answers(episode)

    def interrupt(_: corecraft.Played) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        corecraft.play_many(stage, [stage.tasks["S-2"]], slow, trials=100, out=tmp_path / "run", done=interrupt)
    with corecraft.open_run(tmp_path / "run") as run:
        assert 1 <= len(run.episodes) < 50
        assert {run.trajectory(id).status for id in run.episodes} == {"closed"}


def test_passing_is_a_mean_over_tasks(stage: corecraft.Stage):
    task = stage.tasks["RS-03-006"]
    right = corecraft.scripted(task, "reference")
    turns = iter(range(4))
    lock = threading.Lock()

    def sometimes(episode: corecraft.Episode) -> str:
        with lock:
            turn = next(turns)
        return right.play(episode) if turn else "No idea."

    results = corecraft.play_many(stage, [task], sometimes, trials=4, threads=2)
    assert results.pass_at_1 == 0.75
    assert "criteria that wait for a judge" in str(results)
    assert [row["unjudged"] for row in results.rows()] == [1] * 4


def test_scripted_agents_play_under_their_name(stage: corecraft.Stage):
    task = stage.tasks["S-2"]
    (one,) = corecraft.play_many(stage, [task], corecraft.scripted(task, "reference"))
    assert one.episode == "S-2.reference.0"
    assert one.grade is not None
    assert one.grade.code_passed


def test_rows_are_what_comes_without_a_data_frame_library(stage: corecraft.Stage, monkeypatch: pytest.MonkeyPatch):
    results = corecraft.play_many(stage, [stage.tasks["S-2"]], answers)

    class Frames:
        @staticmethod
        def DataFrame(rows: list[dict[str, Any]]) -> tuple[str, int]:
            return "frame", len(rows)

    monkeypatch.setitem(sys.modules, "pandas", None)
    monkeypatch.setitem(sys.modules, "polars", None)
    assert results.frame() == results.rows()
    monkeypatch.setitem(sys.modules, "pandas", Frames)
    assert results.frame() == ("frame", 1)


@pytest.mark.parametrize("wrong", [{"trials": 0}, {"threads": 0}])
def test_a_number_that_cannot_be_is_one_clear_line(stage: corecraft.Stage, wrong: dict[str, int]):
    with pytest.raises(corecraft.CoreCraftError, match="must be 1 or more"):
        corecraft.play_many(stage, [stage.tasks["S-2"]], answers, **wrong)


# --- going on ----------------------------------------------------------------------------------------------------


def test_an_old_episode_is_forked_and_finished_in_two_lines(stage: corecraft.Stage, tmp_path: Path):
    task = stage.tasks["S-2"]
    (first,) = corecraft.play_many(stage, [task], answers, out=tmp_path / "run")
    with corecraft.open_run(tmp_path / "run") as run:
        child = run.fork(
            first.episode, edits=[corecraft.Change("order", "ord-251102-810", {"createdAt": "2025-11-03T15:00:00Z"})]
        )
        again = run.fork(first.episode, name="what-if")
        again.submit("Delivered on 13 November 2025.")
        assert run.grade(again).failed
        assert child.id == f"{first.episode}~1"
        run.reload()
        assert run.resume(child.id).head_hash == child.head_hash  # in the segment it is writing itself
        with pytest.raises(corecraft.CoreCraftError, match="already"):
            run.fork(first.episode, name="what-if")
        run.reload()
        assert set(run.episodes) == {first.episode, child.id, "what-if"}
        assert run.task("what-if") == task


def test_an_open_episode_is_taken_up_where_it_stands(stage: corecraft.Stage, tmp_path: Path):
    (first,) = corecraft.play_many(stage, [stage.tasks["S-2"]], answers, out=tmp_path / "run")
    with corecraft.open_run(tmp_path / "run") as run:
        left = run.fork(first.episode)
        left.call("searchShipments", {"order_id": "ord-251102-810"})
        head = left.head_hash
    with corecraft.open_run(tmp_path / "run") as run:
        episode = run.resume(left.id)
        assert episode.head_hash == head
        episode.submit("Delivered on 13 November 2025.")
        assert run.grade(episode).failed
        run.reload()
        with pytest.raises(corecraft.CoreCraftError, match="fork it to go on"):
            run.resume(left.id)
    assert corecraft.open_run(tmp_path / "run").trajectory(left.id).status == "closed"


def test_what_another_process_writes_is_forked_and_not_resumed(stage: corecraft.Stage, tmp_path: Path):
    (first,) = corecraft.play_many(stage, [stage.tasks["S-2"]], answers, out=tmp_path / "run")
    with corecraft.open_run(tmp_path / "run") as other:
        left = other.fork(first.episode)
        with corecraft.open_run(tmp_path / "run") as run:
            with pytest.raises(corecraft.CoreCraftError, match=r"by another process, .*; stop that process, or fork"):
                run.resume(left.id)
            assert run.fork(left.id).status == "open"


def test_what_is_no_run_is_one_clear_line(tmp_path: Path):
    with pytest.raises(corecraft.CoreCraftError, match="is not a run folder"):
        corecraft.open_run(tmp_path)
