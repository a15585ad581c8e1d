"""tau2's tasks played by any of our agents, with a user who is a script or a model: one loop, as for our own tasks.

As in tau2 the agent greets, the user says what he wants, and the conversation ends when he does. The agent's system text is the
domain's policy; the lines that tau2 puts around it, about its own dialect, are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from ...engine.episode import Episode, Log
from ...engine.errors import CoreCraftError
from ...engine.event import RESPONDED
from ..agents.model import ModelAgent
from ..agents.turns import Agent, Ask, Completion, Turn, View
from ..loop import DONE, RULES, Endpoint, Rules, converse
from .grading import Tau2Grade, record_grade
from .messages import tell
from .tasks import Tau2Stage, history

GREETING = "Hi! How can I help you today?"
"""How tau2's agents begin."""
STOPS = ("###STOP###", "###TRANSFER###", "###OUT-OF-SCOPE###")
"""What tau2's users end a conversation with."""
GO_ON = "Yes, please go ahead."
TOLD = """\
You are a customer who talks to a support agent. Say one thing at a time, in your own words, as the scenario below has it.
Give what you know when you are asked, and make nothing up. When what you wanted is done, or cannot be done, or you were
handed to a human, say ###STOP### and nothing else.

"""
"""What a model in the user's place is told before the scenario."""


@frozen
class ScriptedUser:
    """Says all that he wants at once, then agrees so many times, then stops."""

    wants: str
    patience: int = 3
    name: str = "script"

    def step(self, view: View) -> Turn:
        spoken = sum(isinstance(message, Turn) for message in view.messages)
        return Turn(self.wants if spoken == 0 else GO_ON if spoken <= self.patience else DONE)


@frozen
class ModelUser:
    """A model in the user's place."""

    agent: ModelAgent

    @property
    def name(self) -> str:
        return self.agent.name

    def step(self, view: View) -> Ask:
        asked = self.agent.step(view)

        def then(completion: Completion) -> Turn:
            said = asked.then(completion)
            return evolve(said, text=DONE, calls=()) if any(stop in said.text for stop in STOPS) else said

        return evolve(asked, then=then)


def scripted_user(task: Any) -> ScriptedUser:
    return ScriptedUser(wants(task))


def model_user(task: Any, model: str, parameters: Mapping[str, Any]) -> ModelUser:
    """A model that is told the scenario as tau2 writes it."""
    name = f"user-{model.rpartition('/')[2]}"
    return ModelUser(
        ModelAgent(name, model, TOLD + str(task.user_scenario), "text", tools=False, parameters=parameters)
    )


def wants(task: Any) -> str:
    """The scenario in the words that it has, which tell the user what he wants and knows."""
    told = task.user_scenario.instructions
    if isinstance(told, str):
        return told.strip()
    parts = (told.reason_for_call, told.known_info, told.task_instructions)
    return "\n".join(part.strip() for part in parts if part)


async def talk(
    stage: Tau2Stage,
    task: Any,
    agent: Agent,
    user: Agent,
    endpoint: Endpoint,
    id: str,
    *,
    log: Log | None = None,
    labels: Mapping[str, Any] | None = None,
    rules: Rules = RULES,
) -> tuple[Episode, Tau2Grade]:
    """One whole conversation. Raises what the endpoint raises, with the episode left open; CoreCraftError where the user has
    tools, which neither a script nor a model uses here."""
    if stage.toolset.domain.name.startswith("telecom"):
        raise CoreCraftError("telecom's users have tools of their own; who plays them here has none")
    episode = stage.opening(task, request="").begin(id, log, labels)
    for message in history(task):
        for _ in tell(episode, message):
            pass
    if not history(task):
        episode.record(RESPONDED, {"text": GREETING, "scripted": True})
    await converse(agent, episode, endpoint, rules, user)
    return episode, record_grade(task, episode)


@frozen
class Between:
    """An endpoint for two models, by their names: the user's has one of its own."""

    agent: Endpoint
    user: Endpoint
    user_model: str

    async def complete(self, ask: Ask) -> Completion:
        return await (self.user if ask.body["model"] == self.user_model else self.agent).complete(ask)


def successes(grades: Sequence[Tau2Grade]) -> int:
    """As tau2 counts them: a reward of 1."""
    return sum(grade.code_reward is not None and abs(1 - grade.code_reward) < 1e-6 for grade in grades)


def pass_hat(trials: Mapping[str, Sequence[Tau2Grade]], pass_all: Callable[[int, int, int], float]) -> dict[int, float]:
    """pass^k for every k that all tasks have trials for: the mean over tasks. pass_all: of k, trials and successes."""
    most = min(map(len, trials.values()), default=0)
    return {
        k: sum(pass_all(k, len(grades), successes(grades)) for grades in trials.values()) / len(trials)
        for k in range(1, most + 1)
    }
