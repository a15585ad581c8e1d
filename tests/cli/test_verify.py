"""`corecraft verify` tells causes, the same ones in however many processes, and names the changelog's lines."""

from __future__ import annotations

import json
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from corecraft.cli.checking import checked, undecided
from corecraft.cli.verdicts import Verdicts
from corecraft.engine.run import Run
from corecraft.replay.causes import Checked, grouped
from corecraft.replay.verify import Divergence, Verification
from corecraft.tools.behaviours import BEHAVIOUR

from ..golden.expected import LOGS
from ..golden.make import with_lines_of
from .test_cli import corecraft

PRESENT = LOGS / f"company-{BEHAVIOUR}"


@pytest.fixture(scope="module")
def forged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose replies to one tool were rewritten, with hashes and manifest that fit."""
    run = shutil.copytree(PRESENT, tmp_path_factory.mktemp("verify") / "forged")

    def dearer(lines: list[dict[str, Any]]) -> None:
        for called, returned in pairwise(lines):
            if called["event"]["data"].get("tool") == "calculate_price":
                returned["event"]["data"]["reply"]["total"] = 1

    with_lines_of(run, dearer)
    return run


def test_a_changed_handler_is_told_once_with_the_field(forged: Path):
    done = corecraft("verify", forged)
    assert done.returncode == 1
    assert "handler changed at calculate_price (reply): 2 episodes, the first benchmark" in done.stdout
    assert "  data.reply.total\t1\t" in done.stdout
    assert "0 of 2 episodes verified" in done.stdout
    found = json.loads(corecraft("verify", forged, "--json").stdout)
    assert found["ok"] is False
    (group,) = found["groups"]
    assert (group["cause"], group["tool"], group["what"], group["episodes"]) == (
        "handler changed",
        "calculate_price",
        "reply",
        2,
    )
    (field,) = group["first"]["fields"]
    assert (field["field"], field["recorded"]) == ("data.reply.total", 1)
    assert found["episodes"][1]["cause"] == "handler changed"
    assert found["episodes"][1]["divergence"]["fields"][0]["produced"] == field["produced"]


def test_tools_of_an_earlier_behaviour_are_explained_by_the_changelog():
    done = corecraft("verify", LOGS / "company-1")
    assert done.returncode == 1
    assert "tools changed (toolset): 2 episodes, the first benchmark" in done.stdout
    assert "CHANGELOG (behaviour 2): Tools behave in version 2" in done.stdout


def test_of_many_episodes_only_those_that_fail_are_told(
    forged: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    from corecraft.cli import verdicts as shown
    from corecraft.cli.main import main

    monkeypatch.setattr(shown, "LISTED", 1)
    assert main(["verify", str(forged)]) == 1
    said = capsys.readouterr().out
    assert "✗" not in said
    assert "handler changed at calculate_price" in said


def test_the_number_of_processes_changes_nothing(forged: Path):
    def found(jobs: int) -> list[tuple[str, str | None, str]]:
        run = Run(forged, sparing=True)
        return [(one.episode, one.cause, str(one.found)) for one in checked(run, run.episodes, jobs, worth=1)]

    assert found(1) == found(2)


def test_what_another_process_finds_otherwise_is_no_changed_handler(forged: Path):
    run = Run(forged, sparing=True)
    real = list(checked(run, run.episodes, 1))
    assert list(undecided(run, grouped(real))) == []
    verdict = real[0].found
    assert isinstance(verdict, Verification)
    elsewhere = evolve(verdict, divergence=Divergence(4, "reply", "the reply differs", tool="getProduct"))
    one = Checked("benchmark", elsewhere, "handler changed")
    verdicts = Verdicts(run.path, [one, *real[1:]])
    for group in undecided(run, verdicts.groups):
        verdicts.overrule(group, "nondeterminism")
    assert [each.cause for each in verdicts.checked] == ["nondeterminism", "handler changed"]


def test_no_processes_are_a_mistake():
    done = corecraft("verify", PRESENT, "--jobs", 0)
    assert (done.returncode, done.stderr) == (2, "error: --jobs must be 1 or more\n")


def test_the_order_of_fields_alone_is_a_difference_that_is_shown(tmp_path: Path):
    run = shutil.copytree(PRESENT, tmp_path / "run")

    def turned(lines: list[dict[str, Any]]) -> None:
        for line in lines:
            data = line["event"]["data"]
            if line["event"]["kind"] == "tool.returned" and isinstance(data["reply"], dict) and len(data["reply"]) > 1:
                data["reply"] = dict(reversed(data["reply"].items()))

    with_lines_of(run, turned)
    done = corecraft("verify", run)
    assert "(the order of its fields)" in done.stdout
    assert json.loads(corecraft("verify", run, "--json").stdout)["groups"][0]["cause"] == "handler changed"
