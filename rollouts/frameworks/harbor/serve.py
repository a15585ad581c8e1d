"""In the container beside the agent's: serves the one episode of this task, under the address that task.toml names."""

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

DESK, RUNS = Path(__file__).parent, Path(os.environ.get("CORECRAFT_RUNS", "/runs"))
ADDRESS = os.environ.get("CORECRAFT_BIND", "0.0.0.0:8765")
HERE = f"http://127.0.0.1:{ADDRESS.rpartition(':')[2]}"

run = RUNS / "served"
run.mkdir()
shutil.copyfile(DESK / "secret", run / "secret")
(run / "secret").chmod(0o600)
command = ["corecraft", "serve", "--http", ADDRESS, "--out", str(run), "--allow-host", "corecraft"]
service = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
assert service.stderr
signal.signal(signal.SIGTERM, lambda *_: service.terminate())
token = next(line.split()[-1] for line in service.stderr if line.startswith("control"))
request = urllib.request.Request(
    f"{HERE}/control/episodes", (DESK / "episode.json").read_bytes(), {"Authorization": f"Bearer {token}"}
)
print(json.load(urllib.request.urlopen(request))["episode"], "is open", file=sys.stderr)
(RUNS / "opened").touch()
for line in service.stderr:
    sys.stderr.write(line)
sys.exit(service.wait())
