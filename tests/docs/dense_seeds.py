"""The example chains read with the standard library alone and solved densely: a second opinion on the seeds."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

SEEDS = Path(__file__).parents[2] / "seeds"
AFTER_GATE = {"DISTRIBUTION", "USE", "END_OF_LIFE"}
TONNES_PER_UNIT = {"t": 1.0, "kg": 0.001}

Numbers = npt.NDArray[np.float64]


def rows_of_file(stem: str) -> list[dict[str, str]]:
    """The records of one file of the seeds."""
    with (SEEDS / f"{stem}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@dataclass(frozen=True)
class DenseChains:
    """Gate totals of all items in kg CO2e per declared unit, and the Leontief inverse; rows as in ``uids``."""

    uids: list[str]
    direct_kgco2e: Numbers
    inverse: Numbers

    def row(self, uid: str) -> int:
        return self.uids.index(uid)

    def total_kgco2e(self, uid: str) -> float:
        return float(self.direct_kgco2e @ self.inverse[:, self.row(uid)])

    def activity(self, upstream: str, uid: str) -> float:
        """Declared units of ``upstream`` per declared unit of ``uid``."""
        return float(self.inverse[self.row(upstream), self.row(uid)])


def solve_seeds(shares: Mapping[tuple[str, str], float] | None = None) -> DenseChains:
    """The traced seeds, declarations aside; ``shares`` replaces shares by (input, output)."""
    uids = [row["item"] for row in rows_of_file("items")]
    position = {uid: row for row, uid in enumerate(uids)}
    requirements = np.zeros((len(uids), len(uids)))
    for supply in rows_of_file("supplies"):
        if supply["stage"] not in AFTER_GATE:
            ends = supply["input"], supply["output"]
            share = (shares or {}).get(ends, float(supply["share"] or 1))
            requirements[position[ends[0]], position[ends[1]]] += float(supply["amount"]) * share
    direct = np.zeros(len(uids))
    for emission in rows_of_file("emissions"):
        if emission["stage"] not in AFTER_GATE and emission["component"] != "BIOGENIC_UPTAKE":
            direct[position[emission["item"]]] += direct_kgco2e(emission)
    return DenseChains(uids, direct, np.linalg.inv(np.eye(len(uids)) - requirements).astype(np.float64))


def direct_kgco2e(emission: Mapping[str, str]) -> float:
    """What one emission row weighs: given, or activity times its factor."""
    if emission["kgco2e"]:
        return float(emission["kgco2e"])
    factor = next(row for row in rows_of_file("factors") if row["factor"] == emission["factor"])
    own, wanted = emission["activity_unit"], factor["unit"]
    scale = 1.0 if own == wanted else TONNES_PER_UNIT[own] / TONNES_PER_UNIT[wanted]
    return float(emission["activity"]) * scale * float(factor["kgco2e"])
