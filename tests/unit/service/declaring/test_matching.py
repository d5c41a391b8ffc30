"""Which item a pushed footprint is of."""

from datetime import date
from typing import Any

import pytest

from graph_service.model.batch import ChangeBatch
from graph_service.model.facts import Facts
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.vocabulary import DocumentFormat, Kind
from graph_service.service.declaring.matching import ItemIndex, Match, match
from graph_service.service.intake import check_batch
from tests.support.facts import batch_table, facts_of

FACTS = facts_of(
    suppliers=[
        {"uid": "smelter", "identifiers": "urn:lei:SMELTER urn:duns:11"},
        {"uid": "Gießerei", "identifiers": "urn:lei:foundry"},
        {"uid": "nameless"},
    ],
    items=[
        {"uid": "ingot", "name": "Aluminium ingot", "name_zh": "铝锭", "supplier_uid": "smelter"},
        {"uid": "foil", "supplier_uid": "smelter", "identifiers": "urn:gtin:4712345060507 urn:x:part-100045"},
        {"uid": "Foil", "supplier_uid": "Gießerei", "identifiers": "urn:x:shared"},
        {"uid": "housing", "name": "Pack housing", "supplier_uid": "Gießerei", "identifiers": "urn:x:GROẞ%20A"},
        {"uid": "lid", "supplier_uid": "nameless", "identifiers": "urn:x:shared"},
        {"uid": "scrap", "identifiers": "urn:uuid:3893bb5d-da16-4dc1-9185-11d97476c254"},
        {"uid": "Café, dark", "supplier_uid": "nameless"},
    ],
)


def _pushed(**fields: Any) -> PushedDeclaration:
    return PushedDeclaration(**{"path": "", "document_format": DocumentFormat.PACT_V3, "kgco2e": 1.0, **fields})


def _match(facts: Facts = FACTS, supplier_uid: str | None = None, **fields: Any) -> Match:
    return match(_pushed(**fields), ItemIndex.of(facts), supplier_uid=supplier_uid)


def _uid(found: Match, facts: Facts = FACTS) -> str | None:
    return None if found.item_row is None else facts.items["uid"][found.item_row].as_py()


@pytest.mark.parametrize(
    ("product_id", "uid"),
    [
        ("urn:gtin:4712345060507", "foil"),
        ("urn:gtin:04712345060507", "foil"),
        (" URN:GTIN:4712345060507 ", "foil"),
        ("urn:x:PART-100045", "foil"),
        ("urn:x:gross a", "housing"),
        ("urn:x:gross%20A", "housing"),
        ("3893BB5D-da16-4dc1-9185-11d97476c254", "scrap"),
        ("urn:UUID:3893bb5d-da16-4dc1-9185-11d97476c254", "scrap"),
        ("urn:graph-service:item:Cafe%CC%81%2C%20dark", "Café, dark"),
    ],
)
def test_a_product_id_is_compared_without_case_space_or_leading_zeros(product_id: str, uid: str) -> None:
    found = _match(product_ids=("urn:unknown:1", product_id))
    assert (_uid(found), found.finding) == (uid, None)


@pytest.mark.parametrize(
    ("item", "uid"), [("foil", "foil"), ("Foil", "Foil"), ("INGOT", "ingot"), ("urn:x:part-100045", "foil")]
)
def test_an_item_is_named_by_its_uid_exactly_before_any_other_case(item: str, uid: str) -> None:
    assert _uid(_match(item=item)) == uid


def test_a_uid_that_fits_two_items_but_for_case_is_ambiguous() -> None:
    found = _match(item="FOIL")
    assert found.item_row is None
    assert found.candidates == (1, 2)
    assert found.finding is not None
    assert (found.finding.code, found.finding.severity) == ("ITEM_AMBIGUOUS", "WARNING")
    assert "'foil', 'Foil'" in found.finding.message


def test_company_ids_decide_between_items_of_one_product_id() -> None:
    found = _match(product_ids=("urn:x:shared",))
    assert (found.item_row, found.candidates, found.suggestions) == (None, (2, 4), ("Foil", "lid"))
    assert _uid(_match(product_ids=("urn:x:shared",), company_ids=("URN:LEI:Foundry",))) == "Foil"
    assert (
        _uid(_match(product_ids=("urn:x:shared",), company_ids=("urn:graph-service:supplier:GIE%C3%9FEREI",))) == "Foil"
    )
    assert _uid(_match(product_ids=("urn:x:shared",), company_ids=("nameless",))) == "lid"


def test_an_item_of_no_known_supplier_is_found_whichever_company_sends_it() -> None:
    found = _match(product_ids=("3893bb5d-da16-4dc1-9185-11d97476c254",), company_ids=("urn:lei:smelter",))
    assert (_uid(found), found.finding) == ("scrap", None)


def test_the_product_of_another_company_is_a_conflict_that_waits() -> None:
    found = _match(product_ids=("urn:x:part-100045",), company_ids=("urn:lei:foundry",))
    assert (found.item_row, found.candidates) == (None, (1,))
    assert found.finding is not None
    assert found.finding.code == "ITEM_AMBIGUOUS"
    assert found.finding.message == (
        "'foil' is made by 'smelter', but the company ids are those of 'Gießerei'; correct the product ids or the "
        "company ids"
    )


def test_an_item_named_beside_product_ids_of_another_is_a_conflict() -> None:
    found = _match(item="ingot", product_ids=("urn:x:part-100045",))
    assert (found.item_row, found.candidates) == (None, (0, 1))


def test_an_item_named_beside_new_product_ids_is_that_item() -> None:
    assert _uid(_match(item="ingot", product_ids=("urn:x:new",))) == "ingot"


