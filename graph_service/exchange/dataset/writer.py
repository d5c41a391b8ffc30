"""Writes facts as a data set folder that reads back to the same facts."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from graph_service.errors import InvalidInput
from graph_service.exchange.dataset.atomic import write_files
from graph_service.exchange.dataset.csv_text import csv_blocks
from graph_service.exchange.dataset.declaration_files import DOCUMENT_FOLDER, document_texts
from graph_service.exchange.dataset.layout import LAYOUTS, FileLayout
from graph_service.model.facts import Facts, from_facts
from graph_service.model.uids import LATER_DECLARATION_COLUMNS
from graph_service.model.vocabulary import (
    AcceptanceRule,
    DeclarationState,
    DocumentFormat,
    Kind,
    RatingScale,
    SystemBoundary,
)

LEFT_OUT: Mapping[Kind, Mapping[str, str | None]] = {
    Kind.SUPPLIER: {"acceptance": AcceptanceRule.REVIEW.value, "acceptance_tolerance": None},
    Kind.DECLARATION: {
        **dict.fromkeys(LATER_DECLARATION_COLUMNS),
        "rating_scale": RatingScale.V3.value,
        "boundary": SystemBoundary.CRADLE_TO_GATE.value,
        "document_format": DocumentFormat.TABLE.value,
        "state": DeclarationState.ACCEPTED.value,
    },
}
"""Columns that a file has only where some row says more than this."""


def write_folder(path: Path, facts: Facts, *, documents: Mapping[str, object] | None = None) -> None:
    """Write a data set's CSV files into a folder, which is made if it is missing.

    ``documents``: of declarations as received, by uid; each becomes a file of ``declarations/``. Rows are ordered by
    uid, declarations as recorded: among equals the later one is in force. A kind without facts has no file, unless one
    is there, which then keeps its header only; ``items.csv`` is always written. Other files in the folder are left
    alone.

    Raises
    ------
    InvalidInput
        The folder cannot be written, or holds Parquet files or PACT documents, which would be read with what is
        written here.
    """
    texts = document_texts(documents or {})
    _check_target(path, texts)
    if texts:
        (path / DOCUMENT_FOLDER).mkdir(exist_ok=True)
        write_files(path / DOCUMENT_FOLDER, {name: _write(text) for name, text in texts.items()})
    writers: dict[str, Callable[[BinaryIO], None]] = {}
    for kind, layout in LAYOUTS.items():
        name = f"{layout.stem}.csv"
        if facts.tables[kind].num_rows or kind is Kind.ITEM or (path / name).exists():
            writers[name] = partial(_write_kind, facts, layout)
    write_files(path, writers)


def _write_kind(facts: Facts, layout: FileLayout, stream: BinaryIO) -> None:
    rows = from_facts(layout.kind, facts)
    if layout.kind is not Kind.DECLARATION:
        rows = rows.sort_by("uid")
    left_out = {
        column
        for column, usual in LEFT_OUT.get(layout.kind, {}).items()
        if pc.all(rows[column].is_null() if usual is None else pc.equal(rows[column], usual), min_count=0).as_py()
    }
    columns = {name: rows[column] for name, column in layout.columns.items() if column not in left_out}
    stream.writelines(csv_blocks(pa.table(columns)))


def _write(text: bytes) -> Callable[[BinaryIO], None]:
    def write(stream: BinaryIO) -> None:
        stream.write(text)

    return write


def _check_target(path: Path, texts: Mapping[str, bytes]) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
        strangers = [name for layout in LAYOUTS.values() if (path / (name := f"{layout.stem}.parquet")).exists()]
        strangers += sorted(
            f"{DOCUMENT_FOLDER}/{document.name}"
            for document in path.glob(f"{DOCUMENT_FOLDER}/*.json")
            if document.name not in texts
        )
    except FileExistsError:
        raise InvalidInput(f"{path} is a file: name a folder to write into") from None
    except OSError as error:
        raise InvalidInput(f"{path} cannot be made: {error.strerror or error}; choose another place") from error
    if strangers:
        raise InvalidInput(
            f"{path} holds {', '.join(strangers)}, which would be read together with the files written here: "
            "choose an empty folder, or take them away"
        )
