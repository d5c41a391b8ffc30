"""What the cells of one row must be together: days in order, one form of emission, sums that can be."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from graph_service.model.vocabulary import CarbonComponent, DocumentFormat, Kind, SystemBoundary
from graph_service.service.intake.faults import Faults
from graph_service.service.resolution import Flags, flags

EMISSION_FORMS = "give kgco2e alone, or activity with activity_unit and either factor or flow"

_VALID_KINDS = (Kind.EMISSION, Kind.SUPPLY, Kind.DECLARATION)
_NEVER_POSITIVE = (
    CarbonComponent.BIOGENIC_UPTAKE,
    CarbonComponent.LAND_MANAGEMENT_REMOVALS,
    CarbonComponent.TECHNOLOGICAL_REMOVALS,
)
_CUT_OFF_LIMIT = 0.03
"""Catena-X PCF rulebook; PACT V2 allows 0.05."""


def check_rows(tables: Mapping[Kind, pa.Table], faults: Faults) -> None:
    """Judge every row of a normalised batch whose cells are sound."""
    for kind in _VALID_KINDS:
        _check_validity(kind, tables[kind], faults)
    _check_period(Kind.EMISSION, tables[Kind.EMISSION], "period", faults)
    _check_period(Kind.DECLARATION, tables[Kind.DECLARATION], "reference_period", faults)
    _check_emission_form(tables[Kind.EMISSION], faults)
    _warn_of_positive_removals(tables[Kind.EMISSION], faults)
    _check_benchmarks(tables[Kind.BENCHMARK], faults)
    _warn_of_sums(tables[Kind.DECLARATION], faults)
    _warn_of_boundary(tables[Kind.DECLARATION], faults)


def _check_validity(kind: Kind, table: pa.Table, faults: Faults) -> None:
    begins, ends = table["valid_from"], table["valid_to"]
    sound = ~faults.is_broken(kind, "valid_from", "reference_period_end")
    faults.add(
        kind,
        "valid_to",
        flags(pc.less_equal(ends, begins)) & sound,
        "INVALID_PERIOD",
        lambda row: (
            f"valid_to {ends[row]} is not after valid_from {begins[row]}; valid_to is the first day on which "
            f"it holds no more{_about_default(kind)}"
        ),
    )


def _about_default(kind: Kind) -> str:
    return ", by default three years after reference_period_end" if kind is Kind.DECLARATION else ""


def _check_period(kind: Kind, table: pa.Table, prefix: str, faults: Faults) -> None:
    begins, ends = table[f"{prefix}_start"], table[f"{prefix}_end"]
    faults.add(
        kind,
        f"{prefix}_end",
        flags(pc.less(ends, begins)) & ~faults.is_broken(kind, f"{prefix}_start"),
        "INVALID_PERIOD",
        lambda row: f"{prefix}_end {ends[row]} is before {prefix}_start {begins[row]}; it must not be",
    )


def _check_emission_form(table: pa.Table, faults: Faults) -> None:
    names = ("kgco2e", "activity", "activity_unit", "factor_uid", "flow")
    given = {name: flags(table[name].is_valid()) for name in names}
    sound = ~faults.is_broken(Kind.EMISSION, *names)
    has_activity = given["activity"] | given["activity_unit"] | given["factor_uid"] | given["flow"]

    def report(column: str, at: Flags, what: str) -> None:
        nonlocal sound
        faults.add_same(Kind.EMISSION, column, at & sound, "EMISSION_FORM", f"{what}; {EMISSION_FORMS}")
        sound = sound & ~at

    report("kgco2e", ~given["kgco2e"] & ~has_activity, "neither kgco2e nor an activity is given")
    report("kgco2e", given["kgco2e"] & has_activity, "kgco2e is given together with parts of an activity")
    report("flow", given["factor_uid"] & given["flow"], "both factor and flow are given")
    report("activity", has_activity & ~given["activity"], "activity is not given")
    report("activity_unit", has_activity & ~given["activity_unit"], "activity_unit is not given")
    report("factor_uid", has_activity & ~given["factor_uid"] & ~given["flow"], "neither factor nor flow is given")


def _warn_of_positive_removals(table: pa.Table, faults: Faults) -> None:
    removals = pa.array([component.value for component in _NEVER_POSITIVE])
    positive = flags(pc.greater(table["kgco2e"], 0)) & flags(pc.is_in(table["component"], value_set=removals))
    faults.add(
        Kind.EMISSION,
        "kgco2e",
        positive,
        "SUSPECT_SIGN",
        lambda row: (
            f"kgco2e {table['kgco2e'][row].as_py():.17g} of component {table['component'][row]} is above 0; "
            "what takes carbon out of the air is negative"
        ),
        severity="WARNING",
    )


def _check_benchmarks(table: pa.Table, faults: Faults) -> None:
    limit, baseline, exemplary = (table[f"{name}_kgco2e"] for name in ("limit", "baseline", "exemplary"))
    sound = ~faults.is_broken(Kind.BENCHMARK, "limit_kgco2e", "baseline_kgco2e", "exemplary_kgco2e")
    disordered = pc.or_kleene(pc.greater(exemplary, baseline), pc.greater(baseline, limit))
    faults.add(
        Kind.BENCHMARK,
        "limit_kgco2e",
        flags(disordered) & sound,
        "BENCHMARK_ORDER",
        lambda row: (
            f"exemplary {exemplary[row]}, baseline {baseline[row]}, limit {limit[row]}: "
            "exemplary must not be above baseline, nor baseline above limit"
        ),
    )


def _warn_of_sums(table: pa.Table, faults: Faults) -> None:
    fossil, total = table["fossil_kgco2e"], table["kgco2e"]
    faults.add(
        Kind.DECLARATION,
        "fossil_kgco2e",
        flags(pc.greater(fossil, total)),
        "SUSPECT_SUM",
        lambda row: (
            f"fossil_kgco2e {fossil[row]} is more than kgco2e {total[row]}, which leaves only removals for the rest"
        ),
        severity="WARNING",
    )
    exempted = table["exempted_share"]
    faults.add(
        Kind.DECLARATION,
        "exempted_share",
        flags(pc.greater(exempted, _CUT_OFF_LIMIT)),
        "LARGE_CUT_OFF",
        lambda row: f"exempted_share {exempted[row]} is above {_CUT_OFF_LIMIT} (Catena-X); PACT V2 allows 0.05",
        severity="WARNING",
    )


def _warn_of_boundary(table: pa.Table, faults: Faults) -> None:
    # A Catena-X document of either scope states its production stage by itself, and that is what was read.
    to_grave = pc.and_(
        pc.equal(table["boundary"], SystemBoundary.CRADLE_TO_GRAVE.value),
        pc.not_equal(table["document_format"], DocumentFormat.CATENA_X.value),
    )
    faults.add(
        Kind.DECLARATION,
        "boundary",
        flags(to_grave),
        "DECLARED_TO_GRAVE",
        lambda row: (
            f"the total {table['kgco2e'][row].as_py():.17g} is said to be CRADLE_TO_GRAVE; it counts as the total "
            "at the gate wherever the item is taken in: declare the total from cradle to gate"
        ),
        severity="WARNING",
    )
