"""What a viewer may do to the runs it shows: fork an episode and let it be played on, and record what a reader says."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import BoundedSemaphore, Lock, RLock, Thread, Timer
from typing import cast

from attrs import define, field

from ..analysis.viewer.hands import Fate, Put, Said
from ..engine.episode import Episode
from ..engine.errors import Busy, CoreCraftError
from ..engine.event import RESPONDED
from ..engine.run import Run
from ..engine.trajectory import Trajectory
from ..replay.visible import one_line
from ..rollouts import forking
from ..rollouts.agents import Player
from ..rollouts.folder import RunFolder
from ..rollouts.judge.questions import Question, questions
from ..rollouts.judge.readings import MOST_REASON, WORDS, Reading
from ..rollouts.judge.ruling import Clerk, Ruling, readings_of
from ..rollouts.judge.wording import rules
from ..rollouts.runner import record_failure
from ..scenarios.company import recorded

SCRIPTS = ("reference", "failing")
AT_ONCE = 4
"""Forks that are played at a time."""
LEASE = 3.0
"""Seconds that a segment is kept for further verdicts: taking it anew means reading it, and whoever else wants it waits."""
PATIENCE = 5.0
"""Seconds that a verdict waits for a segment that somebody else is writing."""

Plays = Callable[[Run, Trajectory], Player]
"""Who plays a fork of a parent on, beside the scripts."""


@define(eq=False)
class LocalHands:
    """Implements `analysis.viewer.hands.Hands` on the run folders of this machine.

    players: by name, models that can play a fork on. What is played goes on in threads that end with the process: an episode
    is open then, as if it had been killed.
    """

    players: Mapping[str, Plays] = field(factory=dict[str, Plays])
    _slots: BoundedSemaphore = field(factory=lambda: BoundedSemaphore(AT_ONCE), init=False)
    _fates: dict[tuple[Path, str], Fate] = field(factory=dict[tuple[Path, str], Fate], init=False)
    _desks: dict[Path, _Desk] = field(factory=dict[Path, "_Desk"], init=False)
    _lock: Lock = field(factory=Lock, init=False)

    # --- forks -------------------------------------------------------------------------------------------------------

    def agents(self) -> Sequence[str]:
        return (*SCRIPTS, *self.players)

    def fork(self, run: Path, episode: str, at: int, *, agent: str, continues: bool, answer: str, edits: str) -> str:
        """Every fork has a segment of its own, so that no two, here or in another process, wait for each other."""
        wanted = [line.strip() for line in edits.splitlines() if line.strip()]
        if agent and answer.strip():
            raise CoreCraftError("A fork is played on, or ends with an answer: choose one of the two")
        if continues and wanted and agent in SCRIPTS:
            raise CoreCraftError("With an edit, what was read before may no longer hold: let the agent start over")
        with ExitStack() as stack:
            folder = stack.enter_context(RunFolder(run, writer="fork"))
            parent = folder.trajectory(episode)
            parent.check_boundary(at)
            player = self._player(folder.run, parent, at, agent, continues)
            go_on = forking.way_to_the_end(folder.run, parent, player, answer if answer.strip() else None)
            changes = forking.edits(wanted, recorded(parent.opened.data))
            child = folder.fork(episode, at, edits=changes, labels={"agent": agent} if agent else {})
            if player is None:
                go_on(child)
            else:
                stack.pop_all()  # the thread lets go of it
                self._fates[run, child.id] = Fate(f"{player.name} waits until others have played", playing=True)
                Thread(target=self._play, args=(folder, child, player.name, go_on), daemon=True).start()
        return child.id

    def forms(self) -> Mapping[str, str]:
        return forking.FORMS

    def fate(self, run: Path, episode: str) -> Fate | None:
        return self._fates.get((run, episode))

    def _player(self, run: Run, parent: Trajectory, at: int, agent: str, continues: bool) -> Player | None:
        if not agent:
            return None
        if agent in SCRIPTS:
            return forking.script(run, parent, agent, continues)
        if agent not in self.players:
            raise CoreCraftError(f"Nobody called {one_line(agent)} plays here; there are: {', '.join(self.agents())}")
        if _is_thought(parent, at):
            raise CoreCraftError(
                f"Event {at} is words without a call, which a model would take for its answer: fork one step earlier or later"
            )
        return self.players[agent](run, parent)

    def _play(self, folder: RunFolder, child: Episode, name: str, go_on: forking.GoOn) -> None:
        """In a thread of its own. What goes wrong stands in the episode or, where that has no room, in its fate."""
        key = (folder.path, child.id)
        with folder, self._slots:
            self._fates[key] = Fate(f"{name} plays it on", playing=True)
            try:
                go_on(child)
                del self._fates[key]
            except Exception as error:
                with suppress(CoreCraftError):
                    record_failure(child, error)
                self._fates[key] = Fate(one_line(f"{name} could not go on: {error}"), playing=False)
                if not isinstance(error, CoreCraftError):  # a bug of ours, which must not go unheard
                    traceback.print_exc(file=sys.stderr)

    # --- judging -----------------------------------------------------------------------------------------------------

    def rules(self) -> Sequence[str]:
        return rules()

    def questions(self, run: Path, episode: str, reader: str) -> Sequence[Put]:
        return [put for one in self._desk(run).questions(episode) if (put := _put(one, _judge(reader))) is not None]

    def vote(self, run: Path, episode: str, criterion: str, said: Said, why: str, reader: str) -> bool:
        verdict = next(verdict for verdict, word in WORDS.items() if word == said)
        reading = Reading(0, verdict, (), why.strip()[:MOST_REASON])
        return self._desk(run).write(episode, criterion, _judge(reader), reading)

    def _desk(self, run: Path) -> _Desk:
        with self._lock:
            return self._desks.setdefault(run, _Desk(RunFolder(run)))


@define(eq=False)
class _Desk:
    """Where the verdicts of a run are written: its worlds stay loaded, its segments are let go soon after."""

    folder: RunFolder
    _lock: RLock = field(factory=RLock, init=False)
    _letting_go: bool = field(default=False, init=False)
    _look_again: float = field(default=0.0, init=False)

    def questions(self, episode: str) -> list[Question]:
        """Of an episode as it stands in the log. Raises CoreCraftError where there is nothing to ask."""
        with self._lock:
            self._look()
            self.folder.trajectory(episode)  # looks again where this desk has written
            ((_, found),) = questions(self.folder.run, [episode])
        if isinstance(found, CoreCraftError):
            raise found
        return list(found)

    def write(self, episode: str, criterion: str, judge: str, reading: Reading) -> bool:
        """Returns whether the criterion is settled by it."""
        asked = next((one for one in self.questions(episode) if one.criterion.id == criterion), None)
        if asked is None:
            raise CoreCraftError(f"{episode} is not graded on {one_line(criterion)!r}")
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return self._written(Ruling(asked, judge, "", (reading,)))
            except Busy:
                if time.monotonic() > until:
                    raise
            time.sleep(0.2)

    def _written(self, ruling: Ruling) -> bool:
        asked = ruling.question
        with self._lock:
            if not self._letting_go:
                self._letting_go = True
                timer = Timer(LEASE, self._let_go)
                timer.daemon = True
                timer.start()
            written = Clerk(self.folder).write(asked.episode, [ruling])
        return written.settled > 0 if asked.waits else ruling.readings[0].verdict is not None

    def _let_go(self) -> None:
        with self._lock:
            self._letting_go = False
            self.folder.close()

    def _look(self) -> None:
        """See what others have written, now and then: of a big run that takes a while."""
        began = time.monotonic()
        if began > self._look_again:
            self.folder.reload()
            _ = self.folder.episodes
            now = time.monotonic()
            self._look_again = now + max(5.0, 20 * (now - began))


def _judge(reader: str) -> str:
    return f"person:{one_line(reader)}"


def _put(question: Question, judge: str) -> Put | None:
    """As it is put to a reader; None for one that neither waits nor was answered by him."""
    own = readings_of(question, judge, "")
    if not own and not question.waits:
        return None
    reading, criterion = own.get(0), question.criterion
    return Put(
        question.past, criterion.id, criterion.tag, criterion.question, question.cited, question.waits,
        cast("Said", WORDS[reading.verdict]) if reading else None, reading.reason if reading else "",
    )  # fmt: skip


def _is_thought(parent: Trajectory, at: int) -> bool:
    event = parent.events[at]
    return event.kind == RESPONDED and not event.data.get("tool_calls") and bool(event.data.get("text"))
