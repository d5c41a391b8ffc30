"""A disk that remembers every write and sync, to show what a power cut would have left; and that fails on demand.

SQLite runs on it through APSW with the store's own statements and settings: ``connect`` stands in for the
connections of the standard library. The model of a disk: what was written before a file's last sync is safe; of
what came after, any sectors may be there or not. Names are made and removed in order, and safe after a sync of the
folder: SQLite syncs it with a new file's first sync, and where a removal asks for it.
"""
# ruff: noqa: N802 - SQLite names these methods

import os
import random
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

SECTOR_BYTES = 512

_CODES = {
    "BusyError": sqlite3.SQLITE_BUSY,
    "ConstraintError": sqlite3.SQLITE_CONSTRAINT,
    "FullError": sqlite3.SQLITE_FULL,
    "IOError": sqlite3.SQLITE_IOERR,
}


@dataclass(frozen=True, slots=True)
class Write:
    file: str
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    file: str
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    file: str
    is_folder_synced: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """A new file of that name. A file that was there before the record began is safe by name."""

    file: str


@dataclass(frozen=True, slots=True)
class Removed:
    file: str
    is_folder_synced: bool


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The store answered that ``revision`` is recorded."""

    revision: int


Event = Write | Truncate | Sync | Made | Removed | Acknowledged


class RecordedDisk:
    """A SQLite VFS that passes everything on and keeps ``events``. ``failing`` names the operations that fail."""

    def __init__(self, name: str) -> None:
        self.events: list[Event] = []
        self.failing: dict[str, type[apsw.Error]] = {}
        self._vfs = _RecordingVFS(name, self)
        self.name = name

    def note(self, event: Event) -> None:
        """Keep the event, or fail as the operation is told to."""
        error = self.failing.get(type(event).__name__)
        if error is not None:
            raise error(f"{type(event).__name__} fails on this disk")
        self.events.append(event)

    def acknowledge(self, revision: int) -> None:
        self.events.append(Acknowledged(revision))

    def connect(self, path: Path, *, replaced: Mapping[str, str] | None = None) -> "ApswConnection":
        """As ``connect_sqlite``; ``replaced`` runs other statements than the store's: a seeded fault."""
        return ApswConnection(apsw.Connection(str(path), vfs=self.name), replaced or {})

    def remove(self) -> None:
        self._vfs.unregister()


class _RecordingVFS(apsw.VFS):
    def __init__(self, name: str, disk: RecordedDisk) -> None:
        super().__init__(name, "")
        self._disk = disk

    def xOpen(self, name: Any, flags: list[int]) -> "_RecordingFile":
        return _RecordingFile(name, flags, self._disk)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        super().xDelete(filename, syncdir)
        self._disk.note(Removed(Path(filename).name, syncdir))


