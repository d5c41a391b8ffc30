"""Footprint documents of any standard that is read: PACT V3 and V2, Catena-X."""

from collections.abc import Mapping

from graph_service.exchange.catena_x import read_pcf
from graph_service.exchange.pact import read_footprint
from graph_service.exchange.strict_json import parse_json
from graph_service.model.pushed import PushedDeclaration

CATENA_X_SECTION = "pcfAssessmentAndMethodology"


def read_documents(body: bytes, *, path: str = "") -> tuple[PushedDeclaration, ...]:
    """The footprints of a JSON text, each with what the check of it alone found.

    One document, a list of them, or ``{"data": [...]}`` as PACT lists answer. Raises ``InvalidInput`` where it is no
    JSON as this service takes it.
    """
    value = parse_json(body)
    if isinstance(value, Mapping) and set(value) == {"data"} and isinstance(value["data"], list):
        return tuple(read_document(one, path=f"{path}data[{place}]") for place, one in enumerate(value["data"]))
    if isinstance(value, list):
        return tuple(read_document(one, path=f"{path}[{place}]") for place, one in enumerate(value))
    return (read_document(value, path=path),)


def read_document(value: object, *, path: str = "") -> PushedDeclaration:
    """A PACT or Catena-X document, told apart by its sections."""
    if isinstance(value, Mapping) and CATENA_X_SECTION in value:
        return read_pcf(value, path=path)
    return read_footprint(value, path=path)
