"""Checks the column names of a file: unknown, missing, twice."""

from collections.abc import Mapping, Sequence

from graph_service.exchange.dataset.faults import Faults, Place, shown
from graph_service.exchange.dataset.layout import FileLayout, nearest


def check_header(
    names: Sequence[str | None],
    *,
    problem: str | None = None,
    file: str,
    line: int | None,
    layout: FileLayout,
    faults: Faults,
) -> Mapping[str, int] | None:
    """Position in the file of each column of the model that the file has; None where there is no header to go by.

    ``problem``: what is wrong with the header as a record. ``line`` is None for Parquet files.
    """
    place, plural = Place(file, line), layout.kind.plural
    problem = problem or _header_problem(names, layout)
    if problem:
        faults.add("HEADER", plural, problem, place=place)
        return None
    columns: dict[str, int] = {}
    for position, name in enumerate(names):
        path = f"{plural}.columns[{position}]"  # not the file's path: what its rows name is known all the same
        if name is None:
            faults.add("COLUMN_UNKNOWN", path, f"column {position + 1} of the header has no name", place=place)
        elif name not in layout.columns:
            faults.add("COLUMN_UNKNOWN", path, _unknown(name, layout), place=Place(file, line, shown(name)[1:-1]))
        elif layout.columns[name] in columns:
            message = "the header has this column twice: keep one"
            faults.add("COLUMN_TWICE", path, message, place=Place(file, line, name))
        else:
            columns[layout.columns[name]] = position
    for name in layout.required:
        if layout.columns[name] not in columns:
            path = f"{plural}.{layout.columns[name]}"
            message = "the column is missing, and every row needs it: add it to the header"
            faults.add("COLUMN_MISSING", path, message, place=Place(file, line, name))
    return columns


def _header_problem(names: Sequence[str | None], layout: FileLayout) -> str | None:
    first = names[0] if names else None
    expected = f"the first line names the columns, as {','.join(layout.required)}"
    if first is None and len(names) <= 1:
        return f"the file has no header: {expected}"
    if any(name and "\0" in name for name in names):
        return "the header holds NUL characters, as UTF-16 files do: save the file as UTF-8"
    for separator, called in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if len(names) == 1 and first and separator in first:
            return f"cells are parted by {called}: part them by commas"
    if not any(name in layout.columns for name in names):
        return f"no cell of the first line is a column of {layout.stem}: {expected}"
    return None


def _unknown(name: str, layout: FileLayout) -> str:
    meant = nearest(name, layout.columns)
    guess = f'did you mean "{meant}"? ' if meant else ""
    return f"{layout.stem} has no column {shown(name)}: {guess}columns are {', '.join(layout.columns)}"
