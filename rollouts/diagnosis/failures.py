"""Failed episodes of a run with what code makes of them, and as a reader is shown them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from attrs import frozen

from ...engine.errors import CoreCraftError
from ...engine.event import ANSWERED, CALLED, CLOSED
from ...engine.run import Run
from ...engine.trajectory import Trajectory
from ...engine.world import World
from ...scenarios.company import company_with, schema_of
from ..judge.questions import posed
from ..judge.wording import calls, quoted
from ..runner import task_from
from .diagnose import diagnose
from .labels import LABELS, Diagnosis


@frozen
class Failure:
    """A failed episode with what code makes of it. lost: the criteria that are not met, as they were graded."""

    past: Trajectory
    lost: Sequence[Mapping[str, Any]]
    diagnosis: Diagnosis

    @property
    def episode(self) -> str:
        return self.past.id

    @property
    def about(self) -> str:
        """What the company is whose work it was."""
        return company_with(self.past.opened.data["tools"]).about

    @property
    def acts(self) -> frozenset[int]:
        """The seqs at which something can have gone wrong: the agent's calls, its answer, the close."""
        return frozenset(event.seq for event in self.past.events if event.kind in (CALLED, ANSWERED, CLOSED))


def failures(run: Run, episodes: Iterable[str]) -> Iterator[tuple[str, Failure | CoreCraftError | None]]:
    """Of each graded episode why it failed; None for one that did not, and the reason where that cannot be told."""
    world = cache(lambda digest: World(run.genesis(digest, schema_of)))
    task = cache(lambda digest: task_from(run.task(digest)))
    for id in episodes:
        try:
            past = run.trajectory(id)
            lost = [c for c in (past.grade or {}).get("criteria") or () if c["passed"] is False]
            if past.status != "closed" or not past.grade or past.failed:
                yield id, CoreCraftError("it is not graded" if past.status == "closed" else f"it is {past.status}")
            elif not lost:
                yield id, None
            else:
                start = world(past.events[0].data["genesis"])
                yield id, Failure(past, lost, diagnose(posed(past, task, world), past, start))
        except CoreCraftError as error:
            yield id, error


# --- to a reader -----------------------------------------------------------------------------------------------------


@cache
def instructions(about: str) -> str:
    """What every reader is told first. about: the company."""
    text = (files("corecraft.rollouts.diagnosis") / "wording.md").read_text("utf-8")
    text = text.replace("{company}", about)
    return text.replace("{labels}", "\n".join(f"- {label}: {meaning}" for label, meaning in LABELS.items()))


def shown(failure: Failure) -> str:
    """A failed episode as a reader sees it: without what code makes of it."""
    past = failure.past
    parts = [f"Request\n\n{quoted(past.prompt or '')}", "The assistant's calls", *calls(past)]
    closed = next(event for event in reversed(past.events) if event.kind == CLOSED)
    if past.answer is None:
        parts.append(f"There is no answer: closed at [{closed.seq}], {closed.data['reason']}")
    else:
        parts.append(f"The final answer [{closed.seq - 1}]\n\n{quoted(past.answer)}")
    parts += [
        "Criteria that are not met",
        *(f"- {one['text']} ({one['tag']}): {one['reason']}" for one in failure.lost),
    ]
    return "\n\n".join(parts)
