"""The collector rests while a world is made, and works again afterwards whatever happened."""

from __future__ import annotations

import gc

import pytest
from corecraft.engine.collector import resting


def test_it_works_again_afterwards_also_after_a_failure() -> None:
    with resting():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(KeyError), resting():
        raise KeyError
    assert gc.isenabled()


def test_whoever_has_stopped_it_finds_it_stopped() -> None:
    gc.disable()
    try:
        with resting():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
