"""`corecraft what-if`: the same episodes with one thing changed, and what that does."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

import msgspec
from attrs import evolve, frozen

from ..analysis.figures import Difference, difference, sign_test
from ..engine.edits import Edit, EditedReply, Told
from ..engine.episode import Episode
from ..engine.errors import CoreCraftError
from ..engine.run import Run
from ..engine.trajectory import Trajectory
from ..rollouts import forking
from ..rollouts.agents import NoSuchAgent, Player
from ..rollouts.bisecting import Policy
from ..rollouts.folder import RunFolder
from ..rollouts.runner import stored_task
from ..rollouts.steps import beginning
from ..rollouts.what_if import Pair, Side, Unit, by_unit, what_if
from ..scenarios.company import recorded
from . import models, policies
from .histories import locate
from .output import emit_json, progress, say, table

EPILOG = f"""\
Each task of RUN is played from its beginning on both sides, as it was and with the edit; of RUN/EPISODE alone, from where the
edit is made. The effect is the mean difference of pairs, with a 95% interval: tasks are drawn again, or trials of a single
one.

An edit is one of
  {", ".join(forking.FORMS)},
  policy OLD => NEW         a text of the policy that a model is told, replaced

examples:
  corecraft what-if runs/mine --edit 'policy within 30 days => within 14 days' --policy openai:MODEL --trials 4
  corecraft what-if runs/mine --edit 'describe searchOrders=Newest first; at most 10 rows.' --policy openai:MODEL
  corecraft what-if runs/mine --edit tools=extended/compat --policy reference
  corecraft what-if runs/s2/S-2.failing.0 --edit 'drop 12' --policy openai:MODEL --trials 8
  corecraft what-if runs/s2/S-2.failing.0 --edit 'order/ord-251102-810 status="paid"' --policy reference

