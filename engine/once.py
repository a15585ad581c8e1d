"""What is found out once and kept, also by threads that ask for it at the same time."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from threading import RLock
from typing import Any, TypeVar, overload

T = TypeVar("T")


class once(cached_property[T]):  # noqa: N801 - a decorator, called as `cached_property` is
    """A `cached_property` whose threads wait for the first of them. Since Python 3.12 it has no lock of its own: each thread
    would find out for itself, read a whole log for it, and go on with another object than the rest."""

    def __init__(self, func: Callable[[Any], T]) -> None:
        super().__init__(func)
        self._finding = RLock()

    @overload
    def __get__(self, instance: None, owner: type[Any] | None = None) -> once[T]: ...
    @overload
    def __get__(self, instance: object, owner: type[Any] | None = None) -> T: ...
    def __get__(self, instance: object | None, owner: type[Any] | None = None) -> once[T] | T:
        if instance is None:
            return self
        with self._finding:
            return super().__get__(instance, owner)
