"""A report on small runs with known outcomes: what counts, what does not, what is refused, and how it is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from corecraft.analysis.report.build import Report, report
from corecraft.analysis.report.markdown import markdown
from corecraft.analysis.report.page import page
from corecraft.engine.canonical import digest
from corecraft.engine.errors import CoreCraftError, EpisodeVoided
from corecraft.engine.genesis import Genesis
from corecraft.engine.log import SegmentWriter
from corecraft.engine.run import Run

from ..toy import episode, genesis

ABOUT = {
    "t-1": {"category": "workflow", "family": "MW-01", "difficulty": 1, "traps": ["T-01", "T-02"]},
    "t-2": {"category": "workflow", "family": "MW-02", "difficulty": 2, "traps": ["T-01"]},
    "t-3": {"category": "reasoning", "family": "RS-01", "difficulty": 2, "traps": []},
}


def pin(id: str, form: str = "labelled") -> str:
    """A task's digest."""
    return digest(f"{id} {form}".encode())


ATTACK = '<script>alert("x")</script>|`*\x1b[31m'


def grade(code_reward: float, code_passed: bool | None, **more: Any) -> dict[str, Any]:
    """A judge is asked for nothing unless `more` says so. verdicts: of judges, before it."""
    criteria = [{"id": "told", "passed": code_passed}, {"id": "kept", "passed": True}]
    whole = {"reward": None if code_passed is None else code_reward, "passed": code_passed}
    return {**whole, "code_reward": code_reward, "code_passed": code_passed, "criteria": criteria, **more}


PASSED, LOST, OPEN = grade(1.0, True), grade(0.5, False), grade(0.5, None)
Played = Mapping[str, list[Any]]
"""Task -> what became of its trials: a grade, "failed", "voided", "open", or None for one that was never opened."""


def make_run(
    path: Path,
    played: Mapping[str, Played],
    *,
    world: Genesis | None = None,
    splits: Mapping[str, list[str]] | None = None,
    say: Any = lambda _: None,
    form: str = "labelled",
) -> Path:
    """played: by agent. splits: name -> ids. say: is given each episode before it ends. form: of all its tasks."""
    world = world or genesis()
    run = Run.create(path, {})
    run.add_genesis(world)
    for id, about in ABOUT.items():
        run.add_task({"id": id, "prompt": "Paint.", "criteria": [], "form": form, **about}, pin(id, form))
    for name, ids in ({"all": list(ABOUT)} if splits is None else splits).items():
        run.add_split(name, {id: pin(id, form) for id in ids}, digest("".join([*ids, form]).encode()))
    with closing(run.writer("w", lambda: 7)) as log:
        for agent, tasks in played.items():
            for id, trials in tasks.items():
                for trial, outcome in enumerate(trials):
                    if outcome is not None:
                        task = {"id": id, "digest": pin(id, form)}
                        _play(log, world, agent, task, trial, outcome, say)
    return path


def _play(
    log: SegmentWriter, world: Genesis, agent: str, task: dict[str, str], trial: int, outcome: Any, say: Any
) -> None:
    id, labels = f"{task['id']}.{digest(agent.encode())[:4]}.{trial}", {"agent": agent, "trial": trial}
    played = episode(id, genesis=world, log=log, task=task, labels=labels)
    say(played)
    if outcome == "voided":
        with pytest.raises(EpisodeVoided):
            played.call("breakPot", {"pot_id": "p1"})
    elif outcome == "failed":
        played.record("agent.failed", {"error": "Timeout", "message": "529"})
        played.close("agent_failed")
    elif outcome != "open":
        played.submit("Done.")
        for verdict in outcome.get("verdicts", ()):
            played.record("criterion.judged", {"criterion": "tone", "question": "q", "verdict": False, **verdict})
        played.record("episode.graded", {name: value for name, value in outcome.items() if name != "verdicts"})


def only(found: Report) -> dict[str, Any]:
    (row,) = found.rows()
    return row


# --- what counts -----------------------------------------------------------------------------------------------------


def test_a_mean_over_tasks_of_the_mean_over_trials(tmp_path: Path):
    played = {"t-1": [PASSED, PASSED], "t-2": [PASSED, LOST], "t-3": [LOST, LOST]}
    row = only(report(make_run(tmp_path / "run", {"a": played})))
    assert (row["tasks"], row["trials"], row["planned"], row["scored"], row["completeness"]) == (3, 2, 6, 6, 1.0)
    assert row["code_pass_at_1"] == pytest.approx(0.5)
    assert row["code_reward"] == pytest.approx((1 + 0.75 + 0.5) / 3)
    assert row["code_pass_at_1_low"] <= 0.5 <= row["code_pass_at_1_high"]


