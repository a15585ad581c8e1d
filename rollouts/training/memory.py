"""How much memory training takes, estimated before anything is loaded, and how much there is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from attrs import frozen

from ...engine.errors import CoreCraftError

GIB = 1024**3
_ADAM = 12
"""Bytes beside the weight of each parameter that is trained: its gradient and two moments, all in fp32."""
_PER_LAYER = 24
"""Values kept for the way back of each layer, token and channel: about what a Llama layer keeps."""


@frozen
class Shape:
    """What of a model its memory depends on. cached: values kept of a token that was read."""

    parameters: int
    layers: int
    hidden: int
    vocabulary: int
    trained: int
    cached: int = 0


def needed(shape: Shape, tokens: int, width: int) -> int:
    """Bytes for training on so many tokens at a time. width: bytes of a weight, 4 or 2. An estimate, good to about a third."""
    weights = shape.parameters * width + shape.trained * _ADAM
    activations = tokens * shape.layers * shape.hidden * _PER_LAYER * width
    logits = tokens * shape.vocabulary * 4 * 3  # themselves, their log-softmax and its gradient, in fp32
    return weights + activations + logits


def check(bytes_needed: int, there: int | None, how: str) -> None:
    """Raises CoreCraftError where there is too little. how: what would make it less."""
    if there is not None and bytes_needed > there:
        raise CoreCraftError(
            f"too little memory: about {bytes_needed / GIB:.1f} GiB are needed and {there / GIB:.1f} GiB are free; {how}"
        )


def free(torch: Any, device: str) -> int | None:
    """Bytes free on a device; None where nobody can say."""
    if device.startswith("cuda"):
        return int(torch.cuda.mem_get_info(device)[0])
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)
