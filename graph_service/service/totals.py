"""The totals of all items as one table: the columns of ``totals.csv``."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.engine.snapshot import COMPONENTS, STAGES
from graph_service.model.totals import QUALITY_COLUMNS
from graph_service.service.snapshots import ViewedGraph


def totals_table(graph: ViewedGraph, *, all_columns: bool = False) -> pa.Table:
    """A row per item, ordered by item, in kg CO2e per declared unit; null = unknown.

    ``all_columns`` adds quality, loop gain, emitter's stages and carbon components.
    """
    roll_up, to_grave, items = graph.roll_up(), graph.view.is_to_grave, graph.day.facts.items
    total = roll_up.total_kgco2e(to_grave=to_grave)
    is_known = ~np.isnan(total)
    columns: dict[str, pa.Array | pa.ChunkedArray] = {
        "item": items["uid"],
        "declared_unit": items["declared_unit"],
        "total_kgco2e": _numbers(total),
        "direct_kgco2e": _numbers(roll_up.direct_kgco2e(to_grave=to_grave)),
        "upstream_kgco2e": _numbers(roll_up.upstream_kgco2e(to_grave=to_grave)),
        "is_complete": pa.array(roll_up.is_complete(to_grave=to_grave)),
    }
    if all_columns:
        solved = roll_up.columns(to_grave=to_grave)
        columns |= {name: _numbers(getattr(solved, name)) for name in QUALITY_COLUMNS}
        columns["loop_gain"] = _numbers(roll_up.loop_gain(to_grave=to_grave))
        for prefix, names, values in (
            ("stage", STAGES, solved.stage_kgco2e),
            ("component", COMPONENTS, solved.component_kgco2e),
        ):
            for index, name in enumerate(names):
                columns[f"{prefix}_{name}_kgco2e"] = _numbers(np.where(is_known, values[:, index], np.nan))
    table = pa.table(columns)
    return table.take(pc.sort_indices(table["item"]))


def _numbers(values: np.ndarray) -> pa.Array:
    return pa.array(values, pa.float64(), mask=np.isnan(values))
