"""Formats that other programs know: runs are exported to them, and of some imported. docs/formats.md says what each keeps."""

from __future__ import annotations

from collections.abc import Mapping

from . import atif, chat, inspect_log, otel, parquet, toolathlon
from .table import Format

FORMATS: Mapping[str, Format] = {
    format.name: format for format in (atif.FORMAT, chat.FORMAT, inspect_log.FORMAT, otel.FORMAT, parquet.FORMAT)
}
"""By the name that `--format` takes. A further format is a module with a `FORMAT`, and its name here."""
READ_ONLY: Mapping[str, Format] = {toolathlon.FORMAT.name: toolathlon.FORMAT}
"""Those that only come in."""
