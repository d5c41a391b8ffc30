"""PACT documents and events, V3 and V2.3: read and checked, written and projected.

Derived from the PACT Technical Specifications for PCF Data Exchange, which WBCSD owns.
"""

from graph_service.exchange.pact.codes import CODES as CODES
from graph_service.exchange.pact.codes import Code
from graph_service.exchange.pact.documents import PactDocuments
from graph_service.exchange.pact.events import ReceivedEvent, UnknownEventType, read_event, write_event
from graph_service.exchange.pact.reading import read_footprint
from graph_service.exchange.pact.writing import write_footprint

__all__ = [
    "Code",
    "PactDocuments",
    "ReceivedEvent",
    "UnknownEventType",
    "read_event",
    "read_footprint",
    "write_event",
    "write_footprint",
]
