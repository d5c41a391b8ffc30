"""Files of footprints as suppliers keep them: PACT or Catena-X JSON, CSV, XLSX."""

from collections.abc import Mapping
from pathlib import Path

from graph_service.errors import InvalidInput
from graph_service.exchange.catena_x import read_pcf
from graph_service.exchange.declaration_table import read_declarations
from graph_service.exchange.pact import read_footprint
from graph_service.exchange.strict_json import parse_json
from graph_service.model.pushed import PushedDeclaration

MOST_FILE_BYTES = 10 * 1024 * 1024
SUFFIXES = (".json", ".csv", ".xlsx")


def read_footprint_file(path: Path) -> tuple[PushedDeclaration, ...]:
    """The footprints of one file, each with what the check of it alone found.

    JSON: one document, a list of them, or ``{"data": [...]}`` as PACT lists answer. Raises ``InvalidInput`` where the
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
    if suffix == ".json":
        return read_footprint_json(body)
    return read_declarations(body, filename=path.name)


def read_footprint_json(body: bytes) -> tuple[PushedDeclaration, ...]:
    """As ``read_footprint_file``, of the bytes of a JSON file."""
    value = parse_json(body)
    if isinstance(value, Mapping) and set(value) == {"data"} and isinstance(value["data"], list):
        return tuple(read_document(one, path=f"data[{place}]") for place, one in enumerate(value["data"]))
    if isinstance(value, list):
        return tuple(read_document(one, path=f"[{place}]") for place, one in enumerate(value))
    return (read_document(value),)


def read_document(value: object, *, path: str = "") -> PushedDeclaration:
    """A PACT or Catena-X document, told apart by its sections."""
    if isinstance(value, Mapping) and "pcfAssessmentAndMethodology" in value:
        return read_pcf(value, path=path)
    return read_footprint(value, path=path)
