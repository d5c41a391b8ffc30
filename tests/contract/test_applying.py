"""What a batch does to a store: all of it or nothing, as one revision, every value as given."""

from datetime import date, timedelta

import pytest

from graph_service.errors import Conflict, GraphServiceError
from graph_service.model.facts import empty_facts
from graph_service.model.vocabulary import Kind
from tests.conftest import OpenStore
from tests.support.batches import (
    Records,
    benchmark,
    canonical,
    declaration,
    emission,
    factor,
    idempotency,
    item,
    prepared,
    region,
    supplier,
    supply,
)
from tests.support.clock import NOON, FixedClock

LONG_UID = "電" * 199 + "x"
ODD_UIDS = (
    "榆林-煤 №1",
    "O'Neil; DROP TABLE item --",
    '{"a": [1, "\\u0000"]}',
    "e\u0301 \u200d🔋",
    "%_[]*?`$",
    "1",
    "01",
)

EVERY_COLUMN: Records = {
    Kind.REGION: [
        region("CN-SN", name="Shaanxi", name_zh="陕西", parent_uid="CN"),
        region("CN", name="China", name_zh="中国"),
    ],
    Kind.SUPPLIER: [
        supplier(
            "宝鸡钛业",
            name_zh="宝鸡钛业",
            region_uid="CN-SN",
            identifiers="urn:a:1 urn:b:2",
            acceptance="CLEAN",
            acceptance_tolerance=0.15,
        )
    ],
    Kind.ITEM: [
        item("coal", kind="MATERIAL", declared_unit="t"),
        item(
            LONG_UID,
            name="Battery pack",
            name_zh="动力电池包",
            description='two\nlines, "quoted", tab\tand 😀',
            kind="PRODUCT",
            declared_unit="pc",
            equivalents="60.48 kWh; 430 kg",
            supplier_uid="宝鸡钛业",
            category="pack",
            region_uid="CN-SN",
            mass_kg=430.0,
            fossil_carbon_kg=1e-300,
            biogenic_carbon_kg=0.1 + 0.2,
            capacity_per_year=1.7976931348623157e308,
            identifiers="urn:gtin:4712345060507",
        ),
    ],
    Kind.FACTOR: [
        factor(
            "grid",
            region_uid="CN-SN",
            name_zh="电网",
            kgco2e=-5e-324,
            year=2023,
            technological_dqr=1.0,
            temporal_dqr=2.5,
            geographical_dqr=5.0,
            gsd=1.05,
        )
    ],
    Kind.EMISSION: [
        emission(
            "e-1",
            LONG_UID,
            kgco2e=None,
            stage="END_OF_LIFE",
            component="BIOGENIC_UPTAKE",
            activity=12.25,
            activity_unit="kWh",
            factor_uid="grid",
            flow="electricity",
            data_type="PRIMARY",
            is_verified=True,
            technological_dqr=1.5,
            temporal_dqr=1.25,
            geographical_dqr=4.75,
            gsd=1.2,
            gwp_set="AR5",
            source="电表",
            period_start=date(2025, 1, 1),
            period_end=date(2025, 12, 31),
            valid_from=date(1, 1, 1),
            valid_to=date(9999, 12, 31),
        )
    ],
    Kind.SUPPLY: [
        supply(
            "s-1",
            "coal",
            LONG_UID,
            amount=-0.30000000000000004,
            unit="t",
            line="cells",
            share=1 / 3,
            stage="TRANSPORT",
            unit_cost=0.0,
            currency="CNY",
            capacity_per_year=123456789.123456789,
            gsd=1.5,
            valid_from=date(2024, 2, 29),
            valid_to=date(2100, 3, 1),
        )
    ],
    Kind.BENCHMARK: [benchmark("b-1", category="电池", valid_from=date(2026, 7, 1), is_example=False)],
    Kind.DECLARATION: [
        declaration(
            "d-1",
            LONG_UID,
            kgco2e=3_100.5,
            fossil_kgco2e=3_000.25,
            biogenic_uptake_kgco2e=-1.5,
            primary_data_share=0.0,
            technological_dqr=2.0,
            temporal_dqr=3.0,
            geographical_dqr=1.0,
            exempted_share=0.05,
            is_verified=True,
            gwp_set="AR6",
            preceding="d-0 d-00",
            comment="已核查",
            land_use_change_kgco2e=1.25,
            land_management_biogenic_co2_kgco2e=2.5,
            land_management_removals_kgco2e=-3.75,
            biogenic_non_co2_kgco2e=0.1,
            technological_removals_kgco2e=-0.2,
            ccs_capture_kgco2e=-0.3,
            rating_scale="V2",
            boundary="CRADLE_TO_GRAVE",
            geography="CN-SN; CN",
            verification="宝鸡核查, ISO 14064-3",
            document_format="PACT_V3",
            document_id="b1f8c0d2-1f5c-4a0e-8d2b-0f7a5a0d2c11",
            document_version=2_147_483_647,
            document_unit="kilowatt hour",
            declared_unit_amount=60.48,
            unit_factor=1 / 3,
            product_ids="urn:gtin:4712345060507 urn:a:电",
            company_ids="urn:lei:549300",
            classifications="urn:pact:productclassification:un-cpc:46420",
            created_at="2026-01-02T03:04:05Z",
            state="DEPRECATED",
            is_published=True,
            reason="更正",
            counter_request="name the meter",
        )
    ],
}


