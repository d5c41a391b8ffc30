"""Reviews with a counter-request: what is queried or rejected is asked for anew, in the same transaction."""

from graph_service.model.batch import NOTHING_BESIDE, Beside, ChangesRefused, Principal
from graph_service.model.facts import Facts
from graph_service.model.partners import FootprintRequest
from graph_service.model.vocabulary import Door, Kind, RequestState, ReviewDecision, Role
from graph_service.service.declaring.reviewing import NEEDS_REASON, Review, Reviewed, review_declaration
from graph_service.service.declaring.states import recorded_rows
from graph_service.service.intake.applying import Call
from graph_service.service.partners.asking import list_requests, request_of
from graph_service.service.partners.context import Exchange
from graph_service.service.partners.publishing import withdrawal
from graph_service.service.partners.register import partner_of_supplier
from graph_service.service.records import ItemRecord, item_records, row_of


async def review_and_ask(
    review: Review, *, call: Call, principal: Principal, door: Door, exchange: Exchange
) -> Reviewed | ChangesRefused:
    """As ``review_declaration``; a counter-request becomes a request to the supplier, sent where a partner serves it.

    An item that is asked for already is not asked for twice: the open request stays. Who may read what we published
    ourselves is told when it is deprecated.
    """
    beside = await _beside(review, exchange) if principal.role is Role.CHAIN_LEADER else NOTHING_BESIDE
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


async def _beside(review: Review, exchange: Exchange) -> Beside:
    _, facts = await exchange.snapshots.newest()
    if review.decision is ReviewDecision.DEPRECATE:
        rows = recorded_rows(facts, [review.declaration_uid])
        is_ours = bool(rows) and bool(rows[0]["is_published"])
        return await withdrawal(rows[0], exchange) if is_ours else NOTHING_BESIDE
    if review.counter_request and review.decision in NEEDS_REASON:
        return await _counter_request(review, facts, exchange)
    return NOTHING_BESIDE


async def _counter_request(review: Review, facts: Facts, exchange: Exchange) -> Beside:
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
