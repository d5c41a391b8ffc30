"""Files that appear whole or not at all, whenever the process is killed."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from graph_service.errors import InvalidInput


def write_files(folder: Path, writers: Mapping[str, Callable[[BinaryIO], None]]) -> None:
    """Write each file under a hidden name, then move all into place; what was there under these names is replaced.

    Raises ``InvalidInput`` where the folder cannot be written to; no file has changed then.
    """
    hidden = {name: folder / f".{name}.{os.getpid()}.partial" for name in writers}
    try:
        try:
            for name, write in writers.items():
                with hidden[name].open("wb") as stream:
                    write(stream)
                    stream.flush()
                    os.fsync(stream.fileno())
            for name, path in hidden.items():
                path.replace(folder / name)
            _sync_folder(folder)
        finally:
            for path in hidden.values():
                path.unlink(missing_ok=True)
    except OSError as error:
        raise InvalidInput(f"{folder} cannot be written: {error.strerror or error}; choose another place") from error


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return  # Windows cannot open a folder, and keeps renames without it
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
