"""verl's own base class of agent loops plays at a service, with words put into the model's mouth: URL TASK... One rollout each.

Prints, for each, what verl would train on: which tokens are the model's, as text, and the reward.
"""

from __future__ import annotations

import asyncio
import json
import sys
from types import SimpleNamespace
from typing import Any

from corecraft.rollouts.frameworks.verl_loop import CoreCraftLoop
from corecraft.rollouts.runner import standard
from omegaconf import OmegaConf
from reference import said
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast
from verl.experimental.agent_loop.agent_loop import DictConfigWrap

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
TEMPLATE = """\
{%- for message in messages -%}
<|im_start|>{{ message.role }}
{{ message.content or '' }}{%- for call in message.tool_calls or [] -%}
<tool_call>{{ call.function | tojson }}</tool_call>{%- endfor -%}<|im_end|>
{% endfor -%}
{%- if add_generation_prompt %}<|im_start|>assistant
{% endif -%}
"""


def tokenizer() -> PreTrainedTokenizerFast:
    """Of bytes, with ChatML's marks."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    raw = Tokenizer(models.BPE({letter: number for number, letter in enumerate(alphabet)}, []))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    made = PreTrainedTokenizerFast(
        tokenizer_object=raw, eos_token="<|im_end|>", pad_token="<|endoftext|>", additional_special_tokens=SPECIAL[1:2]
    )
    made.chat_template = TEMPLATE
    return made


class Mouth:
    """In the place of verl's client of its inference servers."""

    def __init__(self, words: PreTrainedTokenizerFast, task: str) -> None:
        self.words, self.task, self.stage = words, task, standard()

    async def generate(self, *, prompt_ids: list[int], **_: Any) -> Any:
        prompt = self.words.decode(prompt_ids)
        spoken = said(self.stage, self.task, prompt.count("<|im_start|>tool"))
        if not isinstance(spoken, str):
            calls = [json.dumps({"name": name, "arguments": arguments}) for name, arguments in spoken]
            spoken = "".join(f"<tool_call>{call}</tool_call>" for call in calls)
        ids = [*self.words.encode(spoken, add_special_tokens=False), self.words.eos_token_id]
        return SimpleNamespace(token_ids=ids, log_probs=[-0.5] * len(ids), num_preempted=0, extra_fields={})


async def main(url: str, *tasks: str) -> None:
    words = tokenizer()
    rollout = {"prompt_length": 100_000, "response_length": 100_000, "multi_turn": {"format": "hermes"}}
    config = OmegaConf.create({"actor_rollout_ref": {"rollout": rollout}, "data": {}})
    for task in tasks:
        loop = CoreCraftLoop(
            DictConfigWrap(config), Mouth(words, task), words, None, None, DictConfigWrap(config.data), service=url, agent="toy"
        )  # fmt: skip
        made = await loop.run({}, extra_info={"task": task}, raw_prompt=None)
        own = [id for id, mine in zip(made.response_ids, made.response_mask, strict=True) if mine]
        assert len(made.response_logprobs or ()) == len(made.response_ids)
        told = {"episode": made.extra_fields["episode"], "reward": made.reward_score, "turns": made.num_turns}
        shown = {"own": words.decode(own), "all": words.decode(made.response_ids)}
        print(json.dumps({**told, **shown, "trained": made.as_dict()["rm_scores"][-1].item()}))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