def test_a_failure_of_ours_is_no_zero_and_the_denominator_stays(tmp_path: Path):
    played = {"t-1": [PASSED, "failed"], "t-2": ["voided", LOST], "t-3": ["open", None]}
    found = report(make_run(tmp_path / "run", {"a": played}))
    row = only(found)
    assert (row["planned"], row["scored"], row["masked"], row["missing"]) == (6, 2, 2, 2)
    assert row["code_pass_at_1"] == pytest.approx(0.5)
    code = found.standings[0].score.code
    assert (code.at_least, code.at_most) == (pytest.approx(1 / 6), pytest.approx(5 / 6))
    assert any("a 4 of 6 (2 masked, 2 missing)" in caution for caution in found.cautions)


def test_tasks_that_nobody_played_are_missing(tmp_path: Path):
    row = only(report(make_run(tmp_path / "run", {"a": {"t-1": [PASSED]}})))
    assert (row["tasks"], row["planned"], row["scored"], row["missing"]) == (3, 3, 1, 2)
    assert row["code_pass_at_1"] == 1.0
    assert row["code_pass_at_1_low"] < 0.1, "one task says next to nothing"


def test_trials_planned_by_hand(tmp_path: Path):
    run = make_run(tmp_path / "run", {"a": {"t-1": ["failed", LOST, PASSED], "t-2": [PASSED], "t-3": [PASSED]}})
    found = report(run, trials=1)
    row = only(found)
    assert (row["planned"], row["scored"], row["masked"], row["missing"]) == (3, 3, 0, 0)
    assert row["code_pass_at_1"] == pytest.approx(2 / 3), "the first scored trial counts, whatever it came to"
    assert any("1 episodes beyond 1 trials a task" in caution for caution in found.cautions)
    with pytest.raises(CoreCraftError, match="trials must be 1 or more"):
        report(run, trials=0)


def test_a_split_plans_its_own_tasks_and_no_others(tmp_path: Path):
    splits = {"one": ["t-1"], "two": ["t-1", "t-2"]}
    run = make_run(tmp_path / "run", {"a": {"t-1": [PASSED], "t-3": [LOST]}}, splits=splits)
    assert only(report(run))["split"] is None, "no split holds all three"
    found = report(run, split="two")
    row = only(found)
    assert (row["split"], row["tasks"], row["scored"], row["missing"]) == ("two", 2, 1, 1)
    assert row["split_digest"] == digest(b"t-1t-2labelled")
    assert any("1 episodes outside two" in caution for caution in found.cautions)
    with pytest.raises(CoreCraftError, match=r"run holds no split three. It holds: one, two"):
        report(run, split="three")


def test_the_smallest_split_that_holds_everything_is_the_one(tmp_path: Path):
    splits = {"wide": [*ABOUT], "narrow": ["t-1"]}
    assert only(report(make_run(tmp_path / "run", {"a": {"t-1": [PASSED]}}, splits=splits)))["split"] == "wide"


def test_what_is_undecided_counts_as_not_passed_and_is_told(tmp_path: Path):
    found = report(make_run(tmp_path / "run", {"a": {"t-1": [OPEN], "t-2": [PASSED], "t-3": [PASSED]}}))
    row = only(found)
    assert row["code_pass_at_1"] == pytest.approx(2 / 3)
    assert (row["code_undecided"], row["waiting"]) == (1, 1)
    assert found.standings[0].score.code.at_most == 1.0
    assert any("code fails nothing but could not tell all" in caution for caution in found.cautions)


def test_a_judge_makes_a_second_reading_that_drops_nothing(tmp_path: Path):
    waits = {"reward": None, "passed": None}
    played = {
        "t-1": [grade(1.0, True, reward=0.8, passed=False, verdicts=[{"model": "reader-1"}])],
        "t-2": [grade(1.0, True, **waits, verdicts=[{"model": "reader-2", "probe": "a bribe"}])],
        "t-3": [PASSED],
    }
    row = only(report(make_run(tmp_path / "run", {"a": played})))
    assert row["judges"] == ["reader-1"], "a probe is no verdict"
    assert row["code_pass_at_1"] == 1.0
    assert row["judged_pass_at_1"] == pytest.approx(1 / 3)
    assert row["judged_undecided"] == 1
    assert row["judged_reward"] is None, "a mean over the two that are settled would be of others"


def test_forks_and_bare_episodes_are_in_no_figure(tmp_path: Path):
    def forked(played: Any) -> None:
        child = played.fork()
        child.submit("Done.")
        child.record("episode.graded", LOST)

    found = report(make_run(tmp_path / "run", {"a": {id: [PASSED] for id in ABOUT}}, say=forked))
    assert only(found)["code_pass_at_1"] == 1.0
    assert any("3 forks" in caution for caution in found.cautions)


