"""The model that is trained: a base with a LoRA adapter on it, its tokenizer, and the file that says what it was trained from.

A base is a folder as transformers keeps models, or one GGUF file, whose weights are unpacked. An adapter is a folder that was
trained here, or a GGUF file of one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
from attrs import field, frozen
from msgspec import Struct

from ...engine.errors import CoreCraftError
from ...engine.files import write_json
from . import memory
from .adapters import ARCHITECTURE, LAYERS, Heads, Lora, from_peft, read_gguf, to_peft, write_gguf
from .dialogue import Chat
from .libraries import load, need

ABOUT = "training.json"
GGUF_FILE = "adapter.gguf"


class About(Struct, frozen=True):
    """What an adapter was trained on. base: the digest of the base's weights."""

    base: str
    rank: int
    alpha: float


@frozen
class HfTokenizer:
    """`dialogue.Tokenizer`, of transformers."""

    inner: Any = field(repr=False)

    @property
    def end(self) -> str:
        return self.inner.eos_token

    @cached_property
    def end_ids(self) -> list[int]:
        return self.encode(self.end)

    def render(self, chat: Chat, generation: bool) -> str:
        return self.inner.apply_chat_template(list(chat), tokenize=False, add_generation_prompt=generation)

    def encode(self, text: str) -> list[int]:
        return self.inner(text, add_special_tokens=False)["input_ids"]

    def decode(self, ids: Sequence[int]) -> str:
        return self.inner.decode(list(ids), skip_special_tokens=False, clean_up_tokenization_spaces=False)


@frozen
class Base:
    """Where a model's weights are."""

    path: Path

    def __attrs_post_init__(self) -> None:
        if not self.path.exists():
            raise CoreCraftError(f"There is no model {self.path}")
        if self.path.is_dir() and not (self.path / "config.json").exists():
            raise CoreCraftError(f"{self.path} is no model: it has no config.json, and is no GGUF file")

    @cached_property
    def digest(self) -> str:
        """Of the files that hold the weights."""
        files = [self.path] if self.path.is_file() else sorted(self.path.glob("*.safetensors"))
        if not files:
            raise CoreCraftError(f"{self.path} holds no *.safetensors")
        found = hashlib.sha256()
        for file in files:
            with file.open("rb") as opened:
                found.update(hashlib.file_digest(opened, "sha256").digest())
        return found.hexdigest()

    @property
    def _where(self) -> tuple[str, dict[str, str]]:
        if self.path.is_dir():
            return str(self.path), {}
        return str(self.path.parent), {"gguf_file": self.path.name}

    def tokenizer(self) -> HfTokenizer:
        folder, named = self._where
        inner = load("transformers").AutoTokenizer.from_pretrained(folder, **named)
        if not inner.chat_template or not inner.eos_token:
            raise CoreCraftError(f"{self.path} has no chat template, so nobody can talk with it")
        return HfTokenizer(inner)

    def config(self) -> Any:
        folder, named = self._where
        return load("transformers").AutoConfig.from_pretrained(folder, **named)

    def shape(self, rank: int | None) -> memory.Shape:
        """rank: of the adapter that is trained; None where all weights are."""
        torch, transformers, config = load("torch"), load("transformers"), self.config()
        with torch.device("meta"):
            model = transformers.AutoModelForCausalLM.from_config(config)
        total = sum(each.numel() for each in model.parameters())
        linear = [m for name, m in model.named_modules() if name.rpartition(".")[2] in LAYERS]
        trained = total if rank is None else sum(rank * (m.in_features + m.out_features) for m in linear)
        cached = 2 * config.num_hidden_layers * config.num_key_value_heads * _head_size(config)
        return memory.Shape(total, config.num_hidden_layers, config.hidden_size, config.vocab_size, trained, cached)

    def model(self, device: str, dtype: str) -> Any:
        folder, named = self._where
        torch, transformers = load("torch"), load("transformers")
        kind = getattr(torch, dtype)
        model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=kind, **named)
        if named:  # unpacked: from here on it is a model like any other, and may be trained as one
            model.config.__dict__.pop("quantization_config", None)
            model.is_quantized, model.hf_quantizer = False, None
        return model.to(device)


def device_of(asked: str) -> str:
    """auto: the accelerator, if there is one. Raises CoreCraftError where one is asked for and there is none."""
    torch = load("torch")
    if asked == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if asked.startswith("cuda") and not torch.cuda.is_available():
        raise CoreCraftError(
            "there is no accelerator here: torch sees no CUDA device; --device cpu trains on the processor"
        )
    return asked


