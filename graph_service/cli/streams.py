"""What the commands print: results on standard output, messages and progress on standard error, all UTF-8."""

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from graph_service.exchange.dataset import ReadProgress


def prepare_streams() -> None:
    """Make both streams UTF-8, as the data sets are: names in Chinese must not end a command in the C locale."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def result(text: str) -> None:
    """Print a line of the command's result, at once: a reader in a pipe may wait for it."""
    print(text, flush=True)  # noqa: T201  the command line's own output


def say(text: str) -> None:
    """Print a message that is not the result."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201  the command line's own output


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
