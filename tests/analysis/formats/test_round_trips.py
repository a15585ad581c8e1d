"""What goes out and comes back in is what it was, and what is written twice is the same twice."""

from __future__ import annotations

import itertools
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from corecraft.analysis.formats import FORMATS
from corecraft.analysis.formats.conversation import Conversation, conversation_of
from corecraft.analysis.formats.inward import bring_in
from corecraft.analysis.formats.outward import export
from corecraft.analysis.formats.table import Format, Source
from corecraft.analysis.seal import seal
from corecraft.engine.run import Run
from corecraft.replay.inventory import losses
from hypothesis import given, settings
from hypothesis import strategies as st

from .conversations import conversations, core

RECORDED = Path(__file__).parents[2] / "data" / "blind-run"
READ = [format for format in FORMATS.values() if format.read]
SOURCE = Source("mine", 1_700_000_000_000)


def contents(path: Path) -> dict[str, bytes]:
    """A file or folder, by name."""
    return {file.name: file.read_bytes() for file in ([path] if path.is_file() else sorted(path.iterdir()))}


def named(format: Format) -> str:
    return format.name


@pytest.mark.parametrize("format", READ, ids=named)
@given(conversations())
@settings(max_examples=60, deadline=None)
def test_what_is_written_and_read_is_what_it_was(format: Format, conversation: Conversation):
    with TemporaryDirectory() as folder:
        written = Path(folder) / "written"
        format.write(written, SOURCE, [conversation])
        assert format.read is not None
        (back,) = format.read(written)
    assert core(back) == core(conversation)
    if format.name == "atif":  # which has a place for all that is known
        assert back.messages == conversation.messages


@pytest.mark.parametrize("format", READ, ids=named)
@given(st.lists(conversations(), min_size=1, max_size=3))
@settings(max_examples=30, deadline=None)
def test_what_is_imported_is_what_it_was(format: Format, told: list[Conversation]):
    with TemporaryDirectory() as folder:
        written, again = Path(folder) / "written", Path(folder) / "again"
        for number, conversation in enumerate(told):
            object.__setattr__(conversation, "id", f"e{number}")
        format.write(written, SOURCE, told)
        run = bring_in([written], format, Path(folder) / "run", 0)
        assert not list(losses(run))
        assert [core(conversation_of(run, id)) for id in run.episodes] == [core(one) for one in told]
        export(run, run.episodes, format, again)
        assert list(contents(again).values()) == list(contents(written).values())


@pytest.mark.parametrize("format", FORMATS.values(), ids=named)
def test_equal_runs_make_equal_bytes(format: Format, tmp_path: Path):
    run = Run(RECORDED, sparing=True)
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        told = export(run, run.episodes, format, tmp_path / name / "out")
        assert (told.episodes, told.damaged, told.empty) == (79, {}, [])
    assert contents(tmp_path / "one" / "out") == contents(tmp_path / "other" / "out")


@pytest.mark.parametrize("format", READ, ids=named)
def test_a_recorded_run_goes_out_and_in_and_out(format: Format, tmp_path: Path):
    run = Run(RECORDED, sparing=True)
    export(run, run.episodes, format, tmp_path / "out")
    back = bring_in([tmp_path / "out"], format, tmp_path / "run", 0)
    assert [len(list(seal_and_name(back)))] == [1]
    export(Run(tmp_path / "run", sparing=True), back.episodes, format, tmp_path / "again")
    assert list(contents(tmp_path / "again").values()) == list(contents(tmp_path / "out").values())


def seal_and_name(run: Run) -> list[str]:
    return [str(each.path) for each in seal(run, "1GB")]


def test_a_fork_comes_with_its_past(tmp_path: Path):
    run = Run(RECORDED)
    fork = next(id for id in run.episodes if "~" in id)
    told = conversation_of(run, fork)
    assert told.parent == fork.partition("~")[0]
    copied = [message.copied for message in told.messages]
    assert copied == sorted(copied, reverse=True)
    assert 0 < sum(copied) < len(copied)
    past = conversation_of(run, told.parent).messages
    for mine, its in itertools.takewhile(lambda pair: pair[0].copied, zip(told.messages, past, strict=False)):
        assert core(Conversation("", (mine,)))["messages"][0][:2] == core(Conversation("", (its,)))["messages"][0][:2]
        assert mine.wall_ms == its.wall_ms
