"""PACT documents to begin with, and the published schemas that they are held to."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator, FormatChecker  # type: ignore[import-untyped]

from graph_service.exchange.pact.events import TYPES
from graph_service.model.partners import (
    FootprintsPublished,
    PactVersion,
    RequestCreated,
    RequestFulfilled,
    RequestRejected,
)

REFERENCE = Path(__file__).parents[1] / "reference" / "pact"
V3_LAX, V3_STRICT = "pact-3.0-ProductFootprint", "pact-3.0.3-published-strict-ProductFootprint"
SCHEMAS_OF = {PactVersion.V3: (V3_LAX, V3_STRICT), PactVersion.V2: ("pact-2.3-ProductFootprint",)}
_SERIES = {PactVersion.V3: "3.0", PactVersion.V2: "2.3"}
_KINDS = {
    RequestCreated: "created",
    RequestFulfilled: "fulfilled",
    RequestRejected: "rejected",
    FootprintsPublished: "published",
}
_EVENT_SCHEMAS = {
    text: f"pact-{_SERIES[version]}-event-{_KINDS[kind]}" for version in TYPES for kind, text in TYPES[version].items()
}

Document = dict[str, Any]


@cache
def schema(name: str) -> Document:
    """The published schema of that name."""
    found: Document = json.loads((REFERENCE / f"{name}.schema.json").read_text("utf-8"))
    return found


@cache
def _validator(name: str) -> Any:
    checker = FormatChecker()
    assert {"uuid", "date-time", "uri", "uri-reference"} <= checker.checkers.keys()
    return Draft7Validator(schema(name), format_checker=checker)


def faults(value: object, name: str) -> list[str]:
    """Where a value breaks the published schema of that name, formats included."""
    return [f"{error.json_path}: {error.message[:200]}" for error in _validator(name).iter_errors(value)]


def footprint_faults(document: object, version: PactVersion) -> list[str]:
    """Where a document breaks the schemas of its version; V3 is held to the lax and to the strict one."""
    return [fault for name in SCHEMAS_OF[version] for fault in faults(document, name)]


def event_faults(event: Mapping[str, object]) -> list[str]:
    """Where an event breaks the schema of its type."""
    return faults(event, _EVENT_SCHEMAS[str(event["type"])])


def v3_document(**pcf: object) -> Document:
    """A valid V3 footprint whose parts add up, with other values in pcf where they are given; None takes one out."""
    values = {
        "declaredUnitOfMeasurement": "kilogram",
        "declaredUnitAmount": "1",
        "productMassPerDeclaredUnit": "1",
        "referencePeriodStart": "2024-01-01T00:00:00Z",
        "referencePeriodEnd": "2025-01-01T00:00:00Z",
        "geographyCountrySubdivision": "CN-SN",
        "pcfExcludingBiogenicUptake": "2.5",
        "pcfIncludingBiogenicUptake": "2.1",
        "fossilCarbonContent": "0.1",
        "fossilGhgEmissions": "2.4",
        "landUseChangeGhgEmissions": "0.1",
        "biogenicCO2Uptake": "-0.4",
        "packagingEmissionsIncluded": True,
        "ipccCharacterizationFactors": ["AR6"],
        "crossSectoralStandards": ["ISO14067", "PACT-3.0"],
        "exemptedEmissionsPercent": "2.5",
        "primaryDataShare": "80",
        "dqi": {"technologicalDQR": "1", "geographicalDQR": "2.2", "temporalDQR": "4"},
        "verification": {"providerName": "TÜV", "completedAt": "2025-03-01T10:00:00Z", "standardName": "ISO 14067"},
    }
    return {
        "id": "079e425a-464f-528d-341d-4a944a1dfd70",
        "specVersion": "3.0.0",
        "created": "2025-02-01T08:30:00Z",
        "status": "Active",
        "companyName": "秦川电池",
        "companyIds": ["urn:uuid:51131fb5-42a2-4267-a402-0ecfefad1619"],
        "productDescription": "LFP cell",
        "productIds": ["urn:gtin:4712345060507"],
        "productClassifications": ["urn:pact:productclassification:un-cpc:46420"],
        "productNameCompany": "LFP-280",
        "comment": "first year of the new line",
        "pcf": {name: value for name, value in {**values, **pcf}.items() if value is not None},
        "extensions": [
            {"specVersion": "2.0.0", "dataSchema": "https://example.com/x.json", "data": {"weight": 10, "own": [None]}}
        ],
    }


def v2_document(**pcf: object) -> Document:
    """A valid V2 footprint, with other values in pcf where they are given; None takes one out."""
    values = {
        "declaredUnit": "liter",
        "unitaryProductAmount": "12",
        "productMassPerDeclaredUnit": "0.789",
        "pCfExcludingBiogenic": "1.5",
        "pCfIncludingBiogenic": "1.2",
        "fossilGhgEmissions": "1.1",
        "fossilCarbonContent": "0",
        "biogenicCarbonContent": "0.1",
        "dLucGhgEmissions": "0.2",
        "landManagementGhgEmissions": "0.15",
        "otherBiogenicGhgEmissions": "0.05",
        "biogenicCarbonWithdrawal": "-0.3",
        "packagingEmissionsIncluded": False,
        "characterizationFactors": "AR5",
        "ipccCharacterizationFactorsSources": ["AR5"],
        "crossSectoralStandardsUsed": ["ISO Standard 14067"],
        "crossSectoralStandards": ["ISO14067"],
        "boundaryProcessesDescription": "growing, fermenting, distilling",
        "referencePeriodStart": "2023-01-01T00:00:00Z",
        "referencePeriodEnd": "2024-01-01T00:00:00Z",
        "geographyCountry": "CN",
        "exemptedEmissionsPercent": 2,
        "exemptedEmissionsDescription": "",
        "primaryDataShare": 56.12,
        "dqi": {
            "coveragePercent": 100,
            "technologicalDQR": 2.0,
            "temporalDQR": 1.5,
            "geographicalDQR": 3,
            "completenessDQR": 2.0,
            "reliabilityDQR": 2.0,
        },
        "assurance": {"assurance": True, "providerName": "SGS", "level": "limited"},
    }
    return {
        "id": "91715e5e-fd0b-4d1c-8fab-76290c46e6ed",
        "specVersion": "2.3.0",
        "version": 3,
        "created": "2024-03-01T09:32:20Z",
        "status": "Active",
        "companyName": "延安生物",
        "companyIds": ["urn:epc:id:sgln:562958.00000.4"],
        "productDescription": "Bio-ethanol 98 %",
        "productIds": ["urn:gtin:5695872369587"],
        "productCategoryCpc": "3424",
        "productNameCompany": "Green Ethanol",
        "comment": "",
        "pcf": {name: value for name, value in {**values, **pcf}.items() if value is not None},
    }
