"""A value that is worked out when it is first asked for, once, whichever thread asks first."""

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Once(Generic[Value]):
    """What ``work`` returns, kept. A second thread waits for the first instead of working too."""

    __slots__ = ("_lock", "_value", "_work")

    def __init__(self, work: Callable[[], Value]) -> None:
        self._work: Callable[[], Value] | None = work
        self._value: Value | None = None
        self._lock = Lock()

    def get(self) -> Value:
        """The value. If the work raises, the next caller tries again."""
        with self._lock:
            if self._work is not None:
                self._value = self._work()
                self._work = None
            return self._value  # type: ignore[return-value]  # None only where Value allows it

    def peek(self) -> Value | None:
        """The value if it has been worked out, without waiting; else None."""
        return self._value