async def test_new_store_is_at_revision_0_and_holds_nothing(open_store: OpenStore) -> None:
    store = await open_store(clock=FixedClock())
    revision = await store.revision()
    assert (revision.number, revision.recorded_at) == (0, NOON)
    assert await store.export(0) == empty_facts()


async def test_every_column_of_every_kind_comes_back_as_given(open_store: OpenStore) -> None:
    for kind, records in EVERY_COLUMN.items():
        given = {name for record in records for name, value in record.items() if value is not None}
        missing = set(prepared(0, EVERY_COLUMN).upserts[kind].schema.names) - given - {"kgco2e"}
        assert not missing, f"this test is to fill every column; of {kind} it leaves out {missing}"
    store = await open_store()
    receipt = await store.apply(prepared(0, EVERY_COLUMN))
    assert (receipt.revision.number, receipt.is_replayed) == (1, False)
    kept = canonical(await store.export(1))
    for kind, records in EVERY_COLUMN.items():
        full = prepared(0, {kind: records}).upserts[kind].to_pylist()
        expected = sorted(full, key=lambda row: str(row["uid"])) if kind is not Kind.ITEM else full
        if kind is Kind.DECLARATION:
            expected = [{**row, "received_revision": 1} for row in expected]
        assert kept[kind] == expected


async def test_columns_that_are_not_given_come_back_as_null(open_store: OpenStore) -> None:
    store = await open_store()
    records: Records = {
        Kind.REGION: [region("CN")],
        Kind.SUPPLIER: [supplier("s")],
        Kind.ITEM: [item("a"), item("b")],
        Kind.FACTOR: [factor("f", region_uid="CN")],
        Kind.EMISSION: [emission("e", "a", is_verified=None)],
        Kind.SUPPLY: [supply("ab", "a", "b")],
        Kind.BENCHMARK: [benchmark("b")],
        Kind.DECLARATION: [declaration("d", "a", valid_to=None)],
    }
    await store.apply(prepared(0, records))
    kept = canonical(await store.export(1))
    for kind in records:
        given = prepared(0, records).upserts[kind].to_pylist()
        for row, expected in zip(kept[kind], given, strict=True):
            assert {**row, "received_revision": None} == {**expected, "received_revision": None}


async def test_an_upsert_replaces_the_whole_row_with_its_nulls(open_store: OpenStore) -> None:
    store = await open_store()
    await store.apply(prepared(0, {Kind.ITEM: [item("a", mass_kg=2.0, category="cell")]}))
    await store.apply(prepared(1, {Kind.ITEM: [item("a", mass_kg=3.0)]}))
    [row] = (await store.export(2)).items.to_pylist()
    assert (row["mass_kg"], row["category"]) == (3.0, None)


async def test_uids_that_look_like_anything_else_stay_apart(open_store: OpenStore) -> None:
    store = await open_store()
    uids = [*ODD_UIDS, LONG_UID, LONG_UID[:-1] + "X", "\u00e9 \u200d🔋", "a", "A"]
    await store.apply(prepared(0, {Kind.ITEM: [item(uid) for uid in uids]}))
    edges = [supply(f"→{uid}", uid, uids[0]) for uid in uids]
    await store.apply(prepared(1, {Kind.ITEM: [item(uid, name=uid) for uid in uids[::-1]], Kind.SUPPLY: edges}))
    facts = await store.export(2)
    assert facts.items["uid"].to_pylist() == uids
    assert facts.items["name"].to_pylist() == uids
    assert [row["input_uid"] for row in canonical(facts)[Kind.SUPPLY]] == sorted(uids, key=lambda uid: f"→{uid}")


