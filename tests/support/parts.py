"""Snapshots that differ in the facts of a few items."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from graph_service.engine.parts import Columns, kept
from graph_service.engine.snapshot import STAGES, Rows, Snapshot
from tests.support.graphs import PARTS


def extended(columns: Columns, **rows: Sequence[float]) -> Columns:
    """With further rows; a column that is left out repeats its last value."""
    count = len(next(iter(rows.values())))
    more: dict[str, Any] = {}
    for field in fields(columns):
        old = getattr(columns, field.name)
        new = rows.get(field.name, np.full(count, old[-1] if old.size else 0))
        more[field.name] = np.concatenate((old, np.asarray(new, dtype=old.dtype)))
    return replace(columns, **more)


def changed_at_random(day: Snapshot, random: np.random.Generator, *, most: int = 4) -> tuple[Snapshot, Rows]:
    """The snapshot after a few changes of every kind, and the items whose facts they touch.

    Values and amounts change, emissions, edges (that may close loops), items and declarations come, edges and
    entries go.
    """
    touched: set[int] = set()
    for _ in range(int(random.integers(1, most + 1))):
        day, rows = CHANGES[int(random.integers(len(CHANGES)))](day, random)
        touched.update(int(row) for row in rows)
    return day, np.array(sorted(touched), dtype=np.int32)


def _other_emission(day: Snapshot, random: np.random.Generator) -> tuple[Snapshot, list[int]]:
    if not day.emissions.kgco2e.size:
        return day, []
    at = int(random.integers(day.emissions.kgco2e.size))
    kgco2e = day.emissions.kgco2e.copy()
    kgco2e[at] = random.uniform(-1.0, 4.0)
    return replace(day, emissions=replace(day.emissions, kgco2e=kgco2e)), [day.emissions.item_row[at]]


def _other_amount(day: Snapshot, random: np.random.Generator) -> tuple[Snapshot, list[int]]:
    if not day.supplies.amount.size:
        return day, []
    at = int(random.integers(day.supplies.amount.size))
    amount = day.supplies.amount.copy()
    amount[at] *= random.choice((0.0, 0.3, 0.9, -0.5))
    return replace(day, supplies=replace(day.supplies, amount=amount)), [day.supplies.output_row[at]]


def _new_supply(day: Snapshot, random: np.random.Generator) -> tuple[Snapshot, list[int]]:
    ends = random.integers(0, day.item_count, 2).tolist()
    rows: dict[str, Sequence[float]] = {
        "input_row": [ends[0]],
        "output_row": [ends[1]],
        "amount": [float(random.choice((0.02, 0.2, -0.1, 3.0)))],
        "share": [1.0],
        "stage": [int(random.integers(0, 6))],
    }
    return replace(day, supplies=extended(day.supplies, **rows)), [ends[1]]


def _gone_supply(day: Snapshot, random: np.random.Generator) -> tuple[Snapshot, list[int]]:
    if not day.supplies.amount.size:
        return day, []
    at = int(random.integers(day.supplies.amount.size))
    keep = np.arange(day.supplies.amount.size) != at
    return replace(day, supplies=kept(day.supplies, keep)), [day.supplies.output_row[at]]


def _gone_emission(day: Snapshot, random: np.random.Generator) -> tuple[Snapshot, list[int]]:
    if not day.emissions.kgco2e.size:
        return day, []
    at = int(random.integers(day.emissions.kgco2e.size))
    keep = np.arange(day.emissions.kgco2e.size) != at
    return replace(day, emissions=kept(day.emissions, keep)), [day.emissions.item_row[at]]


def _new_emission(day: Snapshot, random: np.random.Generator) -> tuple[Snapshot, list[int]]:
    item = int(random.integers(day.item_count))
    emissions = extended(
        day.emissions,
        item_row=[item],
        kgco2e=[random.uniform(-1.0, 4.0)],
        stage=[STAGES.index("MANUFACTURING")],
        component=[0],
    )
    return replace(day, emissions=emissions), [item]


def _new_item(day: Snapshot, random: np.random.Generator) -> tuple[Snapshot, list[int]]:
    item, other = day.item_count, int(random.integers(day.item_count))
    wider = replace(day, item_count=item + 1)
    input_row, output_row = (item, other) if random.random() < 0.5 else (other, item)
    supplies = extended(
        wider.supplies, input_row=[input_row], output_row=[output_row], amount=[0.5], share=[1.0], stage=[0]
    )
    return replace(wider, supplies=supplies), [item, output_row]


def _new_declaration(day: Snapshot, random: np.random.Generator) -> tuple[Snapshot, list[int]]:
    item = int(random.integers(day.item_count))
    others = kept(day.declarations, day.declarations.item_row != item)
    if random.random() < 0.3:
        return replace(day, declarations=others), [item]
    declarations = extended(
        others,
        item_row=[item],
        kgco2e=[random.uniform(0.0, 5.0)],
        is_expired=[random.random() < 0.3],
        **{name: [np.nan] for name in PARTS},
        biogenic_uptake_kgco2e=[np.nan],
        exempted_share=[np.nan],
    )
    return replace(day, declarations=declarations), [item]


CHANGES = (
    _other_emission,
    _other_amount,
    _new_supply,
    _gone_supply,
    _new_emission,
    _gone_emission,
    _new_item,
    _new_declaration,
)
