"""Hands the agent's answer in, has the episode graded, and writes the reward for Harbor."""

import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path

SERVICE = os.environ.get("CORECRAFT_SERVICE", "http://corecraft:8765")
control = json.loads((Path(__file__).parent / "control.json").read_text())


def asked(what, body):
    url = f"{SERVICE}/control/episodes/{control['episode']}/{what}"
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Authorization": f"Bearer {control['token']}"})
    return json.load(urllib.request.urlopen(request))


answer, logs = Path(sys.argv[1]), Path(sys.argv[2])
try:
    if answer.exists():
        asked("answer", {"text": answer.read_text(errors="replace")})
    else:
        asked("close", {"reason": "no answer"})
except urllib.error.HTTPError as error:
    if error.code != 409:  # over already: its budget is used up
        raise
grade = asked("grade", {})
logs.mkdir(parents=True, exist_ok=True)
(logs / "grade.json").write_text(json.dumps(grade, indent=1))
rewards = {"reward": grade["code_reward"], "passed": int(grade["code_passed"] is True)}
(logs / "reward.json").write_text(json.dumps(rewards))
print(json.dumps(rewards))
