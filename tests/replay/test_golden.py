"""Golden logs: what verifies goes on verifying, and each kind of damage and divergence is told by its cause."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from corecraft.engine.run import Run
from corecraft.replay.causes import CAUSES, check_run
from corecraft.replay.inventory import losses
from corecraft.scenarios.company import recorded, schema_of, toolsets
from corecraft.tools.behaviours import BEHAVIOUR, explained
from corecraft.tools.toolset import toolset

from ..golden.expected import LOGS, Expected, expected, laid_out, verified

EXPECTED = expected()
COMPANY = sorted(LOGS.glob("company-*"))


@pytest.mark.parametrize(("name", "about"), EXPECTED.items(), ids=list(EXPECTED))
def test_a_golden_log_is_found_to_be_what_it_is(name: str, about: Expected, tmp_path: Path):
    run = laid_out(name, about, tmp_path / "run")
    found = verified(run, about.tools)
    assert {id: (one.cause, one.what) for id, one in found.items() if not one.ok} == about.causes
    said = list(losses(Run(run)))
    for words in about.damages:
        assert any(words in damage for damage in said), (words, said)
    if not about.causes and not about.damages:
        assert said == []
    assert about.causes or about.damages or name == "whole"


def test_there_is_one_of_every_cause():
    causes = {cause for about in EXPECTED.values() for cause, _ in about.causes.values()}
    assert causes == {*CAUSES} - {"unclear"}


@pytest.mark.parametrize("log", COMPANY, ids=lambda log: log.name)
def test_tools_answer_as_they_did_or_the_changelog_says_why_not(log: Path):
    run, behaviour = Run(log), int(log.name.removeprefix("company-"))
    found = list(
        check_run(
            run, recorded, lambda digest: run.genesis(digest, schema_of), explain=explained, episodes=run.episodes
        )
    )
    assert [one.episode for one in found] == ["benchmark", "compat"]
    if behaviour == BEHAVIOUR:
        assert [str(one.found) for one in found if not one.ok] == []
        assert {call.tool for one in found for call in run.trajectory(one.episode).calls()} == {
            *toolset("extended").tools
        }
    for one in found if behaviour < BEHAVIOUR else ():
        assert one.cause == "tools changed"
        assert len(one.explained) == BEHAVIOUR - behaviour


def test_every_behaviour_has_its_line_of_the_changelog():
    changelog = (Path(__file__).parents[2] / "CHANGELOG.md").read_text()
    entries = [re.sub(r"\s+", " ", entry) for entry in re.split(r"\n(?=- |\n|#)", changelog)]
    for name in toolsets():
        lines = explained({"tools": name, "behaviour": 1})
        assert len(lines) == recorded({"tools": name}).behaviour - 1
        for number, line in enumerate(lines, 2):
            mark = f"(behaviour {number})"
            assert any(mark in entry and line.removeprefix(f"CHANGELOG {mark}: ") in entry for entry in entries), line


def test_company_logs_are_kept_of_every_behaviour():
    assert [log.name for log in COMPANY] == [f"company-{number}" for number in range(1, BEHAVIOUR + 1)]