def test_groups_by_every_property(tmp_path: Path):
    found = report(make_run(tmp_path / "run", {"a": {"t-1": [PASSED], "t-2": [LOST], "t-3": [PASSED]}}))
    passes = {
        by: {row[by]: (row["tasks"], row["code_pass_at_1"]) for row in found.rows(by)}
        for by in ("category", "difficulty", "family", "trap")
    }
    assert passes == {
        "category": {"workflow": (2, 0.5), "reasoning": (1, 1.0)},
        "difficulty": {"1": (1, 1.0), "2": (2, 0.5)},
        "family": {"MW-01": (1, 1.0), "MW-02": (1, 0.0), "RS-01": (1, 1.0)},
        "trap": {"T-01": (2, 0.5), "T-02": (1, 1.0)},
    }


def test_curves_over_k_take_the_tasks_that_have_k_trials(tmp_path: Path):
    played = {"t-1": [PASSED, PASSED, LOST], "t-2": [LOST, LOST, LOST], "t-3": [PASSED, "failed", "failed"]}
    (standing,) = report(make_run(tmp_path / "run", {"a": played})).standings
    points = {point.k: point for point in standing.curve}
    assert list(points) == [1, 2, 3]
    two, three = points[2], points[3]
    assert two.pass_at is not None
    assert two.pass_all is not None
    assert three.pass_at is not None
    assert (two.pass_at.value, two.pass_all.value, two.pass_at.tasks) == (0.5, pytest.approx(1 / 6), 2)
    assert three.pass_at.value == 0.5


def test_effort_is_null_where_it_is_not_recorded(tmp_path: Path):
    def works(played: Any) -> None:
        played.call("listPots", {"color": "red"})
        played.call("listPots", {"color": "gold"})
        usage = {"prompt_tokens": 100, "completion_tokens": 10}
        for turn in range(2):
            told = {"usage": usage} if turn == 0 or played.id.startswith("t-1") else {}
            played.record("model.responded", {"text": "I look.", **told}, beside={"cost_usd": 0.25})

    played = {"t-1": [PASSED], "t-2": [LOST], "t-3": ["failed"]}
    row = only(report(make_run(tmp_path / "run", {"a": played}, say=works)))
    assert (row["turns"], row["calls"], row["rejections"]) == (2, 2, 1)
    assert (row["prompt_tokens"], row["completion_tokens"]) == (200, 20), (
        "of the episode in which every turn tells them"
    )
    assert row["cost"] == 0.5
    (standing,) = report(tmp_path / "run").standings
    cost = standing.efforts["cost"]
    assert cost is not None
    assert cost.total == 1.5, "what failed was paid for too"
    assert only(report(make_run(tmp_path / "silent", {"a": {"t-1": [PASSED]}})))["cost"] is None


# --- several entrants ------------------------------------------------------------------------------------------------


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    good, bad = (
        {id: [PASSED, PASSED] for id in ABOUT},
        {"t-1": [PASSED, LOST], "t-2": [LOST, LOST], "t-3": [LOST, LOST]},
    )
    return make_run(tmp_path / "good", {"a": good}), make_run(tmp_path / "bad", {"a": bad})


def test_runs_are_never_pooled(pair: tuple[Path, Path]):
    found = report(*pair)
    assert [row["entrant"] for row in found.rows()] == ["a (good)", "a (bad)"]
    assert found.cautions == []


def test_a_paired_comparison(pair: tuple[Path, Path]):
    found = report(*pair, compared=("good", "bad")).comparison
    assert found is not None
    assert (found.tasks, found.left_out) == (3, 0)
    assert found.pass_at_1.value == pytest.approx((0.5 + 1 + 1) / 3)
    assert (found.pass_at_1.better, found.pass_at_1.worse, found.pass_at_1.equal) == (3, 0, 0)
    assert found.pass_at_1.detectable is not None
    back = report(*pair, compared=("bad", "good")).comparison
    assert back is not None
    assert back.pass_at_1.value == -found.pass_at_1.value


def test_names_that_fit_nobody_or_several(pair: tuple[Path, Path]):
    with pytest.raises(CoreCraftError, match=r"a is several here; there are a \(good\), a \(bad\)"):
        report(*pair, compared=("a", "bad"))
    with pytest.raises(CoreCraftError, match="c is nobody here"):
        report(*pair, compared=("c", "bad"))
    with pytest.raises(CoreCraftError, match="is not compared with itself"):
        report(*pair, compared=("bad", "bad"))


