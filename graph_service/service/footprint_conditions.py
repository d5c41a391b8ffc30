"""Conditions on single fields of footprints, as V2's ``$filter`` writes them; on columns alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph_service.model.facts import Facts
from graph_service.model.vocabulary import Kind
from graph_service.service.footprint_list import Rows, is_of_company, is_of_product

_COLUMNS = ["created_at", "reference_period_start", "reference_period_end", "geography", "classifications"]
_MICROSECONDS_A_DAY = 86_400_000_000


class FootprintField(StrEnum):
    """What a condition may be about."""

    CREATED = "created"
    CPC = "productCategoryCpc"
    COUNTRY = "pcf/geographyCountry"
    PERIOD_START = "pcf/referencePeriodStart"
    PERIOD_END = "pcf/referencePeriodEnd"
    PRODUCT_ID = "productIds"
    COMPANY_ID = "companyIds"


class Comparison(StrEnum):
    EQUAL = "eq"
    LESS = "lt"
    AT_MOST = "le"
    MORE = "gt"
    AT_LEAST = "ge"


MOMENTS = (FootprintField.CREATED, FootprintField.PERIOD_START, FootprintField.PERIOD_END)
LISTS = (FootprintField.PRODUCT_ID, FootprintField.COMPANY_ID)


@dataclass(frozen=True, slots=True)
class Condition:
    """``field comparison value``: a moment for ``MOMENTS``, else a text; lists match where any of their names does.

    Lists are compared by EQUAL only. A field that is not known matches nothing. Texts are compared whatever the case.
    """

    field: FootprintField
    comparison: Comparison
    value: str | datetime


def rows_that_meet(facts: Facts, rows: Rows, conditions: Sequence[Condition]) -> Rows:
    """Those of ``rows`` that meet every condition, in the same order."""
    for condition in conditions:
        rows = rows[_meets(facts, rows, condition)]
    return rows


def _meets(facts: Facts, rows: Rows, condition: Condition) -> npt.NDArray[np.bool_]:
    table = facts.tables[Kind.DECLARATION].select(_COLUMNS).take(pa.array(rows))
    if isinstance(condition.value, datetime):
        return _compared(_moments(table, condition.field), condition.value.timestamp() * 1e6, condition.comparison)
    if condition.field is FootprintField.PRODUCT_ID:
        return is_of_product(facts, rows, [condition.value])
    if condition.field is FootprintField.COMPANY_ID:
        return is_of_company(facts, rows, [condition.value])
    texts = _cpc(table) if condition.field is FootprintField.CPC else _country(table)
    return _compared_texts(texts, condition.value.lower(), condition.comparison)


def _moments(table: pa.Table, field: FootprintField) -> npt.NDArray[np.float64]:
    """Microseconds since 1970, NaN where unknown."""
    if field is FootprintField.CREATED:
        created = pc.strptime(
            pc.replace_substring_regex(table["created_at"], r"(\.\d+)?Z$", ""),
            format="%Y-%m-%dT%H:%M:%S",
            unit="us",
            error_is_null=True,
        )
        whole = created.cast(pa.int64()).cast(pa.float64()).to_numpy()
        part = pc.replace_substring_regex(table["created_at"], r"^[^.]*(\.\d{1,6})?\d*Z?$", r"0\1")
        return np.asarray(whole + pc.fill_null(part, "0").cast(pa.float64()).to_numpy() * 1e6, np.float64)
    name = "reference_period_start" if field is FootprintField.PERIOD_START else "reference_period_end"
    days = table[name].cast(pa.int32()).cast(pa.float64()).to_numpy()
    return np.asarray(days * _MICROSECONDS_A_DAY, np.float64)


def _country(table: pa.Table) -> pa.ChunkedArray:
    """The country that a footprint holds for, in small letters; null for regions and the world."""
    return pc.struct_field(
        pc.extract_regex(pc.utf8_lower(table["geography"]), r"(?:^|; )(?P<country>[a-z]{2})(?:;|$)"), "country"
    )


def _cpc(table: pa.Table) -> pa.ChunkedArray:
    """The first CPC class, without its URN's beginning; null where there is none."""
    pattern = r"(?:^| )urn:cpc:(?P<cpc>[^ ]+)"
    return pc.struct_field(pc.extract_regex(pc.utf8_lower(table["classifications"]), pattern), "cpc")


def _compared(values: npt.NDArray[np.float64], value: float, comparison: Comparison) -> npt.NDArray[np.bool_]:
    compare = {
        Comparison.EQUAL: np.equal,
        Comparison.LESS: np.less,
        Comparison.AT_MOST: np.less_equal,
        Comparison.MORE: np.greater,
        Comparison.AT_LEAST: np.greater_equal,
    }[comparison]
    return np.asarray(compare(values, value), np.bool_)


def _compared_texts(texts: pa.ChunkedArray, value: str, comparison: Comparison) -> npt.NDArray[np.bool_]:
    compare = {
        Comparison.EQUAL: pc.equal,
        Comparison.LESS: pc.less,
        Comparison.AT_MOST: pc.less_equal,
        Comparison.MORE: pc.greater,
        Comparison.AT_LEAST: pc.greater_equal,
    }[comparison]
    return np.asarray(pc.fill_null(compare(texts, value), False).to_numpy(), np.bool_)
