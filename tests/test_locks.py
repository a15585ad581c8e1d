"""The locks are closed: whatever an installation asks for stands there, with its extras, for every Python we support.

pip in hash mode refuses a requirement that is not pinned; which ones that are depends on what the index offers that day.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PYTHONS = ("3.11", "3.12", "3.13")
PLATFORMS = {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}
LOCKS = {"requirements.lock": ("build",), "requirements-dev.lock": ("build", "dev")}


def pins(lock: str) -> list[Requirement]:
    lines = (ROOT / lock).read_text("utf-8").splitlines()
    return [Requirement(line.rstrip(" \\")) for line in lines if line and not line.startswith((" ", "#"))]


def unpinned(lock: list[Requirement], extras: tuple[str, ...], environment: dict[str, str]) -> Iterator[str]:
    """Everything reachable from corecraft[extras] that no pin of this environment covers: one line for each."""
    pinned = {
        canonicalize_name(pin.name): pin for pin in lock if pin.marker is None or pin.marker.evaluate(environment)
    }
    waiting = [("corecraft", extra) for extra in ("", *extras)]
    seen = set(waiting)
    while waiting:
        name, extra = waiting.pop()
        try:
            required = distribution(name).requires or ()
        except PackageNotFoundError:
            continue  # a package of another platform or Python, of which nothing is at hand to read
        for requirement in map(Requirement, required):
            if requirement.marker is not None and not requirement.marker.evaluate({**environment, "extra": extra}):
                continue
            needed = canonicalize_name(requirement.name)
            pin = pinned.get(needed)
            if pin is None:
                yield f"{name} asks for {requirement}: not pinned"
                continue
            if missing := requirement.extras - pin.extras:
                yield f"{name} asks for {requirement}: pinned without {', '.join(sorted(missing))}"
            (version,) = pin.specifier
            if version.operator != "==" or Version(version.version) not in requirement.specifier:
                yield f"{name} asks for {requirement}: pinned as {pin}"
            further = {(needed, extra) for extra in ("", *requirement.extras)} - seen
            seen |= further
            waiting += further


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("lock", LOCKS)
def test_everything_asked_for_is_pinned_with_its_extras(lock: str, python: str, platform: str):
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": platform,
        "platform_system": PLATFORMS[platform],
        "os_name": "nt" if platform == "win32" else "posix",
    }
    assert list(unpinned(pins(lock), LOCKS[lock], environment)) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_what_is_installed_is_what_is_pinned(lock: str):
    """So that the metadata walked above is that of the pinned versions."""
    for pin in pins(lock):
        if pin.marker is None or pin.marker.evaluate():
            assert distribution(pin.name).version in pin.specifier


def test_a_missing_extra_is_found():
    """`coverage` without `[toml]` was what broke every fresh machine."""
    stripped = [Requirement(str(pin).replace("[crypto]", "")) for pin in pins("requirements.lock")]
    (found,) = unpinned(stripped, ("build",), {"python_version": "3.11", "python_full_version": "3.11.0"})
    assert found.endswith("pinned without crypto")


def test_the_demo_needs_no_development_tools():
    names = {pin.name for pin in pins("requirements.lock")}
    assert not names & {"pytest", "hypothesis", "ruff", "pyright", "import-linter"}
    assert names < {pin.name for pin in pins("requirements-dev.lock")}
