"""One step of TRL's GRPOTrainer on a tiny model that knows nothing, whose words are put into its mouth: RUN TASK.

Of two rollouts the first plays the reference and the second answers at once, so that there is an advantage to learn from.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ |= {"HF_HUB_OFFLINE": "1", "TRL_EXPERIMENTAL_SILENCE": "1", "CUDA_VISIBLE_DEVICES": ""}

import trl
from corecraft.rollouts.frameworks.guests import House
from corecraft.rollouts.frameworks.trl_env import code_reward, dataset, environments
from datasets import Dataset
from reference import said
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM
from transformers.utils import get_json_schema

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
MARKS = [f"<{slash}{name}>" for name in ("tool_call", "tool_response", "think") for slash in ("", "/")]


def tokenizer(text: str) -> PreTrainedTokenizerFast:
    """Of Qwen3's form, so that TRL knows its template; its words are those of the tools."""
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    raw.train_from_iterator(
        [text],
        trainers.BpeTrainer(vocab_size=2000, initial_alphabet=alphabet, special_tokens=SPECIAL, show_progress=False),
    )
    raw.add_tokens(MARKS)
    made = PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    made.chat_template = (Path(trl.__file__).parent / "chat_templates" / "qwen3.jinja").read_text()
    return made


class Scripted(trl.GRPOTrainer):
    """What it generates is not the model's own."""

    script: Any

    def _generate_single_turn(self, prompt_ids: list[list[int]], *_: Any, **__: Any) -> Any:
        texts = [self.script(number, self.processing_class.decode(ids)) for number, ids in enumerate(prompt_ids)]
        return [self.processing_class.encode(f"{text}<|im_end|>") for text in texts], None


def main(out: str, id: str) -> None:
    house = House(out, "tiny")
    factory = environments(house)
    schemas = [
        get_json_schema(getattr(factory(), tool["name"])) for tool in house.stage.bare(TOOLS).toolset.definitions()
    ]
    words = tokenizer(json.dumps(schemas))
    config = Qwen3Config(
        vocab_size=len(words), hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=1, head_dim=8, max_position_embeddings=200_000,
    )  # fmt: skip

    def script(number: int, prompt: str) -> str:
        if number % 2:
            return "I do not know."
        spoken = said(house.stage, id, prompt.count("<tool_response>"))
        if isinstance(spoken, str):
            return spoken
        calls = [json.dumps({"name": name, "arguments": arguments}) for name, arguments in spoken]
        return "\n".join(f"<tool_call>\n{call}\n</tool_call>" for call in calls)

    rows = dataset(house, [house.stage.tasks[id]])
    rows[0]["prompt"][0]["content"] = "You help."  # the policy is long, and this model reads nothing
    told = trl.GRPOConfig(
        f"{out}-trl", per_device_train_batch_size=2, num_generations=2, max_completion_length=100_000, max_steps=1,
        report_to="none", use_cpu=True, logging_steps=1, save_strategy="no", epsilon_high=0.28, loss_type="dapo", beta=0.0,
        disable_tqdm=True,
    )  # fmt: skip
    Scripted.script = staticmethod(script)
    trainer = Scripted(
        Qwen3ForCausalLM(config), reward_funcs=[code_reward], args=told, train_dataset=Dataset.from_list(rows),
        processing_class=words, environment_factory=factory,
    )  # fmt: skip
    trainer.train()
    (logged,) = [entry for entry in trainer.state.log_history if "reward" in entry]
    kept = ("reward", "reward_std", "tools/call_frequency", "tools/failure_frequency", "completions/mean_length")
    print(json.dumps({"logged": {name: logged.get(name) for name in kept}, "schemas": schemas}))


TOOLS = "corecraft/base/benchmark"

if __name__ == "__main__":
    main(*sys.argv[1:])
