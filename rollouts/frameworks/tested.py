"""Which versions of other frameworks the adapters were tried with: whoever has another is told so in one line, at once."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, version

from ...engine.errors import CoreCraftError

TESTED = {
    "inspect-ai": ("0.3.285", "0.4"),
    "verifiers": ("0.4.0", "0.5"),
    "openenv": ("0.10.0", "0.11"),
    "trl": ("1.16.0", "2"),
    "verl": ("0.9.1", "0.10"),
    "nemo-gym": ("0.4.0", "0.5"),
    "bfcl-eval": ("2026.3.23", "2027"),
}
"""Package -> the first version, and the first that is none any more."""


def check(package: str) -> None:
    """Raises CoreCraftError where the package is missing or of another version."""
    low, high = TESTED[package]
    wanted = f"pip install '{package}>={low},<{high}'"
    try:
        found = version(package)
    except PackageNotFoundError:
        raise CoreCraftError(f"{package} is not installed: {wanted}") from None
    if not _numbers(low) <= _numbers(found) < _numbers(high):
        raise CoreCraftError(f"{package} {found} was not tried with CoreCraft: {wanted}")


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", text)[:3]))
