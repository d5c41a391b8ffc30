"""``python -m graph_service`` and the command ``graph-service``."""

import signal
import sys
from types import FrameType
from typing import NoReturn

from graph_service.cli.application import main as run_command

SIGNALLED = 128
"""A shell's exit status of a command ended by signal N is this plus N."""


def main() -> NoReturn:
    """Run the command line; a signal ends it as an exit does, so that stores are closed and temporary files go."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    run_command()


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(SIGNALLED + number)


if __name__ == "__main__":
    main()
