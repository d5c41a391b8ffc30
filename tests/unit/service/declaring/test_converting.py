"""From the unit of a document to the declared unit of its item, by hand."""

import math
from pathlib import Path
from typing import Any

import pytest
import yaml

from graph_service.model.pushed import PushedDeclaration
from graph_service.model.units import is_unit
from graph_service.model.vocabulary import DocumentFormat
from graph_service.service.declaring.converting import Conversion, convert
from graph_service.service.records import ItemRecord, item_records
from tests.support.facts import facts_of

REFERENCE = Path(__file__).parents[3] / "reference/pact"


def _item(declared_unit: str, **columns: Any) -> ItemRecord:
    return item_records(facts_of(items=[{"uid": "pack", "declared_unit": declared_unit, **columns}]), [0])[0]


def _convert(item: ItemRecord, **fields: Any) -> Conversion:
    return convert(PushedDeclaration("pfs[0]", DocumentFormat.PACT_V3, kgco2e=1.0, **fields), item)


@pytest.mark.parametrize(
    ("declared_unit", "columns", "fields", "factor", "how"),
    [
        ("kg", {}, {}, 1.0, "1 kg = 1 kg (the item's own unit)"),
        ("kg", {}, {"declared_unit": "kilogram"}, 1.0, "1 kg = 1 kilogram (the item's own unit)"),
        ("t", {}, {"declared_unit": "kilogram"}, 1000.0, "1 t = 1,000 kilogram (by definition)"),
        ("kWh", {}, {"declared_unit": "megajoule"}, 3.6, "1 kWh = 3.6 megajoule (by definition)"),
        (
            "pc",
            {"equivalents": "60.48 kWh; 430 kg"},
            {"declared_unit": "kg"},
            430.0,
            "1 pc = 430 kg (equivalents of the item)",
        ),
        (
            "pc",
            {"equivalents": "60.48 kWh", "mass_kg": 430.0},
            {"declared_unit": "t"},
            0.43,
            "1 pc = 0.43 t (mass of the item)",
        ),
        (
            "t",
            {},
            {"declared_unit": "piece", "product_mass_kg": 250.0},
            4.0,
            "1 t = 4 piece (product mass per declared unit in the document)",
        ),
        (
            "piece",
            {},
            {"declared_unit": "kilowatt hour", "declared_unit_amount": 60.48},
            60.48,
            "1 piece = 60.48 kilowatt hour (declared units in one product in the document)",
        ),
    ],
)
def test_a_unit_is_bridged_by_the_most_certain_figure(
    declared_unit: str, columns: dict[str, Any], fields: dict[str, Any], factor: float, how: str
) -> None:
    found = _convert(_item(declared_unit, **columns), **fields)
    assert found.unit_factor == pytest.approx(factor, rel=1e-15)
    assert (found.document_unit, found.how) == (fields.get("declared_unit", declared_unit), how)


def test_a_conversion_by_definition_tells_nothing_and_any_other_says_what_was_taken() -> None:
    assert _convert(_item("t"), declared_unit="kg").finding is None
    told = _convert(_item("pc", mass_kg=430.0), declared_unit="kg").finding
    assert told is not None
    assert (told.code, told.severity, told.path) == (
        "UNIT_CONVERTED",
        "INFO",
        "pfs[0].pcf.declaredUnitOfMeasurement",
    )
    assert told.message == "1 pc = 430 kg (mass of the item); values are taken times that"


@pytest.mark.parametrize(
    ("declared_unit", "columns", "fields", "numbers"),
    [
        ("pc", {"equivalents": "430 kg", "mass_kg": 420.0}, {"declared_unit": "kg"}, ("430 kg", "420 kg")),
        ("kg", {}, {"declared_unit": "kg", "product_mass_kg": 430.0}, ("1 kg", "0.0023255814 kg")),
        ("pc", {}, {"declared_unit": "piece", "declared_unit_amount": 24.0}, ("1 piece", "24 piece")),
        ("pc", {"mass_kg": 430.0}, {"declared_unit": "kg", "declared_unit_amount": 1.0}, ("430 kg", "1 kg")),
    ],
)
def test_two_ways_that_disagree_by_more_than_a_percent_are_both_named(
    declared_unit: str, columns: dict[str, Any], fields: dict[str, Any], numbers: tuple[str, str]
) -> None:
    finding = _convert(_item(declared_unit, **columns), **fields).finding
    assert finding is not None
    assert (finding.code, finding.severity) == ("UNIT_DOUBTFUL", "WARNING")
    shown = [number.split(" ")[0][:6] for number in numbers]
    assert all(number in finding.message for number in shown), finding.message


