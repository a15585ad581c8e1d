"""What a run keeps to itself: the key from which addresses and tokens are made, so that a restart makes the same ones."""

from __future__ import annotations

import os
import secrets
import stat
from base64 import urlsafe_b64encode
from contextlib import suppress
from hashlib import sha256
from hmac import digest
from pathlib import Path

from attrs import field, frozen

from ..engine.errors import CoreCraftError, StorageFailed
from ..engine.files import read

FILE = "secret"
"""In the run folder, mode 0600: 64 hex digits. It is no part of the history, and must not be handed on with it."""

_BYTES = 32


@frozen
class Secret:
    """Whoever holds it knows every address; whoever holds an address, or any number of them, knows nothing more."""

    _key: bytes = field(repr=False)

    @classmethod
    def of(cls, folder: Path) -> Secret:
        """That of a run folder, made now if there is none. Raises CoreCraftError when others may read it."""
        path = folder / FILE
        if not path.exists():
            _make(path)
        try:
            mode = path.stat().st_mode
            key = bytes.fromhex(read(path).decode("ascii"))
        except (OSError, ValueError) as error:
            raise CoreCraftError(f"{path} cannot be read: {error}; without it addresses are made anew") from None
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise CoreCraftError(f"{path} can be read by others, who then know every agent's address: chmod 600 {path}")
        if len(key) != _BYTES:
            raise CoreCraftError(f"{path} is no key of {_BYTES} bytes; without it addresses are made anew")
        return cls(key)

    def derive(self, purpose: str, name: str = "") -> str:
        """43 characters that nobody can guess, the same each time for the same purpose and name."""
        mac = digest(self._key, f"{purpose}\0{name}".encode(), sha256)
        return urlsafe_b64encode(mac).decode().rstrip("=")


def _make(path: Path) -> None:
    """It appears whole and closed to others, and the first process to make one has made it for all."""
    part = path.with_suffix(f".{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(file, secrets.token_hex(_BYTES).encode())
            os.fsync(file)
        finally:
            os.close(file)
        with suppress(FileExistsError):
            os.link(part, path)
        os.unlink(part)
    except OSError as error:
        raise StorageFailed(f"{path} cannot be written: {error.strerror}") from None
