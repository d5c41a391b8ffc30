"""Connections to the SQLite file: how they are opened and set, and one writer and a few readers that share it."""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Any, Protocol, TypeVar

from graph_service.errors import Conflict, GraphServiceError, StoreUnavailable
from graph_service.store.embedded.failures import primary_code, translated

BUSY_TIMEOUT_MS = 5_000
OLDEST_SQLITE = (3, 38, 0)  # STRICT tables, and JSON built in

SETTINGS = (
    "PRAGMA busy_timeout=5000",
    "PRAGMA journal_mode=WAL",
    # FULL, not NORMAL: with NORMAL a power cut loses acknowledged commits.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA journal_size_limit=67108864",
    "PRAGMA cache_size=-65536",
)
READER_SETTINGS = ("PRAGMA query_only=ON",)
_PROOFS = (("PRAGMA journal_mode", "wal"), ("PRAGMA synchronous", 2), ("PRAGMA foreign_keys", 1))

_Result = TypeVar("_Result")


class Cursor(Protocol):
    """The rows of one statement, as tuples."""

    def __iter__(self) -> Iterator[Any]: ...

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...


class Connection(Protocol):
    """What the store needs of a connection, in autocommit mode; raises the errors of ``sqlite3``."""

    def execute(self, sql: str, parameters: Any = ..., /) -> Cursor: ...

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Cursor: ...

    def close(self) -> None: ...


Connect = Callable[[Path], Connection]
Work = Callable[[Connection], _Result]


def connect_sqlite(path: Path) -> Connection:
    """A connection of the standard library, usable from any one thread at a time."""
    return sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, timeout=BUSY_TIMEOUT_MS / 1_000, cached_statements=256
    )


def open_connection(path: Path, connect: Connect, *, is_reader: bool) -> Connection:
    """A connection with the store's settings, each of them proven to hold.

    Raises ``StoreUnavailable`` where the file system cannot keep them, as many network file systems cannot.
    """
    connection = connect(path)
    try:
        for setting in SETTINGS + (READER_SETTINGS if is_reader else ()):
            connection.execute(setting).fetchall()
        for question, expected in _PROOFS:
            answer = connection.execute(question).fetchone()[0]
            if answer != expected:
                raise StoreUnavailable(
                    f"{path}: {question} answers {answer!r}, needed is {expected!r}; put the file on a local disk"
                )
    except BaseException:
        connection.close()
        raise
    return connection


def create_file(path: Path) -> None:
    """Make the file, for its owner only, and the folders above it, where they are not there yet."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise StoreUnavailable(f"SQLite {sqlite3.sqlite_version} is too old; 3.38 or newer is needed")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(f"the folder {path.parent} cannot be made: {error.strerror}") from error
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        _sync_folder(path.parent)
    except FileExistsError:
        if not path.is_file():
            raise StoreUnavailable(f"{path} is not a file; name a file for the store") from None
    except OSError as error:
        raise StoreUnavailable(f"{path} cannot be made: {error.strerror}") from error


def _sync_folder(folder: Path) -> None:
    """Make the new file's name durable; where folders cannot be opened (Windows) the system does it."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def file_identity(path: Path) -> tuple[int, int] | None:
    """Which file a path names: device and number; None where it names none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


class Writer:
    """The one connection that writes. Calls are for one thread at a time; a failed disk makes it open anew."""

    def __init__(self, path: Path, connect: Connect) -> None:
        self._path = path
        self._connect = connect
        self._identity = file_identity(path)
        self._lock = threading.Lock()
        self._connection: Connection | None = None

    def transact(self, work: Work[_Result], *, busy: type[GraphServiceError] = Conflict) -> _Result:
        """What ``work`` returns, its writes durable; with an error none of them is recorded.

        ``busy`` is raised where another process writes for longer than we wait.
        """
        with self._lock, translated(self._path, busy=busy):
            self.check_in_place()
            connection = self._opened()
            try:
                connection.execute("BEGIN IMMEDIATE")
                result = work(connection)
                connection.execute("COMMIT")
            except BaseException as error:
                self._undo(connection, error)
                raise
            return result

    def check_in_place(self) -> None:
        """Raises ``StoreUnavailable`` where the path names another file by now, or none.

        The system lets a deleted file be written as long as it is open: what is recorded would be gone at the stop.
        """
        if file_identity(self._path) != self._identity:
            raise StoreUnavailable(
                f"{self._path} is not the file any more that this process opened: it was moved, deleted or replaced; "
                "put it back, or restart the service"
            )

    def close(self) -> None:
        """Move the log into the file, as far as readers allow, and close."""
        with self._lock, translated(self._path):
            connection, self._connection = self._connection, None
            if connection is not None:
                with suppress(sqlite3.Error):  # what is in the log is safe there
                    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
                with suppress(sqlite3.Error):
                    connection.close()

    def _opened(self) -> Connection:
        if self._connection is None:
            self._connection = open_connection(self._path, self._connect, is_reader=False)
        return self._connection

    def _undo(self, connection: Connection, error: BaseException) -> None:
        """Roll back. After a disk error the connection's idea of the file is not to be trusted: drop it."""
        with suppress(sqlite3.Error):  # a failed BEGIN or COMMIT, or a full disk, may have ended it already
            connection.execute("ROLLBACK")
        if isinstance(error, sqlite3.Error) and primary_code(error) in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT):
            self._connection = None
            with suppress(sqlite3.Error):
                connection.close()


class Readers:
    """Connections that only read, opened as needed and kept."""

    def __init__(self, path: Path, connect: Connect) -> None:
        self._path = path
        self._connect = connect
        self._idle: LifoQueue[Connection] = LifoQueue()

    def read(self, work: Work[_Result]) -> _Result:
        """What ``work`` returns. Statements of one work are not one transaction: it names the revision it reads."""
        with translated(self._path, busy=StoreUnavailable):
            connection = self._take()
            try:
                result = work(connection)
            except BaseException:
                connection.close()
                raise
            self._idle.put(connection)
            return result

    def close(self) -> None:
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return

    def _take(self) -> Connection:
        try:
            return self._idle.get_nowait()
        except Empty:
            return open_connection(self._path, self._connect, is_reader=True)
