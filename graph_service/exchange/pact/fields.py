"""The fields of ProductFootprint in V3 and V2.3, as the published schemas have them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from graph_service.model.partners import PactVersion


class Form(Enum):
    """What a field's JSON value is."""

    DECIMAL = auto()
    """A string in plain decimal notation."""
    NUMBER = auto()
    WHOLE = auto()
    TEXT = auto()
    NAME = auto()
    """A text that is not empty."""
    WORD = auto()
    UNIT = auto()
    FLAG = auto()
    MOMENT = auto()
    UUID = auto()
    URI = auto()
    URNS = auto()
    UUIDS = auto()
    WORDS = auto()
    """A list of texts that are not empty, of ``words`` where there are any, of ``pattern`` where there is one."""
    OBJECT = auto()
    OBJECTS = auto()
    EXTENSIONS = auto()
    """A list of objects, each kept as it is."""
    ANYTHING = auto()
    """An object that is only kept."""


class Need(Enum):
    """OPTIONAL, mandatory (EXPECTED), or such that the footprint cannot be used without it (VITAL)."""

    OPTIONAL = auto()
    EXPECTED = auto()
    VITAL = auto()


@dataclass(frozen=True, slots=True)
class Field:
    """One field. ``sign``: 1 for numbers of 0 and above, -1 of 0 and below. ``within``: the fields of an object."""

    name: str
    form: Form
    need: Need = Need.OPTIONAL
    sign: int = 0
    words: tuple[str, ...] = ()
    pattern: str | None = None
    within: tuple["Field", ...] = ()


def _each(form: Form, *names: str, need: Need = Need.OPTIONAL, sign: int = 0) -> tuple[Field, ...]:
    return tuple(Field(name, form, need, sign) for name in names)


V2_UNITS = (*("liter", "kilogram", "cubic meter", "kilowatt hour", "megajoule", "ton kilometer", "square meter"),)
V3_UNITS = (*V2_UNITS, "piece", "hour", "megabit second")
UNITS: Mapping[PactVersion, tuple[str, ...]] = {PactVersion.V3: V3_UNITS, PactVersion.V2: V2_UNITS}
STATUSES = ("Active", "Deprecated")
REGIONS = (
    *("Africa", "Americas", "Asia", "Europe", "Oceania", "Australia and New Zealand", "Central Asia"),
    *("Eastern Asia", "Eastern Europe", "Latin America and the Caribbean", "Melanesia", "Micronesia"),
    *("Northern Africa", "Northern America", "Northern Europe", "Polynesia", "South-eastern Asia"),
    *("Southern Asia", "Southern Europe", "Sub-Saharan Africa", "Western Asia", "Western Europe"),
)
ISO_14067, ISO_14083, ISO_14040 = (f"ISO{number}" for number in ("14067", "14083", "14040-44"))
STANDARDS_OF_V2 = (ISO_14067, ISO_14083, ISO_14040, "GHGP-Product", "PEF", "PACT-1.0", "PACT-2.0", "PACT-3.0")
"""V3 takes any text, since the list may grow."""
STANDARDS_USED = ("GHG Protocol Product standard", "ISO Standard 14067", "ISO Standard 14044")
REPORT = r"AR[0-9]+"
COUNTRY = r"[A-Z]{2}"
SUBDIVISION = r"[A-Z]{2}-[A-Z0-9]{1,3}"

