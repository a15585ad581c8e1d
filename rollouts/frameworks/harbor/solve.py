"""The reference: its calls over MCP, as an agent makes them, and its answer."""

import json
import os
import sys
import urllib.request
from pathlib import Path

reference = json.loads((Path(__file__).parent / "reference.json").read_text())
url = reference["url"].replace("http://corecraft:8765", os.environ.get("CORECRAFT_SERVICE", "http://corecraft:8765"))
headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
for number, call in enumerate(reference["calls"]):
    body = {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": call}
    json.load(urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers)))
Path(sys.argv[1]).write_text(reference["answer"])
