"""The gold plan of a task, played as it stands there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from ...engine.episode import Episode
from ...tools.tau2.toolset import named


@frozen
class GoldPlan:
    """Makes calls in order, then tells what is to be communicated. actions: tau2's own objects."""

    actions: Sequence[Any]
    told: Sequence[str]
    name: str = "gold"

    @classmethod
    def of(cls, task: Any) -> GoldPlan:
        criteria = task.evaluation_criteria
        return cls((criteria and criteria.actions) or (), (criteria and criteria.communicate_info) or ())

    def play(self, episode: Episode) -> str:
        for action in self.actions:
            episode.call(named(action.requestor, action.name), action.arguments)
        return " ".join(["Done.", *(f"{info}." for info in self.told)])
