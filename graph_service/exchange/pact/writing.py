"""Footprints as PACT documents: as they came, projected from the other version, or written from their fields."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from graph_service.errors import InvalidInput
from graph_service.exchange.pact.cleaning import Values, is_uuid
from graph_service.exchange.pact.codes import Findings, names, show
from graph_service.exchange.pact.composing import compose
from graph_service.exchange.pact.decimals import MOST_DIGITS, digits, plain
from graph_service.exchange.pact.fields import FIELDS, Field, Form, Need
from graph_service.exchange.pact.moments import Moment
from graph_service.exchange.pact.plain_json import check_json
from graph_service.exchange.pact.projecting import PROJECTIONS, to_v2
from graph_service.exchange.pact.reading import FORMATS, object_of, read_values
from graph_service.model.partners import PactVersion
from graph_service.model.pushed import PushedDeclaration

SPEC_VERSIONS = {PactVersion.V3: "3.0.3", PactVersion.V2: "2.3.0"}
_OTHER = {PactVersion.V3: PactVersion.V2, PactVersion.V2: PactVersion.V3}


def write_footprint(footprint: PushedDeclaration, *, version: PactVersion) -> Mapping[str, object]:
    """The footprint as a ProductFootprint of that version.

    A document that came in the version stays as it came but for its status, and for its id where the footprint carries
    another. One of the other version is projected: its own sums are passed on as they are. What came without a PACT
    document is written from its fields, and then the parts sum to the total exactly.

    Raises
    ------
    InvalidInput
        Fields that the version demands are not known, or contradict each other; each is a finding with its path.
    """
    document = footprint.document
    if document is not None and footprint.document_format is FORMATS[version]:
        return _as_it_came(footprint, document)
    findings = Findings(footprint.path)
    other = _OTHER[version]
    if document is not None and footprint.document_format is FORMATS[other] and check_json(document, findings):
        top, pcf = read_values(document, other, Findings(""))
        values = PROJECTIONS[version](top, pcf)
    else:
        values = _from_fields(footprint, version, findings)
    values["specVersion"] = SPEC_VERSIONS[version]
    values["status"] = "Deprecated" if footprint.is_deprecated else values.get("status", "Active")
    values["id"] = footprint.document_id or values.get("id", "")
    _leave_out_excluded_packaging(values)
    _check_writable(values, FIELDS[version], "", findings)
    if not is_uuid(str(values["id"])):
        findings.add("PACT_NOT_WRITABLE", "id", f"id is {show(values['id'])}; it must be a UUID")
    if findings.has_errors:
        faults = [finding for finding in findings.all() if finding.severity == "ERROR"]
        places = names(finding.path for finding in faults)
        raise InvalidInput(f"the footprint cannot be written as PACT V{version}: {places}", findings=faults)
    return _render(values, FIELDS[version])


def _as_it_came(footprint: PushedDeclaration, document: Mapping[str, object]) -> Mapping[str, object]:
    changed: dict[str, object] = {"status": "Deprecated"} if footprint.is_deprecated else {}
    own = document.get("id")
    if footprint.document_id and (not isinstance(own, str) or own.lower() != footprint.document_id.lower()):
        changed["id"] = footprint.document_id
    return {**document, **changed}


def _from_fields(footprint: PushedDeclaration, version: PactVersion, findings: Findings) -> Values:
    values = compose(footprint, findings)
    if version is PactVersion.V3:
        return values
    projected = to_v2(values, {**object_of(values, "pcf"), "packagingEmissionsIncluded": False})
    projected["comment"] = f"{projected['comment']} Whether packaging is contained is not stated."
    return projected


def _leave_out_excluded_packaging(values: Values) -> None:
    """packagingGhgEmissions must not be there where packaging is said not to be contained."""
    pcf = values.get("pcf")
    if isinstance(pcf, dict) and pcf.get("packagingEmissionsIncluded") is False:
        pcf.pop("packagingGhgEmissions", None)


def _check_writable(values: Values, fields: Sequence[Field], place: str, findings: Findings) -> None:
    """Note what the version demands and the values lack, and numbers that it does not allow."""
    for field, fault in _faults(values, fields):
        at = f"{place}.{field.name}" if place else field.name
        findings.add("PACT_NOT_WRITABLE", at, fault)
    for field in fields:
        within = values.get(field.name)
        if field.form is Form.OBJECT and isinstance(within, dict):
            _check_writable(within, field.within, field.name, findings)


def _faults(values: Values, fields: Sequence[Field]) -> Iterator[tuple[Field, str]]:
    for field in fields:
        value = values.get(field.name)
        if value is None and field.need is not Need.OPTIONAL:
            yield field, f"{field.name} is demanded and not known; declare the footprint with it"
        elif field.form is Form.UNIT and value not in field.words:
            yield field, f"{show(value)} is not of this version's units: {names(field.words)}"
        elif isinstance(value, Decimal) and value * field.sign < 0:
            yield field, f"{field.name} is {plain(value)}; it must be 0 or {'above' if field.sign > 0 else 'below'}"
        elif isinstance(value, Decimal) and digits(value) > MOST_DIGITS:
            yield field, f"{field.name} needs more than {MOST_DIGITS} digits, {plain(value)}"


def _render(values: Mapping[str, object], fields: Sequence[Field]) -> dict[str, object]:
    """The values as JSON, in the order of the specification."""
    return {field.name: _rendered(values[field.name], field) for field in fields if field.name in values}


def _rendered(value: object, field: Field) -> object:
    if isinstance(value, Decimal):
        return float(value) if field.form is Form.NUMBER else plain(value)
    if isinstance(value, Moment):
        return value.text
    if isinstance(value, tuple):
        is_kept = field.form is Form.EXTENSIONS
        return [part if is_kept or not isinstance(part, dict) else _render(part, field.within) for part in value]
    if isinstance(value, dict) and field.form is Form.OBJECT:
        return _render(value, field.within)
    return value
