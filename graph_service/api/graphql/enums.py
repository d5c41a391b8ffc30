"""The closed lists of the model as GraphQL enumerations, with the contract's descriptions.

The types of the schema take them from here: a list must be registered before a field names it.
"""

from enum import StrEnum
from typing import TypeVar

import strawberry

from graph_service.model.vocabulary import (
    AcceptanceRule,
    Basis,
    CarbonComponent,
    ChangeKind,
    DataType,
    DeclarationState,
    DocumentFormat,
    FactorKind,
    GapKind,
    GradeLevel,
    HotspotGroup,
    ItemKind,
    LifeCycleStage,
    RequestState,
    ReviewDecision,
    Role,
    StagePerspective,
    SystemBoundary,
)

__all__ = [
    "AcceptanceRule",
    "Basis",
    "CarbonComponent",
    "ChangeKind",
    "DataType",
    "DeclarationState",
    "DocumentFormat",
    "FactorKind",
    "GapKind",
    "GradeLevel",
    "HotspotGroup",
    "ItemKind",
    "ItemOrder",
    "LifeCycleStage",
    "RequestState",
    "ReviewDecision",
    "Role",
    "Severity",
    "StagePerspective",
    "SystemBoundary",
]

Words = TypeVar("Words", bound=StrEnum)


def _serve(words: type[Words], description: str | None = None, **values: str) -> type[Words]:
    """The enumeration registered with the schema library; ``values`` describe single words."""
    strawberry.enum(words, description=description)
    for value in words.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values.get(value.name)
    return words


class ItemOrder(StrEnum):
    """Order of the list of items."""

    UID = "UID"
    NAME = "NAME"
    TOTAL_DESC = "TOTAL_DESC"


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "ERROR"
    WARNING = "WARNING"
    INFO = "INFO"


_serve(
    Basis,
    DECLARED_FIRST="An accepted, valid declaration stands in for all that lies upstream of its item.",
    TRACED="The graph is followed past declarations wherever the item has structure (a valid gate emission or gate "
    "supply into it); a declaration counts only where there is none.",
)
_serve(SystemBoundary)
_serve(
    LifeCycleStage,
    "RAW_MATERIAL, MANUFACTURING and TRANSPORT lie before the gate, DISTRIBUTION, USE and END_OF_LIFE after it. The "
    "work plan's five stages join TRANSPORT and DISTRIBUTION. UNSPECIFIED is a declared total that gives no stages; "
    "facts never carry it.",
)
_serve(ItemKind)
_serve(
    DataType,
    "PRIMARY only if activity and factor are both specific to the process; a metered activity times a generic factor "
    "is SECONDARY.",
)
_serve(CarbonComponent)
_serve(FactorKind)
_serve(DeclarationState)
_serve(ReviewDecision)
_serve(
    AcceptanceRule,
    "What becomes of a supplier's pushes.",
    REVIEW="Each waits for a review.",
    CLEAN="Those without warnings are accepted at once.",
    ALWAYS="All are accepted at once.",
)
_serve(DocumentFormat, "What a declaration came as.")
_serve(RequestState)
_serve(GapKind)
_serve(
    StagePerspective,
    EMITTER="The stage tagged where the emission happens.",
    REPORTING_ITEM="As the reporting item sees it: each direct input's whole upstream counts under the stage of its "
    "supply edge.",
)
_serve(HotspotGroup)
_serve(GradeLevel)
_serve(ChangeKind)
_serve(Role)
_serve(Severity)
_serve(ItemOrder, TOTAL_DESC="Nulls last, then uid.")
