"""The SQLite file made ready when the store is opened: made, proven ours and sound, its schema at head."""

import time
from pathlib import Path

from graph_service.errors import Conflict, StoreUnavailable
from graph_service.store.embedded.connection import BUSY_TIMEOUT_MS, Connect, Writer, create_file
from graph_service.store.embedded.failures import translated
from graph_service.store.embedded.migration import check_owner, check_sound, migrate

_PAUSE_S = 0.05


def prepare_home(path: Path, connect: Connect, *, now_us: int) -> Path:
    """The absolute path of the file, made where there is none, checked, its schema brought to head.

    Several processes may do so at once: the first takes the steps, the others find them taken.
    """
    path = path.absolute()
    create_file(path)
    deadline_s = time.monotonic() + BUSY_TIMEOUT_MS / 1_000
    while True:
        try:
            _check_and_migrate(path, connect, now_us=now_us)
        except Conflict as error:
            # SQLite does not wait by itself while another process turns a new file to its log mode.
            if time.monotonic() > deadline_s:
                raise StoreUnavailable(error.message) from error
            time.sleep(_PAUSE_S)
        else:
            return path


def _check_and_migrate(path: Path, connect: Connect, *, now_us: int) -> None:
    with translated(path):
        # Looked at before any setting: another program's file is left as it is.
        connection = connect(path)
        try:
            check_owner(connection, path)
            check_sound(connection, path)
        finally:
            connection.close()
    writer = Writer(path, connect)
    try:
        writer.transact(lambda connection: migrate(connection, path, now_us=now_us))
    finally:
        writer.close()
