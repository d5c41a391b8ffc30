"""Other services that footprints are exchanged with, what is asked of them, and what they are told."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from graph_service.model.pushed import PushedDeclaration
from graph_service.model.side_records import Collection, SideRecord
from graph_service.model.vocabulary import RequestState


class PactVersion(StrEnum):
    """The major version of the PACT specification that a partner speaks."""

    V3 = "3"
    V2 = "2"


@dataclass(frozen=True, slots=True)
class Partner:
    """Another service. It comes in with the access key ``key_id``; we go to ``base_url`` with ``client_id``.

    ``sealed_secret``: our secret there, encrypted with the key from the settings. ``supplier_uid``: the supplier whose
    service it is, None for a customer's. ``item_uids``: the items whose published footprints it may read here.
    """

    uid: str
    name: str
    base_url: str
    version: PactVersion
    key_id: str
    client_id: str | None = None
    sealed_secret: str | None = None
    supplier_uid: str | None = None
    item_uids: tuple[str, ...] = ()
    revoked_at: str | None = None

    def to_record(self, *, is_new: bool = False) -> SideRecord:
        """The partner as the store keeps it."""
        return SideRecord(Collection.PARTNER, self.uid, json.dumps(asdict(self)), self.key_id, is_new)

    @classmethod
    def from_record(cls, record: SideRecord) -> "Partner":
        """The inverse of ``to_record``."""
        body = json.loads(record.body)
        body["item_uids"] = tuple(body["item_uids"])
        return cls(**{**body, "version": PactVersion(body["version"])})


@dataclass(frozen=True, slots=True)
class FootprintQuery:
    """Which footprints: OR within one field, AND between fields, an empty one asks for all. Compared without case.

    Moments are of the validity period, [start, end).
    """

    product_ids: tuple[str, ...] = ()
    company_ids: tuple[str, ...] = ()
    geographies: tuple[str, ...] = ()
    classifications: tuple[str, ...] = ()
    valid_on: datetime | None = None
    valid_after: datetime | None = None
    valid_before: datetime | None = None
    statuses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestCreated:
    """Somebody asks for footprints."""

    event_id: str
    query: FootprintQuery
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class RequestFulfilled:
    """The answer to a request: footprints."""

    event_id: str
    request_event_id: str
    pushes: tuple[PushedDeclaration, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestRejected:
    """The answer to a request: no. ``code`` as in PACT: NotFound, AccessDenied, BadRequest."""

    event_id: str
    request_event_id: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class FootprintsPublished:
    """Footprints are there to be fetched, new or changed in status."""

    event_id: str
    footprint_ids: tuple[str, ...]


PartnerEvent = RequestCreated | RequestFulfilled | RequestRejected | FootprintsPublished


@dataclass(frozen=True, slots=True)
class FootprintRequest:
    """What a supplier was asked for, or what a partner asks us for (``is_incoming``).

    ``request_id`` is the id of the event that asked. ``item_uid``: what it is about, as far as known.
    ``declaration_uids``: what answered it.
    """

    request_id: str
    supplier_uid: str | None
    partner_uid: str | None
    item_uid: str | None
    comment: str | None
    asked_at: str
    state: RequestState = RequestState.OPEN
    is_incoming: bool = False
    product_ids: tuple[str, ...] = ()
    declaration_uids: tuple[str, ...] = ()
    answer: str | None = None

    def to_record(self, *, is_new: bool = False) -> SideRecord:
        """The request as the store keeps it, owned by the supplier that was asked."""
        owner = self.supplier_uid or ""
        return SideRecord(Collection.REQUEST, self.request_id, json.dumps(asdict(self)), owner, is_new)

    @classmethod
    def from_record(cls, record: SideRecord) -> "FootprintRequest":
        """The inverse of ``to_record``."""
        body: dict[str, Any] = json.loads(record.body)
        lists: Mapping[str, Sequence[str]] = {name: body[name] for name in ("product_ids", "declaration_uids")}
        body.update({name: tuple(values) for name, values in lists.items()})
        return cls(**{**body, "state": RequestState(body["state"])})

    def answered(
        self, state: RequestState, *, answer: str | None = None, declaration_uids: tuple[str, ...] = ()
    ) -> "FootprintRequest":
        """The request as it stands after an answer."""
        return replace(self, state=state, answer=answer, declaration_uids=self.declaration_uids + declaration_uids)
