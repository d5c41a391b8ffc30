"""The graph of one day as arrays: what the engine takes. Inputs are checked before they get here."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int32]
Codes = npt.NDArray[np.int8]
Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.integer[Any]]
"""Row numbers or codes of any width."""

STAGES = ("RAW_MATERIAL", "MANUFACTURING", "TRANSPORT", "DISTRIBUTION", "USE", "END_OF_LIFE", "UNSPECIFIED")
"""Stage codes are positions here; the first three lie before the gate, the next three after it."""

AFTER_GATE = np.array([False, False, False, True, True, True, False])

COMPONENTS = (
    "FOSSIL",
    "LAND_USE_CHANGE",
    "LAND_MANAGEMENT_BIOGENIC_CO2",
    "LAND_MANAGEMENT_REMOVALS",
    "BIOGENIC_NON_CO2",
    "TECHNOLOGICAL_REMOVALS",
    "CCS_CAPTURE",
    "BIOGENIC_UPTAKE",
    "UNSPECIFIED",
)
DATA_TYPES = ("PRIMARY", "SECONDARY", "PROXY")


@dataclass(frozen=True, slots=True)
class Supplies:
    """Supply edges: one declared unit of output takes ``amount * share`` of input. Several may join two items."""

    input_row: Rows
    output_row: Rows
    amount: Numbers
    share: Numbers
    stage: Codes


@dataclass(frozen=True, slots=True)
class Emissions:
    """Direct emission entries in kg CO2e per declared unit of their item. Ratings: NaN where unrated."""

    item_row: Rows
    kgco2e: Numbers
    stage: Codes
    component: Codes
    data_type: Codes
    is_verified: Flags
    technological_dqr: Numbers
    temporal_dqr: Numbers
    geographical_dqr: Numbers


@dataclass(frozen=True, slots=True)
class Declarations:
    """Declared totals, at most one per item, in kg CO2e per declared unit of the item.

    ``kgco2e`` leaves biogenic uptake out. NaN: a component not given (taken as 0; what the others leave of the total
    is of unspecified component), uptake or exempted share not given (taken as 0), primary share unknown (counts as
    not primary), unrated, or rated on another scale than 1 to 5.
    ``is_expired``: stands in only where the item has no structure, on either basis.
    """

    item_row: Rows
    kgco2e: Numbers
    fossil_kgco2e: Numbers
    land_use_change_kgco2e: Numbers
    land_management_biogenic_co2_kgco2e: Numbers
    land_management_removals_kgco2e: Numbers
    biogenic_non_co2_kgco2e: Numbers
    technological_removals_kgco2e: Numbers
    ccs_capture_kgco2e: Numbers
    biogenic_uptake_kgco2e: Numbers
    primary_data_share: Numbers
    exempted_share: Numbers
    is_verified: Flags
    is_expired: Flags
    technological_dqr: Numbers
    temporal_dqr: Numbers
    geographical_dqr: Numbers


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that holds on one day; rows are 0 to ``item_count`` - 1."""

    item_count: int
    supplies: Supplies
    emissions: Emissions
    declarations: Declarations