def test_two_ways_within_a_percent_agree() -> None:
    item = _item("pc", equivalents="430 kg", mass_kg=428.0)
    finding = _convert(item, declared_unit="kg", declared_unit_amount=431.0).finding
    assert finding is not None
    assert finding.code == "UNIT_CONVERTED"


@pytest.mark.parametrize(
    ("declared_unit", "fields", "cures"),
    [
        ("pc", {"declared_unit": "kg"}, ("an equivalent of 'pack' in kg", "mass_kg", "declared unit amount")),
        ("t", {"declared_unit": "pc"}, ("an equivalent of 'pack' in pc", "product mass per declared unit")),
        ("kWh", {"declared_unit": "m2", "product_mass_kg": 0.0}, ("an equivalent of 'pack' in m2",)),
        ("kWh", {"declared_unit": "kg", "product_mass_kg": 2.0}, ("an equivalent of 'pack' in kg", "mass_kg")),
    ],
)
def test_what_nothing_bridges_is_an_error_that_names_every_bridge(
    declared_unit: str, fields: dict[str, Any], cures: tuple[str, ...]
) -> None:
    found = _convert(_item(declared_unit), **fields)
    assert found.unit_factor is None
    assert found.finding is not None
    assert (found.finding.code, found.finding.severity) == ("UNIT_UNBRIDGED", "ERROR")
    assert all(cure in found.finding.message for cure in cures)


@pytest.mark.parametrize(
    ("fields", "code", "path"),
    [
        ({"declared_unit_amount": 0.0}, "OUT_OF_RANGE", "pfs[0].pcf.declaredUnitAmount"),
        ({"declared_unit_amount": -1.0}, "OUT_OF_RANGE", "pfs[0].pcf.declaredUnitAmount"),
        ({"declared_unit_amount": math.nan}, "OUT_OF_RANGE", "pfs[0].pcf.declaredUnitAmount"),
        ({"product_mass_kg": -1.0}, "OUT_OF_RANGE", "pfs[0].pcf.productMassPerDeclaredUnit"),
        ({"product_mass_kg": math.inf}, "OUT_OF_RANGE", "pfs[0].pcf.productMassPerDeclaredUnit"),
        ({"declared_unit": "KG"}, "UNKNOWN_UNIT", "pfs[0].pcf.declaredUnitOfMeasurement"),
    ],
)
def test_impossible_figures_are_refused(fields: dict[str, Any], code: str, path: str) -> None:
    found = _convert(_item("kg"), **fields)
    assert found.unit_factor is None
    assert found.finding is not None
    assert (found.finding.code, found.finding.severity, found.finding.path) == (code, "ERROR", path)


def test_no_mass_bridges_nothing() -> None:
    assert _convert(_item("pc", mass_kg=0.0), declared_unit="kg").unit_factor is None


def test_every_unit_of_the_pact_specification_is_known() -> None:
    schemas = yaml.safe_load((REFERENCE / "openapi-3.0.4.yaml").read_text(encoding="utf-8"))
    lists = [names for names in _lists_named_enum(schemas) if "kilogram" in names]
    assert lists
    assert [name for names in lists for name in names if not is_unit(name)] == []


def _lists_named_enum(value: object) -> list[list[str]]:
    if isinstance(value, dict):
        own = [value["enum"]] if isinstance(value.get("enum"), list) else []
        return own + [found for part in value.values() for found in _lists_named_enum(part)]
    return [found for part in value for found in _lists_named_enum(part)] if isinstance(value, list) else []
