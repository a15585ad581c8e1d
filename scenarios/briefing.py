"""What an agent is told of a living world above the request: that time passes, and that whoever asks can be asked back."""

from __future__ import annotations

from attrs import evolve

from ..engine.agenda import Plan
from .asked import Asked
from .wordings import wordings

WORDS = wordings("live")


def briefed(asked: Asked, plan: Plan | None) -> Asked:
    """The request under what the plan makes different from what the handbook says; as it is where nothing does."""
    told = briefing(plan) if plan is not None else ""
    return evolve(asked, prompt=f"{told}\n\n{asked.prompt}") if told else asked


def briefing(plan: Plan) -> str:
    parts: list[str] = []
    if plan.clock is not None and plan.clock.mode != "frozen":
        parts.append(WORDS.say(plan.clock.mode).format(minutes=plan.clock.minutes))
    if plan.respondent is not None:
        parts.append(WORDS.say("asking"))
    return f"[{' '.join(parts)}]" if parts else ""
