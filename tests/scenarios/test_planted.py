"""The measure of rows planted by tasks needs scikit-learn, and nothing else does."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest


@pytest.mark.skipif(find_spec("sklearn") is not None, reason="scikit-learn is there")
def test_without_its_library_it_says_how_to_install_it():
    command = [sys.executable, "-m", "corecraft.benchmarks.planted", "--version", "3"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.strip().endswith("pip install scikit-learn")
