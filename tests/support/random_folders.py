"""Random valid data set folders as CSV text: loops, substitutes, credits, units, validities and declarations mixed."""

import csv
import random
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np

Row = dict[str, object]

EDGES = (date(2025, 7, 1), date(2026, 1, 1), date(2026, 2, 28), date(2026, 10, 25))
"""Days on which something may start or end. Declarations also end three years after their periods."""

UNIT_GROUPS: dict[str, tuple[tuple[str, float], ...]] = {
    "mass": (("kg", 1.0), ("t", 1000.0), ("g", 0.001), ("tonne", 1000.0), ("kilogram", 1.0)),
    "energy": (("kWh", 3.6), ("MJ", 1.0), ("GJ", 1000.0), ("MWh", 3600.0), ("GWh", 3.6e6), ("kilowatt hour", 3.6)),
    "volume": (("m3", 1.0), ("L", 0.001), ("liter", 0.001), ("cubic meter", 1.0)),
    "freight": (("tkm", 1.0), ("ton kilometer", 1.0)),
    "area": (("m2", 1.0), ("square meter", 1.0)),
    "count": (("pc", 1.0), ("piece", 1.0)),
    "time": (("h", 1.0), ("hour", 1.0)),
    "data": (("megabit second", 1.0),),
    "length": (("km", 1.0),),
    "normal volume": (("Nm3", 1.0),),
    "nitrogen": (("kgN", 1.0),),
    "power": (("kW", 1.0), ("MW", 1000.0)),
    "dollars": (("USD", 1.0),),
}
GATE_STAGES = ("RAW_MATERIAL", "MANUFACTURING", "TRANSPORT", "")
AFTER_GATE_STAGES = ("DISTRIBUTION", "USE", "END_OF_LIFE")
POSITIVE = ("FOSSIL", "LAND_USE_CHANGE", "LAND_MANAGEMENT_BIOGENIC_CO2", "BIOGENIC_NON_CO2", "UNSPECIFIED", "")
NEGATIVE = ("LAND_MANAGEMENT_REMOVALS", "TECHNOLOGICAL_REMOVALS", "CCS_CAPTURE", "BIOGENIC_UPTAKE")
EMITTED = ("land_use_change", "land_management_biogenic_co2", "biogenic_non_co2")
REMOVED = ("land_management_removals", "technological_removals", "ccs_capture")
NAMES = ("cell", "café", "电芯", "Zelle, groß", 'half "inch" pipe', "a:b/c", "x y")


@dataclass
class Item:
    uid: str
    dimension: str
    unit_size: float
    equivalents: dict[str, float]
    """Size of one declared unit in the first unit of another dimension."""
    row: Row


@dataclass
class Edge:
    input: int
    output: int
    coefficient: float
    is_back: bool
    row: Row


