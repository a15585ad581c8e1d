"""One call over MCP, against the SDK's bare echo server: see `mcp_http`, which does the measuring."""

from __future__ import annotations

from .mcp_http import measure
from .timing import ANY_SCALE, Results, Sample

_ROWS = {"modern": "mcp", "handshake": "mcp-handshake"}


def ratios(calls: int) -> Results:
    """Ours as a multiple of the echo, whose own time is the limit. Medians of about `calls` calls each, by the wall clock,
    in turns of twenty; server and client share this machine."""
    return {
        _ROWS[era]: {
            ANY_SCALE: Sample(found["ratio"], found["ratio"], calls, found["ours_ms"] / 1000),
            "limit": Sample(1.0, 1.0, calls, found["echo_ms"] / 1000),
        }
        for era, found in measure(calls).items()
    }
