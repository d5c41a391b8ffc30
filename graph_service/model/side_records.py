"""What lies beside the graph: documents as received, requests, partners, events; a collection of each in the store.

They are written in the transaction of the batch that they belong to and keep their last state only; who wrote what,
and when, stands in the revision log.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from graph_service.model.vocabulary import EventState


class Collection(StrEnum):
    """The collections. In parentheses: key, owner."""

    DOCUMENT = "document"
    """A declaration's document as received, and what its check found (declaration uid, none)."""
    WAITING = "waiting"
    """A push that no item, or more than one, was found for (its uid, the sender's supplier uid)."""
    GIVEN_ITEM = "given_item"
    """Which item a waiting push was given by hand, for when it comes again (its uid in the queue, the same owner)."""
    REQUEST = "request"
    """What a supplier was asked for (event id of the request, the supplier's uid)."""
    PARTNER = "partner"
    """Another service that footprints are exchanged with (its uid, the id of the access key it uses here)."""
    ASSIGNMENT = "assignment"
    """To whom a declaration is given to be verified (declaration uid, the id of the verifier's access key)."""
    INBOX = "inbox"
    """An event that a partner sent (client and event id, client)."""


@dataclass(frozen=True, slots=True)
class SideRecord:
    """One record. ``body``: JSON text, opaque to the store; ``owner``: whom lists are asked for, empty for nobody.

    ``is_new``: the record must not be there yet.
    """

    collection: Collection
    key: str
    body: str
    owner: str = ""
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class OutgoingEvent:
    """An event on its way to a partner. The id stays the same through all attempts.

    ``aggregate``: what it is about; events about one thing reach a partner in the order of their sequence.
    ``payload``: the CloudEvent as JSON text. ``leased_until``: while somebody delivers it. ``last_answer``: what the
    last attempt came to. ``sequence``: given by the store, growing.
    """

    event_id: str
    partner_uid: str
    aggregate: str
    payload: str
    created_at: datetime
    next_attempt_at: datetime
    attempts: int = 0
    state: EventState = EventState.PENDING
    leased_until: datetime | None = None
    last_answer: str | None = None
    sequence: int = 0