async def test_an_ended_fact_is_gone_and_the_others_stay(open_store: OpenStore) -> None:
    store = await open_store()
    items = [item(uid) for uid in "abc"]
    edges = [supply("ab", "a", "b"), supply("bc", "b", "c")]
    await store.apply(prepared(0, {Kind.ITEM: items, Kind.SUPPLY: edges, Kind.EMISSION: [emission("e", "a")]}))
    ends = {Kind.ITEM: ["a"], Kind.SUPPLY: ["ab"], Kind.EMISSION: ["e"]}
    assert (await store.apply(prepared(1, ends=ends))).revision.number == 2
    facts = canonical(await store.export(2))
    assert [row["uid"] for row in facts[Kind.ITEM]] == ["b", "c"]
    assert [(row["input_uid"], row["output_uid"]) for row in facts[Kind.SUPPLY]] == [("b", "c")]
    assert facts[Kind.EMISSION] == []


async def test_items_and_declarations_stand_as_first_recorded_also_when_they_change_end_and_return(
    open_store: OpenStore,
) -> None:
    store = await open_store()
    first = {Kind.ITEM: [item(uid) for uid in "zmab"], Kind.DECLARATION: [declaration(uid, "z") for uid in "92"]}
    await store.apply(prepared(0, first))
    await store.apply(prepared(1, {Kind.ITEM: [item("c"), item("m", mass_kg=1.0)]}, ends={Kind.ITEM: ["a"]}))
    await store.apply(prepared(2, {Kind.DECLARATION: [declaration("1", "m")]}, ends={Kind.DECLARATION: ["9"]}))
    again: Records = {Kind.ITEM: [item("a")], Kind.DECLARATION: [declaration("9", "a")]}
    await store.apply(prepared(3, again))
    orders = [(await store.export(number)).items["uid"].to_pylist() for number in range(1, 5)]
    assert ["".join(order) for order in orders] == ["zmab", "zmbc", "zmbc", "zmabc"]
    declared = (await store.export(4)).tables[Kind.DECLARATION]
    assert declared["uid"].to_pylist() == ["9", "2", "1"]
    assert declared["received_revision"].to_pylist() == [1, 1, 3]
    assert declared["item_row"].to_pylist() == [2, 0, 1]


async def test_several_edges_between_two_items_and_loops_are_kept_apart(open_store: OpenStore) -> None:
    store = await open_store()
    edges = [
        supply("1", "a", "b", amount=1.0),
        supply("2", "a", "b", amount=2.0),
        supply("3", "a", "a", amount=0.5),
        supply("4", "b", "a", amount=-0.5),
    ]
    await store.apply(prepared(0, {Kind.ITEM: [item("a"), item("b")], Kind.SUPPLY: edges}))
    await store.apply(prepared(1, {Kind.SUPPLY: [supply("2", "b", "a", amount=3.0)]}))
    found = [
        (row["uid"], row["input_uid"], row["output_uid"], row["amount"])
        for row in canonical(await store.export(2))[Kind.SUPPLY]
    ]
    assert found == [("1", "a", "b", 1.0), ("2", "b", "a", 3.0), ("3", "a", "a", 0.5), ("4", "b", "a", -0.5)]


async def test_a_fact_may_move_to_other_items_suppliers_regions_and_factors(open_store: OpenStore) -> None:
    store = await open_store()
    first: Records = {
        Kind.REGION: [region("r"), region("s", parent_uid="r")],
        Kind.SUPPLIER: [supplier("p", region_uid="r"), supplier("q")],
        Kind.ITEM: [item("a", supplier_uid="p", region_uid="r"), item("b")],
        Kind.FACTOR: [factor("f", region_uid="r"), factor("g", region_uid="s")],
        Kind.EMISSION: [emission("e", "a", kgco2e=None, activity=1.0, activity_unit="kWh", factor_uid="f")],
    }
    second: Records = {
        Kind.REGION: [region("r", parent_uid="s"), region("s")],
        Kind.SUPPLIER: [supplier("p", region_uid="s")],
        Kind.ITEM: [item("a", supplier_uid="q", region_uid=None)],
        Kind.FACTOR: [factor("f", region_uid="s", kgco2e=0.7)],
        Kind.EMISSION: [emission("e", "b", kgco2e=None, activity=1.0, activity_unit="kWh", factor_uid="g")],
    }
    await store.apply(prepared(0, first))
    before = canonical(await store.export(1))
    await store.apply(prepared(1, second))
    after = canonical(await store.export(2))
    assert canonical(await store.export(1)) == before
    assert [row["parent_uid"] for row in after[Kind.REGION]] == ["s", None]
    assert [row["region_uid"] for row in after[Kind.SUPPLIER]] == ["s", None]
    assert [(row["supplier_uid"], row["region_uid"]) for row in after[Kind.ITEM]] == [("q", None), (None, None)]
    assert [(row["region_uid"], row["kgco2e"]) for row in after[Kind.FACTOR]] == [("s", 0.7), ("s", 0.6)]
    assert [(row["item_uid"], row["factor_uid"]) for row in after[Kind.EMISSION]] == [("b", "g")]


