"""LoRA adapters, as peft keeps them and as GGUF does, which llama.cpp plays with (`corecraft run --agent local --adapter`).

GGUF lays out the rows of query and key projections of Llama models otherwise: the halves that rotary embeddings pair are
interleaved there. So B of these is permuted on the way, and back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from ...engine.errors import CoreCraftError
from .libraries import load

ARCHITECTURE = "llama"
"""The one whose names and layout are known here; SmolLM2 is of it."""
NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
"""Linear layers of a block, by transformers' name and by GGUF's; an adapter is put on all of them."""
LAYERS = tuple(name.rpartition(".")[2] for name in NAMES)

_PEFT = re.compile(r".*layers\.(\d+)\.(\w+\.\w+)\.lora_([AB])\.(?:\w+\.)?weight")
_GGUF = re.compile(r"blk\.(\d+)\.(\w+)\.weight\.lora_([ab])")


@frozen
class Lora:
    """weights: (block, transformers' name of the layer, "A" or "B") -> a matrix (numpy, fp32) as transformers lays it out."""

    alpha: float
    weights: Mapping[tuple[int, str, str], Any]

    @property
    def rank(self) -> int:
        return next(int(matrix.shape[0]) for (_, _, half), matrix in self.weights.items() if half == "A")


@frozen
class Heads:
    """How many of queries, and of keys and values, a model has."""

    queries: int
    keys: int

    def of(self, layer: str) -> int | None:
        return {"self_attn.q_proj": self.queries, "self_attn.k_proj": self.keys}.get(layer)


def from_peft(state: Mapping[str, Any], alpha: float) -> Lora:
    """state: peft's state dict of one adapter."""
    found = ((_PEFT.fullmatch(name), tensor) for name, tensor in state.items())
    return Lora(alpha, {(int(m[1]), m[2], m[3]): tensor.float().cpu().numpy() for m, tensor in found if m is not None})


def to_peft(lora: Lora) -> dict[str, Any]:
    """As peft's `set_peft_model_state_dict` takes it."""
    torch = load("torch")
    return {
        f"base_model.model.model.layers.{block}.{layer}.lora_{half}.weight": torch.tensor(matrix)
        for (block, layer, half), matrix in lora.weights.items()
    }


def write_gguf(lora: Lora, heads: Heads, path: Path, name: str) -> None:
    gguf, numpy = load("gguf"), load("numpy")
    writer = gguf.GGUFWriter(str(path), ARCHITECTURE)
    writer.add_string("general.type", "adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", lora.alpha)
    writer.add_name(name)
    for (block, layer, half), matrix in sorted(lora.weights.items()):
        if half == "B" and (count := heads.of(layer)):
            matrix = interleaved(matrix, count)
        writer.add_tensor(f"blk.{block}.{NAMES[layer]}.weight.lora_{half.lower()}", matrix.astype(numpy.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def read_gguf(path: Path, heads: Heads) -> Lora:
    """Raises CoreCraftError for a file that holds no adapter of this architecture."""
    gguf = load("gguf")
    try:
        reader = gguf.GGUFReader(str(path))
        told = {name: reader.get_field(name).contents() for name in ("general.architecture", "general.type")}
        alpha = float(reader.get_field("adapter.lora.alpha").contents())
    except (OSError, ValueError, AttributeError):
        raise CoreCraftError(f"{path} is no LoRA adapter in GGUF") from None
    if told != {"general.architecture": ARCHITECTURE, "general.type": "adapter"}:
        raise CoreCraftError(f"{path} is no adapter of a {ARCHITECTURE} model")
    layers = {short: layer for layer, short in NAMES.items()}
    weights: dict[tuple[int, str, str], Any] = {}
    for tensor in reader.tensors:
        if (match := _GGUF.fullmatch(tensor.name)) is None or match[2] not in layers:
            raise CoreCraftError(f"{path}: {tensor.name} is no part of a {ARCHITECTURE} model that is trained here")
        layer, half = layers[match[2]], match[3].upper()
        matrix = gguf.dequantize(tensor.data, tensor.tensor_type).astype("float32")
        if half == "B" and (count := heads.of(layer)):
            matrix = in_halves(matrix, count)
        weights[int(match[1]), layer, half] = matrix
    return Lora(alpha, weights)


def interleaved(matrix: Any, heads: int) -> Any:
    """Rows from transformers' layout to GGUF's."""
    rows, columns = matrix.shape
    return matrix.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def in_halves(matrix: Any, heads: int) -> Any:
    """Rows from GGUF's layout to transformers'."""
    rows, columns = matrix.shape
    return matrix.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)
