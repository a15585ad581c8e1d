"""Files as this project reads and writes them: regular ones only, and whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from threading import get_ident
from typing import Any, BinaryIO

import msgspec

from .errors import StorageFailed


def open_regular(path: Path) -> BinaryIO:
    """A regular file for reading. Raises OSError, also for what is none: a pipe would be waited for without end."""
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise OSError(0, "not a regular file")
    return os.fdopen(file, "rb")


def read(path: Path) -> bytes:
    """All of a regular file. Raises OSError."""
    with open_regular(path) as opened:
        return opened.read()


def write(path: Path, data: bytes) -> None:
    """Write a file that appears whole or not at all. Raises StorageFailed."""
    make_room(path)
    try:
        temporary = path.with_suffix(f"{path.suffix}.{os.getpid()}-{get_ident()}.part")  # others may write the same
        temporary.write_bytes(data)
        temporary.rename(path)
    except OSError as error:
        raise StorageFailed(f"{path} cannot be written: {error.strerror}") from None


def write_json(path: Path, value: Any) -> None:
    """Write an indented JSON file that appears whole or not at all."""
    write(path, msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n")


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 file that appears whole or not at all."""
    write(path, text.encode())


def is_at(file: int, path: Path) -> bool:
    """Whether an open file is the one that has this path: it may have been removed, and another made, since."""
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False


def make_room(path: Path) -> None:
    """Make the folder a file will stand in. Raises StorageFailed."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageFailed(f"{path} cannot be written: {error.strerror}") from None
