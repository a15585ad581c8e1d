"""Merging a LoRA adapter into a model, both in GGUF: every base weight W becomes W + alpha / rank * B A, stored as Q8_0."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

Q8_0_FILE = 7
"""How GGUF names a file of such weights."""


def merge(model: Path, adapter: Path, out: Path) -> None:
    """Write the merged model. Raises ValueError for an adapter of another architecture."""
    gguf: Any = import_module("gguf")
    base, lora = gguf.GGUFReader(str(model)), gguf.GGUFReader(str(adapter))
    parts = {tensor.name: tensor for tensor in lora.tensors}
    scale = _value(lora, "adapter.lora.alpha") / _rank(parts)
    architecture = _value(base, "general.architecture")
    if _value(lora, "general.architecture") != architecture:
        raise ValueError(f"{adapter} is for another architecture than {model}")
    writer = gguf.GGUFWriter(str(out), architecture)
    _copy_fields(gguf, base, writer)
    for tensor in base.tensors:
        weights = _plain(gguf, tensor)
        if f"{tensor.name}.lora_a" in parts:
            a, b = (_plain(gguf, parts[f"{tensor.name}.lora_{half}"]) for half in "ab")
            weights = weights + scale * (b @ a)
        kind = gguf.GGMLQuantizationType.Q8_0 if weights.ndim == 2 and weights.shape[-1] % 32 == 0 else None
        if kind is None:
            writer.add_tensor(tensor.name, weights)
        else:
            writer.add_tensor(tensor.name, gguf.quantize(weights, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _plain(gguf: Any, tensor: Any) -> Any:
    return gguf.dequantize(tensor.data, tensor.tensor_type).astype("float32")


def _value(reader: Any, name: str) -> Any:
    return reader.get_field(name).contents()


def _rank(parts: dict[str, Any]) -> int:
    return next(int(tensor.shape[1]) for name, tensor in parts.items() if name.endswith(".lora_a"))


def _copy_fields(gguf: Any, base: Any, writer: Any) -> None:
    for name, field in base.fields.items():
        if name.startswith("GGUF.") or name == "general.architecture":
            continue
        value = Q8_0_FILE if name == "general.file_type" else field.contents()
        kind = field.types[0]
        inner = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(name, value, kind, sub_type=inner)
