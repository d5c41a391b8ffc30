"""Amounts of supplies into the input's declared unit, and whether equivalents can hold."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.errors import InvalidInput
from graph_service.model.facts import rows_of
from graph_service.model.units import (
    Quantity,
    bridge_factor,
    find_contradiction,
    is_unit,
    parse_equivalents,
    units_like,
)
from graph_service.model.vocabulary import Kind
from graph_service.service.intake.combinations import distinct
from graph_service.service.intake.faults import Faults, show


def check_equivalents(items: pa.Table, faults: Faults) -> None:
    """Report equivalents that cannot be read, or contradict each other or the declared unit."""
    if items["equivalents"].null_count == items.num_rows:
        return
    combinations, which = distinct([items["declared_unit"], items["equivalents"]])
    problems = [_problem_of(unit, text) for unit, text in combinations]
    faults.add(
        Kind.ITEM,
        "equivalents",
        np.array([problem is not None for problem in problems], np.bool_)[which],
        "INVALID_EQUIVALENTS",
        lambda row: f"equivalents: {problems[int(which[row])]}",
    )


def _problem_of(declared_unit: str | None, text: str | None) -> str | None:
    if text is None:
        return None
    try:
        equivalents = parse_equivalents(text)
    except InvalidInput as error:
        return error.message
    if declared_unit is None or not is_unit(declared_unit):
        return None
    contradiction = find_contradiction(declared_unit, equivalents)
    return contradiction and f"{contradiction}; give what one declared unit is in units of other dimensions"


def convert_supplies(supplies: pa.Table, merged_items: pa.Table, faults: Faults) -> pa.Table:
    """The supplies with amounts in their input's declared unit, and that unit.

    Where a unit does not convert, the row is reported and left as it is.
    """
    if supplies.num_rows == 0:
        return supplies
    input_row = rows_of(supplies["input_uid"], merged_items["uid"])
    declared = pa.chunked_array([merged_items["declared_unit"].combine_chunks().take(input_row)], pa.string())
    unit = pc.coalesce(supplies["unit"], declared)
    factor = np.ones(supplies.num_rows)
    is_other = pc.fill_null(pc.not_equal(unit, declared), False).to_numpy()
    differing = np.flatnonzero(is_other & ~faults.is_broken(Kind.SUPPLY, "unit"))
    if len(differing):
        factor[differing] = _factors(unit.take(differing), input_row.take(pa.array(differing)), merged_items)
        faults.add(
            Kind.SUPPLY,
            "unit",
            np.isnan(factor),
            "UNIT_MISMATCH",
            lambda row: _mismatch(unit[row].as_py(), supplies["input_uid"][row].as_py(), declared[row].as_py()),
        )
    with np.errstate(over="ignore"):
        amount = supplies["amount"].to_numpy() * np.where(np.isnan(factor), 1.0, factor)
    faults.add(
        Kind.SUPPLY,
        "amount",
        np.isinf(amount),
        "NOT_FINITE",
        lambda row: f"amount {supplies['amount'][row]} {unit[row]} is too large a number in {declared[row]}",
    )
    converted = pa.chunked_array([pa.array(amount, mask=supplies["amount"].is_null().to_numpy())])
    schema = supplies.schema
    if len(differing):
        supplies = supplies.set_column(schema.get_field_index("amount"), schema.field("amount"), converted)
    settled = pc.coalesce(declared, unit)
    return supplies.set_column(schema.get_field_index("unit"), schema.field("unit"), settled)


def _factors(units: pa.ChunkedArray, input_row: pa.Array, merged_items: pa.Table) -> npt.NDArray[np.float64]:
    """Declared units of the input per given unit, NaN where nothing bridges; each combination is looked up once."""
    inputs = [merged_items[name].combine_chunks().take(input_row) for name in ("declared_unit", "equivalents")]
    combinations, which = distinct([units, *inputs])
    factors = np.ones(len(combinations))
    for index, (unit, declared_unit, equivalents) in enumerate(combinations):
        readable = readable_equivalents(equivalents)
        # Where the item itself is at fault nothing is said of what takes it.
        if unit is not None and declared_unit is not None and is_unit(declared_unit) and readable is not None:
            factor = bridge_factor(unit, declared_unit, readable)
            factors[index] = np.nan if factor is None else factor
    return factors[which]


def readable_equivalents(text: str | None) -> tuple[Quantity, ...] | None:
    """The equivalents, None where they cannot be read: that is reported elsewhere."""
    if text is None:
        return ()
    try:
        return parse_equivalents(text)
    except InvalidInput:
        return None


def _mismatch(unit: str, input_uid: str, declared_unit: str) -> str:
    return (
        f"unit {show(unit)} does not convert to {declared_unit}, in which input {show(input_uid)} is declared; "
        f"give the amount in {' or '.join(units_like(declared_unit))}, or give the input an equivalent in "
        f"{' or '.join(units_like(unit))}"
    )
