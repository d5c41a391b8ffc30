"""How much one request may have built; between its pages, other requests get their turn."""

import asyncio
from collections.abc import Callable

from graph_service.errors import GraphServiceError

MOST_ENTRIES = 20_000
"""Entries of lists in one answer, every list counting one besides: about two seconds of building."""


class TooComplex(GraphServiceError):
    """The answer would hold too much: pages of lists inside pages of lists."""

    code = "QUERY_TOO_COMPLEX"


class Allowance:
    """What one request may still have built. Levels of nested pages multiply, so only counting tells how large an
    answer becomes; and without a pause between pages the event loop, time limit included, would wait for the last one.
    """

    def __init__(self) -> None:
        self.is_spent = False
        self._left = MOST_ENTRIES
        self._turns = asyncio.Lock()
        self._give_up: Callable[[], None] = lambda: None

    def when_spent(self, give_up: Callable[[], None]) -> None:
        """Have ``give_up`` called once, as soon as more is asked for than is allowed."""
        self._give_up = give_up

    async def take(self, entries: int) -> None:
        """Let others go first, then count one list of so many entries. Raises ``TooComplex`` past the limit."""
        async with self._turns:  # one page at a time, or all of a level would be built in one go
            await asyncio.sleep(0)
        self._left -= 1 + entries
        if self._left < 0:
            if not self.is_spent:
                self.is_spent = True
                self._give_up()
            raise self.refusal()

    @staticmethod
    def refusal() -> TooComplex:
        """What is said of an answer that became too large."""
        return TooComplex(
            f"the answer would hold more than {MOST_ENTRIES:,} entries of lists; "
            "ask for smaller pages, or for fewer lists inside lists"
        )
