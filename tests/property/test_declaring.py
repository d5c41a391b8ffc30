"""What holds of every pushed footprint: nothing is lost on the way into the facts and back, nobody sees another's."""

from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from graph_service.model.facts import Facts
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.tables import BATCH_SCHEMAS
from graph_service.model.units import UNITS
from graph_service.model.vocabulary import (
    CarbonComponent,
    DeclarationState,
    DocumentFormat,
    Kind,
    RatingScale,
    SystemBoundary,
)
from graph_service.service.declaring.columns import pushed_of, to_row
from graph_service.service.declaring.converting import convert
from graph_service.service.declaring.identifiers import identifier_key, identifier_keys, urn_text
from graph_service.service.declaring.matching import ItemIndex, match
from graph_service.service.records import item_records
from tests.support.facts import facts_of

AMOUNTS = st.floats(1e-6, 1e9)
KILOGRAMS = st.floats(-1e12, 1e12).map(lambda kgco2e: kgco2e if abs(kgco2e) > 1e-100 else 0.0)
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=12)
URNS = st.one_of(
    WORDS.map(lambda word: f"urn:x:{word.strip() or 'a'}"),
    st.from_regex(r"(?i:urn:gtin:)[0-9]{8}([0-9]{4,6})?", fullmatch=True),
    st.uuids().map(str),
    st.uuids().map(lambda uid: f"URN:UUID:{str(uid).upper()}"),
)
PARTS = [component for component in CarbonComponent if component is not CarbonComponent.UNSPECIFIED]


@st.composite
def items(draw: st.DrawFn) -> dict[str, Any]:
    """An item that one or more equivalents lead from; of other dimensions than its own, as intake demands."""
    unit = draw(st.sampled_from(("pc", "kg", "t", "kWh", "m3")))
    equivalent = draw(st.sampled_from([name for name in ("m2", "tkm", "h", "Nm3") if name != unit]))
    columns = {"uid": "part", "declared_unit": unit, "equivalents": f"{draw(AMOUNTS)!r} {equivalent}"}
    return {**columns, "mass_kg": draw(st.none() | AMOUNTS), "identifiers": "urn:x:1"}


@st.composite
def footprints(draw: st.DrawFn) -> PushedDeclaration:
    return PushedDeclaration(
        path="",
        document_format=draw(st.sampled_from(DocumentFormat)),
        document_id=draw(st.none() | st.uuids().map(str)),
        document_version=draw(st.none() | st.integers(0, 2**31 - 1)),
        product_ids=tuple(draw(st.lists(URNS, min_size=1, max_size=3))),
        company_ids=tuple(draw(st.lists(URNS, min_size=1, max_size=3))),
        declared_unit=draw(st.none() | st.sampled_from(UNITS)),
        declared_unit_amount=draw(st.none() | AMOUNTS),
        product_mass_kg=draw(st.none() | AMOUNTS),
        kgco2e=draw(KILOGRAMS),
        components=draw(st.dictionaries(st.sampled_from(PARTS), KILOGRAMS)),
        reference_period_start=draw(st.none() | st.dates()),
        reference_period_end=draw(st.none() | st.dates()),
        valid_from=draw(st.dates()),
        valid_to=draw(st.none() | st.dates()),
        primary_data_share=draw(st.none() | st.floats(0, 1)),
        technological_dqr=draw(st.none() | st.floats(1, 5)),
        temporal_dqr=draw(st.none() | st.floats(1, 5)),
        geographical_dqr=draw(st.none() | st.floats(1, 5)),
        rating_scale=draw(st.sampled_from(RatingScale)),
        exempted_share=draw(st.none() | st.floats(0, 0.5)),
        is_verified=draw(st.none() | st.booleans()),
        verification=draw(st.none() | WORDS),
        boundary=draw(st.sampled_from(SystemBoundary)),
        geography=draw(st.sampled_from(((), ("CN-SN", "CN"), ("Eastern Asia",)))),
        gwp_set=draw(st.none() | st.sampled_from(("AR5", "AR6"))),
        comment=draw(st.none() | WORDS),
        created_at=draw(st.none() | st.just("2026-01-01T00:00:00Z")),
        is_deprecated=draw(st.booleans()),
    )


