"""The garbage collector while a world is made: hundreds of thousands of rows that all stay, through which it would look
again and again."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def resting() -> Generator[None]:
    """The collector rests until the block is left, if it was at work before."""
    works = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if works:
            gc.enable()
