"""The requirements matrix as SciPy holds it: A[i, j] is what one declared unit of item j takes of item i.

Two orientations are kept: *by output* is the transpose of A in CSR form (row j lists the inputs of j), *by input* is A
itself (row i lists the outputs that take i). No entry is zero; parallel supplies are added up.
"""

import numpy as np
from scipy import sparse

from graph_service.engine.snapshot import Flags, Indices, Numbers, Rows


def requirements_by_output(
    item_count: int, *, input_row: Rows, output_row: Rows, coefficient: Numbers
) -> sparse.csr_array:
    """The transpose of A, shape (items, items): entry [j, i] is the amount of i in one declared unit of j."""
    matrix = sparse.coo_array((coefficient, (output_row, input_row)), shape=(item_count, item_count)).tocsr()
    if not np.all(matrix.data):
        matrix.eliminate_zeros()
    return matrix


def flipped(matrix: sparse.csr_array) -> sparse.csr_array:
    """The transpose, again in CSR form: by input becomes by output and the other way round."""
    return matrix.T.tocsr()


def has_negatives(matrix: sparse.csr_array) -> bool:
    """Whether any entry is below 0."""
    return bool(matrix.nnz and matrix.data.min() < 0.0)


def absolute(matrix: sparse.csr_array) -> sparse.csr_array:
    """The entries without their signs, sharing the pattern; the matrix itself where no entry is negative."""
    if not has_negatives(matrix):
        return matrix
    return sparse.csr_array((np.abs(matrix.data), matrix.indices, matrix.indptr), shape=matrix.shape)


def entry_rows(matrix: sparse.csr_array) -> Rows:
    """The row of each stored entry, in stored order."""
    return np.repeat(np.arange(matrix.shape[0], dtype=np.int32), np.diff(matrix.indptr))


def entries_where(matrix: sparse.csr_array, keep: Flags) -> sparse.csr_array:
    """The matrix with only the stored entries that ``keep`` marks; same shape."""
    kept_before = np.concatenate(([0], np.cumsum(keep, dtype=np.int32)))
    indptr = kept_before[matrix.indptr].astype(matrix.indptr.dtype)
    return sparse.csr_array((matrix.data[keep], matrix.indices[keep], indptr), shape=matrix.shape)


def from_entries(row: Rows, column: Rows, value: Numbers, *, shape: tuple[int, int]) -> sparse.csr_array:
    """A CSR matrix of these entries; equal places are added up."""
    return sparse.coo_array((value, (row, column)), shape=shape).tocsr()


def square_part(matrix: sparse.csr_array, rows: Indices) -> sparse.csr_array:
    """The entries among these rows, ascending, as a matrix of their own; no other column may have entries there."""
    chosen = matrix[rows]
    return sparse.csr_array(
        (chosen.data, np.searchsorted(rows, chosen.indices).astype(np.int32), chosen.indptr), shape=(rows.size,) * 2
    )
