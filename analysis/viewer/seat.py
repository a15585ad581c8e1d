"""The judge's seat: what waits for a reader, put to him one question after the other, and what he says kept at once.

Which episodes wait is asked of the tables, once a sitting; the histories are read only of those that come up. Tables are
behind the log by some seconds, so what was said here is remembered here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import RLock
from time import monotonic

from attrs import define, field, frozen

from ...engine.errors import CoreCraftError, UnknownEpisode
from ...engine.event import ANSWERED, PROMPTED
from ...replay.view import RowChange, steps, summary
from ...replay.visible import one_line, visible
from .hands import Hands, Put, Said
from .shelf import Shelf
from .values import Shown, show

PERSON = "person:"
"""Before the name of a reader in the log."""
MOST_NAME = 60
STALE = 60.0
"""Seconds after which a reader who comes back is shown what others have settled since."""

Place = tuple[str, str]
"""An episode and a criterion of it."""


@frozen
class Waiting:
    """A run in the list: how many questions wait, in how many episodes, and who has answered how many."""

    run: str
    questions: int
    episodes: int
    readers: Sequence[tuple[str, int]]


@frozen
class Deed:
    """A call as the reader is shown it."""

    seq: int
    last: int
    tool: str
    brief: str
    arguments: Shown | None
    changes: Sequence[RowChange]
    reply: Shown
    ok: bool
    cited: bool


@frozen
class Case:
    """A question with what it is about. number, total: of the sitting. back: the question before."""

    put: Put
    requests: Sequence[tuple[int, str]]
    deeds: Sequence[Deed]
    answered: int | None
    answer: str
    number: int
    total: int
    back: Place | None

    @property
    def episode(self) -> str:
        return self.put.past.id

    @property
    def cited(self) -> Sequence[Deed]:
        return [deed for deed in self.deeds if deed.cited]

    @property
    def others(self) -> Sequence[Deed]:
        return [deed for deed in self.deeds if not deed.cited]


@define(eq=False)
class Sitting:
    """What one reader is asked of one run, in a fixed order. unaskable: episode -> why nothing can be asked of it."""

    places: list[Place]
    answered: set[Place]
    made: float
    unaskable: dict[str, str] = field(factory=dict[str, str])

    @property
    def left(self) -> int:
        return sum(place not in self.answered for place in self.places)

    def before(self, place: Place) -> Place | None:
        at = self.places.index(place)
        return self.places[at - 1] if at else None

    def drop(self, place: Place) -> None:
        self.places.remove(place)

    def drop_all(self, episode: str, why: str) -> None:
        self.unaskable[episode] = why
        self.places = [place for place in self.places if place[0] != episode]


@define(eq=False)
class Seat:
    """All sittings of this viewer. Threads may share it."""

    shelf: Shelf
    hands: Hands
    _sittings: dict[tuple[str, str], Sitting] = field(factory=dict[tuple[str, str], Sitting], init=False)
    _settled: set[tuple[str, str, str]] = field(factory=set[tuple[str, str, str]], init=False)
    """Run, episode and criterion of what was settled here: the tables may not know it yet."""
    _lock: RLock = field(factory=RLock, init=False)

    # --- the list ------------------------------------------------------------------------------------------------

    def waiting(self) -> list[Waiting]:
        """Every open run."""
        counts: dict[str, tuple[int, int]] = dict.fromkeys(self.shelf.paths, (0, 0))
        for row in self.shelf.ask(
            "SELECT run, sum(waiting)::BIGINT AS questions, count(*) AS episodes FROM parts.listing WHERE waiting > 0 "
            "GROUP BY run"
        ):
            counts[self.shelf.name(row["run"])] = (row["questions"], row["episodes"])
        readers: dict[str, list[tuple[str, int]]] = {}
        for row in self.shelf.ask(
            "SELECT run, model, count(DISTINCT (episode, id)) AS said FROM verdicts WHERE probe IS NULL "
            "GROUP BY ALL ORDER BY said DESC, model"
        ):
            name = visible(str(row["model"]).removeprefix(PERSON))
            readers.setdefault(self.shelf.name(row["run"]), []).append((name, row["said"]))
        for name in {run for run, _, _ in self._settled}:
            left = [place for place in self._places(name, "") if (name, *place) not in self._settled]
            counts[name] = (len(left), len({episode for episode, _ in left}))
        return [Waiting(name, *count, readers.get(name, ())) for name, count in counts.items()]

    # --- a sitting -----------------------------------------------------------------------------------------------

    def first(self, run: str, reader: str) -> Place | None:
        """The first question that this reader has not answered; None where none is left."""
        with self._lock:
            return self._next(run, reader, self._sitting(run, reader, anew=True), 0)

    def after(self, run: str, reader: str, place: Place) -> Place | None:
        """The next that he has not answered, in order; None at the end."""
        with self._lock:
            sitting = self._sitting(run, reader)
            start = sitting.places.index(place) + 1 if place in sitting.places else 0
            return self._next(run, reader, sitting, start)

    def say(self, run: str, reader: str, place: Place, said: Said, why: str) -> None:
        """Record it. Raises CoreCraftError, and nothing is recorded then."""
        settled = self.hands.vote(self._path(run), *place, said, why, reader)
        with self._lock:
            self._sitting(run, reader).answered.add(place)
            (self._settled.add if settled else self._settled.discard)((run, *place))

    def case(self, run: str, reader: str, place: Place) -> Case:
        """Raises CoreCraftError where there is no such question, or it was settled by somebody else."""
        put = self._put(run, reader, place)
        with self._lock:
            sitting = self._sitting(run, reader)
            if put is None:
                if place in sitting.places:
                    sitting.drop(place)
                raise CoreCraftError(f"{place[1]} of {place[0]} waits for nobody any more")
            if place not in sitting.places:
                sitting.places.append(place)
            before = sitting.before(place)
            number, total = sitting.places.index(place) + 1, len(sitting.places)
        return _case(self.shelf, run, put, number, total, before)

    def sitting(self, run: str, reader: str) -> Sitting:
        with self._lock:
            return self._sitting(run, reader)

    def _next(self, run: str, reader: str, sitting: Sitting, start: int) -> Place | None:
        """Passing over what others have settled since, and what cannot be asked."""
        for place in sitting.places[start:]:
            if place in sitting.answered or place[0] in sitting.unaskable:
                continue
            try:
                put = self._put(run, reader, place)
            except CoreCraftError as error:
                sitting.drop_all(place[0], one_line(str(error)))
                continue
            if put is not None and put.waits and not put.said:
                return place
            if put is None:
                sitting.drop(place)
            else:
                sitting.answered.add(place)
        return None

    def _put(self, run: str, reader: str, place: Place) -> Put | None:
        found = self.hands.questions(self._path(run), place[0], reader)
        return next((put for put in found if put.criterion == place[1]), None)

    def _path(self, run: str) -> Path:
        if run not in self.shelf.paths:
            raise UnknownEpisode(f"No run {run} is open here. There are: {', '.join(self.shelf.paths)}")
        return self.shelf.paths[run]

    def _sitting(self, run: str, reader: str, anew: bool = False) -> Sitting:
        """The one under way. anew: a new one where it has come to its end, or is an old one."""
        self._path(run)
        held = self._sittings.get((run, reader))
        if held is not None and not (anew and (not held.left or monotonic() - held.made > STALE)):
            return held
        answered = {*self._places(run, reader, said=True), *(held.answered if held else ())}
        found = [
            place for place in self._places(run, reader) if place in answered or (run, *place) not in self._settled
        ]
        made = self._sittings[run, reader] = Sitting(found, answered, monotonic())
        return made

    def _places(self, run: str, reader: str, said: bool = False) -> list[Place]:
        """What waits in a run and what this reader has answered there; said: the latter alone."""
        rows = self.shelf.ask(
            "SELECT c.episode, c.id FROM criteria c JOIN parts.listing l USING (run, episode) "
            "LEFT JOIN (SELECT DISTINCT run, episode, id, true AS said FROM verdicts WHERE model = ? AND probe IS NULL) v "
            f"USING (run, episode, id) WHERE c.run = ? AND ({'false' if said else 'c.passed IS NULL'} OR v.said) "
            "ORDER BY l.task_id, c.episode, c.position",
            [PERSON + one_line(reader), self.shelf.column(run)],
        )
        return [(row["episode"], row["id"]) for row in rows]


def name_of(text: str) -> str:
    """A reader's name as it is kept; "" for none."""
    return one_line(text.strip())[:MOST_NAME].strip()


def place_of(query: Mapping[str, str]) -> Place | None:
    episode, criterion = query.get("episode", ""), query.get("criterion", "")
    return (episode, criterion) if episode and criterion else None


def _case(shelf: Shelf, run: str, put: Put, number: int, total: int, back: Place | None) -> Case:
    past = put.past
    requests = [
        (event.seq, visible(str(event.data["text"])))
        for event in past.events
        if event.kind == PROMPTED and event.data.get("role") == "user" and "text" in event.data
    ]
    deeds: list[Deed] = []
    for step in steps(past, shelf.genesis(run, past)):
        if step.call is None:
            continue
        arguments = show(step.data["arguments"]) if step.data.get("arguments") else None
        last = step.events[-1].seq
        cited = any(step.seq <= seq <= last for seq in put.cited)
        brief = visible(summary(step.call.reply), 160)
        deeds.append(
            Deed(step.seq, last, visible(step.call.tool), brief, arguments, step.changes, show(step.call.reply),
                 step.call.ok, cited)
        )  # fmt: skip
    answered = next((event.seq for event in reversed(past.events) if event.kind == ANSWERED), None)
    return Case(put, requests, deeds, answered, visible(past.answer or ""), number, total, back)
