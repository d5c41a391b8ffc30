"""A pushed footprint as a row of the facts, and a row as a footprint again."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import TypeVar

from graph_service.model.pushed import PushedDeclaration
from graph_service.model.tables import BATCH_SCHEMAS
from graph_service.model.units import convert_factor
from graph_service.model.vocabulary import (
    CarbonComponent,
    DeclarationState,
    DocumentFormat,
    Kind,
    RatingScale,
    SystemBoundary,
)
from graph_service.service.declaring.converting import Conversion
from graph_service.service.declaring.identifiers import ITEM_URN, SUPPLIER_URN, urn_of, urn_text
from graph_service.service.records import ItemRecord, SupplierRecord

COMPONENT_COLUMNS: Mapping[CarbonComponent, str] = {
    component: f"{component.value.lower()}_kgco2e"
    for component in CarbonComponent
    if component is not CarbonComponent.UNSPECIFIED
}
"""Where each carbon component of a declaration stands, kg CO2e per declared unit of the item."""

_AS_PUSHED = (
    *("reference_period_start", "reference_period_end", "valid_to", "primary_data_share"),
    *("technological_dqr", "temporal_dqr", "geographical_dqr", "exempted_share", "is_verified", "gwp_set", "comment"),
    *("verification", "document_version", "declared_unit_amount", "created_at"),
)
"""Columns that say the same as the field of that name."""

_AREAS = "; "

Word = TypeVar("Word", bound=StrEnum)


def to_row(
    pushed: PushedDeclaration,
    *,
    uid: str,
    item_uid: str,
    conversion: Conversion,
    state: DeclarationState,
    preceding: Sequence[str],
    is_published: bool = False,
) -> dict[str, object]:
    """Every column of a declaration in a batch. ``preceding`` are uids of declarations, not the sender's ids.

    Without a start of validity it begins with the end of the reference period. Raises ``ValueError`` where there is no
    total or no conversion: the caller has refused these.
    """
    factor = conversion.unit_factor
    if factor is None or pushed.kgco2e is None:
        raise ValueError(f"{pushed.path}: a footprint without a total, or without a conversion, is no row")
    row: dict[str, object] = {
        **{name: getattr(pushed, name) for name in _AS_PUSHED},
        "uid": uid,
        "item_uid": item_uid,
        "kgco2e": pushed.kgco2e * factor,
        **{column: _times(pushed.components.get(one), factor) for one, column in COMPONENT_COLUMNS.items()},
        "valid_from": pushed.valid_from or pushed.reference_period_end,
        "preceding": " ".join(preceding) or None,
        "rating_scale": pushed.rating_scale.value,
        "boundary": pushed.boundary.value,
        "geography": _AREAS.join(pushed.geography) or None,
        "document_format": pushed.document_format.value,
        "document_id": pushed.document_id if pushed.document_id != uid else None,
        "document_unit": conversion.document_unit,
        "unit_factor": factor,
        "product_ids": _joined(pushed.product_ids),
        "company_ids": _joined(pushed.company_ids),
        "classifications": _joined(pushed.classifications),
        "state": state.value,
        "is_published": is_published,
        "reason": None,
        "counter_request": None,
    }
    return {name: row[name] for name in BATCH_SCHEMAS[Kind.DECLARATION].names}


def pushed_of(
    record: Mapping[str, object],
    item: ItemRecord,
    supplier: SupplierRecord | None,
    document: Mapping[str, object] | None,
) -> PushedDeclaration:
    """The footprint that a row records, as its sender gave it: per ``document_unit``.

    ``record`` has the columns of a batch, or of facts with words decoded. Names and mass are those of item and
    supplier today. Where the sender gave no product or company ids, those of item and supplier serve, or a URN that
    names their uid. Predecessors are uids of declarations.
    """
    factor, unit = _number(record, "unit_factor") or 1.0, _text(record, "document_unit") or item.declared_unit
    kgco2e = _number(record, "kgco2e")
    parts = {component: _number(record, column) for component, column in COMPONENT_COLUMNS.items()}
    return PushedDeclaration(
        path="",
        document_format=_word(DocumentFormat, record, "document_format"),
        document=document,
        document_id=_text(record, "document_id") or _text(record, "uid"),
        document_version=_whole(record, "document_version"),
        item=item.uid,
        product_ids=product_ids_of(record, item),
        company_ids=company_ids_of(record, item, supplier),
        classifications=_names(record, "classifications"),
        company_name=None if supplier is None else supplier.name,
        product_name=item.name,
        declared_unit=unit,
        declared_unit_amount=_number(record, "declared_unit_amount"),
        product_mass_kg=_mass_kg(item, unit, factor),
        kgco2e=None if kgco2e is None else kgco2e / factor,
        components={component: part / factor for component, part in parts.items() if part is not None},
        reference_period_start=_day(record, "reference_period_start"),
        reference_period_end=_day(record, "reference_period_end"),
        valid_from=_day(record, "valid_from"),
        valid_to=_day(record, "valid_to"),
        primary_data_share=_number(record, "primary_data_share"),
        technological_dqr=_number(record, "technological_dqr"),
        temporal_dqr=_number(record, "temporal_dqr"),
        geographical_dqr=_number(record, "geographical_dqr"),
        rating_scale=_word(RatingScale, record, "rating_scale"),
        exempted_share=_number(record, "exempted_share"),
        is_verified=_flag(record, "is_verified"),
        verification=_text(record, "verification"),
        boundary=_word(SystemBoundary, record, "boundary"),
        geography=tuple((_text(record, "geography") or "").split(_AREAS)) if record["geography"] else (),
        gwp_set=_text(record, "gwp_set"),
        preceding_uids=_names(record, "preceding"),
        comment=_text(record, "comment"),
        created_at=_text(record, "created_at"),
        is_deprecated=_word(DeclarationState, record, "state") is DeclarationState.DEPRECATED,
    )


def product_ids_of(record: Mapping[str, object], item: ItemRecord) -> tuple[str, ...]:
    """URNs of the product: the sender's, else the item's, else one that names its uid."""
    return _names(record, "product_ids") or item.identifiers or (urn_of(ITEM_URN, item.uid),)


def company_ids_of(record: Mapping[str, object], item: ItemRecord, supplier: SupplierRecord | None) -> tuple[str, ...]:
    """URNs of the company: the sender's, else its supplier's, else one that names the supplier's uid; none without."""
    given = _names(record, "company_ids") or (() if supplier is None else supplier.identifiers)
    uid = item.supplier_uid if supplier is None else supplier.uid
    return given or (() if uid is None else (urn_of(SUPPLIER_URN, uid),))


