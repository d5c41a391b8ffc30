"""SQLite's errors as ours: which ones are the caller's, and which may be repeated."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graph_service.errors import Conflict, GraphServiceError, StoreUnavailable

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_REASONS = {
    sqlite3.SQLITE_FULL: "the disk is full; nothing of this batch is recorded, reading goes on",
    sqlite3.SQLITE_READONLY: "the file or its folder may not be written",
    sqlite3.SQLITE_PERM: "the file may not be opened",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
    sqlite3.SQLITE_NOTADB: "the file is not a SQLite database",
    sqlite3.SQLITE_CORRUPT: "the file is damaged; restore a backup",
    sqlite3.SQLITE_NOMEM: "out of memory",
    sqlite3.SQLITE_IOERR: "the disk failed; whether the last batch was recorded is unknown, "
    "repeat it with the same idempotency key",
}


def primary_code(error: sqlite3.Error) -> int:
    """The primary result code, 0 where the error is of Python's module and not of SQLite."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


@contextmanager
def translated(path: Path, *, busy: type[GraphServiceError] = Conflict) -> Iterator[None]:
    """Raises our errors for SQLite's; ``busy`` when another process holds the file for longer than we wait.

    Raises
    ------
    StoreUnavailable
        The file or its disk is at fault; says why.
    ValueError
        The batch breaks a rule of the schema: a defect of the caller, who has checked it.
    """
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise ValueError(f"the batch breaks a rule of the store: {error}") from error
    except sqlite3.Error as error:
        code = primary_code(error)
        if code in _BUSY:
            raise busy(f"{path}: another process is writing; repeat the call") from error
        reason = _REASONS.get(code, "SQLite failed")
        raise StoreUnavailable(f"{path}: {reason} ({error})") from error