@pytest.mark.parametrize("base_revision", [0, 2])
async def test_a_batch_made_for_another_revision_changes_nothing(open_store: OpenStore, base_revision: int) -> None:
    store = await open_store()
    await store.apply(prepared(0, {Kind.ITEM: [item("a")]}))
    with pytest.raises(Conflict):
        await store.apply(prepared(base_revision, {Kind.ITEM: [item("b")]}, key=idempotency("k")))
    assert (await store.revision()).number == 1
    assert (await store.export(1)).items["uid"].to_pylist() == ["a"]
    assert await store.recall(idempotency("k").client, "k") is None


async def test_a_batch_that_fails_half_way_changes_nothing(open_store: OpenStore) -> None:
    store = await open_store()
    await store.apply(prepared(0, {Kind.ITEM: [item("a", mass_kg=1.0), item("b")]}))
    before = canonical(await store.export(1))
    upserts: Records = {Kind.ITEM: [item("a", mass_kg=2.0), item("c")], Kind.SUPPLY: [supply("ca", "c", "a")]}
    ends = {Kind.ITEM: ["b"], Kind.EMISSION: ["never recorded"]}
    with pytest.raises((ValueError, GraphServiceError)):
        await store.apply(prepared(1, upserts, ends=ends, key=idempotency("k")))
    assert (await store.revision()).number == 1
    assert canonical(await store.export(1)) == before
    assert await store.recall(idempotency("k").client, "k") is None
    assert (await store.apply(prepared(1, upserts))).revision.number == 2


async def test_ending_what_has_ended_is_refused(open_store: OpenStore) -> None:
    store = await open_store()
    await store.apply(prepared(0, {Kind.ITEM: [item("a"), item("b")]}))
    await store.apply(prepared(1, ends={Kind.ITEM: ["a"]}))
    with pytest.raises((ValueError, GraphServiceError)):
        await store.apply(prepared(2, ends={Kind.ITEM: ["a", "b"]}))
    assert (await store.export(2)).items["uid"].to_pylist() == ["b"]


async def test_a_batch_without_rows_makes_no_revision(open_store: OpenStore) -> None:
    store = await open_store()
    await store.apply(prepared(0, {Kind.ITEM: [item("a")]}))
    receipt = await store.apply(prepared(1, {Kind.ITEM: []}, ends={Kind.SUPPLY: []}))
    assert receipt.revision == await store.revision()
    assert receipt.revision.number == 1
    with pytest.raises(Conflict):
        await store.apply(prepared(0))


async def test_a_receipt_says_who_recorded_what_and_when(open_store: OpenStore) -> None:
    store = await open_store(clock=FixedClock())
    at = NOON + timedelta(days=1, microseconds=1)
    batch = prepared(0, {Kind.ITEM: [item("a")]}, by="李雷 (cli)", summary="1 item «电池»", recorded_at=at)
    revision = (await store.apply(batch)).revision
    assert (revision.number, revision.recorded_at) == (1, at)
    assert (revision.by, revision.door, revision.summary) == ("李雷 (cli)", "cli", "1 item «电池»")
    assert await store.revision() == revision
    assert revision.recorded_at.utcoffset() == timedelta(0)


async def test_a_receipt_says_whether_an_ended_item_or_declaration_is_back(open_store: OpenStore) -> None:
    store = await open_store()
    both: Records = {Kind.ITEM: [item("a"), item("b")], Kind.DECLARATION: [declaration("1", "b")]}
    heavier: Records = {Kind.ITEM: [item("a", mass_kg=1.0), item("c")], Kind.DECLARATION: [declaration("2", "b")]}
    receipts = [
        await store.apply(prepared(0, both)),
        await store.apply(prepared(1, heavier)),
        await store.apply(prepared(2, ends={Kind.ITEM: ["a"], Kind.DECLARATION: ["1"]})),
        await store.apply(prepared(3, {Kind.ITEM: [item("a"), item("d")]})),
        await store.apply(prepared(4, {Kind.DECLARATION: [declaration("1", "b"), declaration("3", "b")]})),
        await store.apply(prepared(5, {Kind.DECLARATION: [declaration("1", "b", state="REJECTED")]})),
    ]
    assert [receipt.has_returned for receipt in receipts] == [False, False, False, True, True, False]
