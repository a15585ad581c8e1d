"""docs/format.md is true: its reader, which shares no code with ours, agrees with what we write."""

from __future__ import annotations

import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import msgspec
from corecraft.engine.run import Run

from ..toy import episode, genesis
from .test_verify import played

DOC = Path(__file__).parents[2] / "docs" / "format.md"


def run_reader(tmp_path: Path, run: Path) -> subprocess.CompletedProcess[str]:
    (snippet,) = re.findall(r"```python\n(.*?)```", DOC.read_text("utf-8"), re.DOTALL)
    script = tmp_path / "reader.py"
    script.write_text(snippet, "utf-8")
    return subprocess.run([sys.executable, "-I", str(script), str(run)], capture_output=True, text=True, check=False)


def make_run(tmp_path: Path) -> Path:
    run = Run.create(tmp_path / "run", {})
    run.add_genesis(genesis())
    log = run.writer("w", lambda: 0)
    e = played(log=log, labels={"agent": 'has "event": in it'})
    child = e.fork(at=2)
    child.record(
        "model.responded", {"text": 'a "event":{} \u2028 \u007f é \x1f', "x": [1e-7, 1e22, 0.1, -0.0]}, beside={"a": 1}
    )
    child.fork(at=1).call("listPots", {})
    return run.path


def test_the_reader_in_the_document_follows_every_chain(tmp_path: Path):
    path = make_run(tmp_path)
    with (path / "segments" / "w.jsonl").open("ab") as file:
        file.write(b'{"episode":"torn')
    done = run_reader(tmp_path, path)
    assert done.stdout == "3 episodes, every hash fits\n", done.stderr


def test_the_reader_in_the_document_finds_an_altered_event(tmp_path: Path):
    path = make_run(tmp_path)
    segment = path / "segments" / "w.jsonl"
    segment.write_bytes(segment.read_bytes().replace(b'"text":"Done."', b'"text":"Gone."'))
    done = run_reader(tmp_path, path)
    assert done.returncode == 1
    assert done.stderr == "w.jsonl: the chain of toy breaks at seq 18\n"


def test_the_digest_of_a_world_is_what_the_document_says(tmp_path: Path):
    path = make_run(tmp_path)
    (folder,) = (path / "genesis").iterdir()
    tables = {
        file.stem: sorted(msgspec.json.decode(file.read_bytes()).items())
        for file in sorted((folder / "entities").glob("*.json"))
    }
    about = msgspec.json.decode((folder / "genesis.json").read_bytes())
    data = msgspec.json.encode({"now": about["now"], "tables": {name: rows for name, rows in tables.items() if rows}})
    assert sha256(data).hexdigest() == folder.name == about["digest"]


def test_every_kind_the_engine_writes_is_documented():
    kinds = {event.kind for event in played().trajectory().events} | {"episode.voided"}
    text = DOC.read_text("utf-8")
    assert [kind for kind in sorted(kinds - {"pot.painted"}) if f"`{kind}`" not in text] == []
    assert set(msgspec.json.decode(msgspec.json.encode(episode().trajectory().events[0]))["data"]) <= set(
        re.findall(r"`(\w+)`", text)
    )
