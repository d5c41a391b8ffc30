"""Reads a data set folder into one ``ChangeBatch``, with every fault of its files and the place of every row."""

import re
import stat
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from graph_service.errors import Finding
from graph_service.exchange.dataset.csv_file import read_csv_file
from graph_service.exchange.dataset.declaration_files import DOCUMENT_FOLDER, read_declaration_files
from graph_service.exchange.dataset.faults import Faults, Place
from graph_service.exchange.dataset.layout import LAYOUTS, SUFFIXES, FileLayout, nearest
from graph_service.exchange.dataset.parquet_file import read_parquet_file
from graph_service.exchange.dataset.positions import FileRows, RowPositions
from graph_service.model.batch import ChangeBatch
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.tables import BATCH_SCHEMAS
from graph_service.model.vocabulary import Kind

_PATH = re.compile(r"(?P<plural>\w+)(?:\[(?P<row>\d+)\])?(?:\.(?P<column>\w+))?")
_FIRST_PLACE = re.compile(r"(?P<before>.*came before, at )\w+\[(?P<row>\d+)\](?P<after>; .*)", re.DOTALL)
_KIND_BY_PLURAL = {kind.plural: kind for kind in Kind}
_KIND_BY_FILE = {layout.stem + suffix: kind for kind, layout in LAYOUTS.items() for suffix in SUFFIXES}
_WORKBOOKS = {".xlsx", ".xls", ".ods"}
_DATA_SUFFIXES = _WORKBOOKS | {".tsv", ".txt", ".json", ".jsonl", ".gz", ".zip", ".bz2", ".xz", ".zst"}
_OWN_OUTPUT = {f"totals{suffix}" for suffix in SUFFIXES}


@dataclass(frozen=True, slots=True)
class ReadProgress:
    """How far the reading is: rows of the present file, bytes of the whole folder."""

    file: str
    row_count: int
    done_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class FolderData:
    """A data set as read: its batch, and the way back from a finding's path to a file and a line.

    ``batch`` is there even with faults, for the service to look for what else is wrong; ``batch.faults`` refuse it.
    ``documents``: the footprints of ``declarations/*.json``; the paths of their findings begin with the file's name.
    """

    path: Path
    batch: ChangeBatch
    positions: Mapping[Kind, RowPositions]
    places: Mapping[Finding, Place]
    documents: tuple[PushedDeclaration, ...] = ()

    def locate(self, finding: Finding) -> str:
        """``supplies.csv:14: amount: message``, for a finding of this reading or of the service on this batch."""
        if finding in self.places:
            return self.places[finding].describe(finding.message)
        match = _PATH.fullmatch(finding.path)
        kind = _KIND_BY_PLURAL.get(match["plural"]) if match else None
        if match is None or kind is None:
            return ": ".join(part for part in (str(self.path), finding.path, finding.message) if part)
        file, column = f"{kind.plural}.csv", match["column"]
        if kind in self.positions:
            known = self.positions[kind]
            file = known.describe(int(match["row"])) if match["row"] else known.file
        name = (LAYOUTS[kind].file_column(column) or column) if column else None
        return Place(file, None, name).describe(self._message(finding, kind))

    def _message(self, finding: Finding, kind: Kind) -> str:
        """The finding's message; the other row of a repeated uid is named by its line, as the finding's own is."""
        first = _FIRST_PLACE.fullmatch(finding.message) if finding.code == "DUPLICATE_UID" else None
        if first is None or kind not in self.positions:
            return finding.message
        return f"{first['before']}{self.positions[kind].describe(int(first['row']))}{first['after']}"


def read_folder(path: Path, *, progress: Callable[[ReadProgress], None] | None = None) -> FolderData:
    """All files of a data set folder as one unchecked batch with a table per kind. Never raises for what it finds.

    Paths of faults: ``supplies[12].amount`` a cell, ``supplies[12]`` a whole row (only its uid was kept),
    ``supplies.amount`` a whole column, ``supplies`` a whole file; anything else has its place with it.
    """
    faults = Faults()
    files = _find_files(path, faults) if _check_folder(path, faults) else {}
    total_bytes = sum(file.stat().st_size for file in files.values())
    tables, positions, done_bytes = {}, {}, 0
    for kind, layout in LAYOUTS.items():
        tables[kind] = BATCH_SCHEMAS[kind].empty_table()
        if kind not in files:
            continue
        file = files[kind]

        def on_block(row_count: int, byte_count: int, name: str = file.name, before: int = done_bytes) -> None:
            if progress is not None:
                progress(ReadProgress(name, row_count, before + byte_count, total_bytes))

        rows = _read_file(file, layout, faults, on_block)
        if rows is not None:
            tables[kind], positions[kind] = rows.table, rows.positions
        done_bytes += file.stat().st_size
    documents = read_declaration_files(path, faults) if path.is_dir() else ()
    faults.summarise()
    return FolderData(path, ChangeBatch(tables, faults=faults.findings), positions, faults.places, documents)


