"""tau2's own environment and evaluator, as they come."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from attrs import define, frozen

from ...tools.tau2.domain import Domain
from ...tools.tau2.package import part


@frozen
class Verdict:
    """What can be compared of a grade. actions: how many of the gold plan's were called."""

    reward: float
    db_match: bool | None
    actions: int


@define(slots=False)
class Original:
    """A domain of tau2's. Its database is read once, and unpickled for every environment: that is all that differs from its
    own way, which reads the file anew."""

    domain: Domain

    @cached_property
    def _pristine(self) -> bytes:
        return pickle.dumps(self.domain.environment())

    def environment(self, solo_mode: bool = False) -> Any:
        return pickle.loads(self._pristine)

    def played(self, messages: Sequence[Any], task: Any) -> tuple[list[tuple[str, str]], tuple[str, str | None]]:
        """What the conversation has in reply to each call, and what tau2 replies, called directly; and its hashes at the end,
        of the agent's and the user's database."""
        environment, state = self.environment(), task.initial_state
        data = state and state.initialization_data
        actions = state and state.initialization_actions
        environment.set_state(initialization_data=data, initialization_actions=actions, message_history=[])
        calls = [call for message in messages for call in getattr(message, "tool_calls", None) or ()]
        told = [message.content for message in messages if message.role == "tool"]
        replies = [(ours, environment.get_response(call).content) for call, ours in zip(calls, told, strict=True)]
        return replies, (environment.get_db_hash(), environment.get_user_db_hash())

    def verdict(self, task: Any, messages: Sequence[Any], termination: str = "agent_stop") -> Verdict:
        """The grade of a conversation by `evaluate_simulation`, as its runner asks for it."""
        simulations, evaluator = part("data_model.simulation"), _evaluator()
        simulation = simulations.SimulationRun(
            id="0", task_id=task.id, timestamp="", start_time="", end_time="", duration=0,
            termination_reason=termination, messages=list(messages), agent_cost=None, user_cost=None,
        )  # fmt: skip
        evaluator.registry._domains[self.domain.name] = self.environment
        everything = evaluator.EvaluationType.ALL
        found = evaluator.evaluate_simulation(simulation, task, everything, solo_mode=False, domain=self.domain.name)
        matched = sum(check.action_match for check in found.action_checks or ())
        return Verdict(found.reward, found.db_check and found.db_check.db_match, matched)


def _evaluator() -> Any:
    """Importing it takes a client for models, of which grading uses nothing: where it is missing, an empty one stands in."""
    if "litellm" not in sys.modules and find_spec("litellm") is None:
        for name in ("litellm", "litellm.caching", "litellm.caching.caching", "litellm.main"):
            sys.modules[name] = _Empty(name)
    return part("evaluator.evaluator")


class _Empty(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})