docs/branching.md says what is compared, and how.
"""

POLICY = "policy "


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "what-if", help="play episodes with one thing changed, and compare", epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("run", metavar="RUN", help="a run folder, or RUN/EPISODE for one episode of it")
    parser.add_argument(
        "--edit", action="append", required=True, dest="edits", metavar="EDIT", help="what is changed; may be repeated"
    )
    parser.add_argument("--at", type=int, metavar="SEQ", help="of RUN/EPISODE, fork after this event")
    parser.add_argument("--trials", type=int, default=1, metavar="N", help="pairs of each task (default: 1)")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N tasks")
    parser.add_argument("--no-keep", action="store_true", help="leave the run as it is: forks are played in memory")
    parser.add_argument("--json", action="store_true", help="the effect and all pairs as one object")
    policies.add_options(parser)
    parser.set_defaults(handler=_what_if)


@frozen
class Wanted:
    """What is changed: edits of the fork, as they are written, and texts of the policy."""

    edits: Sequence[str]
    policy: Sequence[tuple[str, str]]

    @classmethod
    def read(cls, texts: Sequence[str]) -> Wanted:
        pairs: list[tuple[str, str]] = []
        for text in (text for text in texts if text.startswith(POLICY)):
            old, arrow, new = text.removeprefix(POLICY).partition("=>")
            if not arrow or not old.strip():
                raise CoreCraftError(f"{text!r} is no edit of the policy; write {POLICY}OLD => NEW")
            pairs.append((old.strip(), new.strip()))
        return cls([text for text in texts if not text.startswith(POLICY)], pairs)

    def system(self, text: str) -> str:
        """The system text as it is changed. Raises CoreCraftError where it does not hold what is to be replaced."""
        for old, new in self.policy:
            if text.count(old) != 1:
                raise CoreCraftError(
                    f"the policy holds {old!r} {text.count(old)} times; name a text that it holds once"
                )
            text = text.replace(old, new)
        return text


def _what_if(arguments: argparse.Namespace) -> None:
    place, wanted = locate(arguments.run), Wanted.read(arguments.edits)
    if wanted.policy and not models.is_model(arguments.agent):
        raise CoreCraftError("a script reads no policy; name a model with --policy to change a line of it")
    single = len(place.episodes) == 1
    if arguments.at is not None and not single:
        raise CoreCraftError("--at SEQ is a place in one episode: name RUN/EPISODE")
    with ExitStack() as stack:
        cast, each = stack.enter_context(policies.policies(arguments))
        folder = stack.enter_context(RunFolder(place.run.path, writer="what-if"))
        maker = Maker(folder, wanted, cast, arguments.agent, arguments.at, single, keep=not arguments.no_keep)
        left_out: dict[str, str] = {}
        units = list(maker.units(place.episodes, arguments.limit, left_out))
        if not units:
            raise CoreCraftError(f"there is nothing to compare: {next(iter(left_out.values()), 'the run is empty')}")
        bar = stack.enter_context(progress(arguments.json))
        step = bar.add_task("playing both sides", total=2 * len(units) * max(arguments.trials, 1))
        pairs = what_if(units, arguments.trials, each=each, told=lambda: bar.advance(step))
    _tell(arguments, pairs, left_out)


@frozen
class Maker:
    """Makes both sides of each task. single: of one episode, from where the edit is made."""

    folder: RunFolder
    wanted: Wanted
    cast: policies.Cast
    name: str
    at: int | None
    single: bool
    keep: bool

    @property
    def run(self) -> Run:
        return self.folder.run

    def units(self, episodes: Sequence[str], limit: int | None, left_out: dict[str, str]) -> Iterator[Unit]:
        """One of each task. left_out: is told of those that cannot be played so, and why."""
        seen: set[str] = set()
        for id in episodes:
            past = self.run.trajectory(id)
            name = past.task["id"] if past.task else id
            if name in seen or (past.parent and not self.single) or (limit is not None and len(seen) >= limit):
                continue
            try:
                unit = self._unit(past)
            except (NoSuchAgent, CoreCraftError) as error:
                if self.single:
                    raise
                left_out[name] = str(error)
            else:
                seen.add(name)
                yield unit

    def _unit(self, past: Trajectory) -> Unit:
        task = stored_task(self.run, past)
        if task is None:
            raise CoreCraftError(f"{past.id} has no task, so there is nothing to compare by")
        edits = forking.edits(self.wanted.edits, recorded(past.opened.data))
        begin = beginning(past)
        at = self._place(begin, edits)
        policy = self.cast(self.run, past, partial(self.folder.apart, past.id, begin))
        player = _player(policy, at > begin)
        changed = player
        if self.wanted.policy:
            changed, text = _told(player, self.wanted)
            edits = [*edits, Told(text, "system")]
        self.folder.apart(past.id, at, edits)  # a mistake is told before anything is written
        sides = [
            Side(partial(self._fork, past.id, at, own, arm), who)
            for own, arm, who in (((), "as it was", player), (edits, "changed", changed))
        ]
        return Unit(past.id if self.single else task.id, task, *sides)

    def _place(self, begin: int, edits: Sequence[Edit]) -> int:
        """After the last reply that is edited, or at the beginning."""
        if self.at is not None:
            return self.at
        replies = [edit.seq for edit in edits if isinstance(edit, EditedReply)]
        if replies and not self.single:
            raise CoreCraftError("a reply stands in one episode: name RUN/EPISODE to change it")
        return max(replies, default=begin)

    def _fork(self, episode: str, at: int, edits: Sequence[Edit], arm: str) -> Episode:
        if not self.keep:
            return self.folder.apart(episode, at, edits)
        return self.folder.fork(episode, at, edits=edits, labels={"agent": self.name, "what_if": arm})


def _player(policy: Policy, midway: bool) -> Player:
    """Of a script, the way that takes up the calls made so far, or none of them."""
    return policy.ways[0 if midway or not policy.exact else 1][1]


def _told(player: Player, wanted: Wanted) -> tuple[Player, str]:
    """A model with another system text, and that text."""
    assert isinstance(player, models.ModelPlayer)
    text = wanted.system(player.agent.system)
    return evolve(player, agent=evolve(player.agent, system=text)), text


# --- what it came to -------------------------------------------------------------------------------------------------


def _tell(arguments: argparse.Namespace, pairs: Sequence[Pair], left_out: Mapping[str, str]) -> None:
    effects = {
        "reward": _effect(pairs, lambda one: one.reward),
        "passed": _effect(pairs, lambda one: one.passed is True),
    }
    whole, units = sum(pair.whole for pair in pairs), len({pair.unit for pair in pairs if pair.whole})
    if arguments.json:
        data = {name: effect and {**_fields(effect), "p": _chance(effect)} for name, effect in effects.items()}
        about = {"edits": arguments.edits, "policy": arguments.agent, "pairs": whole, "tasks": units}
        emit_json({**about, "effect": data, "left_out": left_out, "played": msgspec.to_builtins(pairs)})
        return
    say(f"{', '.join(arguments.edits)}: {arguments.agent} plays on, {whole} pairs of {units} task{'s' * (units != 1)}")
    rows = [_row(name, pairs, effect) for name, effect in effects.items() if effect]
    table("", ("", "as it was", "changed", "effect", "95% interval", "better", "worse", "equal", "p"), rows)
    for pair in pairs:
        if not pair.whole:
            why = next((error for error in pair.errors if error), "no grade")
            say(f"left out: pair {pair.trial} of {pair.unit}: {why}", style="yellow")
    for name, why in left_out.items():
        say(f"left out: {name}: {why}", style="yellow")


def _effect(pairs: Sequence[Pair], of: Callable[[Any], float]) -> Difference | None:
    was, now = by_unit(pairs, of)
    return difference(now, was)


def _row(name: str, pairs: Sequence[Pair], effect: Difference) -> tuple[Any, ...]:
    was, now = by_unit(pairs, (lambda one: one.reward) if name == "reward" else (lambda one: float(one.passed is True)))
    means = [f"{sum(side.values()) / len(side):.3f}" for side in (was, now)]
    counts = (effect.better, effect.worse, effect.equal)
    return (
        name,
        *means,
        f"{effect.value:+.3f}",
        f"{effect.low:+.3f} to {effect.high:+.3f}",
        *counts,
        f"{_chance(effect):.3f}",
    )


def _chance(effect: Difference) -> float:
    return sign_test(effect.better, effect.worse)


def _fields(effect: Difference) -> dict[str, Any]:
    names = ("value", "low", "high", "tasks", "better", "worse", "equal", "detectable")
    return {("n" if name == "tasks" else name): getattr(effect, name) for name in names}
