"""The container image, as far as it can be judged without building it: a linter, and what was promised of it."""

from __future__ import annotations

import re

import pytest

from .conftest import ROOT, Environment

FILES = (ROOT / "Dockerfile", ROOT / "rollouts" / "frameworks" / "harbor" / "Dockerfile")


def test_bases_are_pinned_and_nobody_is_root():
    for file in FILES:
        for base in re.findall(r"^FROM (\S+)", file.read_text(), re.MULTILINE):
            assert re.fullmatch(r"python:\d+\.\d+\.\d+-slim-bookworm", base)
    image = FILES[0].read_text()
    assert re.search(r"^USER [1-9]", image, re.MULTILINE)
    assert "HEALTHCHECK" in image
    assert "--require-hashes" in image


@pytest.mark.slow
def test_hadolint_has_nothing_to_say():
    assert Environment.of("image").run("hadolint", *FILES) == ""
