"""What can be said of totals with gaps, and how good the data behind direct kilograms are."""

import numpy as np

from graph_service.engine.reach import downstream
from graph_service.engine.requirements import entry_rows, flipped
from graph_service.engine.rollup import RollUp
from graph_service.engine.snapshot import Flags


def has_credits(roll_up: RollUp) -> Flags:
    """Items with a negative amount in their upstream to the gate, shape (items,): there a gap may also take away."""
    by_output = roll_up.equations.by_output
    takes_negative = np.zeros(by_output.shape[0], dtype=np.bool_)
    if by_output.nnz and by_output.data.min() < 0.0:
        takes_negative[entry_rows(by_output)[by_output.data < 0.0]] = True
        return downstream(flipped(by_output), takes_negative)
    return takes_negative
