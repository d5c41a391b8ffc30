"""A data set's rows and documents become one batch."""

from datetime import date

from graph_service.model.batch import ChangeBatch
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.vocabulary import DocumentFormat, Kind
from graph_service.service.declaring.importing import propose_import
from tests.support.facts import batch_table, facts_of

OLD, NEW, THIRD = (f"079e425a-464f-428d-841d-4a944a1dfd{number:02d}" for number in (1, 2, 3))


def _row(uid: str) -> dict[str, object]:
    days = {"reference_period_start": date(2025, 1, 1), "reference_period_end": date(2025, 12, 31)}
    days |= {"valid_from": date(2026, 1, 1), "valid_to": date(2028, 12, 31)}
    return {"uid": uid, "item_uid": "glass", "kgco2e": 1.0, "state": None, **days}


def test_a_row_that_a_document_beside_it_replaces_is_one_row_and_deprecated() -> None:
    facts = facts_of(items=[{"uid": "glass", "identifiers": "urn:x:1"}])
    document = PushedDeclaration(
        path="declarations/new.json",
        document_format=DocumentFormat.PACT_V3,
        document_id=NEW,
        product_ids=("urn:x:1",),
        declared_unit="kilogram",
        kgco2e=2.0,
        reference_period_start=date(2025, 1, 1),
        reference_period_end=date(2025, 12, 31),
        valid_from=date(2026, 1, 1),
        preceding_uids=(OLD,),
        document={"id": NEW},
    )
    batch = ChangeBatch({Kind.DECLARATION: batch_table(Kind.DECLARATION, [_row(THIRD), _row(OLD)])})

    proposal = propose_import(
        batch, [document], facts, sender="leader", today=date(2026, 3, 1), received_at="2026-03-01T12:00:00Z"
    )

    found = proposal.batch.tables[Kind.DECLARATION].select(["uid", "state", "reason"]).to_pylist()
    assert [(row["uid"], row["state"]) for row in found] == [(THIRD, None), (OLD, "DEPRECATED"), (NEW, "ACCEPTED")]
    assert found[1]["reason"] == f"replaced by {NEW}"
    assert proposal.row_paths == {2: "declarations/new.json"}
