"""Requests that a push answers without saying so: those that no partner answers by PACT."""

from collections.abc import Sequence

from graph_service.model.partners import FootprintRequest
from graph_service.model.side_records import Collection, SideRecord
from graph_service.model.vocabulary import RequestState
from graph_service.ports import GraphStore

_PAGE = 500


async def open_requests(store: GraphStore, *, supplier_uid: str) -> Sequence[FootprintRequest]:
    """What is asked of a supplier, whom no partner's service answers for, and not answered yet."""
    found: list[FootprintRequest] = []
    after = ""
    while records := await store.list_side_records(Collection.REQUEST, first=_PAGE, after=after, owner=supplier_uid):
        found += [FootprintRequest.from_record(record) for record in records]
        if len(records) < _PAGE:
            break
        after = records[-1].key
    return [
        request
        for request in found
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
