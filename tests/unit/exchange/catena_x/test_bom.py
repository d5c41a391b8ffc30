"""Planned bills of material as supplies: amounts per declared unit, days, and every unknown part by name."""

import copy
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from graph_service.exchange.catena_x import BomDocument, read_boms
from graph_service.exchange.catena_x.bom import UNITS
from graph_service.model.facts import Facts
from graph_service.model.units import UNITS as OUR_UNITS
from graph_service.model.vocabulary import Kind
from graph_service.service.intake import check_batch
from tests.support.catena_x import faults, schema
from tests.support.facts import facts_of

SCHEMA = schema("catena-x/SingleLevelBomAsPlanned-schema.json")
PACK, CELL, FOIL = (f"{digit * 8}-0000-4000-8000-00000000000{digit}" for digit in "123")
CELLS, FOILS = "BPNL0000000CELLS", "BPNL0000000FOILS"


def facts(**items: Any) -> Facts:
    """A pack, a cell and a foil with their identifiers; ``items`` changes or adds rows."""
    rows: dict[str, dict[str, Any]] = {
        "pack": {"declared_unit": "pc", "identifiers": f"urn:gtin:4712345060507 urn:uuid:{PACK.upper()}"},
        "cell": {
            "declared_unit": "kWh",
            "equivalents": "1.25 pc",
            "supplier_uid": "cells",
            "identifiers": f"urn:uuid:{CELL}",
        },
        "foil": {"declared_unit": "m2", "supplier_uid": "foils", "identifiers": f"urn:x:part:{FOIL}"},
    }
    for uid, changes in items.items():
        rows[uid] = rows.get(uid, {}) | changes
    suppliers = [
        {"uid": "cells", "name": "Cells", "identifiers": f"urn:bpn:{CELLS}"},
        {"uid": "foils", "name": "Foils", "identifiers": f"urn:cofinity-x.com:bpn:{FOILS.lower()}"},
    ]
    return facts_of(
        suppliers=suppliers,
        items=[{"uid": uid, **row} for uid, row in rows.items()],
        supplies=[
            {
                "uid": "pack/cell//RAW_MATERIAL//1",
                "input_uid": "cell",
                "output_uid": "pack",
                "amount": 1,
                "unit_cost": 90.0,
                "currency": "CNY",
            },
            {"uid": "old", "input_uid": "foil", "output_uid": "pack", "amount": 1, "valid_to": date(2026, 1, 1)},
        ],
    )


def child(asset: str = CELL, partner: str = CELLS, value: float = 20, unit: str = "unit:piece", **more: Any) -> Any:
    quantity = {"value": value, "unit": unit}
    head = {"quantity": quantity, "globalAssetId": asset, "businessPartner": partner}
    return {**head, "createdOn": "2022-02-03T14:48:54.709Z", **more}


def bom(*children: Any, parent: str = PACK) -> Any:
    return {"globalAssetId": parent, "childItems": list(children)}


def told(value: object, known: Facts | None = None) -> list[str]:
    """Code and place of every fault, the service's own included."""
    known = known or facts()
    data = read_boms([BomDocument("bom.json", value)], known)
    findings = check_batch(data.batch, known).findings
    return [f"{each.code} {data.locate(each).removesuffix(f': {each.message}')}" for each in findings]


def rows(value: object, known: Facts | None = None) -> list[dict[str, Any]]:
    data = read_boms([BomDocument("bom.json", value)], known or facts())
    assert [fault for fault in data.batch.faults if fault.severity == "ERROR"] == []
    found: list[dict[str, Any]] = data.batch.tables[Kind.SUPPLY].to_pylist()
    return found


