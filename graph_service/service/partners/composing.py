"""The footprint of an item in a view, as a PACT footprint says it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.engine.snapshot import AFTER_GATE
from graph_service.errors import InvalidInput
from graph_service.model.facts import Facts
from graph_service.model.pushed import PushedDeclaration
from graph_service.model.units import convert_factor
from graph_service.model.vocabulary import CarbonComponent, DocumentFormat, ItemKind, Kind, RatingScale
from graph_service.service.declaring.columns import company_ids_of, product_ids_of
from graph_service.service.footprints import Footprint, footprint
from graph_service.service.partners.context import moment_text
from graph_service.service.records import ItemRecord, SupplierRecord, item_records, row_of, supplier_records
from graph_service.service.snapshots import ViewedGraph

YEARS_VALID = 3
"""The longest that PACT lets a footprint hold after its reference period."""

_MASSLESS = (ItemKind.ENERGY, ItemKind.SERVICE, ItemKind.TRANSPORT_SERVICE)
_NO_NAMES: Mapping[str, object] = {"product_ids": None, "company_ids": None}
_ROUNDING = 1e-12
"""A component that is smaller, relative to all of them, comes from sums that cancel."""


@dataclass(frozen=True, slots=True)
class PublishOptions:
    """``reference_period``: first day, and the day after the last; None: as the facts behind the total say.

    ``unspecified_as_fossil``: what no carbon component is known of is published as fossil, and the comment says so.
    ``classifications``: URNs as ``urn:cpc:46420``. ``is_packaging_included``: whether the total holds the emissions of
    packaging. V2 demands both.
    """

    reference_period: tuple[date, date] | None = None
    unspecified_as_fossil: bool = False
    comment: str | None = None
    classifications: tuple[str, ...] = ()
    is_packaging_included: bool | None = None


def as_footprint(
    graph: ViewedGraph, item_row: int, options: PublishOptions, *, uid: str, now: datetime
) -> PushedDeclaration:
    """The item's footprint in the view, per its declared unit. Raises ``InvalidInput`` naming what is not known."""
    facts = graph.day.facts
    item = item_records(facts, [item_row])[0]
    supplier = _supplier(facts, item)
    found = footprint(graph, item_row)
    total_kgco2e = _total(found, item)
    components, was_unspecified = _components(found, item, options)
    start, end = options.reference_period or _period_of_facts(graph, found, item)
    valid_to = _years_after(end, YEARS_VALID)
    if not start < end or valid_to <= graph.view.as_of:
        raise InvalidInput(
            f"the reference period from {start} to {end} (the day after its last) must be one, and end less than "
            f"{YEARS_VALID} years before today"
        )
    comment = _comment(graph, item, options, was_unspecified)
    return PushedDeclaration(
        path="",
        document_format=DocumentFormat.PACT_V3,
        document_id=uid,
        item=item.uid,
        product_ids=product_ids_of(_NO_NAMES, item),
        company_ids=company_ids_of(_NO_NAMES, item, supplier),
        classifications=options.classifications,
        company_name=supplier.name,
        product_name=item.name,
        declared_unit=item.declared_unit,
        declared_unit_amount=1.0,
        product_mass_kg=_mass_kg(item),
        kgco2e=total_kgco2e,
        components=components,
        reference_period_start=start,
        reference_period_end=end,
        valid_from=end,
        valid_to=valid_to,
        primary_data_share=_share(found, "primary_data_share"),
        technological_dqr=found.column("technological_dqr"),
        temporal_dqr=found.column("temporal_dqr"),
        geographical_dqr=found.column("geographical_dqr"),
        rating_scale=RatingScale.V3,
        exempted_share=_share(found, "exempted_share"),
        geography=_areas(facts, item),
        gwp_set=_gwp_sets(graph, found, item),
        comment=comment,
        created_at=moment_text(now),
    )


def complete_document(
    written: Mapping[str, object], item: ItemRecord, options: PublishOptions, comment: str | None
) -> Mapping[str, object]:
    """The document with what is known and has no place in a declaration: description, carbon contents, packaging.

    ``written`` is of one declared unit of the item in units of PACT: a tonne is 1,000 kilogram. Contents are of one of
    these.
    """
    document = dict(written)
    if item.description:
        document["productDescription"] = item.description
    pcf = document.get("pcf")
    contents = {"fossilCarbonContent": item.fossil_carbon_kg, "biogenicCarbonContent": item.biogenic_carbon_kg}
    units = float(str(pcf["declaredUnitAmount"])) if isinstance(pcf, dict) else 1.0
    known: dict[str, object] = {name: _plain(value / units) for name, value in contents.items() if value is not None}
    if options.is_packaging_included is not None:
        known["packagingEmissionsIncluded"] = options.is_packaging_included
    if isinstance(pcf, dict):
        document["pcf"] = {**pcf, **known}
    if "fossilCarbonContent" in known and comment is not None:
        document["comment"] = comment  # without the remark that the content is not known
    return document


def _supplier(facts: Facts, item: ItemRecord) -> SupplierRecord:
    row = None if item.supplier_uid is None else row_of(facts, Kind.SUPPLIER, item.supplier_uid)
    if row is None:
        raise InvalidInput(f"item {item.uid!r} has no supplier; PACT names the company: record our own as its supplier")
    return supplier_records(facts, [row])[0]


def _total(found: Footprint, item: ItemRecord) -> float:
    if found.total_kgco2e is None or not found.is_complete:
        gaps = found.gaps()
        uids = found.graph.day.facts.items["uid"]
        named = ", ".join(repr(uids[gap.item_row].as_py()) for gap in gaps[:5])
        more = f" and {len(gaps) - 5} more" if len(gaps) > 5 else ""
        raise InvalidInput(
            f"the total of item {item.uid!r} is not complete: nothing is known of {named or 'its emissions'}{more}; "
            "record these first"
        )
    return found.total_kgco2e