def ready(
    base: Base,
    device: str,
    *,
    rank: int | None,
    tokens: int,
    kept: int = 0,
    threads: int | None = None,
    extra: Sequence[str] = (),
) -> str:
    """The device to train on. Raises CoreCraftError where libraries, accelerator or memory are wanting, before anything is
    loaded. tokens: trained on at a time. kept: tokens whose keys and values are kept while it plays. threads: of the
    processor."""
    need(("torch", "transformers", "peft", "gguf", *extra))
    found = device_of(device)
    if threads is not None:
        load("torch").set_num_threads(threads)
    width = 2 if found.startswith("cuda") else 4
    shape = base.shape(rank)
    wanted = memory.needed(shape, tokens, width) + kept * shape.cached * width
    less = "fewer --batch-tokens" + (", --rows or --context" if kept else "")
    memory.check(wanted, memory.free(load("torch"), found), f"{less} need less")
    return found


@frozen
class Policy:
    """A base with an adapter that is being trained."""

    base: Base
    model: Any = field(repr=False)
    tokenizer: HfTokenizer
    device: str
    about: About

    @classmethod
    def load(cls, base: Base, adapter: Path | None, device: str, *, rank: int = 32, seed: int = 0) -> Policy:
        """adapter: to go on from; without one a new one, which changes nothing yet. Raises CoreCraftError for that of another
        model."""
        torch, peft = load("torch"), load("peft")
        dtype = "bfloat16" if device.startswith("cuda") else "float32"
        model = base.model(device, dtype)
        lora = None if adapter is None else read_adapter(adapter, base, heads_of(model.config))
        rank, alpha = (rank, 2.0 * rank) if lora is None else (lora.rank, lora.alpha)
        torch.manual_seed(seed)
        config = peft.LoraConfig(r=rank, lora_alpha=alpha, target_modules=list(LAYERS), task_type="CAUSAL_LM")
        model = peft.get_peft_model(model, config, autocast_adapter_dtype=True)
        if lora is not None:
            _put(peft, model, lora, adapter)
        return cls(base, model, base.tokenizer(), device, About(base.digest, rank, alpha))

    def add_reference(self, adapter: Path | None, name: str) -> None:
        """A second adapter that is never trained: this one or, without, one that changes nothing."""
        peft = load("peft")
        self.model.add_adapter(name, self.model.peft_config["default"])  # a new one's B is zero
        if adapter is not None:
            lora = read_adapter(adapter, self.base, heads_of(self.model.config))
            peft.set_peft_model_state_dict(self.model, to_peft(lora), adapter_name=name)
        self.model.set_adapter("default")

    def lora(self) -> Lora:
        return from_peft(load("peft").get_peft_model_state_dict(self.model), self.about.alpha)

    def save(self, folder: Path, name: str) -> None:
        """As peft keeps it, as GGUF where the architecture is known here, and what it was trained from."""
        folder.mkdir(parents=True, exist_ok=True)
        self.model.save_pretrained(str(folder), selected_adapters=["default"])
        write_json(folder / ABOUT, self.about)
        if self.model.config.model_type == ARCHITECTURE:
            write_gguf(self.lora(), heads_of(self.model.config), folder / GGUF_FILE, name)


def _head_size(config: Any) -> int:
    return getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads


def heads_of(config: Any) -> Heads:
    return Heads(config.num_attention_heads, config.num_key_value_heads)


def read_adapter(path: Path, base: Base, heads: Heads) -> Lora:
    """Raises CoreCraftError for what is no adapter, or one of another base."""
    if path.is_file():
        return read_gguf(path, heads)
    try:
        about = msgspec.json.decode((path / ABOUT).read_bytes(), type=About)
        state = load("safetensors.torch").load_file(str(path / "adapter_model.safetensors"))
    except (OSError, msgspec.MsgspecError):
        raise CoreCraftError(
            f"{path} is no adapter that was trained here: a folder with {ABOUT}, or a GGUF file"
        ) from None
    if about.base != base.digest:
        raise CoreCraftError(
            f"{path} is a checkpoint of another model ({about.base[:12]}) than {base.path} ({base.digest[:12]})"
        )
    return from_peft(state, about.alpha)


def _put(peft: Any, model: Any, lora: Lora, path: Path | None) -> None:
    try:
        told = peft.set_peft_model_state_dict(model, to_peft(lora))
    except RuntimeError:
        raise CoreCraftError(f"{path} is an adapter of another model: its matrices have other shapes") from None
    if told.unexpected_keys:
        raise CoreCraftError(f"{path} is an adapter of another model: there is no {told.unexpected_keys[0]}")
