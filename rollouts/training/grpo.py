"""GRPO by playing: groups of episodes from one start, rewarded by their grades, and a step towards what earned more than its
group (docs/training.md).

Every rollout is an ordinary episode of OUT/run, with the ids and log-probabilities of its tokens, and what is learnt is read
from there. So a training that was stopped goes on where it was: at its last checkpoint, with what was played since.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from attrs import define, field, frozen
from msgspec import Struct

from ...engine.canonical import digest, encode
from ...engine.episode import Episode
from ...engine.errors import CoreCraftError
from ...engine.event import RESPONDED
from ...engine.files import write_json
from ...engine.messages import messages
from ...engine.trajectory import Trajectory
from ...scenarios.task import Task
from ..agents.turns import Turn, read_message
from ..branching import Result
from ..folder import RunFolder
from ..local import local_agent
from ..loop import Rules
from ..runner import Stage, record_failure
from ..schedule import Schedule, jobs
from .credit import Credit, Fork, Line, fresh, of_lines, planned
from .curves import Curves
from .dialogue import Tokenizer, Tokens, chat_of, tokens
from .learning import Learner, Learnt
from .objective import CLIPS, Clip, Clipping, adapted
from .playing import play_together
from .policy import Base, Policy
from .sampler import Sampler

RUN, CHECKPOINTS, STATE = "run", "checkpoints", "state.json"
LEARNER = "learner"


class GrpoSettings(Struct, frozen=True):
    """tasks, group: of each step, so many tasks with so many rollouts each. passes: updates made from one step's rollouts.
    scaled: whether advantages are divided by the group's deviation. kl: the weight of the divergence from the first policy.
    rows: episodes played at a time. room: tokens a conversation may have. turn: tokens of one turn."""

    steps: int = 10
    tasks: int = 4
    group: int = 8
    passes: int = 2
    learning_rate: float = 1e-5
    clipping: Clipping = "clip-higher"
    epsilon_low: float | None = None
    epsilon_high: float | None = None
    scaled: bool = True
    kl: float = 0.0
    credit: Credit = "plain"
    temperature: float = 1.0
    turns: int = 16
    turn: int = 300
    rows: int = 32
    room: int = 4096
    batch_tokens: int = 8192
    rank: int = 32
    seed: int = 0

    @property
    def clip(self) -> Clip:
        """The bounds of the first step."""
        known = CLIPS[self.clipping]
        low, high = self.epsilon_low, self.epsilon_high
        return Clip(known.low if low is None else low, known.high if high is None else high)

    def digest(self, base: str, tasks: Sequence[str]) -> str:
        """Of all that steps depend on; how many there are to be may be changed later."""
        told = {**msgspec.to_builtins(self), "steps": None, "rows": None, "base": base, "tasks": list(tasks)}
        return digest(encode(told))


class State(Struct, frozen=True):
    """What a checkpoint knows besides weights. entropy: of the first step."""

    step: int
    settings: str
    clip: Clip
    entropy: float | None


@frozen
class Rollout:
    """A finished line with its tokens. logprobs: of each of its own turns, whose places in the tokens are `spans`."""

    line: Line
    tokens: Tokens
    spans: tuple[tuple[int, int], ...]
    logprobs: tuple[tuple[float, ...], ...]
    passed: bool


@define
class Grpo:
    """A training in a folder. measured: is told each step's figures."""

    stage: Stage
    tasks: Sequence[Task]
    policy: Policy
    settings: GrpoSettings
    out: Path
    measured: Callable[[Mapping[str, Any]], None]
    curves: Curves = field(init=False)
    _learner: Learner = field(init=False)
    _state: State = field(init=False)

    @classmethod
    def begin(
        cls,
        stage: Stage,
        tasks: Sequence[Task],
        base: Base,
        adapter: Path | None,
        device: str,
        settings: GrpoSettings,
        out: Path,
        measured: Callable[[Mapping[str, Any]], None],
    ) -> Grpo:
        """From its last checkpoint, if it has one. Raises CoreCraftError for one of another model or of other settings."""
        wanted = settings.digest(base.digest, [task.id for task in tasks])
        found = checkpoint(out)
        if found is not None and found[1].settings != wanted:
            raise CoreCraftError(f"{out} holds a training of another model, tasks or settings; choose another --out")
        policy = Policy.load(base, found[0] if found else adapter, device, rank=settings.rank, seed=settings.seed)
        this = cls(stage, tasks, policy, settings, out, measured)
        this.curves = Curves(out)
        this._state = found[1] if found else State(0, wanted, settings.clip, None)
        this._learner = Learner.of(
            policy, settings.learning_rate, settings.temperature, settings.batch_tokens, settings.kl
        )
        if settings.kl:
            this._learner.hold_to(adapter)
        if found:
            this._learner.restore(found[0])
        return this

    def run(self) -> Curves:
        settings = self.settings
        sampler = Sampler(
            self.policy.model, self.policy.tokenizer.end_ids[-1], rows=settings.rows, room=settings.room, most=settings.turn,
            temperature=settings.temperature, seed=settings.seed, device=self.policy.device,
        )  # fmt: skip
        while self._state.step < settings.steps:
            number = self._state.step + 1
            began, said = time.monotonic(), sampler.tokens
            sampler.forget()
            self.policy.model.eval()
            figures, learnt = self._played(number, sampler)
            played = time.monotonic() - began
            figures |= {"tokens_per_s": (sampler.tokens - said) / played, "play_s": played}
            self._learn(number, figures, learnt)
        self.policy.save(self.out / "adapter", f"CoreCraft GRPO of {self.policy.base.path.name}")
        return self.curves

    # --- playing -------------------------------------------------------------------------------------------------------

    def _played(self, number: int, sampler: Sampler) -> tuple[dict[str, Any], list[Learnt]]:
        """The figures of a step, and what is to be learnt from it."""
        settings, name = self.settings, f"grpo-{number:04d}"
        chosen = tasks_of_step(self.tasks, settings.tasks, number, settings.seed)
        wanted = jobs(chosen, name, fresh(settings.group, settings.credit))
        labels = {"model": LEARNER, "step": number, "clipping": settings.clipping, "credit": settings.credit}
        agent, rules = local_agent(LEARNER), Rules(turns=settings.turns, empty=1)
        with Schedule(self.out / RUN, self.stage, wanted, name, labels) as schedule:
            play_together(
                schedule.begun(), agent, self.policy.tokenizer, sampler, rules, schedule.ended, schedule.failed
            )
            schedule.look()
            groups: list[tuple[list[Rollout], list[Fork]]] = []
            for task in chosen:
                ids = [one.episode for one in schedule.in_order if one.task.id == task.id]
                lines = _rollouts(schedule.folder, ids, self.policy.tokenizer)
                key = f"{settings.seed} {number} {task.id}"
                groups.append((lines, planned([one.line for one in lines], settings.group, settings.credit, key)))
            forks = [(task, fork) for task, (_, each) in zip(chosen, groups, strict=True) for fork in each]
            play_together(
                _forked(schedule.folder, forks, name), agent, self.policy.tokenizer, sampler, rules,
                lambda task, episode: self.stage.grade(episode), lambda _, episode, error: record_failure(episode, error),
            )  # fmt: skip
            schedule.folder.reload()
            finished = [
                (lines, _rollouts(schedule.folder, [fork.name for fork in each], self.policy.tokenizer))
                for lines, each in groups
            ]
        planned_episodes = len(wanted) + len(forks)
        return self._figures(number, finished, planned_episodes), self._to_learn(finished)

    def _figures(
        self, number: int, finished: Sequence[tuple[list[Rollout], list[Rollout]]], planned_episodes: int
    ) -> dict[str, Any]:
        everything = [one for lines, forks in finished for one in (*lines, *forks)]
        first = [one for lines, _ in finished for one in lines]
        kept = sum(self._advantages(lines, forks) is not None for lines, forks in finished)
        return {
            "step": number,
            "reward": _mean([one.line.reward for one in first]),
            "passed": _mean([float(one.passed) for one in first]),
            "episodes": len(first),
            "forks": len(everything) - len(first),
            "masked": planned_episodes - len(everything),
            "groups": kept,
            "dropped": len(finished) - kept,
            "env_steps": sum(len(one.line.turns) for one in everything),
        }

    def _advantages(self, lines: Sequence[Rollout], forks: Sequence[Rollout]) -> dict[str, list[float]] | None:
        if len(lines) < 2:
            return None
        own, others = ([one.line for one in each] for each in (lines, forks))
        return of_lines(own, others, self.settings.credit, scaled=self.settings.scaled)

    def _to_learn(self, finished: Sequence[tuple[list[Rollout], list[Rollout]]]) -> list[Learnt]:
        found: list[Learnt] = []
        for lines, forks in finished:
            by_line = self._advantages(lines, forks) or {}
            for one in (*lines, *forks):
                if one.line.id in by_line and one.spans:
                    found.append(Learnt(one.tokens.ids, one.spans, one.logprobs, tuple(by_line[one.line.id])))
        return found

    # --- learning ------------------------------------------------------------------------------------------------------

    def _learn(self, number: int, figures: dict[str, Any], learnt: Sequence[Learnt]) -> None:
        state, began = self._state, time.monotonic()
        figures |= {"epsilon_low": state.clip.low, "epsilon_high": state.clip.high, "learnt": len(learnt)}
        clip, entropy = state.clip, state.entropy
        if learnt:
            self.policy.model.train()
            told = self._learner.update(learnt, self.settings.passes, clip)
            figures |= told
            entropy = told["entropy"] if entropy is None else entropy
            if self.settings.clipping == "adaptive":
                clip = adapted(clip, told["entropy"], entropy)
        figures["learn_s"] = time.monotonic() - began
        self._state = State(number, state.settings, clip, entropy)
        self.curves.add(figures)
        self._keep(number)
        self.measured(figures)

    def _keep(self, number: int) -> None:
        """A checkpoint counts once its state is there; the one before goes then."""
        folder = self.out / CHECKPOINTS / f"step-{number:04d}"
        self.policy.save(folder, f"CoreCraft GRPO, step {number}")
        self._learner.keep(folder)
        write_json(folder / STATE, self._state)
        for old in (self.out / CHECKPOINTS).iterdir():
            if old != folder:
                shutil.rmtree(old)


