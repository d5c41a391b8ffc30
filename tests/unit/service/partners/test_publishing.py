"""Our own footprints as PACT documents: complete, adding up, by the schemas, and never part of a total."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from graph_service.errors import InvalidInput
from graph_service.model.partners import PactVersion
from graph_service.model.side_records import Collection
from graph_service.model.vocabulary import Door, Kind
from graph_service.service.access import OPERATOR
from graph_service.service.declaring.states import recorded_rows
from graph_service.service.footprints import footprint
from graph_service.service.intake.applying import Call
from graph_service.service.partners.composing import PublishOptions
from graph_service.service.partners.publishing import Published, publish
from graph_service.service.records import row_of
from graph_service.service.views import ViewRequest
from tests.support.change_batches import item, supply
from tests.unit.service.partners.conftest import House, emission, make_house

SCHEMAS = Path(__file__).parents[3] / "reference" / "pact"
PARTS = (
    *("fossilGhgEmissions", "landUseChangeGhgEmissions", "landManagementBiogenicCO2Emissions"),
    *("landManagementBiogenicCO2Removals", "technologicalCO2Removals", "ccsTechnologicalCO2Capture"),
    "biogenicNonCO2Emissions",
)


@pytest.fixture
async def house() -> House:
    """A board of wood and glue: several carbon components, uptake among them."""
    made = make_house("boards")
    rating = {"technological_dqr": 2.0, "temporal_dqr": 1.0, "geographical_dqr": 3.0}
    await made.apply(
        regions=[{"uid": "CN", "name": "China"}, {"uid": "CN-SN", "name": "Shaanxi", "parent_uid": "CN"}],
        suppliers=[{"uid": "ours", "name": "Boards"}, {"uid": "woods", "name": "Woods"}],
        items=[
            item("board", supplier_uid="ours", region_uid="CN-SN", declared_unit="t", fossil_carbon_kg=12.0),
            item("wood", supplier_uid="woods"),
            item("glue", supplier_uid="woods"),
            item("lump", supplier_uid="ours"),
            item("unknown", supplier_uid="ours"),
            item("hollow", supplier_uid="ours"),
        ],
        supplies=[
            supply("wood", "board", 1100.0),
            supply("glue", "board", 20.0),
            supply("unknown", "hollow", 1.0),
        ],
        emissions=[
            emission("board", 41.7, **rating),
            emission("wood", 0.1 / 3, data_type="SECONDARY", **rating),
            emission("wood", -1.83, component="BIOGENIC_UPTAKE", **rating),
            emission("wood", 0.07, component="LAND_USE_CHANGE", **rating),
            emission("glue", 3.3, component="BIOGENIC_NON_CO2", **rating),
            emission("lump", 5.0, component=None),
            emission("hollow", 1.0),
        ],
    )
    return made


async def published(house: House, uid: str, **options: Any) -> Published:
    return await publish(
        uid, options=PublishOptions(**options), principal=OPERATOR, door=Door.CLI, exchange=house.exchange
    )


async def document_of(house: House, uid: str) -> Mapping[str, Any]:
    records = await house.store.side_records(Collection.DOCUMENT, [uid])
    document: Mapping[str, Any] = json.loads(records[uid].body)["document"]
    return document


async def test_document_says_what_the_roll_up_says_and_adds_up_exactly(house: House) -> None:
    graph = await house.exchange.snapshots.view(ViewRequest())
    row = row_of(graph.day.facts, Kind.ITEM, "board")
    assert row is not None
    found = footprint(graph, row)
    document = await document_of(house, (await published(house, "board")).declaration_uid)
    pcf = document["pcf"]
    total = Decimal(pcf["pcfExcludingBiogenicUptake"])
    assert float(total) * 1000 == pytest.approx(found.total_kgco2e, rel=1e-12)  # per kilogram, the item's per tonne
    assert sum(Decimal(pcf.get(part, "0")) for part in PARTS) == total
    assert Decimal(pcf["pcfIncludingBiogenicUptake"]) == total + Decimal(pcf["biogenicCO2Uptake"])
    assert float(pcf["primaryDataShare"]) == pytest.approx(100 * (found.column("primary_data_share") or 0), rel=1e-12)
    assert {name: float(value) for name, value in pcf["dqi"].items()} == pytest.approx(
        {"technologicalDQR": 2.0, "temporalDQR": 1.0, "geographicalDQR": 3.0}
    )
    assert pcf["geographyCountrySubdivision"] == "CN-SN"
    assert (pcf["fossilCarbonContent"], pcf["ipccCharacterizationFactors"]) == ("0.012", ["AR6"])
    assert (pcf["referencePeriodStart"], pcf["referencePeriodEnd"]) == ("2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z")
    assert (pcf["declaredUnitOfMeasurement"], float(pcf["declaredUnitAmount"])) == ("kilogram", 1000.0)
    assert Decimal(pcf["productMassPerDeclaredUnit"]) == 1


@pytest.mark.parametrize("schema", ["pact-3.0-ProductFootprint", "pact-3.0.3-published-strict-ProductFootprint"])
async def test_document_keeps_the_schema(house: House, schema: str) -> None:
    document = await document_of(house, (await published(house, "board")).declaration_uid)
    checked = json.loads((SCHEMAS / f"{schema}.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(checked, format_checker=jsonschema.FormatChecker()).validate(document)


async def test_v2_partner_gets_the_same_footprint_where_class_and_packaging_are_said(house: House) -> None:
    done = await published(house, "board", classifications=("urn:cpc:31440",), is_packaging_included=True)
    read = house.exchange.pact.read_footprint(await document_of(house, done.declaration_uid))
    written = house.exchange.pact.write_footprint(read, version=PactVersion.V2)
    checked = json.loads((SCHEMAS / "pact-2.3-ProductFootprint.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(checked).validate(written)
    assert written["productCategoryCpc"] == "31440"


async def test_publishing_changes_no_total_and_ends_the_one_before(house: House) -> None:
    async def total() -> float | None:
        graph = await house.exchange.snapshots.view(ViewRequest())
        row = row_of(graph.day.facts, Kind.ITEM, "board")
        return None if row is None else footprint(graph, row).total_kgco2e

    before = await total()
    first = await published(house, "board")
    second = await published(house, "board")
    assert await total() == before
    assert second.deprecated_uids == (first.declaration_uid,)
    document = await document_of(house, second.declaration_uid)
    assert document["precedingPfIds"] == [first.declaration_uid]
    _, facts = await house.exchange.snapshots.newest()
    states = {row["uid"]: row["state"] for row in recorded_rows(facts, [first.declaration_uid, second.declaration_uid])}
    assert states == {first.declaration_uid: "DEPRECATED", second.declaration_uid: "ACCEPTED"}


async def test_the_same_call_again_publishes_once(house: House) -> None:
    answers = [
        await publish("board", call=Call("key-1"), principal=OPERATOR, door=Door.GRAPHQL, exchange=house.exchange)
        for _ in range(2)
    ]
    assert answers[0].declaration_uid == answers[1].declaration_uid
    assert [answer.is_replayed for answer in answers] == [False, True]


async def test_unknown_components_are_published_as_fossil_only_when_chosen(house: House) -> None:
    with pytest.raises(InvalidInput, match=r"fossilGhgEmissions: 5 kg .* unspecified_as_fossil"):
        await published(house, "lump")
    done = await published(house, "lump", unspecified_as_fossil=True)
    document = await document_of(house, done.declaration_uid)
    assert document["pcf"]["fossilGhgEmissions"] == "5"
    assert "5 kg CO2e of unknown carbon component are counted as fossil" in document["comment"]


async def test_an_incomplete_total_is_not_published(house: House) -> None:
    before = await house.store.revision()
    for uid in ("hollow", "unknown"):
        with pytest.raises(InvalidInput, match="'unknown'"):
            await published(house, uid)
    assert await house.store.revision() == before


@pytest.mark.parametrize(("start", "end"), [(date(2026, 1, 1), date(2025, 1, 1)), (date(2019, 1, 1), date(2020, 1, 1))])
async def test_a_period_that_is_none_or_long_past_is_refused(house: House, start: date, end: date) -> None:
    with pytest.raises(InvalidInput, match="reference period"):
        await published(house, "board", reference_period=(start, end))


async def test_a_period_is_asked_for_where_no_fact_says_one(house: House) -> None:
    await house.apply(
        items=[item("bare", supplier_uid="ours")],
        emissions=[emission("bare", 1.0, period_start=None, period_end=None)],
    )
    with pytest.raises(InvalidInput, match="referencePeriodStart"):
        await published(house, "bare")
    done = await published(house, "bare", reference_period=(date(2025, 1, 1), date(2026, 1, 1)))
    assert done.declaration_uid
