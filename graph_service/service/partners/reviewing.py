"""Reviews with a counter-request: what is queried or rejected is asked for anew, in the same transaction."""

from graph_service.model.batch import NOTHING_BESIDE, Beside, ChangesRefused, Principal
from graph_service.model.facts import Facts
from graph_service.model.partners import FootprintRequest
from graph_service.model.vocabulary import Door, Kind, RequestState, Role
from graph_service.service.declaring.reviewing import NEEDS_REASON, Review, Reviewed, review_declaration
from graph_service.service.declaring.states import recorded_rows
from graph_service.service.intake.applying import Call
from graph_service.service.partners.asking import list_requests, request_of
from graph_service.service.partners.context import Exchange
from graph_service.service.partners.register import partner_of_supplier
from graph_service.service.records import ItemRecord, item_records, row_of


async def review_and_ask(
    review: Review, *, call: Call, principal: Principal, door: Door, exchange: Exchange
) -> Reviewed | ChangesRefused:
    """As ``review_declaration``; a counter-request becomes a request to the supplier, sent where a partner serves it.

    An item that is asked for already is not asked for twice: the open request stays.
    """
    beside = await _counter_request(review, exchange) if principal.role is Role.CHAIN_LEADER else NOTHING_BESIDE
    return await review_declaration(
        review,
        call=call,
        principal=principal,
        door=door,
        store=exchange.store,
        snapshots=exchange.snapshots,
        clock=exchange.clock,
        beside=beside,
    )


async def _counter_request(review: Review, exchange: Exchange) -> Beside:
    if not review.counter_request or review.decision not in NEEDS_REASON:
        return NOTHING_BESIDE
    _, facts = await exchange.snapshots.newest()
    item = _item_of(review.declaration_uid, facts)
    if item is None or item.supplier_uid is None:
        return NOTHING_BESIDE
    asked: list[FootprintRequest] = [
        request
        for request in await list_requests(exchange.store, supplier_uid=item.supplier_uid)
        if request.item_uid == item.uid and request.state is RequestState.OPEN
    ]
    if asked:
        return NOTHING_BESIDE
    partner = await partner_of_supplier(exchange.store, item.supplier_uid)
    return request_of(item, comment=review.counter_request, partner=partner, exchange=exchange)[1]


def _item_of(declaration_uid: str, facts: Facts) -> ItemRecord | None:
    rows = recorded_rows(facts, [declaration_uid])
    item_row = row_of(facts, Kind.ITEM, str(rows[0]["item_uid"])) if rows else None
    return None if item_row is None else item_records(facts, [item_row])[0]
