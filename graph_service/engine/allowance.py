"""How long one question may still be searched, over everything that is asked on its behalf."""

import time

MOST_SECONDS = 24.0
"""An answer and the reason for it must come within the half minute that an operation of the API may take."""


class Allowance:
    """Seconds that run from when it is made."""

    __slots__ = ("_end_seconds",)

    def __init__(self, seconds: float = MOST_SECONDS) -> None:
        self._end_seconds = time.monotonic() + seconds

    @property
    def left_seconds(self) -> float:
        """What is left, 0 where nothing is."""
        return max(0.0, self._end_seconds - time.monotonic())

    def part(self, seconds: float) -> "Allowance":
        """So many seconds from now, within what is left."""
        return Allowance(min(seconds, self.left_seconds))
