"""Requests that a push answers without saying so: those that no partner answers by PACT."""

from collections.abc import Sequence

from graph_service.model.partners import FootprintRequest
from graph_service.model.side_records import Collection, SideRecord
from graph_service.model.vocabulary import RequestState
from graph_service.ports import GraphStore
from graph_service.service.side_record_pages import every_record


async def open_requests(store: GraphStore, *, supplier_uid: str) -> Sequence[FootprintRequest]:
    """What is asked of a supplier, whom no partner's service answers for, and not answered yet."""
    records = await every_record(store, Collection.REQUEST, owner=supplier_uid)
    return [
        request
        for request in map(FootprintRequest.from_record, records)
        if request.state is RequestState.OPEN and request.partner_uid is None and not request.is_incoming
    ]


def fulfilments(
    requests: Sequence[FootprintRequest], item_uid: str, declaration_uid: str, *, written: Sequence[SideRecord]
) -> list[SideRecord]:
    """What marks the requests for an item as answered by a declaration; those that are ``written`` anyway stay so."""
    keys = {record.key for record in written if record.collection is Collection.REQUEST}
    answered = [
        request.answered(RequestState.FULFILLED, declaration_uids=(declaration_uid,))
        for request in requests
        if request.item_uid == item_uid and request.request_id not in keys
    ]
    return [request.to_record() for request in answered]
