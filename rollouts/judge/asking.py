"""Many questions put to one endpoint, a few at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor

from attrs import frozen

from .endpoint import Complete, EndpointFailed
from .questions import Question
from .readings import NoVerdict, Reading, Unreadable, of_completion
from .ruling import Ruling, readings_of
from .wording import body, prompt_digest


@frozen
class Asker:
    """Who is asked, how often and how many at a time."""

    complete: Complete
    model: str
    votes: int
    threads: int
    temperature: float

    def missing(self, question: Question) -> list[int]:
        """Numbers of the votes this model has not given yet."""
        given = readings_of(question, self.model, prompt_digest(question.about))
        return [vote for vote in range(self.votes) if vote not in given]

    def ask(self, questions: Iterable[Question]) -> Iterator[tuple[Ruling, list[str]]]:
        """For each question, in order, what was said, and why of the votes that gave no verdict.

        Raises EndpointFailed when all that came before has been told.
        """
        down: list[EndpointFailed] = []
        with ThreadPoolExecutor(self.threads) as pool:
            waiting = [
                (question, [pool.submit(self._one, question, vote, down) for vote in self.missing(question)])
                for question in questions
            ]
            try:
                for question, votes in waiting:
                    readings, faults = _collected(votes)
                    yield Ruling(question, self.model, prompt_digest(question.about), tuple(readings)), faults
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
        if down:
            raise down[0]

    def _one(self, question: Question, vote: int, down: list[EndpointFailed]) -> Reading:
        if down:
            raise down[0]
        try:
            completion = self.complete(body(question, self.model, self.temperature))
        except EndpointFailed as error:
            down.append(error)
            raise
        return of_completion(completion)[1].reading(vote)


def _collected(votes: Iterable[Future[Reading]]) -> tuple[list[Reading], list[str]]:
    readings: list[Reading] = []
    faults: list[str] = []
    for future in votes:
        try:
            readings.append(future.result())
        except (Unreadable, NoVerdict) as error:
            faults.append(str(error))
        except (EndpointFailed, CancelledError):
            pass  # told once, at the end
    return readings, faults