def test_an_unknown_item_is_not_guessed_from_its_product_ids() -> None:
    found = _match(item="ingots of ours", product_ids=("urn:x:part-100045",))
    assert (found.item_row, found.suggestions) == (None, ("foil",))
    assert found.finding is not None
    assert found.finding.code == "ITEM_UNKNOWN"


def test_unknown_company_ids_leave_the_match_with_a_warning() -> None:
    found = _match(product_ids=("urn:x:part-100045",), company_ids=("urn:lei:stranger",))
    assert _uid(found) == "foil"
    assert found.finding is not None
    assert (found.finding.code, found.finding.path) == ("COMPANY_UNKNOWN", "companyIds")


@pytest.mark.parametrize("name", ["aluminium INGOT", " 铝锭 "])
def test_a_name_alone_is_suggested_and_never_matched(name: str) -> None:
    found = _match(product_name=name, product_ids=("urn:x:new",), company_ids=("urn:lei:smelter",), path="pfs[3]")
    assert (found.item_row, found.suggestions) == (None, ("ingot",))
    assert found.finding is not None
    assert (found.finding.code, found.finding.path) == ("ITEM_UNKNOWN", "pfs[3].productIds")
    assert "is 'ingot' meant?" in found.finding.message


@pytest.mark.parametrize("typed", ["urn:x:part-10045", "urn:x:prat-100045", "run:x:part-100045", "urn:x:part-100055"])
def test_a_mistyped_identifier_suggests_the_nearest(typed: str) -> None:
    assert _match(product_ids=(typed,)).suggestions == ("foil",)


def test_nothing_that_names_a_product_waits_too() -> None:
    found = _match()
    assert (found.item_row, found.suggestions) == (None, ())
    assert found.finding is not None
    assert found.finding.message.startswith("no product id says which item it is of")


def test_a_supplier_finds_its_own_items_only() -> None:
    assert _uid(_match(product_ids=("urn:x:shared",), supplier_uid="nameless")) == "lid"
    assert _uid(_match(item="FOIL", supplier_uid="smelter")) == "foil"


@pytest.mark.parametrize("fields", [{"item": "housing"}, {"product_ids": ("urn:x:GROẞ%20A",)}])
@pytest.mark.parametrize("extra", [{}, {"company_ids": ("urn:lei:foundry",), "product_name": "Pack housing"}])
def test_another_suppliers_item_answers_a_supplier_as_one_that_nobody_has(
    fields: dict[str, Any], extra: dict[str, Any]
) -> None:
    without = facts_of(
        suppliers=[{"uid": "smelter", "identifiers": "urn:lei:SMELTER urn:duns:11"}],
        items=[{"uid": "ingot", "name": "Aluminium ingot", "supplier_uid": "smelter"}],
    )
    found = _match(supplier_uid="smelter", **fields, **extra)
    assert found == _match(without, supplier_uid="smelter", **fields, **extra)
    assert found.finding is not None
    assert found.finding.code == "ITEM_UNKNOWN"
    assert "foundry" not in found.finding.message
    assert "Gie" not in found.finding.message


def test_a_suppliers_index_holds_none_of_the_others_rows() -> None:
    seen = ItemIndex.of(FACTS).seen_by("smelter")
    assert seen.items.rows.tolist() == [0, 1]
    assert seen.suppliers.rows.tolist() == [0]
    assert len(seen.items.identifiers.names) == 2


def test_company_ids_of_another_supplier_read_to_a_supplier_as_unknown_ones() -> None:
    found = _match(product_ids=("urn:x:part-100045",), company_ids=("urn:lei:foundry",), supplier_uid="smelter")
    assert _uid(found) == "foil"
    assert found.finding is not None
    assert found.finding.message.startswith("company ids 'urn:lei:foundry' are not recorded as yours")
    nobodys = _match(product_ids=("urn:x:part-100045",), company_ids=("urn:lei:nobody",), supplier_uid="smelter")
    assert nobodys.finding is not None
    assert nobodys.finding.message == found.finding.message.replace("foundry", "nobody")


def test_a_push_makes_no_new_index() -> None:
    table = batch_table(
        Kind.DECLARATION,
        [
            {
                "item_uid": "foil",
                "kgco2e": 1.0,
                "reference_period_start": date(2025, 1, 1),
                "reference_period_end": date(2025, 12, 31),
                "valid_from": date(2026, 1, 1),
            }
        ],
    )
    after = check_batch(ChangeBatch({Kind.DECLARATION: table}), FACTS).facts
    assert after.tables[Kind.DECLARATION].num_rows == 1
    assert ItemIndex.of(after) is ItemIndex.of(FACTS)


def test_a_changed_item_makes_a_new_index() -> None:
    table = batch_table(Kind.ITEM, [{"uid": "ingot", "identifiers": "urn:x:ingot", "supplier_uid": "smelter"}])
    after = check_batch(ChangeBatch({Kind.ITEM: table}), FACTS).facts
    assert _uid(_match(after, product_ids=("urn:x:INGOT",)), after) == "ingot"
    assert _match(product_ids=("urn:x:INGOT",)).item_row is None


def test_many_items_with_one_identifier_are_counted_not_all_listed() -> None:
    facts = facts_of(items=[{"uid": f"item {place}", "identifiers": "urn:x:all"} for place in range(500)])
    found = _match(facts, product_ids=("urn:x:all",))
    assert (len(found.candidates), len(found.suggestions)) == (20, 5)
    assert found.finding is not None
    assert "and 495 more" in found.finding.message
