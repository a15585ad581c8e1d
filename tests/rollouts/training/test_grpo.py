"""GRPO on a tiny model that plays real tasks for a reward of ours: its rollouts are a run, it learns, it goes on again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from corecraft.cli.main import main
from corecraft.engine.errors import CoreCraftError
from corecraft.engine.run import Run
from corecraft.engine.trajectory import Trajectory
from corecraft.rollouts.branching import Result
from corecraft.rollouts.runner import Stage, record_failure

from . import APART

torch: Any = pytest.importorskip("torch", reason=APART)

TASKS = ("RS-03-000", "RS-03-002")
SMALL: Mapping[str, Any] = {
    "tasks": 2, "group": 6, "rows": 8, "room": 2500, "turn": 8, "batch_tokens": 20000, "rank": 4, "learning_rate": 0.03,
}  # fmt: skip


def letters(past: Trajectory) -> Result | None:
    """The share of small letters in the answer: something that a model without any sense can learn."""
    answer = past.answer or ""
    return None if past.failed else Result(False, sum("a" <= c <= "z" for c in answer) / max(1, len(answer)))


@pytest.fixture(autouse=True)
def rewarded(monkeypatch: pytest.MonkeyPatch) -> None:
    from corecraft.rollouts.training import grpo

    monkeypatch.setattr(grpo, "reward_of", letters)


def training(stage: Stage, tiny: Path, out: Path, **settings: Any) -> Any:
    from corecraft.rollouts.training.grpo import Grpo, GrpoSettings
    from corecraft.rollouts.training.policy import Base

    tasks = [stage.tasks[id] for id in TASKS]
    wanted = GrpoSettings(**{**SMALL, **settings})
    return Grpo.begin(stage, tasks, Base(tiny), None, "cpu", wanted, out, lambda row: None)


def figures(curves: Any) -> list[dict[str, Any]]:
    """What does not depend on the clock."""
    return [{k: v for k, v in row.items() if not k.endswith("_s")} for row in curves.rows]


@pytest.fixture(scope="module")
def learnt(stage: Stage, tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    from corecraft.rollouts.training import grpo

    out = tmp_path_factory.mktemp("grpo") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grpo, "reward_of", letters)
        return out, training(stage, tiny, out, steps=3).run()


def test_each_step_has_its_figures(learnt: tuple[Path, Any]):
    assert [row["step"] for row in learnt[1].rows] == [1, 2, 3]
    for row in learnt[1].rows:
        assert (row["groups"] + row["dropped"], row["masked"], row["episodes"], row["env_steps"]) == (2, 0, 12, 12)
        assert row["learnt"] == 6 * row["groups"]
        assert row["entropy"] > 0


def likely(policy: Any, ids: Sequence[int], turns: Sequence[tuple[int, int]]) -> list[list[float]]:
    """Log-probabilities of what is said in these turns."""
    with torch.no_grad():
        every = torch.log_softmax(policy.model(torch.tensor([ids])).logits[0], -1)
    return [[float(every[at - 1, ids[at]]) for at in range(*turn)] for turn in turns]


def test_what_earned_more_becomes_likelier_and_what_earned_less_unlikelier(tiny: Path):
    from corecraft.rollouts.training.learning import Learner, Learnt, batches
    from corecraft.rollouts.training.objective import Clip
    from corecraft.rollouts.training.policy import Base, Policy

    policy = Policy.load(Base(tiny), None, "cpu", rank=4)
    learner = Learner.of(policy, 0.01, 1.0, 64, 0.0)
    good, bad = ((7, 8, 9, 20, 21), ((3, 5),)), ((7, 8, 9, 30, 4, 4, 31, 32), ((3, 4), (6, 8)))
    before = [likely(policy, *shape) for shape in (good, bad)]
    many = [
        Learnt(ids, turns, tuple(map(tuple, old)), (value,) * len(turns))
        for (ids, turns), old, value in zip((good, bad), before, (1.0, -1.0), strict=True)
    ]
    told = learner.update(many, 1, Clip(0.2, 0.28))
    assert told["loss"] == pytest.approx((-2 + 3) / 5, abs=1e-4), "nothing has moved yet: the mean over tokens"
    assert (told["clipped_low"], told["clipped_high"], told["tokens"]) == (0, 0, 5)
    after = [likely(policy, *shape) for shape in (good, bad)]
    assert sum(after[0][0]) > sum(before[0][0])
    assert sum(map(sum, after[1])) < sum(map(sum, before[1]))
    moved = learner.update(many, 8, Clip(0.01, 0.01))
    assert moved["clipped_low"] + moved["clipped_high"] > 0
    assert [len(batch) for batch in batches(many, 10)] == [1, 1]
    assert [len(batch) for batch in batches(many, 16)] == [2]


def test_rollouts_are_episodes_with_the_tokens_they_were_sampled_as(learnt: tuple[Path, Any], capsys: Any):
    out, _ = learnt
    assert main(["verify", str(out / "run"), "--json"]) == 0
    capsys.readouterr()
    run = Run(out / "run")
    assert len(run.episodes) == 3 * 12
    for id in run.episodes:
        turn = next(event for event in run.trajectory(id).events if event.kind == "model.responded").data
        assert len(turn["tokens"]["ids"]) == len(turn["tokens"]["logprobs"]) > 0
    assert run.labels(run.episodes[0])["step"] == 1


def test_a_training_that_was_stopped_goes_on_as_if_nobody_had(
    stage: Stage, tiny: Path, tmp_path: Path, learnt: tuple[Path, Any]
):
    training(stage, tiny, tmp_path / "two", steps=1).run()
    halfway = training(stage, tiny, tmp_path / "two", steps=3)

    class Stopped(Exception): ...

    def stop(_: Any) -> None:
        raise Stopped

    halfway.measured = stop
    with pytest.raises(Stopped):
        halfway.run()
    again = training(stage, tiny, tmp_path / "two", steps=3).run()
    for mine, theirs in zip(figures(again), figures(learnt[1]), strict=True):
        assert mine == pytest.approx(theirs, rel=1e-3, abs=1e-5)


def test_a_folder_of_another_training_is_refused(stage: Stage, tiny: Path, tmp_path: Path, learnt: tuple[Path, Any]):
    with pytest.raises(CoreCraftError, match="holds a training of another model, tasks or settings"):
        training(stage, tiny, learnt[0], group=4)


def test_it_is_held_to_where_it_began(stage: Stage, tiny: Path, tmp_path: Path):
    curves = training(stage, tiny, tmp_path / "kl", steps=2, kl=0.5).run()
    assert curves.rows[1]["kl"] > 0
    assert "kl" in curves.rows[0]


def test_who_says_nothing_learns_from_that_too(stage: Stage):
    from corecraft.rollouts.training.grpo import rollout_of

    from .conftest import Bytes

    episode = stage.open(stage.tasks[TASKS[0]], "e")
    episode.record("model.responded", {"text": "", "tokens": {"ids": [256], "logprobs": [-3.0]}})
    episode.close("empty_turns")
    stage.grade(episode)
    found = rollout_of(episode.trajectory(), Bytes())
    assert found is not None
    assert (found.tokens.ids[-1], found.spans[0][1], found.logprobs) == (256, len(found.tokens.ids), ((-3.0,),))
    assert len(found.line.turns) == 1


def test_what_failed_by_no_fault_of_the_model_is_masked(stage: Stage, tiny: Path):
    from corecraft.rollouts.training.grpo import rollout_of

    from .conftest import Bytes

    episode = stage.open(stage.tasks[TASKS[0]], "e")
    episode.record("model.responded", {"text": "Yes", "tokens": {"ids": [89, 256], "logprobs": [-1.0, -0.5]}})
    record_failure(episode, RuntimeError("the machine is gone"))
    assert rollout_of(episode.trajectory(), Bytes()) is None


class Scripted:
    """In place of the sampler: looks at orders a few times, then says something."""

    encode: Any

    def __init__(self, model: Any, end: int, **options: Any) -> None:
        self.room, self.tokens, self._end, self._rows = options["room"], 0, end, options["rows"]
        self._due: dict[int, str] = {}

    @property
    def free(self) -> list[int]:
        return [row for row in range(self._rows) if row not in self._due]

    def forget(self) -> None: ...

    def speak(self, row: int, context: Sequence[int], key: str) -> None:
        self._due[row] = key

    def advance(self) -> Mapping[int, Any]:
        from corecraft.rollouts.training.sampler import Said

        row = next(iter(self._due))
        chance = Random(self._due.pop(row))
        text = (
            '{"name": "searchOrders", "arguments": {"limit": 1}}'
            if chance.random() < 0.7
            else chance.choice(["ab", "A2"])
        )
        ids = (*self.encode(text), self._end)
        self.tokens += len(ids)
        return {row: Said(ids, (-1.0,) * len(ids), ended=True)}


@pytest.mark.parametrize("credit", ["steps", "tree"])
def test_forks_say_which_turn_was_worth_what(
    credit: str, stage: Stage, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
):
    from corecraft.rollouts.training import grpo
    from corecraft.rollouts.training.policy import Base

    monkeypatch.setattr(grpo, "Sampler", Scripted)
    monkeypatch.setattr(Scripted, "encode", staticmethod(Base(tiny).tokenizer().encode), raising=False)
    curves = training(stage, tiny, tmp_path / "out", steps=1, credit=credit, room=20000).run()
    row = curves.rows[0]
    assert row["episodes"] == 6, "half of each group begins at the beginning"
    assert row["forks"] > 0
    plain = training(stage, tiny, tmp_path / "plain", steps=1, room=20000).run().rows[0]
    assert row["env_steps"] < 1.7 * plain["env_steps"], (
        "forks take the turns that fresh rollouts would, as chance has it"
    )
    run = Run(tmp_path / "out" / "run")
    assert sum(run.trajectory(id).parent is not None for id in run.episodes) == row["forks"]
    assert main(["verify", str(tmp_path / "out" / "run"), "--json"]) == 0
    capsys.readouterr()
