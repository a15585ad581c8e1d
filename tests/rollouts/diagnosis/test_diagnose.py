"""Why episodes failed: one story a label, and what holds of every diagnosis."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from corecraft.benchmarks.diagnosis import Said, labels, said
from corecraft.engine.episode import Episode
from corecraft.engine.event import ANSWERED, CALLED, CLOSED
from corecraft.engine.world import World
from corecraft.rollouts.agents.scripted import ScriptedAgent, scripted
from corecraft.rollouts.diagnosis.case import Case
from corecraft.rollouts.diagnosis.course import cut_off
from corecraft.rollouts.diagnosis.diagnose import diagnose
from corecraft.rollouts.diagnosis.labels import LABELS, Diagnosis
from corecraft.rollouts.loop import TURN_LIMIT
from corecraft.rollouts.runner import Stage, play
from corecraft.scenarios.checks import Evidence
from corecraft.scenarios.families import families
from corecraft.scenarios.grading import grade
from corecraft.scenarios.registry import TaskBook
from corecraft.scenarios.splits import task_ids
from corecraft.scenarios.task import Task
from msgspec.structs import replace


def why(task: Task, episode: Episode) -> Diagnosis:
    return diagnose(task, episode.trajectory(), World(episode.world.genesis))


def mistaken(stage: Stage, family: str, name: str) -> tuple[Task, Episode]:
    """The first task of a family in which a named mistake shows, played by it."""
    (fall,) = (fall for fall in families()[family].falls if fall.name == name)
    assert isinstance(stage.tasks, TaskBook)
    tasks = (stage.tasks[id] for id in stage.tasks.books[family])
    task = next(task for task in tasks if not fall.where or task.kind in fall.where)
    return task, play(stage, task, ScriptedAgent(name, fall.play, task.given))[0]


@pytest.mark.parametrize(
    ("family", "mistake", "first"),
    [
        ("IR-04", "first-page", "stopped_at_cap"),
        ("IR-06", "searches-too-narrowly", "narrow_search"),
        ("MW-07", "claims-the-system", "tool_error"),
        ("IR-01", "obeys-the-note", "injection_obeyed"),
        ("CM-05", "posts-the-phone", "pii_leak"),
        ("IR-10", "takes-the-other-build", "wrong_row"),
        ("RS-02", "runs-the-branch-all-the-same", "wrong_branch"),
        ("RS-03", "utc-days", "wrong_value"),
        ("CM-05", "posts-twice", "extra_write"),
        ("MW-02", "forgets-the-payment", "missing_step"),
        ("CM-04", "approves", "policy_breach"),
        ("CM-01", "wire-name", "format"),
    ],
)
def test_a_named_mistake_is_recognised(stage: Stage, family: str, mistake: str, first: str):
    found = why(*mistaken(stage, family, mistake))
    assert found.first is not None
    assert found.first.label == first, found


def declines(episode: Episode) -> None:
    episode.submit("I could not find out when it was delivered.")


def writes_a_call(episode: Episode) -> None:
    episode.submit('{"name": "searchShipments", "arguments": {"order_id": ')


def asks_what_does_not_exist(episode: Episode) -> None:
    episode.call("findParcel", {"order": 7})
    episode.submit("NO. Delivered on 1 November 2025, last day 22 November 2025.")


def runs_out(episode: Episode) -> None:
    episode.call("searchOrders", {})
    episode.close(TURN_LIMIT)


def says_nothing(episode: Episode) -> None:
    episode.close("stopped")


def makes_it_up(episode: Episode) -> None:
    episode.submit("YES. It was delivered on 3 March 2025; the last day of the return window is 4 April 2025.")


@pytest.mark.parametrize(
    ("played", "first"),
    [
        (declines, "gave_up"),
        (writes_a_call, "malformed_calls"),
        (asks_what_does_not_exist, "malformed_calls"),
        (runs_out, "out_of_steps"),
        (says_nothing, "gave_up"),
    ],
)
def test_an_episode_that_breaks_off_or_is_no_work_is_told_so(
    stage: Stage, played: Callable[[Episode], None], first: str
):
    episode = stage.open(stage.tasks["RS-03-006"], "broken")
    played(episode)
    found = why(stage.tasks["RS-03-006"], episode)
    assert found.first is not None
    assert found.first.label == first, found


def test_what_nothing_shown_holds_is_ungrounded(stage: Stage):
    episode = stage.open(stage.tasks["RS-03-006"], "made-up")
    makes_it_up(episode)
    assert {"ungrounded", "missing_step"} <= set(why(stage.tasks["RS-03-006"], episode).labels)


def test_who_went_round_in_circles_did_so_from_the_first_call_that_told_nothing_new(stage: Stage):
    episode = stage.open(stage.tasks["RS-03-006"], "again")
    episode.call("searchOrders", {})
    seqs = [episode.call("searchShipments", {"order_id": "ord-000000-000"}).seq for _ in range(10)]
    episode.close("repeated_calls")
    first = why(stage.tasks["RS-03-006"], episode).first
    assert first is not None
    assert (first.label, first.at) == ("out_of_steps", seqs[0] - 1)


ODD = (
    "2025-13-45T99:99:99Z",
    "0000-00-00T00:00:00Z",
    "\u0662\u0660\u0662\u0665-\u0661\u0661-\u0661\u0661T00:00:00Z",
    "2025-02-30",
    "1,,234",
    "9" * 400,
)


def test_what_somebody_wrote_is_no_instant_and_no_number_by_its_looks(stage: Stage):
    """Texts of the agent are shown again by later replies."""
    episode = stage.open(stage.tasks["RS-03-006"], "odd")
    for text in ODD:
        episode.call("postSlackMessage", {"channel_id": "returns-updates", "text": f"{text} see {text}"})
    makes_it_up(episode)
    assert why(stage.tasks["RS-03-006"], episode).findings


def test_the_caps_are_those_of_the_toolset(stage: Stage):
    """Fifty rows may come where the profile allows them, so twelve are all there are."""
    episode = stage.open(replace(stage.tasks["RS-03-006"], tools="corecraft/base/compat"), "wide")
    shown = [episode.call("searchOrders", {"limit": limit}).value for limit in (12, 50)]
    (few, many) = Case(stage.tasks["RS-03-006"], Evidence(episode.trajectory(), stage.world), []).calls
    case = Case(stage.tasks["RS-03-006"], Evidence(episode.trajectory(), stage.world), [])
    assert [len(rows) for rows in shown] == [12, 50]
    assert cut_off(case, many)
    assert not cut_off(case, few), "it was asked again, for more"


def test_an_article_is_known_by_its_title(stage: Stage):
    title = next(row["title"] for row in stage.world.rows("knowledge_base_article"))
    episode = stage.open(stage.tasks["RS-03-006"], "title")
    case = Case(stage.tasks["RS-03-006"], Evidence(episode.trajectory(), stage.world), [])
    assert case.entity_of(title) == "knowledge_base_article"


def test_the_reference_fails_of_nothing(stage: Stage):
    for id in task_ids("smoke"):
        task = stage.tasks[id]
        assert not why(task, play(stage, task, scripted(task, "reference"))[0]).findings


@pytest.mark.parametrize("family", families())
def test_a_diagnosis_names_acts_of_the_agent_and_criteria_that_are_lost(stage: Stage, family: str):
    for fall in families()[family].falls[:2]:
        task, episode = mistaken(stage, family, fall.name)
        past = episode.trajectory()
        found = why(task, episode)
        lost = set(grade(task, past, stage.world).failed)
        acts = {event.seq for event in past.events if event.kind in (CALLED, ANSWERED, CLOSED)}
        assert found.findings
        assert found == why(task, episode)
        assert [one.at for one in found.findings] == sorted(one.at for one in found.findings)
        for one in found.findings:
            assert one.at in acts
            assert one.label in LABELS
            assert set(one.criteria) <= lost
            assert set(one.evidence) <= set(range(len(past)))


def test_the_guide_lists_the_labels():
    guide = (Path(__file__).parents[3] / "docs" / "diagnosis.md").read_text("utf-8")
    rows = [f"| `{label}` | {meaning} |" for label, meaning in LABELS.items()]
    assert "\n".join(rows) in guide


def test_a_reader_has_labelled_every_named_mistake():
    assert set(labels()) == {f"{family.id} {fall.name}" for family in families().values() for fall in family.falls}


@pytest.mark.slow
def test_code_says_first_what_the_reader_finds_true(stage: Stage):
    found: list[Said] = list(said(stage, [*task_ids("train"), *task_ids("heldout")]))
    assert len(found) > 2_400
    assert sum(one.known for one in found) / len(found) > 0.85
