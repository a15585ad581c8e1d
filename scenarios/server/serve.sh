#!/bin/sh
# Serves this bundle: MCP for agents, the control API behind a token. Needs the corecraft package.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
exec corecraft serve --http "${CORECRAFT_BIND:-127.0.0.1:8765}" --world "$here" "$@"
