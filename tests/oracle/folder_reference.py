"""A second opinion on a whole data set folder: what every footprint is, by csv and dense matrices alone.

Written from ``contract/dataset.md``, ``contract/schema.graphql`` and the design's section 5, without a line of the
service: what both agree on was understood twice. Small folders only; everything is a full matrix, input by output.
"""

import csv
import io
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Row = dict[str, str]

STAGES = ("RAW_MATERIAL", "MANUFACTURING", "TRANSPORT", "DISTRIBUTION", "USE", "END_OF_LIFE", "UNSPECIFIED")
AFTER_GATE = ("DISTRIBUTION", "USE", "END_OF_LIFE")
UPTAKE = "BIOGENIC_UPTAKE"
COMPONENTS = (
    "FOSSIL",
    "LAND_USE_CHANGE",
    "LAND_MANAGEMENT_BIOGENIC_CO2",
    "LAND_MANAGEMENT_REMOVALS",
    "BIOGENIC_NON_CO2",
    "TECHNOLOGICAL_REMOVALS",
    "CCS_CAPTURE",
    UPTAKE,
    "UNSPECIFIED",
)
RATINGS = ("technological_dqr", "temporal_dqr", "geographical_dqr")

UNITS: dict[str, tuple[str, float]] = {
    **dict.fromkeys(("kilogram", "kg"), ("mass", 1.0)),
    "g": ("mass", 0.001),
    **dict.fromkeys(("t", "tonne"), ("mass", 1000.0)),
    **dict.fromkeys(("liter", "L"), ("volume", 0.001)),
    **dict.fromkeys(("cubic meter", "m3"), ("volume", 1.0)),
    **dict.fromkeys(("kilowatt hour", "kWh"), ("energy", 3.6)),
    **dict.fromkeys(("megajoule", "MJ"), ("energy", 1.0)),
    "MWh": ("energy", 3600.0),
    "GWh": ("energy", 3600000.0),
    "GJ": ("energy", 1000.0),
    **dict.fromkeys(("ton kilometer", "tkm"), ("freight", 1.0)),
    **dict.fromkeys(("square meter", "m2"), ("area", 1.0)),
    **dict.fromkeys(("piece", "pc"), ("pieces", 1.0)),
    **dict.fromkeys(("hour", "h"), ("time", 1.0)),
    "megabit second": ("data", 1.0),
    "km": ("length", 1.0),
    "Nm3": ("normal volume", 1.0),
    "kgN": ("nitrogen", 1.0),
    "kW": ("power", 1.0),
    "MW": ("power", 1000.0),
    "USD": ("USD", 1.0),
    "CNY": ("CNY", 1.0),
    "EUR": ("EUR", 1.0),
}
"""Dimension, and how many of the dimension's first unit one is: the closed list of ``dataset.md``."""


def read_rows(folder: Path) -> dict[str, list[Row]]:
    """The rows of every CSV file of the folder, by the file's stem."""
    files = {}
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            files[path.stem] = list(csv.DictReader(io.StringIO(unicodedata.normalize("NFC", file.read()), newline="")))
    return files


def number(text: str | None) -> float | None:
    return float(text) if text else None


def is_valid(row: Row, day: date) -> bool:
    """Whether the day lies within the row's validity, the end excluded."""
    return (not row.get("valid_from") or date.fromisoformat(row["valid_from"]) <= day) and (
        not row.get("valid_to") or day < date.fromisoformat(row["valid_to"])
    )


def end_of_declaration(row: Row) -> date:
    if row.get("valid_to"):
        return date.fromisoformat(row["valid_to"])
    end = date.fromisoformat(row["reference_period_end"])
    return date(end.year + 3, end.month, min(end.day, 28) if end.month == 2 else end.day)


def amount_in_declared_units(supply: Row, input_item: Row) -> float:
    """Amount of a supply in the input's declared unit, over one of its equivalents where the dimensions differ."""
    amount = float(supply["amount"])
    if not supply.get("unit"):
        return amount
    dimension, size = UNITS[supply["unit"]]
    own_dimension, own_size = UNITS[input_item["declared_unit"]]
    if dimension == own_dimension:
        return amount * size / own_size
    for equivalent in input_item["equivalents"].split(";"):
        quantity, _, unit = equivalent.strip().partition(" ")
        if UNITS[unit][0] == dimension:
            return amount * size / (float(quantity) * UNITS[unit][1])
    raise AssertionError(f"no bridge from {supply['unit']} to {input_item['declared_unit']}")