@given(item=items(), pushed=footprints())
def test_a_footprint_is_what_it_was_after_it_was_a_row(item: dict[str, Any], pushed: PushedDeclaration) -> None:
    record = item_records(facts_of(items=[item]), [0])[0]
    conversion = convert(pushed, record)
    if conversion.unit_factor is None:
        assert conversion.finding is not None
        assert conversion.finding.severity == "ERROR"
        return
    state = DeclarationState.DEPRECATED if pushed.is_deprecated else DeclarationState.RECEIVED
    row = to_row(pushed, uid="d", item_uid="part", conversion=conversion, state=state, preceding=())
    recorded = pa.Table.from_pylist([row], schema=BATCH_SCHEMAS[Kind.DECLARATION]).to_pylist()[0]
    back = pushed_of(recorded, record, None, pushed.document)
    assert_same(back.kgco2e, pushed.kgco2e)
    assert back.components.keys() == pushed.components.keys()
    for component, kgco2e in pushed.components.items():
        assert_same(back.components[component], kgco2e)
    assert back.declared_unit == (pushed.declared_unit or record.declared_unit)
    assert back.document_id == (pushed.document_id or "d")
    assert back.product_ids == tuple(urn_text(name) for name in pushed.product_ids)
    assert back.company_ids == tuple(urn_text(name) for name in pushed.company_ids)
    changed = ("path", "item", "product_name", "company_name", "product_mass_kg")
    compared = ("kgco2e", "components", "declared_unit", "document_id", "product_ids", "company_ids")
    for name in set(PushedDeclaration.__slots__) - {*changed, *compared}:
        assert getattr(back, name) == getattr(pushed, name), name


def assert_same(found: float | None, wanted: float | None) -> None:
    assert found is not None
    assert wanted is not None
    assert abs(found - wanted) <= 1e-12 * abs(wanted)


@given(names=st.lists(URNS))
def test_many_identifiers_are_compared_as_one_is(names: list[str]) -> None:
    texts = [urn_text(name) for name in names]
    assert identifier_keys(pa.array(texts, pa.string())).to_pylist() == [identifier_key(name) for name in names]


@given(name=URNS)
def test_a_key_is_its_own_key_whatever_case_and_space_it_comes_in(name: str) -> None:
    key = identifier_key(name)
    assert identifier_key(key) == key
    assert identifier_key(f" {urn_text(name)} ") == key


UIDS = ("ingot", "INGOT", "foil", "housing", "Ingots")
SOME_URNS = ("urn:x:1", "urn:x:2", "urn:x:10", "urn:lei:a", "urn:lei:b")


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Suppliers and items that share names, identifiers and near ones."""
    urns = st.lists(st.sampled_from(SOME_URNS), max_size=2, unique=True).map(" ".join).map(lambda text: text or None)
    suppliers = [{"uid": uid, "identifiers": draw(urns)} for uid in ("A", "B")]
    chosen = draw(st.lists(st.sampled_from(UIDS), min_size=1, unique=True))
    return suppliers, [
        {
            "uid": uid,
            "name": draw(st.sampled_from(UIDS)),
            "supplier_uid": draw(st.sampled_from(("A", "B", None))),
            "identifiers": draw(urns),
        }
        for uid in chosen
    ]


@given(
    graph=graphs(),
    item=st.none() | st.sampled_from(("ingot", "Foil", "urn:x:1", "ingotz")),
    product_ids=st.lists(st.sampled_from(("urn:x:1", "URN:X:2", "urn:x:11")), max_size=2),
    company_ids=st.lists(st.sampled_from(("urn:LEI:a", "urn:lei:b", "B", "urn:lei:c")), max_size=2),
    product_name=st.none() | st.sampled_from(("INGOT", "foils")),
)
def test_a_supplier_is_answered_as_if_nobody_else_were_there(
    graph: tuple[list[dict[str, Any]], list[dict[str, Any]]],
    item: str | None,
    product_ids: list[str],
    company_ids: list[str],
    product_name: str | None,
) -> None:
    suppliers, of_all = graph
    everything = facts_of(suppliers=suppliers, items=of_all)
    alone = facts_of(suppliers=suppliers[:1], items=[one for one in of_all if one["supplier_uid"] == "A"])
    pushed = PushedDeclaration(
        path="",
        document_format=DocumentFormat.PACT_V3,
        item=item,
        product_ids=tuple(product_ids),
        company_ids=tuple(company_ids),
        product_name=product_name,
        kgco2e=1.0,
    )
    found, wanted = (match(pushed, ItemIndex.of(facts), supplier_uid="A") for facts in (everything, alone))
    assert found.finding == wanted.finding
    assert found.suggestions == wanted.suggestions
    assert _uids(everything, found.candidates) == _uids(alone, wanted.candidates)
    matched = [() if one.item_row is None else (one.item_row,) for one in (found, wanted)]
    assert _uids(everything, matched[0]) == _uids(alone, matched[1])


def _uids(facts: Facts, rows: tuple[int, ...]) -> list[str]:
    return [facts.items["uid"][row].as_py() for row in rows]