@dataclass
class RandomFolder:
    """Builds one folder; the same seed gives the same folder."""

    seed: int
    rng: random.Random = field(init=False)
    items: list[Item] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    files: dict[str, list[Row]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self._add_regions_and_suppliers()
        self._add_factors()
        self._add_items()
        for output in range(len(self.items)):
            self._add_inputs(output)
        self._calm_loops()
        if self.rng.random() < 0.15:
            self._add_cancelling_loop()
        self._write_supplies()
        self._add_emissions()
        self._add_declarations()
        self._decompose_some_references()

    def write(self, folder: Path) -> None:
        """Write every file."""
        write_rows(folder, self.files)

    def some(self, probability: float, value: Callable[[], object]) -> object:
        return value() if self.rng.random() < probability else ""

    def validity(self) -> Row:
        """Mostly open; else a start, an end, or both, at the edges."""
        start, end = sorted(self.rng.sample(EDGES, 2))
        kind = self.rng.randrange(8)
        return {"valid_from": start if kind in (0, 1) else "", "valid_to": end if kind in (1, 2) else ""}

    def ratings(self, probability: float) -> Row:
        names = ("technological_dqr", "temporal_dqr", "geographical_dqr")
        return {name: self.some(probability, lambda: round(self.rng.uniform(1, 5), 2)) for name in names}

    def unit_of(self, dimension: str) -> tuple[str, float]:
        return self.rng.choice(UNIT_GROUPS[dimension])

    def _add_regions_and_suppliers(self) -> None:
        rng = self.rng
        self.regions = [f"R{place}" for place in range(rng.randint(2, 7))]
        self.files["regions"] = [
            {
                "region": region,
                "name": f"Region {region}",
                "parent": rng.choice(self.regions[:place]) if place and rng.random() < 0.8 else "",
            }
            for place, region in enumerate(self.regions)
        ]
        self.suppliers = [f"supplier {place}" for place in range(rng.randint(1, 5))]
        self.files["suppliers"] = [
            {"supplier": uid, "name": uid.title(), "region": self.some(0.5, lambda: rng.choice(self.regions))}
            for uid in self.suppliers
        ]

    def _add_factors(self) -> None:
        rng, rows = self.rng, list[Row]()
        self.flow_dimension = {f"flow {place}": rng.choice(tuple(UNIT_GROUPS)) for place in range(3)}
        for flow, dimension in self.flow_dimension.items():
            # Years differ within a flow, so that the newest of any region is one.
            for year in rng.sample(range(2015, 2026), rng.randint(1, 5)):
                unit, size = self.unit_of(dimension)
                is_footprint = rng.random() < 0.8 or not any(row["flow"] == flow for row in rows)
                rows.append(
                    {
                        "factor": f"{flow} {year}",
                        "name": f"{flow} of {year}",
                        "flow": flow,
                        "kind": "CARBON_FOOTPRINT" if is_footprint else "CO2_EMISSION",
                        "kgco2e": round(rng.uniform(0.1, 3) * size, 6),
                        "unit": unit,
                        "region": rng.choice(self.regions),
                        "year": year,
                        "boundary": "cradle to gate",
                        "gwp_set": rng.choice(("AR5", "AR6")),
                        "source": "drawn at random",
                        "licence": "CC0",
                        **self.ratings(0.5),
                    }
                )
        self.files["factors"] = rows

    def _add_items(self) -> None:
        rng = self.rng
        for place in range(rng.randint(5, 40)):
            dimension = rng.choice(tuple(UNIT_GROUPS))
            unit, size = self.unit_of(dimension)
            others = rng.sample([name for name in UNIT_GROUPS if name != dimension], rng.randint(0, 2))
            texts, equivalents = [], {}
            for other in others:
                amount, (other_unit, other_size) = round(rng.uniform(0.5, 80), 3), self.unit_of(other)
                texts.append(f"{amount} {other_unit}")
                equivalents[other] = amount * other_size
            uid = f"{rng.choice(NAMES)} {rng.randrange(1000)}-{place}"
            row: Row = {
                "item": uid,
                "name": self.some(0.5, lambda: rng.choice(NAMES)),
                "declared_unit": unit,
                "equivalents": "; ".join(texts),
                "supplier": self.some(0.8, lambda: rng.choice(self.suppliers)),
                "category": self.some(0.7, lambda: rng.choice(("battery", "steel", "农产品"))),
                "region": self.some(0.8, lambda: rng.choice(self.regions)),
            }
            self.items.append(Item(uid, dimension, size, equivalents, row))
        self.files["items"] = [item.row for item in rng.sample(self.items, len(self.items))]

    def _add_edge(self, input_place: int, output: int, coefficient: float, **row: object) -> None:
        is_back = input_place <= output and row.get("stage") not in AFTER_GATE_STAGES
        full: Row = {"stage": self.rng.choice(GATE_STAGES), **row}
        self.edges.append(Edge(input_place, output, coefficient, is_back, full))

    def _add_inputs(self, output: int) -> None:
        rng, count = self.rng, len(self.items)
        for _ in range(rng.choice((0, 1, 1, 2, 3))):
            if output + 1 < count:
                sign = -1 if rng.random() < 0.1 else 1
                share = self.some(0.15, lambda: rng.choice((0.25, 0.5, 0, 1)))
                self._add_edge(
                    rng.randrange(output + 1, count),
                    output,
                    sign * rng.uniform(0.05, 1.5),
                    share=share,
                    **self.validity(),
                )
        if rng.random() < 0.3 and output + 2 < count:
            self._add_line(output, name=rng.choice(("main", "主线")))
        if rng.random() < 0.3:
            sign = -1 if rng.random() < 0.2 else 1
            self._add_edge(rng.randrange(output + 1), output, sign * rng.uniform(0.01, 0.6), **self.validity())
        if rng.random() < 0.05 and output + 1 < count:
            # No unit, so that the two are exactly each other's negative.
            input_place = rng.randrange(output + 1, count)
            self._add_edge(input_place, output, 0.75, unit="", stage="RAW_MATERIAL")
            self._add_edge(input_place, output, -0.75, unit="", stage="MANUFACTURING")
        if rng.random() < 0.1:
            self._add_edge(output, output, rng.uniform(0.01, 0.5))
        if rng.random() < 0.25:
            stage = rng.choice(AFTER_GATE_STAGES)
            self._add_edge(rng.randrange(count), output, rng.uniform(-0.3, 1), stage=stage, **self.validity())

    def _add_line(self, output: int, *, name: str) -> None:
        """Substitutes whose shares sum to 1 before, between and after their changes."""
        rng = self.rng
        changes = sorted(rng.sample(EDGES, rng.randint(0, 2)))
        starts, ends = ["", *changes], [*changes, ""]
        if rng.random() < 0.3:
            starts, ends = starts[1:], ends[1:]
        for start, end in zip(starts, ends, strict=True):
            weights = [rng.choice((0, 1, 2, 3)) for _ in range(rng.randint(1, 3))]
            weights[0] += 1
            for weight in weights:
                input_place = rng.randrange(output + 1, len(self.items))
                share = weight / sum(weights)
                stage = rng.choice(AFTER_GATE_STAGES if rng.random() < 0.1 else GATE_STAGES)
                row: Row = {"stage": stage, "line": name, "share": share, "valid_from": start, "valid_to": end}
                self._add_edge(input_place, output, rng.uniform(0.1, 1), **row)

    def _calm_loops(self) -> None:
        """Shrink the edges that close loops until every loop gain, of all rows taken together, is below 1."""
        while True:
            requirements = np.zeros((len(self.items), len(self.items)))
            for edge in self.edges:
                if edge.row["stage"] not in AFTER_GATE_STAGES:
                    requirements[edge.input, edge.output] += abs(edge.coefficient)
            if max(abs(np.linalg.eigvals(requirements))) < 0.95:
                return
            for edge in self.edges:
                edge.coefficient *= 0.7 if edge.is_back else 1.0

    def _add_cancelling_loop(self) -> None:
        """Two items whose loop has gain 1.2 in absolute amounts and none in signed ones: solvable, without shares."""
        first = len(self.items)
        for place in (first, first + 1):
            row: Row = {"item": f"cancelling {place}", "declared_unit": "kg"}
            self.items.append(Item(f"cancelling {place}", "mass", 1.0, {}, row))
            self.files["items"].append(row)
        for input_place, amount in ((first, 0.6), (first + 1, -0.6)):
            for output in (first, first + 1):
                self._add_edge(input_place, output, amount, stage="RAW_MATERIAL")
        self._add_edge(first, self.rng.randrange(first), 0.5, stage="RAW_MATERIAL")

    def _write_supplies(self) -> None:
        rows = []
        for place, edge in enumerate(self.edges):
            item = self.items[edge.input]
            dimension = self.rng.choice((item.dimension, *item.equivalents))
            unit, size = self.unit_of(dimension)
            own_size = item.unit_size if dimension == item.dimension else item.equivalents[dimension]
            # The share multiplies; a line's or a row's own coefficient is what it would be at share 1.
            amount, given_unit = edge.coefficient * own_size / size, unit
            if "unit" in edge.row or self.rng.random() < 0.3:
                amount, given_unit = edge.coefficient, ""
            rows.append(
                {
                    "supply": self.some(0.8, lambda place=place: f"s{place}"),  # type: ignore[misc]
                    "input": item.uid,
                    "output": self.items[edge.output].uid,
                    "amount": repr(amount),
                    "unit": given_unit,
                    **edge.row,
                }
            )
        self.files["supplies"] = rows

    def _decompose_some_references(self) -> None:
        """Names that look the same are the same, however a file spells their accents."""
        for stem, column in (("supplies", "input"), ("emissions", "item"), ("declarations", "item")):
            for row in self.rng.sample(self.files[stem], len(self.files[stem]) // 4):
                row[column] = unicodedata.normalize("NFD", str(row[column]))

    def _add_emissions(self) -> None:
        rows = []
        for item in self.items:
            count = self.rng.choice((0, 1, 1, 2, 3))
            rows += [self._emission(item, self.rng.choice(GATE_STAGES)) for _ in range(count)]
            if self.rng.random() < 0.2:
                rows.append(self._emission(item, self.rng.choice(AFTER_GATE_STAGES)))
        self.files["emissions"] = rows

    def _emission(self, item: Item, stage: str) -> Row:
        rng, kind = self.rng, self.rng.randrange(4)
        row: Row = {
            "emission": "",
            "item": item.uid,
            "stage": stage,
            "component": rng.choice(POSITIVE),
            "kgco2e": "",
            "data_type": rng.choice(("PRIMARY", "SECONDARY", "PROXY", "")),
            "is_verified": rng.choice(("true", "false", "")),
            **self.ratings(0.4),
            **self.validity(),
        }
        if kind == 0:
            row |= {"component": rng.choice(NEGATIVE), "kgco2e": -round(rng.uniform(0, 5), 4)}
        elif kind == 1:
            row["kgco2e"] = rng.choice((0, round(rng.uniform(0, 20), 4), "1.5e-3"))
        else:
            flow = rng.choice(tuple(self.flow_dimension))
            unit, size = self.unit_of(self.flow_dimension[flow])
            named = [f for f in self.files["factors"] if f["flow"] == flow and f["kind"] == "CARBON_FOOTPRINT"]
            row |= {"activity": repr(rng.uniform(0, 4) / size), "activity_unit": unit}
            row |= {"factor": rng.choice(named)["factor"]} if kind == 2 else {"flow": flow}
        return row

    def _add_declarations(self) -> None:
        rng, rows = self.rng, list[Row]()
        for item in self.items:
            if not item.row["item"].__str__().startswith("cancelling") and rng.random() < 0.25:
                uids: list[str] = []
                for _ in range(rng.choice((1, 1, 2, 3))):
                    uid = f"d{rng.randrange(10**6)}-{len(rows)}"
                    preceding = rng.sample(uids, 1) if uids and rng.random() < 0.5 else []
                    rows.append(self._declaration(item, uid, preceding))
                    uids.append(uid)
        self.files["declarations"] = rows

    def _declaration(self, item: Item, uid: str, preceding: list[str]) -> Row:
        rng = self.rng
        kgco2e = 0 if rng.random() < 0.05 else round(rng.uniform(-2, 15), 4)
        period_end = rng.choice((date(2022, 6, 30), date(2022, 12, 31), date(2023, 2, 28), date(2024, 2, 29)))
        valid_from = rng.choice(EDGES[:3])
        is_default = rng.random() < 0.5 and period_end + timedelta(days=3 * 365) > valid_from
        end = rng.choice([edge for edge in EDGES if edge > valid_from])
        return {
            "declaration": uid,
            "item": item.uid,
            "kgco2e": kgco2e,
            "fossil_kgco2e": self.some(0.5, lambda: round(rng.uniform(0, 10), 4)),
            **{f"{name}_kgco2e": self.some(0.2, lambda: round(rng.uniform(0, 3), 4)) for name in EMITTED},
            **{f"{name}_kgco2e": self.some(0.2, lambda: -round(rng.uniform(0, 3), 4)) for name in REMOVED},
            "biogenic_uptake_kgco2e": self.some(0.3, lambda: -round(rng.uniform(0, 4), 4)),
            "reference_period_start": period_end - timedelta(days=364),
            "reference_period_end": period_end,
            "valid_from": valid_from,
            "valid_to": "" if is_default else end,
            "primary_data_share": self.some(0.7, lambda: round(rng.random(), 3)),
            **self.ratings(0.6),
            "rating_scale": self.some(0.3, lambda: rng.choice(("V2", "V3"))),
            "exempted_share": self.some(0.5, lambda: round(rng.uniform(0, 0.2), 4)),
            "is_verified": rng.choice(("true", "false", "")),
            "preceding": " ".join(preceding),
        }


def write_rows(folder: Path, files: Mapping[str, Sequence[Mapping[str, object]]]) -> None:
    """Write the rows of each file, by its stem; columns as they first come."""
    for stem, rows in files.items():
        if rows:
            with (folder / f"{stem}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list({name: None for row in rows for name in row}), restval="")
                writer.writeheader()
                writer.writerows(rows)
