"""A footprint as its sender gave it, whatever it came as: what every door hands to the one intake."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Any

from graph_service.errors import Finding
from graph_service.model.vocabulary import CarbonComponent, DocumentFormat, RatingScale, SystemBoundary

_LISTS = ("product_ids", "company_ids", "classifications", "geography", "preceding_uids")
_DAYS = ("reference_period_start", "reference_period_end", "valid_from", "valid_to")


@dataclass(frozen=True, slots=True)
class PushedDeclaration:
    """One footprint, read but not yet matched to an item. Values are per ``declared_unit``, as in the document.

    ``path`` names the place in what was sent: ``pfs[3]``, ``row 7``, or nothing for a document alone. ``document`` is
    what was sent, as JSON values, None for the short form and for rows of a table. ``item`` names the item by uid or by
    one of its identifiers, where the sender did; else ``product_ids`` and ``company_ids`` say which it is.
    ``declared_unit`` None: that of the item. ``declared_unit_amount``: how many of them make one product.
    ``product_mass_kg``: of one ``declared_unit``. ``kgco2e``: without biogenic uptake, None only beside an ERROR.
    ``components``: kg CO2e by carbon component as far as given, uptake included; never UNSPECIFIED. Shares are 0 to 1.
    ``geography``: the areas that it holds for, narrowest first: ``CN-SN``, ``CN``, ``Eastern Asia``; none: the world.
    ``created_at``: RFC 3339 with Z. ``is_deprecated``: its sender has withdrawn it. ``findings``: what the check of the
    document alone found, with paths below ``path``; an ERROR refuses it.
    """

    path: str
    document_format: DocumentFormat
    document: Mapping[str, object] | None = None
    document_id: str | None = None
    document_version: int | None = None
    item: str | None = None
    product_ids: tuple[str, ...] = ()
    company_ids: tuple[str, ...] = ()
    classifications: tuple[str, ...] = ()
    company_name: str | None = None
    product_name: str | None = None
    declared_unit: str | None = None
    declared_unit_amount: float | None = None
    product_mass_kg: float | None = None
    kgco2e: float | None = None
    components: Mapping[CarbonComponent, float] = field(default_factory=dict)
    reference_period_start: date | None = None
    reference_period_end: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    primary_data_share: float | None = None
    technological_dqr: float | None = None
    temporal_dqr: float | None = None
    geographical_dqr: float | None = None
    rating_scale: RatingScale = RatingScale.V3
    exempted_share: float | None = None
    is_verified: bool | None = None
    verification: str | None = None
    boundary: SystemBoundary = SystemBoundary.CRADLE_TO_GATE
    geography: tuple[str, ...] = ()
    gwp_set: str | None = None
    preceding_uids: tuple[str, ...] = ()
    comment: str | None = None
    created_at: str | None = None
    is_deprecated: bool = False
    findings: tuple[Finding, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The footprint as JSON values, days as ``YYYY-MM-DD``."""
        # Not by asdict: that copies the whole document.
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        values["findings"] = [asdict(finding) for finding in self.findings]
        values["components"] = {component.value: kgco2e for component, kgco2e in self.components.items()}
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "PushedDeclaration":
        """The inverse of ``to_json``."""
        given = dict(values)
        given.update({name: tuple(given[name]) for name in _LISTS})
        given.update({name: None if given[name] is None else date.fromisoformat(given[name]) for name in _DAYS})
        given["components"] = {CarbonComponent(name): kgco2e for name, kgco2e in given["components"].items()}
        given["findings"] = tuple(Finding(**finding) for finding in given["findings"])
        given["document_format"] = DocumentFormat(given["document_format"])
        given["rating_scale"] = RatingScale(given["rating_scale"])
        given["boundary"] = SystemBoundary(given["boundary"])
        return cls(**given)

    @property
    def has_errors(self) -> bool:
        """Whether it cannot be taken as it is."""
        return any(finding.severity == "ERROR" for finding in self.findings)
