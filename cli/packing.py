"""The `server/` part of a bundle: this very code with what it needs, so that a bundle can be served anywhere."""

from __future__ import annotations

import shutil
from importlib.metadata import requires, version
from importlib.resources import as_file, files
from pathlib import Path

from ..engine.files import write_text

ROOMS = ("engine", "tools", "scenarios", "replay", "rollouts", "analysis", "cli")


def add_server(bundle: Path) -> None:
    """Write `server/`: the package, pinned requirements, a start script and a Dockerfile."""
    server = bundle / "server"
    for room in ROOMS:
        with as_file(files(f"corecraft.{room}")) as folder:
            target = server / "corecraft" / room
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(folder, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    write_text(server / "requirements.txt", "".join(f"{name}=={version(name)}\n" for name in _requirements()))
    for name in ("Dockerfile", "serve.sh"):
        write_text(server / name, (files("corecraft.cli") / "server" / name).read_text("utf-8"))


def _requirements() -> list[str]:
    """Names of what the core depends on, extras aside."""
    lines = (line for line in requires("corecraft") or () if "extra ==" not in line)
    return [line.split(">")[0].split("=")[0].split(";")[0].strip() for line in lines]