class _RecordingFile(apsw.VFSFile):
    def __init__(self, name: Any, flags: list[int], disk: RecordedDisk) -> None:
        filename = name.filename() if isinstance(name, apsw.URIFilename) else name
        self._is_new = bool(filename) and not Path(filename).exists()
        super().__init__("", name, flags)
        self._disk = disk
        self._file = Path(filename).name if filename else "(temporary)"
        if self._is_new:
            disk.note(Made(self._file))

    def xWrite(self, data: bytes, offset: int) -> None:
        self._disk.note(Write(self._file, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:
        self._disk.note(Truncate(self._file, size))
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:
        self._disk.note(Sync(self._file, self._is_new))
        super().xSync(flags)
        self._is_new = False


class ApswConnection:
    """An APSW connection with the methods and errors of ``sqlite3`` that the store uses."""

    def __init__(self, connection: apsw.Connection, replaced: Mapping[str, str]) -> None:
        self._connection = connection
        self._replaced = replaced

    def execute(self, sql: str, parameters: Any = None, /) -> Any:
        with _as_sqlite3():
            return self._connection.execute(self._replaced.get(sql, sql), parameters)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Any:
        with _as_sqlite3():
            return self._connection.executemany(sql, parameters)

    def close(self) -> None:
        with _as_sqlite3():
            self._connection.close()


class _as_sqlite3:  # noqa: N801 - reads as a statement
    """Raises what ``sqlite3`` would for what APSW raises."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, apsw.Error):
            name = type(error).__name__
            kind_of_error = sqlite3.IntegrityError if name == "ConstraintError" else sqlite3.OperationalError
            translated = kind_of_error(str(error))
            translated.sqlite_errorcode = _CODES.get(name, sqlite3.SQLITE_ERROR)
            raise translated from error


@dataclass(slots=True)
class _File:
    """What is safe on disk, and what was written since the last sync."""

    safe: bytearray = field(default_factory=bytearray)
    unsafe: list[Write | Truncate] = field(default_factory=list)

    def sync(self) -> None:
        for change in self.unsafe:
            _change(self.safe, change)
        self.unsafe.clear()

    def left_by_cut(self, chance: random.Random) -> bytearray:
        """The file after a power cut: what is safe, and of the rest what luck has kept."""
        content = bytearray(self.safe)
        keeps = chance.choice((0.0, 0.5, 0.9, 1.0))
        for change in self.unsafe:
            if isinstance(change, Truncate):
                if chance.random() < keeps:
                    _change(content, change)
                continue
            for start in range(0, len(change.data), SECTOR_BYTES):
                if chance.random() < keeps:
                    sector = change.data[start : start + SECTOR_BYTES]
                    _change(content, Write(change.file, change.offset + start, sector))
        return content


def _change(content: bytearray, change: Write | Truncate) -> None:
    if isinstance(change, Truncate):
        del content[change.size :]
        return
    end = change.offset + len(change.data)
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    content[change.offset : end] = change.data


@dataclass(slots=True)
class _Folder:
    """Files by name as the process sees them, as they are safe, and how the names changed since."""

    seen: dict[str, _File] = field(default_factory=dict)
    safe: dict[str, _File] = field(default_factory=dict)
    unsafe: list[tuple[str, _File | None]] = field(default_factory=list)

    def after(self, event: Write | Truncate | Sync | Made | Removed) -> None:
        if isinstance(event, Made):
            self.seen[event.file] = _File()
            self.unsafe.append((event.file, self.seen[event.file]))
        elif isinstance(event, Removed):
            self.seen.pop(event.file, None)
            self.unsafe.append((event.file, None))
        else:
            if event.file not in self.seen:
                self.seen[event.file] = self.safe[event.file] = _File()
            if isinstance(event, Sync):
                self.seen[event.file].sync()
            else:
                self.seen[event.file].unsafe.append(event)
        if isinstance(event, Sync | Removed) and event.is_folder_synced:
            _rename(self.safe, self.unsafe)
            self.unsafe.clear()

    def left_by_cut(self, chance: random.Random) -> dict[str, bytearray]:
        files = dict(self.safe)
        _rename(files, self.unsafe[: chance.randint(0, len(self.unsafe))])
        return {name: file.left_by_cut(chance) for name, file in files.items()}


def _rename(files: dict[str, _File], changes: Iterable[tuple[str, _File | None]]) -> None:
    for name, file in changes:
        if file is None:
            files.pop(name, None)
        else:
            files[name] = file


@dataclass(frozen=True, slots=True)
class Cut:
    """A power cut: the files it left, and the last revision that had been acknowledged."""

    at: int
    files: Mapping[str, bytearray]
    acknowledged: int

    def lay_out(self, folder: Path) -> None:
        """Write the files into ``folder``, which holds nothing else afterwards."""
        for old in folder.iterdir():
            old.unlink()
        for name, content in self.files.items():
            descriptor = os.open(folder / name, os.O_CREAT | os.O_WRONLY, 0o600)
            os.write(descriptor, content)
            os.close(descriptor)


def cuts(events: list[Event], count: int, *, seed: int) -> Iterator[Cut]:
    """``count`` power cuts at random places of the record, in its order, several at one place if need be."""
    chance = random.Random(seed)
    places = sorted(chance.choices(range(1, len(events) + 1), k=count))
    folder = _Folder()
    acknowledged = done = 0
    for place in places:
        for event in events[done:place]:
            if isinstance(event, Acknowledged):
                acknowledged = event.revision
            else:
                folder.after(event)
        done = place
        yield Cut(place, folder.left_by_cut(chance), acknowledged)
