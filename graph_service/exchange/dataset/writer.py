"""Writes facts as a data set folder that reads back to the same facts."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from graph_service.errors import InvalidInput
from graph_service.exchange.dataset.atomic import write_files
from graph_service.exchange.dataset.csv_text import csv_blocks
from graph_service.exchange.dataset.layout import LAYOUTS, FileLayout
from graph_service.model.facts import Facts, from_facts
from graph_service.model.vocabulary import Kind


def write_folder(path: Path, facts: Facts) -> None:
    """Write a data set's CSV files into a folder, which is made if it is missing.

    Rows are ordered by uid, declarations as recorded: among equals the later one is in force. A kind without facts
    has no file, unless one is there, which then keeps its header only; ``items.csv`` is always written. Other files
    in the folder are left alone.

    Raises
    ------
    InvalidInput
        The folder cannot be written, or holds Parquet files or PACT documents, which would be read with what is
        written here.
    """
    _check_target(path)
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
    columns = {name: rows[column] for name, column in layout.columns.items()}
    stream.writelines(csv_blocks(pa.table(columns)))


def _check_target(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
        strangers = [name for layout in LAYOUTS.values() if (path / (name := f"{layout.stem}.parquet")).exists()]
        strangers += sorted(f"declarations/{document.name}" for document in path.glob("declarations/*.json"))
    except FileExistsError:
        raise InvalidInput(f"{path} is a file: name a folder to write into") from None
    except OSError as error:
        raise InvalidInput(f"{path} cannot be made: {error.strerror or error}; choose another place") from error
    if strangers:
        raise InvalidInput(
            f"{path} holds {', '.join(strangers)}, which would be read together with the files written here: "
            "choose an empty folder, or take them away"
        )