@dataclass
class Source:
    """One thing that puts kilograms on an item: an emission row, or the declaration in force."""

    item: int
    kgco2e: float
    stage: str
    components: dict[str, float]
    primary: float
    verified: float
    proxy: float
    exempted_kgco2e: float
    ratings: tuple[float | None, ...]
    uptake_kgco2e: float = 0.0
    is_uptake: bool = False


@dataclass
class Facts:
    """A folder's facts as of one day."""

    rows: dict[str, list[Row]]
    day: date
    received: dict[str, int] = field(default_factory=dict)
    """The revision that first recorded a declaration; of one data set alone all are received at once."""
    items: list[Row] = field(init=False)
    row_of_item: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.items = sorted(self.rows["items"], key=lambda row: row["item"])
        self.row_of_item = {row["item"]: place for place, row in enumerate(self.items)}

    def valid(self, file: str) -> list[Row]:
        return [row for row in self.rows.get(file, []) if is_valid(row, self.day)]

    def gate_supplies(self) -> list[Row]:
        return [row for row in self.valid("supplies") if row.get("stage") not in AFTER_GATE]

    def coefficient(self, supply: Row) -> float:
        """Declared units of the input per declared unit of the output."""
        input_item = self.items[self.row_of_item[supply["input"]]]
        return amount_in_declared_units(supply, input_item) * float(supply.get("share") or 1)

    def regions_of(self, item: Row) -> Iterator[str]:
        """The item's region, its parent and so on up."""
        parents = {row["region"]: row["parent"] for row in self.rows.get("regions", [])}
        region = item.get("region") or ""
        while region:
            yield region
            region = parents.get(region) or ""

    def factor_of(self, emission: Row) -> Row | None:
        factors = self.rows.get("factors", [])
        if emission.get("factor"):
            return next(row for row in factors if row["factor"] == emission["factor"])
        if not emission.get("flow"):
            return None
        of_flow = [row for row in factors if row["flow"] == emission["flow"] and row["kind"] == "CARBON_FOOTPRINT"]
        for region in self.regions_of(self.items[self.row_of_item[emission["item"]]]):
            here = [row for row in of_flow if row["region"] == region]
            if here:
                return max(here, key=lambda row: int(row["year"]))
        return max(of_flow, key=lambda row: int(row["year"]))

    def emission_source(self, row: Row) -> Source:
        factor = self.factor_of(row)
        if factor is None:
            kgco2e = float(row["kgco2e"])
        else:
            size = UNITS[row["activity_unit"]][1] / UNITS[factor["unit"]][1]
            kgco2e = float(row["activity"]) * size * float(factor["kgco2e"])
        component = row.get("component") or "UNSPECIFIED"
        is_uptake = component == UPTAKE
        weight = 0.0 if is_uptake else abs(kgco2e)
        return Source(
            item=self.row_of_item[row["item"]],
            kgco2e=0.0 if is_uptake else kgco2e,
            stage=row.get("stage") or "MANUFACTURING",
            components={component: kgco2e},
            primary=weight * (row.get("data_type") == "PRIMARY"),
            verified=weight * (row.get("is_verified") == "true"),
            proxy=weight * (row.get("data_type") == "PROXY"),
            exempted_kgco2e=0.0,
            ratings=tuple(number(row.get(name)) or (number(factor.get(name)) if factor else None) for name in RATINGS),
            uptake_kgco2e=kgco2e if is_uptake else 0.0,
            is_uptake=is_uptake,
        )

    def declaration_in_force(self, item: int, *, is_traced: bool, has_structure: bool) -> Row | None:
        """The declaration that stands in for the item's upstream on the day."""
        if is_traced and has_structure:
            return None
        begun = [
            row
            for row in self.rows.get("declarations", [])
            if row["item"] == self.items[item]["item"] and date.fromisoformat(row["valid_from"]) <= self.day
        ]
        valid = [row for row in begun if self.day < end_of_declaration(row)]
        candidates = valid or ([] if has_structure else begun)
        replaced = {uid for row in candidates for uid in row.get("preceding", "").split()}
        left = [row for row in candidates if row["declaration"] not in replaced]
        return max(left, key=self._precedence, default=None)

    def _precedence(self, row: Row) -> tuple[str, int, str]:
        return row["reference_period_end"], self.received.get(row["declaration"], 0), row["declaration"]

    def declared_source(self, item: int, row: Row) -> Source:
        kgco2e, weight = float(row["kgco2e"]), abs(float(row["kgco2e"]))
        parts = {name: number(row.get(f"{name.lower()}_kgco2e")) or 0.0 for name in COMPONENTS[:7]}
        is_v3 = (row.get("rating_scale") or "V3") == "V3"
        uptake = number(row.get("biogenic_uptake_kgco2e")) or 0.0
        exempted = number(row.get("exempted_share")) or 0.0
        return Source(
            item=item,
            kgco2e=kgco2e,
            stage="UNSPECIFIED",
            components={**parts, "UNSPECIFIED": kgco2e - sum(parts.values()), UPTAKE: uptake},
            primary=weight * (number(row.get("primary_data_share")) or 0.0),
            verified=weight * (row.get("is_verified") == "true"),
            proxy=0.0,
            exempted_kgco2e=weight * exempted / (1 - exempted),
            ratings=tuple(number(row.get(name)) if is_v3 else None for name in RATINGS),
            uptake_kgco2e=uptake,
        )