_RULES = (
    Field("operator", Form.WORD, Need.EXPECTED, words=("PEF", "EPD International", "Other")),
    Field("ruleNames", Form.WORDS, Need.EXPECTED),
    Field("otherOperatorName", Form.NAME),
)
_SOURCES = _each(Form.NAME, "name", "version", need=Need.EXPECTED)
_EXTENSIONS = (
    Field("specVersion", Form.TEXT, Need.EXPECTED),
    Field("dataSchema", Form.URI, Need.EXPECTED),
    Field("documentation", Form.URI),
    Field("data", Form.ANYTHING, Need.EXPECTED),
)
_RATINGS = ("technologicalDQR", "geographicalDQR", "temporalDQR")
_SHARED_ON_TOP = (
    Field("id", Form.UUID, Need.VITAL),
    Field("specVersion", Form.TEXT, Need.EXPECTED),
    Field("precedingPfIds", Form.UUIDS),
    Field("created", Form.MOMENT, Need.EXPECTED),
    Field("status", Form.WORD, Need.EXPECTED, words=STATUSES),
    *_each(Form.MOMENT, "validityPeriodStart", "validityPeriodEnd"),
    Field("companyName", Form.NAME, Need.EXPECTED),
    Field("companyIds", Form.URNS, Need.EXPECTED),
    Field("productDescription", Form.TEXT, Need.EXPECTED),
    Field("productIds", Form.URNS, Need.VITAL),
    Field("productClassifications", Form.URNS),
    Field("productNameCompany", Form.NAME, Need.EXPECTED),
)
_SHARED_IN_PCF = (
    *_each(Form.MOMENT, "referencePeriodStart", "referencePeriodEnd", need=Need.VITAL),
    Field("geographyRegionOrSubregion", Form.WORD, words=REGIONS),
    Field("geographyCountry", Form.TEXT, pattern=COUNTRY),
    Field("geographyCountrySubdivision", Form.TEXT, pattern=SUBDIVISION),
    *_each(Form.DECIMAL, "fossilCarbonContent", "fossilGhgEmissions", need=Need.EXPECTED, sign=1),
    *_each(Form.DECIMAL, "aircraftGhgEmissions", "packagingGhgEmissions", sign=1),
    Field("productOrSectorSpecificRules", Form.OBJECTS, within=_RULES),
    Field("secondaryEmissionFactorSources", Form.OBJECTS, within=_SOURCES),
    Field("allocationRulesDescription", Form.TEXT),
)
_PCF_V3 = (
    *_SHARED_IN_PCF,
    Field("declaredUnitOfMeasurement", Form.UNIT, Need.VITAL, words=V3_UNITS),
    Field("declaredUnitAmount", Form.DECIMAL, Need.VITAL),
    Field("productMassPerDeclaredUnit", Form.DECIMAL, Need.EXPECTED, sign=1),
    Field("boundaryProcessesDescription", Form.TEXT),
    Field("pcfExcludingBiogenicUptake", Form.DECIMAL, Need.VITAL),
    Field("pcfIncludingBiogenicUptake", Form.DECIMAL, Need.EXPECTED),
    *_each(Form.DECIMAL, "biogenicCarbonContent", "recycledCarbonContent", "landUseChangeGhgEmissions", sign=1),
    *_each(Form.DECIMAL, "landCarbonLeakage", "landManagementFossilGhgEmissions", sign=1),
    *_each(Form.DECIMAL, "landManagementBiogenicCO2Emissions", "biogenicNonCO2Emissions", sign=1),
    *_each(Form.DECIMAL, "landAreaOccupation", "packagingBiogenicCarbonContent", sign=1),
    *_each(Form.DECIMAL, "outboundLogisticsGhgEmissions", "ccuCarbonContent", sign=1),
    *_each(Form.DECIMAL, "landManagementBiogenicCO2Removals", "biogenicCO2Uptake", sign=-1),
    *_each(Form.DECIMAL, "ccsTechnologicalCO2Capture", "technologicalCO2Removals", sign=-1),
    *_each(Form.FLAG, "packagingEmissionsIncluded", "ccsTechnologicalCO2CaptureIncluded"),
    Field("technologicalCO2CaptureOrigin", Form.TEXT),
    Field("ccuCalculationApproach", Form.WORD, words=("Cut-off", "Credit")),
    Field("ccuCreditCertification", Form.URI),
    Field("ipccCharacterizationFactors", Form.WORDS, Need.EXPECTED, pattern=REPORT),
    Field("crossSectoralStandards", Form.WORDS, Need.EXPECTED),
    Field("exemptedEmissionsPercent", Form.DECIMAL, Need.EXPECTED),
    Field("exemptedEmissionsDescription", Form.TEXT),
    Field("primaryDataShare", Form.DECIMAL),
    Field("dqi", Form.OBJECT, within=_each(Form.DECIMAL, *_RATINGS, need=Need.EXPECTED)),
    Field(
        "verification",
        Form.OBJECT,
        within=(
            Field("coverage", Form.WORD, words=("PCF calculation model", "PCF program", "product level")),
            *_each(Form.TEXT, "providerName", "standardName", "comments"),
            Field("completedAt", Form.MOMENT),
        ),
    ),
)
_PCF_V2 = (
    *_SHARED_IN_PCF,
    Field("declaredUnit", Form.UNIT, Need.VITAL, words=V2_UNITS),
    Field("unitaryProductAmount", Form.DECIMAL, Need.EXPECTED),
    Field("productMassPerDeclaredUnit", Form.DECIMAL, sign=1),
    Field("boundaryProcessesDescription", Form.TEXT, Need.EXPECTED),
    Field("pCfExcludingBiogenic", Form.DECIMAL, Need.VITAL, sign=1),
    Field("pCfIncludingBiogenic", Form.DECIMAL),
    Field("biogenicCarbonContent", Form.DECIMAL, Need.EXPECTED, sign=1),
    *_each(Form.DECIMAL, "dLucGhgEmissions", "otherBiogenicGhgEmissions", "iLucGhgEmissions", sign=1),
    Field("landManagementGhgEmissions", Form.DECIMAL),
    Field("biogenicCarbonWithdrawal", Form.DECIMAL, sign=-1),
    Field("packagingEmissionsIncluded", Form.FLAG, Need.EXPECTED),
    Field("characterizationFactors", Form.WORD, Need.EXPECTED, words=("AR6", "AR5")),
    Field("ipccCharacterizationFactorsSources", Form.WORDS, Need.EXPECTED, pattern=REPORT),
    Field("crossSectoralStandardsUsed", Form.WORDS, Need.EXPECTED, words=STANDARDS_USED),
    Field("crossSectoralStandards", Form.WORDS),
    Field("biogenicAccountingMethodology", Form.WORD, words=("PEF", "ISO", "GHGP", "Quantis")),
    Field("uncertaintyAssessmentDescription", Form.TEXT),
    Field("exemptedEmissionsPercent", Form.NUMBER, Need.EXPECTED),
    Field("exemptedEmissionsDescription", Form.TEXT, Need.EXPECTED),
    Field("primaryDataShare", Form.NUMBER),
    Field(
        "dqi",
        Form.OBJECT,
        within=_each(
            Form.NUMBER, "coveragePercent", *_RATINGS, "completenessDQR", "reliabilityDQR", need=Need.EXPECTED
        ),
    ),
    Field(
        "assurance",
        Form.OBJECT,
        within=(
            Field("assurance", Form.FLAG, Need.EXPECTED),
            Field("coverage", Form.WORD, words=("corporate level", "product line", "PCF system", "product level")),
            Field("level", Form.WORD, words=("limited", "reasonable")),
            Field("boundary", Form.WORD, words=("Gate-to-Gate", "Cradle-to-Gate")),
            Field("providerName", Form.TEXT, Need.EXPECTED),
            Field("completedAt", Form.MOMENT),
            *_each(Form.TEXT, "standardName", "comments"),
        ),
    ),
)
_LAST = Field("extensions", Form.EXTENSIONS, within=_EXTENSIONS)
FIELDS: Mapping[PactVersion, tuple[Field, ...]] = {
    PactVersion.V3: (
        *_SHARED_ON_TOP,
        Field("comment", Form.TEXT),
        Field("pcf", Form.OBJECT, Need.VITAL, within=_PCF_V3),
        _LAST,
    ),
    PactVersion.V2: (
        *_SHARED_ON_TOP,
        Field("version", Form.WHOLE, Need.EXPECTED),
        Field("updated", Form.MOMENT),
        Field("statusComment", Form.TEXT),
        Field("productCategoryCpc", Form.NAME, Need.EXPECTED),
        Field("comment", Form.TEXT, Need.EXPECTED),
        Field("pcf", Form.OBJECT, Need.VITAL, within=_PCF_V2),
        _LAST,
    ),
}
