"""Which known name was probably meant by an unknown one."""

import difflib
from collections.abc import Sequence

from graph_service.service.intake.faults import show

MOST_SUGGESTIONS = 50
"""Names looked at per list: comparing takes milliseconds each, and a file may hold a million wrong ones."""

MOST_KNOWN = 5_000
_LONGEST_NAME = 200


class Suggester:
    """Finds the nearest of some known names, for the first few unknown ones asked about."""

    def __init__(self, known: Sequence[str]) -> None:
        self._known = known if len(known) <= MOST_KNOWN else ()
        self._hints: dict[str, str | None] = {}

    def hint(self, name: str) -> str | None:
        """``is 'cell' meant?``, or None where nothing is near or enough was looked at."""
        if name not in self._hints and len(self._hints) < MOST_SUGGESTIONS and len(name) <= _LONGEST_NAME:
            alike = difflib.get_close_matches(name, self._known, n=1)
            self._hints[name] = f"is {show(alike[0])} meant?" if alike else None
        return self._hints.get(name)
