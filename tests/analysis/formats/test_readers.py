"""What is written is read by the formats' own readers, each in an environment of its own: `make readers` sets them up."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from corecraft.analysis.formats import FORMATS
from corecraft.analysis.formats.outward import export
from corecraft.engine.run import Run

from tests import toy

from .test_shapes import RECORDED, model_run

READERS = Path(__file__).parents[3] / ".venv-readers"
pytestmark = pytest.mark.slow

ATIF = """
import json, pathlib, sys
from harbor.models.trajectories import Trajectory
from harbor.utils.trajectory_validator import TrajectoryValidator
faults, steps = [], 0
for file in sorted(pathlib.Path(sys.argv[1]).glob("*.json")):
    validator = TrajectoryValidator()
    if not validator.validate(file):
        faults += [f"{file.name}: {error}" for error in validator.errors]
    steps += len(Trajectory(**json.loads(file.read_text())).steps)
print(json.dumps({"faults": faults, "messages": steps}))
"""
INSPECT = """
import json, sys
from inspect_ai.log import read_eval_log, read_eval_log_sample, read_eval_log_sample_summaries
log, summaries = read_eval_log(sys.argv[1]), read_eval_log_sample_summaries(sys.argv[1])
one = read_eval_log_sample(sys.argv[1], log.samples[0].id, log.samples[0].epoch)
print(json.dumps({
    "status": log.status, "samples": len(log.samples), "summaries": len(summaries),
    "messages": sum(message.role != "tool" for sample in log.samples for message in sample.messages),
    "scored": sum("reward" in (sample.scores or {}) for sample in log.samples),
    "same": one.messages == log.samples[0].messages,
    "header": read_eval_log(sys.argv[1], header_only=True).results.total_samples,
}))
"""
OTEL = """
import base64, json, sys
from google.protobuf.json_format import ParseDict
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes, error_attributes
from opentelemetry.semconv.attributes import service_attributes
known = {value for module in (gen_ai_attributes, error_attributes, service_attributes)
         for name, value in vars(module).items() if name.isupper() and isinstance(value, str)}
known |= {"service.name", "error.type"}
def in_bytes(value):  # ids are hexadecimal in OTLP's JSON, and base64 in that of protobuf
    if isinstance(value, list):
        return [in_bytes(one) for one in value]
    if not isinstance(value, dict):
        return value
    ids = ("traceId", "spanId", "parentSpanId")
    return {k: base64.b64encode(bytes.fromhex(v)).decode() if k in ids else in_bytes(v) for k, v in value.items()}
spans, unknown = 0, set()
for line in open(sys.argv[1]):
    for resource in ParseDict(in_bytes(json.loads(line)), TracesData()).resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                assert len(span.trace_id) == 16 and len(span.span_id) == 8
                spans += 1
                attributes = [*span.attributes, *(one for event in span.events for one in event.attributes)]
                unknown |= {one.key for one in attributes if not one.key.startswith("corecraft.")} - known
print(json.dumps({"spans": spans, "unknown": sorted(unknown)}))
"""
DATASETS = """
import json, sys
from datasets import load_dataset
kind, file = sys.argv[1:]
rows = load_dataset(kind, data_files=file, split="train")
messages = [message for row in rows for message in row["messages"]]
calls = [call for message in messages for call in message.get("tool_calls") or ()]
print(json.dumps({
    "rows": len(rows), "messages": sum(message["role"] != "tool" for message in messages),
    "arguments": all(isinstance(call["function"]["arguments"], str) for call in calls),
    "own": sum(message.get("weight") == 1 for message in messages),
}))
"""


def asked(environment: str, script: str, *arguments: object) -> dict[str, object]:
    """What a reader says."""
    python = READERS / environment / "bin" / "python"
    if not python.exists():
        pytest.skip(f"the reader is not installed here ({python.relative_to(READERS.parent)}): make readers")
    offline = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "INSPECT_DISABLE_TELEMETRY": "1"}
    done = subprocess.run(
        [str(python), "-c", script, *map(str, arguments)], capture_output=True, text=True, env=offline, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(params=["recorded", "model"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    return Run(RECORDED, sparing=True) if request.param == "recorded" else model_run(tmp_path / "run")


def written(run: Run, name: str, folder: Path) -> tuple[Path, int, int]:
    """The file, and how many episodes and messages stand in it."""
    path = folder / f"out{FORMATS[name].suffix}"
    told = export(run, run.episodes, FORMATS[name], path, lambda _: toy.toolset().definitions())
    return path, told.episodes, told.messages


def test_harbors_validator(run: Run, tmp_path: Path):
    path, _, messages = written(run, "atif", tmp_path)
    assert asked("harbor", ATIF, path) == {"faults": [], "messages": messages}


def test_inspects_reader(run: Run, tmp_path: Path):
    path, episodes, messages = written(run, "inspect", tmp_path)
    told = asked("others", INSPECT, path)
    assert told.pop("scored") in (0, 77)
    assert told == {
        "status": "success", "samples": episodes, "summaries": episodes, "messages": messages, "same": True,
        "header": episodes,
    }  # fmt: skip


def test_opentelemetrys_types_and_names(run: Run, tmp_path: Path):
    path, _, _ = written(run, "otel", tmp_path)
    told = asked("others", OTEL, path)
    assert told["unknown"] == []
    assert isinstance(told["spans"], int)
    assert told["spans"] > 2


@pytest.mark.parametrize(("name", "kind"), [("chat", "json"), ("parquet", "parquet")])
def test_data_sets(name: str, kind: str, run: Run, tmp_path: Path):
    path, episodes, messages = written(run, name, tmp_path)
    told = asked("others", DATASETS, kind, path)
    assert told.pop("own")
    assert told == {"rows": episodes, "messages": messages, "arguments": True}