def _read_file(path: Path, layout: FileLayout, faults: Faults, on_block: Callable[[int, int], None]) -> FileRows | None:
    try:
        if path.suffix == ".parquet":
            return read_parquet_file(path, file=path.name, layout=layout, faults=faults, on_block=on_block)
        with path.open("rb") as stream:
            return read_csv_file(stream, file=path.name, layout=layout, faults=faults, on_block=on_block)
    except OSError as error:
        faults.add("FILE_UNREADABLE", layout.kind.plural, _reason(error), place=Place(path.name))
        return None


def _reason(error: OSError) -> str:
    return f"the file cannot be read: {error.strerror or error}"


def _check_folder(path: Path, faults: Faults) -> bool:
    """Whether ``path`` is a folder that can be listed."""
    problem = None
    try:
        if path.is_dir():
            next(path.iterdir(), None)
        elif not path.exists():
            problem = "there is no such folder: name the folder that holds items.csv"
        elif path.suffix.lower() in _WORKBOOKS:
            problem = "this is a workbook: save its sheets as CSV files in one folder, and name the folder"
        elif path.is_file() and zipfile.is_zipfile(path):
            problem = "this is a zip file: unpack it first, and name the folder"
        else:
            problem = "this is a file: name the folder that holds items.csv"
    except OSError as error:
        problem = f"the folder cannot be read: {error.strerror or error}"
    if problem:
        faults.add("FOLDER_UNREADABLE", "", problem, place=Place(str(path)))
    return problem is None


def _find_files(folder: Path, faults: Faults) -> Mapping[Kind, Path]:
    """The file of each kind that is there, once the folder's names have been checked."""
    root = folder.resolve()
    present: dict[Kind, Path] = {}
    for entry in sorted(folder.iterdir()):
        kind = _KIND_BY_FILE.get(entry.name)
        if kind is None:
            _check_other(entry, faults)
        elif kind in present:
            message = f"{present[kind].name} is there as well: keep one of the two"
            faults.add("FILE_TWICE", kind.plural, message, place=Place(entry.name))
        else:
            present[kind] = entry
    if Kind.ITEM not in present:
        message = "the file is missing: a data set has at least items.csv (or items.parquet)"
        faults.add("FILE_MISSING", Kind.ITEM.plural, message, place=Place("items.csv"))
    sound = {}
    for kind, file in present.items():
        if problem := _file_problem(file, root):
            faults.add(problem[0], kind.plural, problem[1], place=Place(file.name))
        else:
            sound[kind] = file
    return sound


def _file_problem(path: Path, root: Path) -> tuple[str, str] | None:
    """Code and message where a file must not or cannot be read."""
    try:
        target = path.resolve(strict=True)
        if not target.is_relative_to(root):
            return "FILE_OUTSIDE", f"the link leads out of the folder, to {target}: put the file itself here"
        if not stat.S_ISREG(target.stat().st_mode):
            return "FILE_UNREADABLE", "this is no regular file: put a file of this name here"
    except (OSError, RuntimeError) as error:
        return "FILE_UNREADABLE", f"the file cannot be read: {error}"
    return None


def _check_other(path: Path, faults: Faults) -> None:
    """Refuse what looks like a part of the data set and is none; ignore the rest, as a README or a hidden file."""
    if path.name == DOCUMENT_FOLDER and path.is_dir():
        return
    suffix, stem = path.suffix.lower(), path.name.split(".")[0].lower()
    is_meant = suffix in SUFFIXES or (suffix in _DATA_SUFFIXES and stem in _KIND_BY_PLURAL)
    if path.name.startswith(".") or path.name in _OWN_OUTPUT or not is_meant:
        return
    meant = nearest(path.name, _KIND_BY_FILE)
    guess = f'did you mean "{meant}"? ' if meant else ""
    allowed = ", ".join(_KIND_BY_PLURAL)
    message = f"no file of a data set has this name: {guess}Files are {allowed}, each .csv or .parquet"
    faults.add("FILE_UNKNOWN", path.name, message, place=Place(path.name))
