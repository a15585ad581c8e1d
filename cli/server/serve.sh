#!/bin/sh
# Serves this bundle: MCP for agents, the control API behind a token. Python with server/requirements.txt is all it needs.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
PYTHONPATH="$here/server${PYTHONPATH:+:$PYTHONPATH}"
export PYTHONPATH
exec "${PYTHON:-python3}" -m corecraft.cli.main serve --http "${CORECRAFT_BIND:-127.0.0.1:8765}" --world "$here" "$@"
