"""verl: an agent loop that plays an episode of a service, for `actor_rollout_ref.rollout.agent.agent_loop_config_path`.

    - name: corecraft
      _target_: corecraft.rollouts.frameworks.verl_loop.CoreCraftLoop
      service: http://head:8765

verl runs its agent loops in Ray workers on every node. They meet at the service, which has the run: a worker holds no world,
and the reward comes back with the rollout. Rows of the data set name a task (`examples/training/verl_data.py` writes them).
"""

# The framework is in an environment of its own: make frameworks.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false
from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

from attrs import define, field
from verl.experimental.agent_loop.agent_loop import AgentLoopBase, AgentLoopMetrics, AgentLoopOutput
from verl.experimental.agent_loop.tool_parser import ToolParser

from ..agents.turns import ToolCall, Turn
from .remote import RemoteGuest, Service
from .tested import check

check("verl")

TURNS = 50


@define
class _Talk:
    """A conversation as verl trains on it: the ids of all that was said and, from the first turn on, which are the model's."""

    messages: list[dict[str, Any]]
    functions: list[dict[str, Any]]
    ids: list[int]
    mask: list[int] = field(factory=list[int])
    logprobs: list[float] | None = None
    turns: int = 0


class CoreCraftLoop(AgentLoopBase):
    """service: its address (token: CORECRAFT_CONTROL_TOKEN, on every node). agent: who plays, in labels and ids."""

    def __init__(self, *args: Any, service: str, agent: str = "verl", turns: int = TURNS, **kwargs: Any) -> None:
        kwargs.pop("tools", None)  # the episode has its own
        super().__init__(*args, **kwargs)
        self.service, self.agent, self.turns = Service(service), agent, turns
        self.room = self.rollout_config.response_length
        self.parser = ToolParser.get_tool_parser(self.rollout_config.multi_turn.format, self.tokenizer)

    async def run(self, sampling_params: dict[str, Any], **row: Any) -> AgentLoopOutput:
        guest = await asyncio.to_thread(self.service.guest, row["extra_info"]["task"], self.agent)
        try:
            talk = await self._talk(guest, sampling_params)
            grade = await asyncio.to_thread(guest.finish, None)  # an answer was handed in when it was given
        except BaseException as error:
            await asyncio.to_thread(guest.fail, RuntimeError(str(error)))  # counts neither for nor against the model
            raise
        begun = len(talk.ids) - len(talk.mask)
        return AgentLoopOutput(
            prompt_ids=talk.ids[:begun],
            response_ids=talk.ids[begun:][: self.room],
            response_mask=talk.mask[: self.room],
            response_logprobs=None if talk.logprobs is None else talk.logprobs[: self.room],
            reward_score=grade.code_reward,
            num_turns=2 * talk.turns,
            metrics=AgentLoopMetrics(),
            extra_fields={"episode": guest.id, "turn_scores": [], "tool_rewards": []},
        )

    async def _talk(self, guest: RemoteGuest, sampling: dict[str, Any]) -> _Talk:
        """Until it answers, its turns are used up, or there is no more room."""
        functions = await asyncio.to_thread(lambda: guest.functions)
        talk = _Talk(guest.messages, functions, await self.ct_build_initial_tokens(guest.messages, tools=functions))
        request = uuid4().hex
        while talk.turns < self.turns and len(talk.mask) < self.room:
            turn = await self._turn(talk, request, sampling)
            if not (
                turn.text or turn.calls
            ):  # a call that verl's parser could not read, say: there is nothing to go on from
                await asyncio.to_thread(guest.turn, turn)
                break
            told = await asyncio.to_thread(guest.hear, turn)
            if not told:
                break
            before = list(talk.messages)
            talk.messages += told
            merged, talk.mask, talk.logprobs = await self.ct_merge_context_msg(
                before, talk.messages, talk.ids, talk.mask, talk.logprobs, tools=talk.functions
            )
            talk.ids = merged.token_ids
        return talk

    async def _turn(self, talk: _Talk, request: str, sampling: dict[str, Any]) -> Turn:
        said = await self.server_manager.generate(request_id=request, prompt_ids=talk.ids, sampling_params=sampling)
        logprobs = list(said.log_probs) if said.log_probs else None
        if logprobs and not talk.mask:
            talk.logprobs = []
        merged, talk.mask, talk.logprobs = await self.ct_merge_assistant_token(
            talk.ids, said.token_ids, talk.mask, talk.logprobs, assistant_logprobs=logprobs
        )
        talk.ids, talk.turns = merged.token_ids, talk.turns + 1
        text, found = await self.parser.extract_tool_calls(list(said.token_ids), None)
        calls = tuple(
            ToolCall(one.tool_call_id or f"call_{talk.turns}_{n}", one.name, one.arguments)
            for n, one in enumerate(found)
        )
        talk.messages.append(_message(text, calls))
        tokens = {"ids": list(said.token_ids), "logprobs": logprobs or []}
        return Turn(self._without_end(text), calls, tokens=tokens)

    def _without_end(self, text: str) -> str:
        """Parsers leave the token in that ends a turn."""
        return text.removesuffix(self.tokenizer.eos_token or "").strip()


def _message(text: str, calls: tuple[ToolCall, ...]) -> dict[str, Any]:
    told: dict[str, Any] = {"role": "assistant", "content": text}
    return told | {"tool_calls": [call.recorded() for call in calls]} if calls else told
