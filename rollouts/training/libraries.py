"""What training takes besides this package: the extra `train`, loaded when something is to be trained, and no earlier."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterable
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from ...engine.errors import CoreCraftError

TESTED: dict[str, tuple[str, str]] = {
    "torch": ("2.11", "2.14"),
    "transformers": ("5.17", "5.24"),
    "peft": ("0.21", "0.22"),
    "trl": ("1.16", "1.17"),
    "gguf": ("0.19", "0.20"),
}
"""From (included) and to (excluded) which version each was tried."""


def need(names: Iterable[str]) -> None:
    """Raises CoreCraftError for what is missing, or of a version that nobody tried."""
    for name in names:
        low, high = TESTED[name]
        try:
            found = version(name)
        except PackageNotFoundError:
            raise CoreCraftError(
                f"training needs {name}, which is not installed: pip install 'corecraft[train]'"
            ) from None
        if not _numbers(low) <= _numbers(found) < _numbers(high):
            raise CoreCraftError(
                f"{name} {found} is outside what was tested, {low} up to before {high}: pip install '{name}>={low},<{high}'"
            )


def load(name: str) -> Any:
    """A module, quietly, and without asking any server for models."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TQDM_DISABLE", "1")
    # what these libraries would have each other change is nothing a user can
    warnings.filterwarnings("ignore", module=r"(transformers|peft|trl|accelerate|torch)\b")
    found = import_module(name)
    if name == "transformers":
        found.logging.set_verbosity_error()
        found.logging.disable_progress_bar()
    return found


def _numbers(text: str) -> tuple[int, ...]:
    """The first two numbers of a version."""
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])
