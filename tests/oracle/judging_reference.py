"""A second opinion on grades and on whom to ask next, from ``docs/how-to/grades.md`` and ``data-requests.md`` alone."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from statistics import mean, median

from tests.oracle.explaining_reference import entries, total_of
from tests.oracle.folder_reference import RATINGS, UNITS, Footprints, Row, end_of_declaration, number


def quantities(item: Row) -> Iterator[tuple[str, float]]:
    """Dimension and size of one declared unit: as declared, then in each equivalent in their order."""
    dimension, size = UNITS[item["declared_unit"]]
    yield dimension, size
    for text in (item.get("equivalents") or "").split(";"):
        if text.strip():
            amount, _, unit = text.strip().partition(" ")
            yield UNITS[unit][0], float(amount) * UNITS[unit][1]


# ---------------------------------------------------------------- grades


@dataclass(frozen=True)
class Graded:
    """Every level that the texts allow, and the benchmark's row."""

    levels: set[str]
    benchmark: Row | None


def grade_of(gate: Footprints, item: int) -> Graded:
    """The grade from a cradle-to-gate view."""
    row = gate.facts.items[item]
    total = total_of(gate, item)
    found = _benchmark(gate, row)
    if found is None or math.isnan(total):
        return Graded({"UNGRADED"}, None)
    benchmark, units = found
    values = [float(benchmark[f"{name}_kgco2e"]) for name in ("exemplary", "baseline", "limit")]
    level = next((letter for letter, value in zip("ABC", values, strict=True) if _keeps(total / units, value)), "D")
    if not gate.gaps(item):
        return Graded({level}, benchmark)
    if level != "D":
        return Graded({"UNGRADED"}, benchmark)
    upstream = gate.gate_tier[:, item] >= 0
    if (gate.requirements[:, upstream] < 0).any():
        return Graded({"UNGRADED"}, benchmark)
    return Graded({"D", "UNGRADED"} if _has_negative_row(gate, item) else {"D"}, benchmark)


def _keeps(value: float, limit: float) -> bool:
    return value <= limit + abs(limit) * 1e-12


def _has_negative_row(gate: Footprints, item: int) -> bool:
    return any(
        gate.facts.coefficient(row) < 0 and gate.tier[gate.facts.row_of_item[row["output"]], item] >= 0
        for row in gate.facts.gate_supplies()
    )


def _benchmark(gate: Footprints, item: Row) -> tuple[Row, float] | None:
    """The newest valid one of the first unit that any has, and how many of its units one declared unit is."""
    day = gate.facts.day
    of_category = [
        row
        for row in gate.facts.rows.get("benchmarks", [])
        if item.get("category")
        and row["category"] == item["category"]
        and (not row["valid_from"] or date.fromisoformat(row["valid_from"]) <= day)
    ]
    for dimension, size in quantities(item):
        fitting = [row for row in of_category if UNITS[row["declared_unit"]][0] == dimension]
        if fitting:
            newest = max(fitting, key=lambda row: row["valid_from"])
            return newest, size / UNITS[newest["declared_unit"]][1]
    return None


# ---------------------------------------------------------------- whom to ask


@dataclass(frozen=True)
class Candidate:
    """Group 1 to 3, kilograms brought or guessed, and what better data are worth."""

    uid: str
    group: int
    kgco2e: float | None
    score: float


