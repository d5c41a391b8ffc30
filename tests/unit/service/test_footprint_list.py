"""Who sees which footprints, which of them a question asks for, and that paging meets each exactly once."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest

from graph_service.model.batch import ClientName, Principal
from graph_service.model.facts import Facts
from graph_service.model.partners import FootprintQuery, PactVersion, Partner
from graph_service.model.vocabulary import Kind, Role
from graph_service.service.footprint_list import Place, Rows, matching_rows, page_of, row_of, visible_rows
from tests.support.facts import facts_of

CODED = {
    "rating_scale": "V3",
    "boundary": "CRADLE_TO_GATE",
    "document_format": "PACT_V3",
    "state": "ACCEPTED",
    "is_published": False,
    "valid_from": date(2025, 1, 1),
    "valid_to": date(2028, 1, 1),
}


def chain(*declarations: dict[str, Any], received: Sequence[int] | None = None) -> Facts:
    """Item ``cell`` of supplier ``cells``, ``ore`` of ``mine``; declarations as given."""
    return facts_of(
        received,
        suppliers=[{"uid": "cells"}, {"uid": "mine"}],
        items=[{"uid": "cell", "supplier_uid": "cells"}, {"uid": "ore", "supplier_uid": "mine"}, {"uid": "loose"}],
        declarations=[{"item_uid": "cell", "kgco2e": 1.0, **CODED, **row} for row in declarations],
    )


def caller(role: Role, supplier_uid: str | None = None) -> Principal:
    return Principal(ClientName("key-1"), role.value, role, supplier_uid)


def partner(*item_uids: str, **changed: Any) -> Partner:
    given = {"uid": "p", "name": "P", "base_url": "https://p.example", "version": PactVersion.V3, "key_id": "key-1"}
    return Partner(**{**given, "item_uids": item_uids, **changed})


def uids(facts: Facts, rows: Rows) -> list[str]:
    return [facts.tables[Kind.DECLARATION]["uid"][int(row)].as_py() for row in rows]


EVERY = (
    {"uid": "own"},
    {"uid": "told", "is_published": True},
    {"uid": "foreign", "item_uid": "ore"},
    {"uid": "foreign-told", "item_uid": "ore", "is_published": True},
    {"uid": "refused", "state": "REJECTED"},
    {"uid": "refused-told", "is_published": True, "state": "REJECTED"},
    {"uid": "loose", "item_uid": "loose"},
)


@pytest.mark.parametrize(
    ("principal", "known_as", "seen"),
    [
        (caller(Role.CHAIN_LEADER), None, {row["uid"] for row in EVERY}),
        (caller(Role.AUDITOR), None, {row["uid"] for row in EVERY}),
        (caller(Role.SUPPLIER, "cells"), None, {"own", "refused"}),
        (caller(Role.SUPPLIER, "cells"), partner("ore"), {"own", "refused", "foreign-told"}),
        (caller(Role.SUPPLIER, "unknown"), None, set()),
        (caller(Role.PUBLIC), partner("cell"), {"told"}),
        (caller(Role.PUBLIC), partner("cell", "ore", "gone"), {"told", "foreign-told"}),
        (caller(Role.PUBLIC), partner(), set()),
        (caller(Role.PUBLIC), partner("cell", revoked_at="2026-01-01T00:00:00Z"), set()),
        (caller(Role.PUBLIC), partner("cell", key_id="key-2"), set()),
        (caller(Role.PUBLIC), None, set()),
        (caller(Role.VERIFIER), None, set()),
    ],
)
def test_everybody_sees_what_is_theirs_and_nothing_else(
    principal: Principal, known_as: Partner | None, seen: set[str]
) -> None:
    facts = chain(*EVERY)
    assert set(uids(facts, visible_rows(facts, principal=principal, partner=known_as))) == seen


WRITTEN = (
    {"uid": "a", "product_ids": "urn:gtin:1 urn:X:Äpfel", "company_ids": "urn:duns:1", "geography": "CN-SN; CN"},
    {"uid": "b", "product_ids": "urn:gtin:12", "classifications": "urn:cpc:4641", "geography": "Eastern Asia"},
    {"uid": "c", "company_ids": "urn:duns:1 urn:duns:2", "state": "DEPRECATED", "geography": "CN-61"},
    {"uid": "d", "valid_from": date(2024, 1, 1), "valid_to": date(2025, 1, 1), "geography": "FR"},
)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (FootprintQuery(), "abcd"),
        (FootprintQuery(product_ids=("URN:GTIN:1",)), "a"),
        (FootprintQuery(product_ids=("urn:x:äpfel",)), "a"),
        (FootprintQuery(product_ids=("urn:x:a\u0308pfel",)), "a"),
        (FootprintQuery(product_ids=("urn:gtin:1 urn:X:Äpfel",)), ""),
        (FootprintQuery(product_ids=("urn:gtin",)), ""),
        (FootprintQuery(product_ids=("urn:gtin:1", "urn:gtin:12")), "ab"),
        (FootprintQuery(company_ids=("urn:duns:1",)), "ac"),
        (FootprintQuery(company_ids=("urn:duns:1",), product_ids=("urn:gtin:1",)), "a"),
        (FootprintQuery(classifications=("URN:CPC:4641",)), "b"),
        (FootprintQuery(geographies=("cn",)), "ac"),
        (FootprintQuery(geographies=("CN-SN",)), "a"),
        (FootprintQuery(geographies=("eastern asia", "fr")), "abcd"),
        (FootprintQuery(geographies=("Western Europe",)), "d"),
        (FootprintQuery(geographies=("asia",)), "abc"),
        (FootprintQuery(geographies=("Africa", "XX", "CN-6")), ""),
        (FootprintQuery(geographies=("C",)), ""),
        (FootprintQuery(statuses=("ACTIVE",)), "abd"),
        (FootprintQuery(statuses=("deprecated",)), "c"),
        (FootprintQuery(statuses=("Active", "Deprecated")), "abcd"),
        (FootprintQuery(statuses=("Bogus",)), ""),
        (FootprintQuery(valid_on=moment("2025-01-01")), "abc"),
        (FootprintQuery(valid_on=moment("2024-12-31T23:59:59")), "d"),
        (FootprintQuery(valid_on=moment("2028-01-01")), ""),
        (FootprintQuery(valid_after=moment("2024-12-31")), "abc"),
        (FootprintQuery(valid_after=moment("2025-01-01")), ""),
        (FootprintQuery(valid_before=moment("2025-01-01")), ""),
        (FootprintQuery(valid_before=moment("2025-01-01T00:00:01")), "d"),
    ],
)
def test_values_are_joined_by_or_and_fields_by_and_whatever_the_case(query: FootprintQuery, found: str) -> None:
    facts = chain(*WRITTEN)
    rows = visible_rows(facts, principal=caller(Role.AUDITOR), partner=None)
    assert "".join(uids(facts, matching_rows(facts, rows, query))) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (FootprintQuery(product_ids=("URN:GTIN:7",)), ["of-item"]),
        (FootprintQuery(product_ids=("urn:graph-service:item:no%20name",)), ["of-uid"]),
        (FootprintQuery(product_ids=("urn:graph-service:item:NO%20NAME",)), ["of-uid"]),
        (FootprintQuery(product_ids=("urn:graph-service:item:named",)), []),
        (FootprintQuery(company_ids=("urn:duns:7",)), ["of-item"]),
        (FootprintQuery(company_ids=("urn:graph-service:supplier:mine",)), ["of-uid"]),
        (FootprintQuery(company_ids=("urn:graph-service:supplier:",)), []),
    ],
)
def test_ids_that_a_document_takes_from_item_and_supplier_are_found_too(
    query: FootprintQuery, found: list[str]
) -> None:
    facts = facts_of(
        suppliers=[{"uid": "cells", "identifiers": "urn:duns:7 urn:lei:7"}, {"uid": "mine"}],
        items=[
            {"uid": "named", "supplier_uid": "cells", "identifiers": "urn:gtin:7"},
            {"uid": "no name", "supplier_uid": "mine"},
            {"uid": "loose"},
        ],
        declarations=[
            {"uid": "of-item", "item_uid": "named", "kgco2e": 1.0, **CODED},
            {"uid": "of-uid", "item_uid": "no name", "kgco2e": 1.0, **CODED},
            {"uid": "of-none", "item_uid": "loose", "kgco2e": 1.0, "product_ids": "urn:gtin:8", **CODED},
        ],
    )
    rows = visible_rows(facts, principal=caller(Role.AUDITOR), partner=None)
    assert uids(facts, matching_rows(facts, rows, query)) == found


def test_a_filter_only_narrows_what_is_seen() -> None:
    facts = chain(*WRITTEN, {"uid": "e", "item_uid": "ore", "product_ids": "urn:gtin:1"})
    rows = visible_rows(facts, principal=caller(Role.SUPPLIER, "mine"), partner=None)
    assert uids(facts, matching_rows(facts, rows, FootprintQuery(product_ids=("urn:gtin:1",)))) == ["e"]


def test_no_declarations_at_all_are_an_empty_list() -> None:
    facts = chain()
    rows = visible_rows(facts, principal=caller(Role.SUPPLIER, "mine"), partner=partner("ore"))
    query = FootprintQuery(product_ids=("x",), geographies=("CN",), statuses=("Active",), valid_on=moment("2025-01-01"))
    assert page_of(facts, matching_rows(facts, rows, query), after=None, first=10).rows.size == 0


def walk(facts: Facts, *, first: int, after: Place | None = None) -> list[str]:
    seen: list[str] = []
    while True:
        rows = visible_rows(facts, principal=caller(Role.AUDITOR), partner=None)
        page = page_of(facts, rows, after=after, first=first)
        assert page.rows.size <= first
        seen += uids(facts, page.rows)
        if page.ended_at is None:
            return seen
        after = page.ended_at


@pytest.mark.parametrize("first", [1, 2, 7, 30, 31])
def test_paging_to_the_end_meets_each_once_in_the_order_of_receipt(first: int) -> None:
    names = [f"uid-{number:02}" for number in range(30)]
    random.Random(0).shuffle(names)
    received = [number // 7 + 1 for number in range(30)]
    facts = chain(*({"uid": name} for name in names), received=received)
    assert walk(facts, first=first) == [
        name for _, name in sorted(zip(received, names, strict=True), key=lambda pair: pair)
    ]


def test_what_comes_or_goes_between_two_pages_neither_repeats_nor_skips_another() -> None:
    before = chain(*({"uid": f"u{number}"} for number in range(6)), received=[1, 1, 1, 2, 2, 3])
    page = page_of(before, visible_rows(before, principal=caller(Role.AUDITOR), partner=None), after=None, first=3)
    assert uids(before, page.rows) == ["u0", "u1", "u2"]

    rows = [{"uid": "u1"}, *({"uid": f"u{number}"} for number in (3, 4, 5)), {"uid": "a-new"}, {"uid": "b-new"}]
    after = chain(*rows, received=[1, 2, 2, 3, 4, 4])

    assert walk(after, first=2, after=page.ended_at) == ["u3", "u4", "u5", "a-new", "b-new"]


def test_a_footprint_is_found_by_our_name_or_its_senders_in_any_case() -> None:
    facts = chain(
        {"uid": "AB-1", "document_id": "cd-2", "document_version": 1},
        {"uid": "ef-3", "document_id": "CD-2", "document_version": 2},
        {"uid": "cd-2x"},
    )
    rows = visible_rows(facts, principal=caller(Role.AUDITOR), partner=None)
    assert row_of(facts, rows, "ab-1") == 0
    assert row_of(facts, rows, "Cd-2") == 1
    assert row_of(facts, rows, "none") is None
    assert row_of(facts, rows[:1], "EF-3") is None