def test_a_line_becomes_a_supply_with_its_amount_its_days_and_a_derived_uid() -> None:
    period = {"validFrom": "2023-03-21T08:17:29.187+01:00", "validTo": "2024-07-01T16:10:00.000+01:00"}
    document = bom(child(f"urn:uuid:{CELL.upper()}", CELLS.lower(), validityPeriod=period))
    (row,) = rows(document)
    assert (row["uid"], row["input_uid"], row["output_uid"]) == (None, "cell", "pack")
    assert (row["amount"], row["unit"], row["stage"]) == (20, "pc", "RAW_MATERIAL")
    assert (row["valid_from"], row["valid_to"]) == (date(2023, 3, 21), date(2024, 7, 2))
    data = read_boms([BomDocument("bom.json", document)], facts())
    checked = check_batch(data.batch, facts())
    assert checked.created_uids.to_pylist() == ["pack/cell//RAW_MATERIAL/2023-03-21/1"]
    recorded = checked.upserts[Kind.SUPPLY].to_pylist()[0]
    assert (recorded["amount"], recorded["unit"]) == (16, "kWh")


def test_a_document_of_the_standards_form_is_taken() -> None:
    document = bom(child(), child(FOIL, FOILS, 1.5, "unit:squareMetre"))
    assert faults(document, SCHEMA) == []
    assert [(row["input_uid"], row["amount"], row["unit"]) for row in rows([document, bom(parent=CELL)])] == [
        ("cell", 20, "pc"),
        ("foil", 1.5, "m2"),
    ]


def test_the_standards_own_example_is_read_and_its_unknown_parts_are_named() -> None:
    document = schema("catena-x/SingleLevelBomAsPlanned.json")
    assert told(document) == [
        "UNKNOWN_REFERENCE bom.json: childItems[0].businessPartner",
        "UNKNOWN_REFERENCE bom.json: globalAssetId",
        "UNKNOWN_REFERENCE bom.json: childItems[0].globalAssetId",
    ]


def test_what_a_bill_of_material_does_not_say_of_a_recorded_supply_stays() -> None:
    (row,) = rows(bom(child(value=25)))
    assert (row["amount"], row["unit_cost"]) == (25, 90)


def test_amounts_are_per_declared_unit_where_a_piece_is_several() -> None:
    (row,) = rows(bom(child(FOIL, FOILS, 2, "unit:squareMetre"), parent=CELL))
    assert (row["output_uid"], row["amount"]) == ("cell", 2.5)


def test_a_supply_recorded_beside_is_told_where_the_days_meet() -> None:
    assert told(bom(child(FOIL, FOILS, 1, "unit:squareMetre"))) == ["SUPPLY_BESIDE bom.json: childItems[0]"]
    later = {"validFrom": "2026-01-01T00:00:00Z"}
    assert told(bom(child(FOIL, FOILS, 1, "unit:squareMetre", validityPeriod=later))) == []


def test_all_that_is_wrong_is_told_at_once_with_its_place() -> None:
    strange = "99999999-0000-4000-8000-000000000009"
    document = [
        bom(child(strange), child(CELL, "BPNL00000000NONE"), child(FOIL, CELLS), parent=strange),
        {"globalAssetId": "no uuid", "childItems": [5, child(unit="unit:set"), child(value=-1)]},
        {"globalAssetId": PACK},
        "text",
    ]
    assert sorted(told(document)) == sorted(
        [
            "UNKNOWN_REFERENCE bom.json: [0].globalAssetId",
            "UNKNOWN_REFERENCE bom.json: [0].childItems[0].globalAssetId",
            "UNKNOWN_REFERENCE bom.json: [0].childItems[1].businessPartner",
            "INVALID_IDENTIFIER bom.json: [1].globalAssetId",
            "DOCUMENT_FORM bom.json: [1].childItems[0]",
            "UNKNOWN_UNIT bom.json: [1].childItems[1].quantity.unit",
            "OUT_OF_RANGE bom.json: [1].childItems[2].quantity.value",
            "REQUIRED bom.json: [2].childItems",
            "DOCUMENT_FORM bom.json: [3]",
        ]
    )


def test_unknown_parts_come_with_what_may_be_meant() -> None:
    near = CELL.replace("0000-4000", "0000-4001")
    data = read_boms([BomDocument("b", bom(child(near), child(near.replace("2222", "7654"))))], facts())
    messages = [fault.message for fault in data.batch.faults]
    assert f"(of that supplier are cell); is {CELL} meant?" in messages[0]
    assert "record the item with the identifier urn:uuid:76547654-" in messages[1]


