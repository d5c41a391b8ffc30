"""Files of footprints as suppliers keep them: PACT or Catena-X JSON, CSV, XLSX."""

from pathlib import Path

from graph_service.errors import InvalidInput
from graph_service.exchange.declaration_table import read_declarations
from graph_service.exchange.documents import read_documents
from graph_service.model.pushed import PushedDeclaration

MOST_FILE_BYTES = 10 * 1024 * 1024
SUFFIXES = (".json", ".csv", ".xlsx")


def read_footprint_file(path: Path) -> tuple[PushedDeclaration, ...]:
    """The footprints of one file, each with what the check of it alone found.

    Raises ``InvalidInput`` where the
    file cannot be read, is larger than 10 MiB, or is no such file.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise InvalidInput(f"{path.name}: name a file ending in {', '.join(SUFFIXES)}")
    try:
        if path.stat().st_size > MOST_FILE_BYTES:
            raise InvalidInput(f"{path.name} is larger than {MOST_FILE_BYTES:,} bytes; send it in parts")
        body = path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror or error}") from error
    return read_documents(body) if suffix == ".json" else read_declarations(body, filename=path.name)
