"""The further columns of the same equations: stages, carbon components, and weights for shares and ratings."""

from dataclasses import dataclass

import numpy as np

from graph_service.engine.direct import ABSOLUTE, EXEMPTED, PRIMARY, PROXY, RATED, RATING, VERIFIED
from graph_service.engine.equations import BIOGENIC_UPTAKE
from graph_service.engine.snapshot import STAGES, Numbers
from graph_service.engine.solver import Solver


@dataclass(frozen=True, slots=True)
class Columns:
    """What a footprint is made of, by item row; NaN where unknown.

    ``stage_kgco2e`` (items, 7) by the stage where it is emitted, sums to the total. ``component_kgco2e`` (items, 9):
    all but BIOGENIC_UPTAKE sum to the total. Shares and ratings, (items,), are of the absolute kilograms of every
    entry, uptake left out: NaN where there are none, or where the gain of \\|A\\| is 1 or more.
    ``rated_share``: of the worst-rated indicator.
    """

    stage_kgco2e: Numbers
    component_kgco2e: Numbers
    total_including_uptake_kgco2e: Numbers
    primary_data_share: Numbers
    verified_share: Numbers
    proxy_share: Numbers
    exempted_share: Numbers
    technological_dqr: Numbers
    temporal_dqr: Numbers
    geographical_dqr: Numbers
    rated_share: Numbers


def solve_columns(solver: Solver, direct: Numbers) -> Numbers:
    """All columns in one solve, shape (items, columns); empty ones are left out of it."""
    is_used = direct.any(axis=0)
    solution = np.zeros_like(direct)
    if is_used.any():
        solution[:, is_used] = solver.solve(np.ascontiguousarray(direct[:, is_used]))
    return solution


def make_columns(split: Numbers, weight: Numbers, *, total_kgco2e: Numbers) -> Columns:
    """Columns from stages and components side by side, (items, 7 + 9), and the weights, (items, 11)."""
    stage, component = split[:, : len(STAGES)], split[:, len(STAGES) :]
    absolute = weight[:, ABSOLUTE]
    rating = quotient(weight[:, RATING], weight[:, RATED])
    return Columns(
        stage_kgco2e=stage,
        component_kgco2e=component,
        total_including_uptake_kgco2e=total_kgco2e + component[:, BIOGENIC_UPTAKE],
        primary_data_share=quotient(weight[:, PRIMARY], absolute),
        verified_share=quotient(weight[:, VERIFIED], absolute),
        proxy_share=quotient(weight[:, PROXY], absolute),
        exempted_share=quotient(weight[:, EXEMPTED], absolute + weight[:, EXEMPTED]),
        technological_dqr=rating[:, 0],
        temporal_dqr=rating[:, 1],
        geographical_dqr=rating[:, 2],
        rated_share=quotient(weight[:, RATED].min(axis=1), absolute),
    )


def quotient(part: Numbers, whole: Numbers) -> Numbers:
    """part / whole, NaN where the whole is 0 or unknown."""
    return np.divide(part, whole, out=np.full_like(whole, np.nan), where=whole > 0.0)