def _mass_kg(item: ItemRecord, unit: str, factor: float) -> float | None:
    """Kilograms in one ``unit``, of which the item's declared unit holds ``factor``."""
    by_definition = convert_factor(unit, "kg")
    if by_definition is not None:
        return by_definition
    item_mass_kg = convert_factor(item.declared_unit, "kg") if item.mass_kg is None else item.mass_kg
    return None if item_mass_kg is None else item_mass_kg / factor


def _times(kgco2e: float | None, factor: float) -> float | None:
    return None if kgco2e is None else kgco2e * factor


def _joined(names: Sequence[str]) -> str | None:
    return " ".join(text for text in (urn_text(name) for name in names) if text) or None


def _names(record: Mapping[str, object], column: str) -> tuple[str, ...]:
    return tuple((_text(record, column) or "").split())


def _text(record: Mapping[str, object], column: str) -> str | None:
    value = record[column]
    return None if value is None else str(value)


def _number(record: Mapping[str, object], column: str) -> float | None:
    value = record[column]
    return float(value) if isinstance(value, int | float) else None


def _whole(record: Mapping[str, object], column: str) -> int | None:
    value = record[column]
    return value if isinstance(value, int) else None


def _flag(record: Mapping[str, object], column: str) -> bool | None:
    value = record[column]
    return value if isinstance(value, bool) else None


def _day(record: Mapping[str, object], column: str) -> date | None:
    value = record[column]
    return value if isinstance(value, date) else None


def _word(words: type[Word], record: Mapping[str, object], column: str) -> Word:
    return words(str(record[column]))