def test_an_item_of_another_supplier_or_of_several_is_refused() -> None:
    assert told(bom(child(FOIL, CELLS))) == ["SUPPLIER_MISMATCH bom.json: childItems[0].businessPartner"]
    twin = facts(twin={"declared_unit": "kWh", "supplier_uid": "cells", "identifiers": f"urn:uuid:{CELL}"})
    assert told(bom(child()), twin) == ["AMBIGUOUS_IDENTIFIER bom.json: childItems[0].globalAssetId"]
    other = facts(twin={"declared_unit": "pc", "supplier_uid": "foils", "identifiers": f"urn:uuid:{CELL}"})
    assert [row["input_uid"] for row in rows(bom(child()), other)] == ["cell"]


def test_units_that_do_not_fit_are_told_by_the_service_at_their_place() -> None:
    assert told(bom(child(unit="unit:kilogram"))) == ["UNIT_MISMATCH bom.json: childItems[0].quantity.unit"]
    per_kg = facts(pack={"declared_unit": "kg"})
    assert told(bom(child(), child()), per_kg) == ["UNIT_MISMATCH bom.json: globalAssetId"]


@pytest.mark.parametrize(
    ("period", "code", "member"),
    [
        ({"validFrom": "2024-13-01T00:00:00Z"}, "NOT_A_DATE", "validFrom"),
        ({"validTo": "soon"}, "NOT_A_DATE", "validTo"),
        ({"validFrom": "2024-01-02T00:00:00Z", "validTo": "2024-01-02T00:00:00Z"}, "INVALID_PERIOD", "validTo"),
    ],
)
def test_a_period_that_cannot_be_is_never_taken_as_for_ever(period: Any, code: str, member: str) -> None:
    document = bom(child(validityPeriod=period))
    assert told(document) == [f"{code} bom.json: childItems[0].validityPeriod.{member}"]
    data = read_boms([BomDocument("bom.json", document)], facts())
    assert data.batch.tables[Kind.SUPPLY].num_rows == 0


def test_every_unit_of_the_schema_is_converted_or_left_out_on_purpose() -> None:
    listed = SCHEMA["components"]["schemas"]["ItemUnitEnumeration"]["enum"]
    assert set(listed) - set(UNITS) == {"unit:set", "unit:page", "unit:cycle"}
    assert set(UNITS) <= set(listed)
    assert {unit for unit, _ in UNITS.values()} <= set(OUR_UNITS)
    assert UNITS["unit:yard"][1] == 3 * UNITS["unit:foot"][1] == 36 * UNITS["unit:inch"][1]
    assert UNITS["unit:squareYard"][1] == Fraction("0.9144") ** 2
    assert UNITS["unit:cubicYard"][1] == Fraction("0.9144") ** 3
    assert UNITS["unit:pound"][1] == 16 * UNITS["unit:ounceAvoirdupois"][1]
    assert UNITS["unit:tonUsOrShortTonUkorus"][1] == 2000 * UNITS["unit:pound"][1]


def test_no_part_replaced_by_nonsense_makes_the_reader_fail() -> None:
    sound = bom(child(validityPeriod={"validFrom": "2024-01-01T00:00:00Z"}))

    def places(value: Any) -> list[tuple[Any, Any]]:
        children: Any = (
            list(value.items())
            if isinstance(value, dict)
            else list(enumerate(value))
            if isinstance(value, list)
            else []
        )
        return [(value, key) for key, _ in children] + [place for _, part in children for place in places(part)]

    nonsense: tuple[object, ...] = (None, [], {}, "", True, -1e308, [[]], "\x1b")
    for index in range(len(places(sound))):
        for value in nonsense:
            document = copy.deepcopy(sound)
            holder, key = places(document)[index]
            holder[key] = value
            data = read_boms([BomDocument("bom.json", document)], facts())
            harmless = key in ("createdOn", "validityPeriod", "validFrom") or (key == "childItems" and value == [])
            assert harmless or any(fault.severity == "ERROR" for fault in data.batch.faults), (key, value)