@dataclass
class Footprints:
    """Every item's footprint as of a day, on one basis and within one boundary."""

    facts: Facts
    is_traced: bool
    to_grave: bool

    def __post_init__(self) -> None:
        self.count = len(self.facts.items)
        self._find_sources()
        self._fill_matrices()
        self._walk()
        self._solve()

    def _find_sources(self) -> None:
        facts, items = self.facts, range(self.count)
        emissions = [facts.emission_source(row) for row in facts.valid("emissions")]
        gate = [source for source in emissions if source.stage not in AFTER_GATE]
        self.after_gate = [source for source in emissions if source.stage in AFTER_GATE]
        self.has_gate_emission = np.isin(items, [source.item for source in gate])
        self.has_gate_input = np.isin(items, [facts.row_of_item[row["output"]] for row in facts.gate_supplies()])
        self.has_structure = self.has_gate_emission | self.has_gate_input
        self.declaration: list[Row | None] = [
            facts.declaration_in_force(item, is_traced=self.is_traced, has_structure=bool(self.has_structure[item]))
            for item in items
        ]
        self.is_declared = np.array([row is not None for row in self.declaration])
        self.gate = [source for source in gate if not self.is_declared[source.item]]
        self.gate += [facts.declared_source(item, row) for item, row in enumerate(self.declaration) if row]

    def _fill_matrices(self) -> None:
        self.requirements = np.zeros((self.count, self.count))
        self.after_supplies = np.zeros((self.count, self.count))
        self.inputs: list[list[tuple[int, float, str]]] = [[] for _ in range(self.count)]
        """Direct inputs of each item: input, coefficient, stage; those past the gate only where they count."""
        for row in self.facts.valid("supplies"):
            i, j = self.facts.row_of_item[row["input"]], self.facts.row_of_item[row["output"]]
            coefficient, stage = self.facts.coefficient(row), row.get("stage") or "RAW_MATERIAL"
            if stage in AFTER_GATE:
                self.after_supplies[i, j] += coefficient * self.to_grave
            elif not self.is_declared[j]:
                self.requirements[i, j] += coefficient
            if (stage in AFTER_GATE and self.to_grave) or (stage not in AFTER_GATE and not self.is_declared[j]):
                self.inputs[j].append((i, coefficient, stage))

    def _walk(self) -> None:
        # Rows that cancel leave nothing to need: what is unknown of their input is in no total.
        gate = [set(np.flatnonzero(self.requirements[:, j]).tolist()) for j in range(self.count)]
        every = [gate[j] | set(np.flatnonzero(self.after_supplies[:, j]).tolist()) for j in range(self.count)]
        self.tier = np.stack([fewest_steps(j, every[j], gate) for j in range(self.count)], axis=1)
        """[i, j]: fewest supply steps from i to j; -1 where i is not upstream of j."""
        self.gate_tier = np.stack([fewest_steps(j, gate[j], gate) for j in range(self.count)], axis=1)

    def _solve(self) -> None:
        identity, is_upstream = np.eye(self.count), self.gate_tier >= 0
        # Dense elimination leaves rounding where no path leads: exact zeros decide what is unknown.
        self.leontief = np.linalg.inv(identity - self.requirements) * is_upstream
        self.activity = self.leontief @ (identity + self.after_supplies)
        """[i, j]: declared units of i per declared unit of j."""
        self.absolute_leontief = np.linalg.inv(identity - abs(self.requirements)) * is_upstream
        self.absolute_activity = self.absolute_leontief @ (identity + abs(self.after_supplies))

    def roll_up(self, values: dict[str, Numbers], *, is_absolute: bool) -> Numbers:
        activity = self.absolute_activity if is_absolute else self.activity
        return values["gate"] @ activity + values["after"] * self.to_grave

    def per_item(self, value: str, key: str = "") -> dict[str, Numbers]:
        """One column of the items' own kilograms, before and after the gate."""
        sums = {"gate": np.zeros(self.count), "after": np.zeros(self.count)}
        for side, sources in (("gate", self.gate), ("after", self.after_gate)):
            for source in sources:
                sums[side][source.item] += amount_of(source, value, key)
        return sums

    def signed(self, value: str, key: str = "") -> Numbers:
        return self.roll_up(self.per_item(value, key), is_absolute=False)

    def weight(self, value: str, key: str = "") -> Numbers:
        return self.roll_up(self.per_item(value, key), is_absolute=True)

    def is_known(self) -> npt.NDArray[np.bool_]:
        has_data = self.has_gate_emission | self.is_declared
        own_after = np.isin(range(self.count), [source.item for source in self.after_gate]) & self.to_grave
        is_known: npt.NDArray[np.bool_] = ((self.tier >= 0) & has_data[:, None]).any(axis=0) | own_after
        return is_known

    def gap_kind(self, item: int) -> str | None:
        if self.is_declared[item] or self.has_gate_emission[item]:
            return None
        return "DIRECT_MISSING" if self.has_gate_input[item] else "NO_DATA"

    def gaps(self, item: int) -> list[tuple[str, str, float, int]]:
        """Item uid, kind, amount and tier of every gap upstream, by tier and uid."""
        found = [
            (self.facts.items[i]["item"], kind, float(self.activity[i, item]), int(self.tier[i, item]))
            for i in range(self.count)
            if self.tier[i, item] >= 0 and (kind := self.gap_kind(i))
        ]
        return sorted(found, key=lambda gap: (gap[3], gap[0]))

    @cached_property
    def loop_gain(self) -> Numbers:
        """Worst spectral radius of the absolute requirements within a loop upstream of each item."""
        reach = self.gate_tier >= 0
        own = np.zeros(self.count)
        for i in range(self.count):
            members = np.flatnonzero(reach[i] & reach[:, i])
            block = abs(self.requirements[np.ix_(members, members)])
            own[i] = max(abs(np.linalg.eigvals(block)))
        worst: Numbers = np.where(self.tier >= 0, own[:, None], 0.0).max(axis=0)
        return worst


def fewest_steps(item: int, inputs: set[int], gate_inputs: list[set[int]]) -> npt.NDArray[np.int64]:
    """Fewest steps from every item into ``item``, whose direct ``inputs`` are one away; -1 where no path leads."""
    steps = np.full(len(gate_inputs), -1)
    steps[item], step, found = 0, 1, set(inputs)
    while found := {i for i in found if steps[i] < 0}:
        steps[list(found)] = step
        found, step = {k for i in found for k in gate_inputs[i]}, step + 1
    return steps


def amount_of(source: Source, value: str, key: str) -> float:
    """One number of a source: signed kilograms, or the absolute ones that weigh shares and ratings."""
    weight = 0.0 if source.is_uptake else abs(source.kgco2e)
    if value == "stage":
        return source.kgco2e * (source.stage == key)
    if value == "component":
        return source.components.get(key, 0.0)
    if value == "absolute":
        return weight
    if value == "rated_by":
        return weight * (source.ratings[RATINGS.index(key)] is not None)
    if value == "rating":
        return weight * (source.ratings[RATINGS.index(key)] or 0.0)
    return float(getattr(source, value))