def checkpoint(out: Path) -> tuple[Path, State] | None:
    """The last one that is whole."""
    for folder in sorted((out / CHECKPOINTS).glob("step-*"), reverse=True):
        if (folder / STATE).exists():
            return folder, msgspec.json.decode((folder / STATE).read_bytes(), type=State)
    return None


def tasks_of_step(tasks: Sequence[Task], count: int, number: int, seed: int) -> list[Task]:
    """Those of a step, by its number from 1: all tasks are played once, in an order of chance, before any comes again."""
    found: list[Task] = []
    for place in range((number - 1) * count, number * count):
        epoch, at = divmod(place, len(tasks))
        order = sorted(tasks, key=lambda task: task.id)
        Random(f"{seed} {epoch}").shuffle(order)
        found.append(order[at])
    return list({task.id: task for task in found}.values())  # where there are fewer than a step takes, each once


def rollout_of(past: Trajectory, tokenizer: Tokenizer) -> Rollout | None:
    """A finished history as what was sampled in it; None for what has no grade, which is masked: nobody's failure but the
    machinery's."""
    result = reward_of(past)
    if result is None:
        return None
    said = list(map(read_message, messages(past.as_told())))
    turns = [turn for turn in said if isinstance(turn, Turn)]
    seqs = [event.seq for event in past.events if event.kind == RESPONDED]
    sampled = [turn.tokens or {} for turn in turns]
    found = tokens(chat_of(local_agent(LEARNER), said), tokenizer, [each.get("ids") for each in sampled])
    if len(found.turns) < len(
        turns
    ):  # it ended by saying nothing, which is told to nobody, and learnt from all the same
        found = found.and_then(sampled[-1].get("ids", ()))
    own = [place for place, seq in enumerate(seqs) if seq >= past.inherited and "logprobs" in sampled[place]]
    return Rollout(
        Line.of(past, [seqs[place] for place in own], result.reward),
        found,
        tuple(found.turns[place] for place in own),
        tuple(tuple(sampled[place]["logprobs"]) for place in own),
        result.passed is True,
    )


def reward_of(past: Trajectory) -> Result | None:
    """What an episode earned, by its grade; None for what failed by no fault of the model, or has no grade."""
    return Result.read(past.grade) if past.grade and not past.failed else None


def _rollouts(folder: RunFolder, ids: Sequence[str], tokenizer: Tokenizer) -> list[Rollout]:
    found = (rollout_of(folder.trajectory(id), tokenizer) for id in ids)
    return [one for one in found if one is not None]


def _forked(folder: RunFolder, forks: Sequence[tuple[Task, Fork]], agent: str) -> Iterator[tuple[Task, Episode]]:
    """Forks that are still to be played, opened or taken up one after the other."""
    folder.reload()
    recorded = set(folder.episodes)
    for task, fork in forks:
        if fork.name not in recorded:
            yield task, folder.fork(fork.line, fork.at, name=fork.name, labels={"agent": agent})
        elif folder.trajectory(fork.name).status == "open":
            yield task, folder.take_up(fork.name)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