def _components(
    found: Footprint, item: ItemRecord, options: PublishOptions
) -> tuple[Mapping[CarbonComponent, float], float]:
    """Kilograms by component without the unspecified ones, and how many of these were taken as fossil."""
    parts = {share.component: share.kgco2e for share in found.by_carbon_component()}
    size = math.fsum(abs(kgco2e) for kgco2e in parts.values())
    unspecified = parts.pop(CarbonComponent.UNSPECIFIED, 0.0)
    if abs(unspecified) <= _ROUNDING * size:
        unspecified = 0.0
    if unspecified and not options.unspecified_as_fossil:
        raise InvalidInput(
            f"fossilGhgEmissions: {unspecified:.6g} kg CO2e in the total of {item.uid!r} are of no known carbon "
            "component, and PACT demands the fossil part; record the components, or choose unspecified_as_fossil"
        )
    always = (CarbonComponent.FOSSIL, CarbonComponent.BIOGENIC_UPTAKE)
    kept = {part: kgco2e for part, kgco2e in parts.items() if part in always or abs(kgco2e) > _ROUNDING * size}
    kept[CarbonComponent.FOSSIL] = kept.get(CarbonComponent.FOSSIL, 0.0) + unspecified
    return kept, unspecified


def _comment(graph: ViewedGraph, item: ItemRecord, options: PublishOptions, was_unspecified: float) -> str:
    parts = [options.comment] if options.comment else []
    parts.append(f"Rolled up along the supply chain as of {graph.view.as_of}, revision {graph.view.revision.number}.")
    if was_unspecified:
        parts.append(f"{was_unspecified:.6g} kg CO2e of unknown carbon component are counted as fossil.")
    if item.region_uid is None:
        parts.append("No geography is recorded.")
    return " ".join(parts)


def _mass_kg(item: ItemRecord) -> float | None:
    if item.mass_kg is not None:
        return item.mass_kg
    return 0.0 if item.kind in _MASSLESS else convert_factor(item.declared_unit, "kg")


def _share(found: Footprint, name: str) -> float | None:
    """A share as the roll-up has it, rounding beyond 0 and 1 taken off."""
    value = found.column(name)
    return None if value is None else min(max(value, 0.0), 1.0)


def _areas(facts: Facts, item: ItemRecord) -> tuple[str, ...]:
    """The item's region and those that it lies in, narrowest first."""
    table = facts.tables[Kind.REGION].select(["uid", "parent_uid"])
    parents = dict(zip(table["uid"].to_pylist(), table["parent_uid"].to_pylist(), strict=True))
    areas: list[str] = []
    region = item.region_uid
    while region is not None and region not in areas:
        areas.append(region)
        region = parents.get(region)
    return tuple(areas)


def _period_of_facts(graph: ViewedGraph, found: Footprint, item: ItemRecord) -> tuple[date, date]:
    """From the first to the last day that the facts behind the total are of."""
    emissions = graph.day.facts.tables[Kind.EMISSION].take(pa.array(graph.day.emission_rows[_emissions(graph, found)]))
    declared = graph.day.facts.tables[Kind.DECLARATION].take(
        pa.array(graph.day.declaration_rows[_declared(graph, found)])
    )
    starts = [pc.min(emissions["period_start"]).as_py(), pc.min(declared["reference_period_start"]).as_py()]
    ends = [pc.max(emissions["period_end"]).as_py(), pc.max(declared["reference_period_end"]).as_py()]
    known_starts, known_ends = [day for day in starts if day], [day for day in ends if day]
    if not known_starts or not known_ends:
        raise InvalidInput(
            f"referencePeriodStart: no fact behind the total of {item.uid!r} says of which period it is; give the "
            "reference period"
        )
    return min(known_starts), max(known_ends)


def _gwp_sets(graph: ViewedGraph, found: Footprint, item: ItemRecord) -> str:
    """The sets of warming potentials that the total was weighed with: ``AR6``, or all of them where it mixes some."""
    resolved = graph.day.resolved
    codes = np.unique(resolved.gwp_code[_emissions(graph, found)])
    sets = {resolved.gwp_sets[code] for code in codes.tolist() if code >= 0}
    rows = graph.day.declaration_rows[_declared(graph, found)]
    sets.update(
        name for name in graph.day.facts.tables[Kind.DECLARATION]["gwp_set"].take(pa.array(rows)).to_pylist() if name
    )
    if not sets:
        raise InvalidInput(
            f"ipccCharacterizationFactors: no fact behind the total of {item.uid!r} says by which assessment report it "
            "was weighed; record gwp_set, as AR6"
        )
    return " ".join(sorted(sets))


def _emissions(graph: ViewedGraph, found: Footprint) -> np.ndarray:
    """Which emission entries of the snapshot enter the total, and weigh something."""
    emissions, rolled = graph.day.snapshot.emissions, graph.roll_up()
    is_counted = (found.trace.activity[emissions.item_row] != 0) & (rolled.declaration_of_item[emissions.item_row] < 0)
    return np.flatnonzero(is_counted & ~AFTER_GATE[emissions.stage] & (emissions.kgco2e != 0))


def _declared(graph: ViewedGraph, found: Footprint) -> np.ndarray:
    """Which declarations of the snapshot enter the total."""
    used = graph.roll_up().declaration_of_item
    return np.unique(used[(found.trace.activity != 0) & (used >= 0)])


def _years_after(day: date, years: int) -> date:
    """The same day so many years later; the last of February for the 29th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _plain(value: float) -> str:
    """A decimal in plain notation."""
    text = np.format_float_positional(value, trim="-")
    return "0" if text in ("-0", "") else text
