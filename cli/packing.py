"""The `server/` part of a bundle: this very code with what it needs, so that a bundle can be served anywhere."""

from __future__ import annotations

import re
import shutil
from importlib.metadata import EntryPoint, requires, version
from importlib.resources import as_file, files
from pathlib import Path

from ..engine.errors import CoreCraftError
from ..engine.files import write_text
from ..scenarios.company import Company, offered_by

ROOMS = ("engine", "tools", "scenarios", "replay", "rollouts", "analysis", "cli")


def add_server(bundle: Path, whose: Company) -> None:
    """Write `server/`: the package and that of the company, pinned requirements, a start script and a Dockerfile."""
    server = bundle / "server"
    for room in ROOMS:
        with as_file(files(f"corecraft.{room}")) as folder:
            _copy(folder, server / "corecraft" / room)
    if (point := offered_by(whose)) is not None:
        _add_company(server, point)
    write_text(server / "requirements.txt", "".join(f"{name}=={version(name)}\n" for name in _requirements(point)))
    for name in ("Dockerfile", "serve.sh"):
        write_text(server / name, (files("corecraft.cli") / "server" / name).read_text("utf-8"))


def _add_company(server: Path, point: EntryPoint) -> None:
    """The package that offers a company, in such a way that it is found as an installed one is."""
    package = point.module.partition(".")[0]
    try:
        home = files(package)
    except TypeError:  # a single module
        raise CoreCraftError(
            f"{point.value}: a company goes into a bundle as a package, and {package} is a module"
        ) from None
    with as_file(home) as folder:
        _copy(folder, server / package)
    about = server / f"{package}-0.dist-info"
    write_text(about / "METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 0\n")
    write_text(about / "entry_points.txt", f"[{point.group}]\n{point.name} = {point.value}\n")


def _copy(folder: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(folder, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))


def _requirements(point: EntryPoint | None) -> list[str]:
    """Names of what the core depends on, extras aside, and the package of a company with it."""
    dependent = ["corecraft", *([point.dist.name] if point is not None and point.dist is not None else ())]
    lines = [line for name in dependent for line in requires(name) or () if "extra ==" not in line]
    names = (re.split(r"[^\w.-]", line.strip(), maxsplit=1)[0] for line in lines)
    return [name for name in dict.fromkeys(names) if name != "corecraft"]