def candidates(known: Footprints, gate: Footprints, item: int) -> list[Candidate]:
    """All items upstream worth asking about, in order; ``gate`` is the same view from cradle to gate."""
    gaps = {uid: (kind, amount) for uid, kind, amount, _ in known.gaps(item)}
    brought = _brought(known, item)
    with_data = [
        abs(brought.get(known.facts.items[row]["item"], (0.0, 0.0, 0.0))[0])
        for row in range(known.count)
        if known.tier[row, item] >= 0 and known.gap_kind(row) is None
    ]
    average_kgco2e = mean(with_data) if with_data else 0.0
    found = []
    for row in range(known.count):
        uid = known.facts.items[row]["item"]
        if row == item or known.tier[row, item] < 0:
            continue
        if uid in gaps:
            guess = guessed(gate, row, kind=gaps[uid][0])
            if guess is None:
                found.append(Candidate(uid, 2, None, average_kgco2e or 1.0))
            else:
                found.append(Candidate(uid, 1, guess * gaps[uid][1], abs(guess * gaps[uid][1])))
        elif uid in brought:
            kgco2e, absolute_kgco2e, lack = brought[uid]
            if absolute_kgco2e and lack:
                found.append(Candidate(uid, 3, kgco2e, absolute_kgco2e * lack))
    return sorted(found, key=lambda one: (one.group, -one.score, one.uid))


def _brought(known: Footprints, item: int) -> dict[str, tuple[float, float, float]]:
    """Kilograms that each item with data brings, the same without signs, and its lack of quality."""
    parts: dict[str, list[tuple[float, float]]] = {}
    for entry in entries(known, item):
        uid = known.facts.items[entry.item]["item"]
        base = {"PRIMARY": 0.0, "PROXY": 1.0}.get(entry.row.get("data_type", ""), 0.5)
        ratings = [number(entry.row.get(name)) or number((entry.factor or {}).get(name)) for name in RATINGS]
        parts.setdefault(uid, []).append((entry.kgco2e * entry.taken, _lack(base, ratings)))
    for row in range(known.count):
        declared = known.declaration[row]
        if declared and known.tier[row, item] >= 0:
            share = number(declared.get("primary_data_share"))
            is_expired = end_of_declaration(declared) <= known.facts.day
            base = 1.0 if share is None else 1 - share
            kgco2e = float(declared["kgco2e"]) * float(known.activity[row, item])
            is_v3 = (declared.get("rating_scale") or "V3") == "V3"
            ratings = [number(declared.get(name)) if is_v3 else None for name in RATINGS]
            lack = 1.0 if is_expired else _lack(base, ratings)
            parts.setdefault(known.facts.items[row]["item"], []).append((kgco2e, lack))
    return {
        uid: (sum(kgco2e for kgco2e, _ in each), sum(abs(kgco2e) for kgco2e, _ in each), _weighted(each))
        for uid, each in parts.items()
    }


def _lack(base: float, ratings: list[float | None]) -> float:
    given = [rating for rating in ratings if rating is not None]
    return (base + (mean(given) - 1) / 4) / 2 if given else base


def _weighted(parts: list[tuple[float, float]]) -> float:
    weight = sum(abs(kgco2e) for kgco2e, _ in parts)
    return sum(abs(kgco2e) * lack for kgco2e, lack in parts) / weight if weight else 0.0


def guessed(gate: Footprints, row: int, *, kind: str) -> float | None:
    """Kilograms per declared unit of a gap that the peers of its category suggest."""
    own = gate.facts.items[row]
    peers = [
        (gate.facts.items[peer], kgco2e)
        for peer in range(gate.count)
        if peer != row
        and own.get("category")
        and gate.facts.items[peer].get("category") == own["category"]
        and (kgco2e := _figure(gate, peer, kind=kind)) is not None
    ]
    for dimension, size in quantities(own):
        figures = [
            kgco2e / next(each for name, each in quantities(peer) if name == dimension)
            for peer, kgco2e in peers
            if dimension in dict(quantities(peer))
        ]
        if figures:
            return median(figures) * size
    return None


def _figure(gate: Footprints, peer: int, *, kind: str) -> float | None:
    """What a peer says: its complete total from cradle to gate, or what it emits itself."""
    if kind == "NO_DATA":
        total = total_of(gate, peer)
        return None if gate.gaps(peer) or math.isnan(total) else total
    if gate.is_declared[peer] or not (gate.has_gate_input[peer] and gate.has_gate_emission[peer]):
        return None
    return float(gate.per_item("kgco2e")["gate"][peer])
