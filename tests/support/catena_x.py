"""Catena-X documents for tests: the standard's own schema and example, and parts of a document by name."""

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator  # type: ignore[import-untyped]

REFERENCE = Path(__file__).parents[1] / "reference"

_SECTIONS = {
    "scope": ("scopeOfPcfForm",),
    "company": ("companyAndProductInformation", "companyInformation"),
    "product": ("companyAndProductInformation", "productInformation"),
    "quality": ("pcfAssessmentAndMethodology", "dataSourcesAndQuality"),
    "shares": ("pcfAssessmentAndMethodology", "verificationAndCertificationShares"),
    "identity": ("pcfAssessmentAndMethodology", "pcfAssessmentInformation", "idAndVersion"),
    "technology": ("pcfAssessmentAndMethodology", "pcfAssessmentInformation", "technology"),
    "boundary": ("pcfAssessmentAndMethodology", "pcfAssessmentInformation", "boundarySpecifications"),
    "geography": ("pcfAssessmentAndMethodology", "pcfAssessmentInformation", "geography"),
    "time": ("pcfAssessmentAndMethodology", "pcfAssessmentInformation", "time"),
    "standards": ("pcfAssessmentAndMethodology", "pcfMethodology", "standards"),
    "gwp": ("pcfAssessmentAndMethodology", "pcfMethodology", "gwpCharacterizationFactorDetails"),
    "general": ("general",),
    "carbon": ("carbonContent",),
    "production": ("productLifeCycleStagesAndEmissions", "productionStage"),
    "packaging": ("productLifeCycleStagesAndEmissions", "packagingStage"),
    "distribution": ("productLifeCycleStagesAndEmissions", "distributionStage"),
    "attestation": ("attestationOfConformance",),
}


def schema(name: str) -> Any:
    return json.loads((REFERENCE / name).read_text(encoding="utf-8"))


PCF_SCHEMA = schema("catena-x/catenax-9.0.0-Pcf-schema.json")


def example() -> Any:
    """The standard's own example."""
    return schema("catena-x/catenax-9.0.0-Pcf.json")


def part(document: Mapping[str, Any], name: str) -> Any:
    """The object of a section by its short name."""
    found: Any = document
    for step in _SECTIONS[name]:
        found = found[step][0]
    return found


def pcf(**changes: Mapping[str, object]) -> Any:
    """A sound document: the example with what contradicts itself mended, then with ``changes`` by section.

    A value of None takes the field away.
    """
    document = copy.deepcopy(example())
    mended: dict[str, Mapping[str, object]] = {
        "production": {"landManagementBiogenicCO2Emissions": 0},
        "geography": {
            "geographyRegionOrSubregion": "Eastern Asia",
            "geographyCountry": "CN",
            "geographyCountrySubdivision": "CN-SN",
        },
        "time": {"validityPeriodStart": "2023-01-01T00:00:00Z", "validityPeriodEnd": "2024-01-01T00:00:00Z"},
        "distribution": {"distributionStagePcfExcludingBiogenicUptake": None},
    }
    for name, fields in (*mended.items(), *changes.items()):
        section = part(document, name)
        for field, value in fields.items():
            if value is None:
                section.pop(field, None)
            else:
                section[field] = value
    return document


def faults(document: object, against: object = PCF_SCHEMA) -> list[str]:
    """What a schema of draft 4 finds wrong, formats included."""
    validator = Draft4Validator(against, format_checker=Draft4Validator.FORMAT_CHECKER)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]
