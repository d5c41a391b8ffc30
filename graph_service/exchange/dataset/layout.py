"""Which file and which column of a data set holds what: the names in files beside the names in the model."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graph_service.model.tables import BATCH_SCHEMAS
from graph_service.model.vocabulary import Kind

SUFFIXES = (".csv", ".parquet")


@dataclass(frozen=True, slots=True)
class FileLayout:
    """One file of a data set. ``columns`` maps names in the file to names in the model, in the order of the file."""

    kind: Kind
    columns: Mapping[str, str]
    required: tuple[str, ...]

    @property
    def stem(self) -> str:
        """Name of the file without its suffix."""
        return self.kind.plural

    @property
    def uid_column(self) -> str | None:
        """The column of the row's own uid; None for benchmarks, whose uid is derived."""
        return self.kind.value if self.kind.value in self.columns else None

    def file_column(self, model_column: str) -> str | None:
        """Name in the file of a column of the model; None where the file has none."""
        return next((name for name, column in self.columns.items() if column == model_column), None)


_REQUIRED: Mapping[Kind, tuple[str, ...]] = {
    Kind.REGION: ("region", "name"),
    Kind.SUPPLIER: ("supplier", "name"),
    Kind.ITEM: ("item", "declared_unit"),
    Kind.FACTOR: (
        "factor",
        "name",
        "flow",
        "kind",
        "kgco2e",
        "unit",
        "region",
        "year",
        "boundary",
        "gwp_set",
        "source",
        "licence",
    ),
    Kind.EMISSION: ("item",),
    Kind.SUPPLY: ("input", "output", "amount"),
    Kind.BENCHMARK: (
        "category",
        "declared_unit",
        "limit_kgco2e",
        "baseline_kgco2e",
        "exemplary_kgco2e",
        "source",
        "is_example",
    ),
    Kind.DECLARATION: ("item", "kgco2e", "reference_period_start", "reference_period_end", "valid_from"),
}


def _layout(kind: Kind) -> FileLayout:
    columns: dict[str, str] = {}
    for column in BATCH_SCHEMAS[kind].names:
        if column != "uid":
            columns[column.removesuffix("_uid")] = column
        elif kind is not Kind.BENCHMARK:
            columns[kind.value] = column
    return FileLayout(kind, columns, _REQUIRED[kind])


LAYOUTS: Mapping[Kind, FileLayout] = {kind: _layout(kind) for kind in Kind}


def nearest(name: str, allowed: Iterable[str]) -> str | None:
    """The allowed name that ``name`` most likely means, None where none is near."""
    tidy = name.strip().casefold().replace(" ", "_").replace("-", "_")
    return next(iter(difflib.get_close_matches(tidy, list(allowed), n=1, cutoff=0.6)), None)
