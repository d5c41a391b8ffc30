"""The one door to PACT documents and events for what stands above this folder."""

from collections.abc import Mapping
from datetime import datetime

from graph_service.exchange.pact import events, reading, writing
from graph_service.model.partners import PactVersion, PartnerEvent
from graph_service.model.pushed import PushedDeclaration


class PactDocuments:
    """PACT documents and events, read and written; implements ``ports.PactFormat``."""

    def read_footprint(self, document: object, *, path: str = "") -> PushedDeclaration:
        """A ProductFootprint of V3 or V2, checked; what is wrong with it stands in its findings."""
        return reading.read_footprint(document, path=path)

    def write_footprint(self, footprint: PushedDeclaration, *, version: PactVersion) -> Mapping[str, object]:
        """The footprint as a ProductFootprint; raises ``InvalidInput`` where fields that are demanded are not known."""
        return writing.write_footprint(footprint, version=version)

    def read_event(self, value: object) -> events.ReceivedEvent:
        """A structured CloudEvent of V3 or V2; raises ``InvalidInput``, ``UnknownEventType`` for a type not PACT's."""
        return events.read_event(value)

    def write_event(
        self, event: PartnerEvent, *, version: PactVersion, source: str, time: datetime
    ) -> Mapping[str, object]:
        """The event as a structured CloudEvent; footprints in it are written in the same version."""
        return events.write_event(event, version=version, source=source, time=time)
