"""What the commands print: results on standard output, messages and progress on standard error, all UTF-8."""

import io
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from graph_service.exchange.dataset import ReadProgress

INTERRUPTED = 130
"""Exit status of a command that a signal called off: 128 + SIGINT, as a shell gives it."""

READER_GONE = 141
"""Exit status where the reader of standard output has gone, as ``head`` does: 128 + SIGPIPE, as a shell gives it."""


def prepare_streams() -> None:
    """Make both streams UTF-8, as the data sets are: names in Chinese must not end a command in the C locale."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def silence_driver() -> None:
    """Keep the Neo4j driver's own log lines off a terminal: what they say comes as one error of ours."""
    # Without any handler logging prints warnings itself; a handler that serving sets on the root still hears them.
    logging.getLogger("neo4j").addHandler(logging.NullHandler())


def result(text: str) -> None:
    """Print a line of the command's result, at once: a reader in a pipe may wait for it."""
    with results_read():
        print(text, flush=True)  # noqa: T201  the command line's own output


@contextmanager
def results_read() -> Iterator[None]:
    """Leave quietly where nobody reads standard output any more; the data are not at fault for that."""
    try:
        yield
    except BrokenPipeError:
        # What is still buffered would fail once more when the interpreter flushes it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(READER_GONE)


def say(text: str) -> None:
    """Print a message that is not the result."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201  the command line's own output


def leave_at_once(message: str) -> NoReturn:
    """Say why, and end the process without waiting for what its threads still do."""
    Console(stderr=True).show_cursor()
    say(message)
    os._exit(INTERRUPTED)


@contextmanager
def reading_bar(label: str) -> Iterator[Callable[[ReadProgress], None]]:
    """Give a function that is told how far a folder is read; a bar on a terminal, nothing in a pipe."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(escape(label), total=None)

        def show(progress: ReadProgress) -> None:
            rows = f"{progress.file}: {progress.row_count:,} rows"
            bar.update(task, description=escape(rows), total=progress.total_bytes, completed=progress.done_bytes)

        yield show


@contextmanager
def working(label: str) -> Iterator[None]:
    """Show on a terminal that something long is under way."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(escape(label)):
        yield
