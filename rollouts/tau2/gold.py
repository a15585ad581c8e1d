"""The gold plan of a task, played as it stands there."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from ...engine.episode import Episode
from ...tools.tau2.toolset import named


@frozen
class GoldPlan:
    """Makes the calls of a task's evaluation criteria, in order, and tells what is to be communicated.

    without: the number of an action, from 0, that is left out.
    """

    task: Any
    without: int | None = None
    name: str = "gold"

    def play(self, episode: Episode) -> str:
        criteria = self.task.evaluation_criteria
        for number, action in enumerate((criteria and criteria.actions) or ()):
            if number != self.without:
                episode.call(named(action.requestor, action.name), action.arguments)
        told = (criteria and criteria.communicate_info) or ()
        return " ".join(["Done.", *(f"{info}." for info in told)])
