"""A tokenizer of bytes, and a model of some ten thousand weights that speaks them: enough to play, badly."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from corecraft.rollouts.training.dialogue import Chat

from . import APART

TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


@frozen
class Bytes:
    """As `TEMPLATE` renders, without any library; a token is a byte, or 256 for the end of a turn."""

    end: str = "<|im_end|>"

    def render(self, chat: Chat, generation: bool) -> str:
        said = "".join(f"<|im_start|>{message['role']}\n{message['content']}<|im_end|>\n" for message in chat)
        return said + "<|im_start|>assistant\n" * generation

    def encode(self, text: str) -> list[int]:
        first, *others = text.split(self.end)
        return [*first.encode(), *(id for other in others for id in (256, *other.encode()))]

    def decode(self, ids: Sequence[int]) -> str:
        return bytes(id for id in ids if id < 256).decode("utf-8", "replace")


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as transformers keeps models."""
    torch: Any = pytest.importorskip("torch", reason=APART)
    transformers: Any = pytest.importorskip("transformers", reason=APART)
    tokenizers: Any = pytest.importorskip("tokenizers", reason=APART)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    inner = tokenizers.Tokenizer(tokenizers.models.BPE(vocab={c: n for n, c in enumerate(alphabet)}, merges=[]))
    inner.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = tokenizers.decoders.ByteLevel()
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=inner, eos_token="<|im_end|>", pad_token="<|im_end|>", bos_token="<|im_start|>"
    )
    tokenizer.chat_template = TEMPLATE
    config = transformers.LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=8192, eos_token_id=tokenizer.eos_token_id, tie_word_embeddings=True,
        pad_token_id=tokenizer.eos_token_id, bos_token_id=tokenizer.bos_token_id, initializer_range=0.2,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("tiny")
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
