"""Builders of small and large snapshots for tests of the engine."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from graph_service.engine.snapshot import (
    AFTER_GATE,
    COMPONENTS,
    DATA_TYPES,
    STAGES,
    Declarations,
    Emissions,
    Numbers,
    Rows,
    Snapshot,
    Supplies,
)

NAN = float("nan")

PARTS = {
    "fossil_kgco2e": 0.7,
    "land_use_change_kgco2e": 0.1,
    "land_management_biogenic_co2_kgco2e": 0.05,
    "land_management_removals_kgco2e": -0.2,
    "biogenic_non_co2_kgco2e": 0.02,
    "technological_removals_kgco2e": -0.1,
    "ccs_capture_kgco2e": -0.03,
}
"""Components of a declared total, and what share of it random ones give."""


@dataclass(frozen=True, slots=True)
class SupplyRow:
    """One supply edge: one declared unit of the output takes ``amount * share`` of the input."""

    input_row: int
    output_row: int
    amount: float
    share: float = 1.0
    stage: str = "RAW_MATERIAL"


@dataclass(frozen=True, slots=True)
class EmissionRow:
    """One direct emission entry, kg CO2e per declared unit; ratings in the order of the snapshot, NaN unrated."""

    item_row: int
    kgco2e: float
    stage: str = "MANUFACTURING"
    component: str = "FOSSIL"
    data_type: str = "SECONDARY"
    is_verified: bool = False
    ratings: tuple[float, float, float] = (NAN, NAN, NAN)


@dataclass(frozen=True, slots=True)
class DeclarationRow:
    """One declared total, kg CO2e per declared unit; NaN not given."""

    item_row: int
    kgco2e: float
    fossil_kgco2e: float = NAN
    biogenic_uptake_kgco2e: float = NAN
    primary_data_share: float = NAN
    exempted_share: float = NAN
    is_verified: bool = False
    is_expired: bool = False
    ratings: tuple[float, float, float] = (NAN, NAN, NAN)
    land_use_change_kgco2e: float = NAN
    land_management_biogenic_co2_kgco2e: float = NAN
    land_management_removals_kgco2e: float = NAN
    biogenic_non_co2_kgco2e: float = NAN
    technological_removals_kgco2e: float = NAN
    ccs_capture_kgco2e: float = NAN


def snapshot(
    item_count: int,
    *,
    supplies: Sequence[SupplyRow] = (),
    emissions: Sequence[EmissionRow] = (),
    declarations: Sequence[DeclarationRow] = (),
) -> Snapshot:
    """The rows as arrays."""
    return Snapshot(
        item_count=item_count,
        supplies=Supplies(
            input_row=_rows([row.input_row for row in supplies]),
            output_row=_rows([row.output_row for row in supplies]),
            amount=_numbers([row.amount for row in supplies]),
            share=_numbers([row.share for row in supplies]),
            stage=_codes([STAGES.index(row.stage) for row in supplies]),
        ),
        emissions=Emissions(
            item_row=_rows([row.item_row for row in emissions]),
            kgco2e=_numbers([row.kgco2e for row in emissions]),
            stage=_codes([STAGES.index(row.stage) for row in emissions]),
            component=_codes([COMPONENTS.index(row.component) for row in emissions]),
            data_type=_codes([DATA_TYPES.index(row.data_type) for row in emissions]),
            is_verified=np.array([row.is_verified for row in emissions], dtype=np.bool_),
            technological_dqr=_numbers([row.ratings[0] for row in emissions]),
            temporal_dqr=_numbers([row.ratings[1] for row in emissions]),
            geographical_dqr=_numbers([row.ratings[2] for row in emissions]),
        ),
        declarations=_declarations(declarations),
    )


def _declarations(rows: Sequence[DeclarationRow]) -> Declarations:
    return Declarations(
        item_row=_rows([row.item_row for row in rows]),
        kgco2e=_numbers([row.kgco2e for row in rows]),
        **{name: _numbers([getattr(row, name) for row in rows]) for name in PARTS},
        biogenic_uptake_kgco2e=_numbers([row.biogenic_uptake_kgco2e for row in rows]),
        primary_data_share=_numbers([row.primary_data_share for row in rows]),
        exempted_share=_numbers([row.exempted_share for row in rows]),
        is_verified=np.array([row.is_verified for row in rows], dtype=np.bool_),
        is_expired=np.array([row.is_expired for row in rows], dtype=np.bool_),
        technological_dqr=_numbers([row.ratings[0] for row in rows]),
        temporal_dqr=_numbers([row.ratings[1] for row in rows]),
        geographical_dqr=_numbers([row.ratings[2] for row in rows]),
    )


def from_arrays(input_row: Rows, output_row: Rows, amount: Numbers, direct_kgco2e: Numbers) -> Snapshot:
    """One fossil gate emission per item, gate supplies only."""
    count, edges = direct_kgco2e.size, amount.size
    blank = snapshot(count)
    unrated = np.full(count, np.nan)
    return replace(
        blank,
        supplies=Supplies(
            input_row=input_row.astype(np.int32),
            output_row=output_row.astype(np.int32),
            amount=amount.astype(np.float64),
            share=np.ones(edges),
            stage=np.zeros(edges, dtype=np.int8),
        ),
        emissions=Emissions(
            item_row=np.arange(count, dtype=np.int32),
            kgco2e=direct_kgco2e.astype(np.float64),
            stage=np.full(count, STAGES.index("MANUFACTURING"), dtype=np.int8),
            component=np.zeros(count, dtype=np.int8),
            data_type=np.full(count, DATA_TYPES.index("SECONDARY"), dtype=np.int8),
            is_verified=np.zeros(count, dtype=np.bool_),
            technological_dqr=unrated,
            temporal_dqr=unrated,
            geographical_dqr=unrated,
        ),
    )


def from_matrix(requirements: Numbers, direct_kgco2e: Numbers) -> Snapshot:
    """The snapshot of a dense A, entry [i, j] being what item j takes of item i."""
    input_row, output_row = np.nonzero(requirements)
    return from_arrays(
        input_row.astype(np.int32), output_row.astype(np.int32), requirements[input_row, output_row], direct_kgco2e
    )


def chain(length: int, *, amount: float = 1.0, kgco2e: float = 1.0) -> Snapshot:
    """Item 0 goes into item 1, that into item 2 and so on; each emits ``kgco2e``."""
    row = np.arange(length, dtype=np.int32)
    return from_arrays(row[:-1], row[1:], np.full(length - 1, amount), np.full(length, kgco2e))


def diamond() -> Snapshot:
    """Item 0 goes into 1 (twice) and 2 (three times), both into 3; direct kilograms 10, 1, 2, 0.5."""
    return snapshot(
        4,
        supplies=[SupplyRow(0, 1, 2.0), SupplyRow(0, 2, 3.0), SupplyRow(1, 3, 1.0), SupplyRow(2, 3, 1.0)],
        emissions=[EmissionRow(row, kgco2e) for row, kgco2e in enumerate((10.0, 1.0, 2.0, 0.5))],
    )


def ring(length: int, *, gain: float, kgco2e: float = 1.0) -> Snapshot:
    """Each item goes into the next and the last into the first; the loop gain is ``gain``."""
    row = np.arange(length, dtype=np.int32)
    return from_arrays(row, np.roll(row, -1), np.full(length, gain), np.full(length, kgco2e))


def shared_part(user_count: int) -> Snapshot:
    """Item 0 goes into every one of ``user_count`` items, and they all into the last."""
    user = np.arange(1, user_count + 1, dtype=np.int32)
    zero, last = np.zeros_like(user), np.full_like(user, user_count + 1)
    return from_arrays(
        np.concatenate((zero, user)),
        np.concatenate((user, last)),
        np.concatenate((np.full(user_count, 2.0), np.ones(user_count))),
        np.ones(user_count + 2),
    )


def random_snapshot(
    seed: int, *, item_count: int, inputs_per_item: float = 2.0, most_gain: float = 0.9, is_plain: bool = False
) -> Snapshot:
    """A random graph with loops, self-loops, negative and zero amounts, parallel edges, gaps and declarations.

    ``is_plain``: one emission per item, gate supplies only, no declarations.
    """
    random = np.random.default_rng(seed)
    edges = int(inputs_per_item * item_count)
    input_row, output_row = random.integers(0, item_count, edges), random.integers(0, item_count, edges)
    amount = random.uniform(-0.4, 1.0, edges) * 10.0 ** random.uniform(-1, 1, edges)
    amount[random.random(edges) < 0.05] = 0.0
    stage = random.choice(3 if is_plain else 6, edges, p=None if is_plain else (0.4, 0.2, 0.1, 0.1, 0.1, 0.1))
    supplies = [
        SupplyRow(int(i), int(o), float(a), float(random.choice((1.0, 0.5, 0.25))), STAGES[s])
        for i, o, a, s in zip(input_row, output_row, amount, stage, strict=True)
    ]
    supplies = with_gain_below_one(item_count, supplies, most_gain=most_gain)
    if is_plain:
        emissions = [EmissionRow(row, float(random.uniform(-1.0, 4.0))) for row in range(item_count)]
        return snapshot(item_count, supplies=supplies, emissions=emissions)
    emissions = [_random_emission(random, int(row)) for row in random.integers(0, item_count, 2 * item_count)]
    declared = np.flatnonzero(random.random(item_count) < 0.2)
    declarations = [_random_declaration(random, int(row)) for row in declared]
    return snapshot(item_count, supplies=supplies, emissions=emissions, declarations=declarations)


def with_gain_below_one(item_count: int, supplies: Sequence[SupplyRow], *, most_gain: float = 0.9) -> list[SupplyRow]:
    """The supplies, amounts scaled down so far that no loop through gates has a gain above ``most_gain``."""
    matrix = np.zeros((item_count, item_count))
    for row in supplies:
        if not AFTER_GATE[STAGES.index(row.stage)]:
            matrix[row.input_row, row.output_row] += abs(row.amount * row.share)
    gain = float(np.abs(np.linalg.eigvals(matrix)).max(initial=0.0))
    factor = most_gain / gain if gain > most_gain else 1.0
    return [replace(row, amount=row.amount * factor) for row in supplies]


def _random_emission(random: np.random.Generator, item_row: int) -> EmissionRow:
    component = str(random.choice(COMPONENTS))
    sign = -1.0 if component in {"BIOGENIC_UPTAKE", "LAND_MANAGEMENT_REMOVALS"} else 1.0
    return EmissionRow(
        item_row,
        sign * float(random.uniform(0.0, 5.0)),
        stage=STAGES[int(random.choice(6, p=(0.2, 0.4, 0.1, 0.1, 0.1, 0.1)))],
        component=component,
        data_type=str(random.choice(DATA_TYPES)),
        is_verified=bool(random.random() < 0.3),
        ratings=_random_ratings(random),
    )


def _random_declaration(random: np.random.Generator, item_row: int) -> DeclarationRow:
    kgco2e = float(random.uniform(-2.0, 10.0))
    return DeclarationRow(
        item_row,
        kgco2e,
        **{name: float(random.choice((NAN, share * kgco2e))) for name, share in PARTS.items()},
        biogenic_uptake_kgco2e=float(random.choice((NAN, -1.5))),
        primary_data_share=float(random.choice((NAN, 0.35))),
        exempted_share=float(random.choice((NAN, 0.04))),
        is_verified=bool(random.random() < 0.5),
        is_expired=bool(random.random() < 0.3),
        ratings=_random_ratings(random),
    )


def _random_ratings(random: np.random.Generator) -> tuple[float, float, float]:
    drawn = np.where(random.random(3) < 0.4, np.nan, random.uniform(1.0, 5.0, 3)).tolist()
    return drawn[0], drawn[1], drawn[2]


def _rows(values: Sequence[int]) -> Rows:
    return np.array(values, dtype=np.int32)


def _codes(values: Sequence[int]) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    return np.array(values, dtype=np.int8)


def _numbers(values: Sequence[float]) -> Numbers:
    return np.array(values, dtype=np.float64)