def test_other_worlds_are_warned_of_and_not_compared(pair: tuple[Path, Path], tmp_path: Path):
    other = make_run(tmp_path / "other", {"b": {id: [LOST] for id in ABOUT}}, world=genesis(pots=5))
    found = report(pair[0], other)
    assert any(caution.startswith("the worlds differ") for caution in found.cautions)
    assert "world differs" in page(found)
    with pytest.raises(CoreCraftError, match="a and b played in different worlds"):
        report(pair[0], other, compared=("a", "b"))


def test_other_splits_are_warned_of_and_not_compared(pair: tuple[Path, Path], tmp_path: Path):
    other = make_run(tmp_path / "other", {"b": {id: [LOST] for id in ABOUT}}, splits={"mine": [*ABOUT][::-1]})
    assert any(caution.startswith("the splits differ") for caution in report(pair[0], other).cautions)
    with pytest.raises(CoreCraftError, match=r"different splits \(all \w{8} and mine \w{8}\)"):
        report(pair[0], other, compared=("a", "b"))


def test_two_forms_of_a_split_are_warned_of_and_compared_task_by_task(tmp_path: Path):
    labelled = make_run(tmp_path / "labelled", {"a": {id: [PASSED] for id in ABOUT}})
    natural = make_run(tmp_path / "natural", {"a": {"t-1": [PASSED], "t-2": [LOST], "t-3": [LOST]}}, form="natural")
    found = report(labelled, natural, compared=("labelled", "natural"))
    assert any(caution.startswith("the forms of the tasks differ") for caution in found.cautions)
    assert found.comparison is not None
    assert (found.comparison.tasks, found.comparison.left_out) == (3, 0)
    assert found.comparison.forms == ("labelled", "natural")
    assert found.comparison.pass_at_1.value == pytest.approx(2 / 3)
    assert "labelled against natural form" in page(found)


def test_two_forms_of_different_splits_are_not_compared(tmp_path: Path):
    labelled = make_run(tmp_path / "labelled", {"a": {id: [PASSED] for id in ABOUT}})
    played = {"a": {"t-1": [PASSED]}}
    natural = make_run(tmp_path / "natural", played, form="natural", splits={"mine": [*ABOUT]})
    with pytest.raises(CoreCraftError, match="different splits"):
        report(labelled, natural, compared=("labelled", "natural"))


def test_a_run_without_episodes_is_told(tmp_path: Path):
    with pytest.raises(CoreCraftError, match="empty holds no episode of a task"):
        report(make_run(tmp_path / "empty", {}))


# --- how it is written -----------------------------------------------------------------------------------------------


@pytest.fixture
def hostile(tmp_path: Path) -> Report:
    bad = grade(0.5, False, criteria=[{"id": ATTACK, "passed": False}])
    played = {"a": {id: [PASSED, LOST] for id in ABOUT}, ATTACK: {"t-1": [bad, bad], "t-2": [PASSED, "failed"]}}
    return report(make_run(tmp_path / "run", played), compared=("a", ATTACK))


def test_the_page_is_whole_fetches_nothing_and_obeys_nothing(hostile: Report):
    text = page(hostile)
    tree = ElementTree.fromstring(re.sub(r"<!doctype html>|<meta[^>]*>", "", text))
    assert {element.tag for element in tree.iter()}.isdisjoint(
        {"script", "link", "img", "iframe", "object", "image", "use"}
    )
    assert not re.search(r"https?:|url\(|@import|\bon\w+=", text)
    assert "\x1b" not in text
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    drawings = [element for element in tree.iter("svg") if element.get("aria-hidden") is None]
    assert len(drawings) >= 6
    for drawing in drawings:
        assert drawing.get("role") == "img"
        assert (drawing.get("aria-labelledby") or "").split() == [drawing[0].get("id"), drawing[1].get("id")]
        assert [drawing[0].tag, drawing[1].tag] == ["title", "desc"]
    for figure in tree.iter("figure"):
        rests = "".join(figure[0].itertext())
        assert all(word in rests for word in ("split all", "world", "toolset", "judge none", "engine"))


def test_markdown_has_every_table_and_obeys_nothing(hostile: Report):
    text = markdown(hostile)
    assert "<script>" not in text
    assert "\x1b" not in text
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert {"## By code", "## By category, by code", "## By trap, by code", "## Digests"} <= set(text.splitlines())
    assert all(line.endswith("|") for line in tables)
    for head, rule in pairwise(tables):
        if set(rule) == {"|", "-"}:
            assert rule.count("|") == head.count("|")


def test_rows_and_data_are_plain(hostile: Report):
    assert all(isinstance(value, str | int | float | list | None) for row in hostile.rows() for value in row.values())
    data = hostile.data()
    assert set(data) == {"standings", "comparison", "cautions"}
    assert data["standings"][0]["by"]["category"]["workflow"]["tally"]["planned"] == 4
