"""The closed lists of Pcf 9.0.0, and which of its fields are which of our columns."""

from collections.abc import Mapping

from graph_service.model.vocabulary import CarbonComponent, SystemBoundary

SPEC_VERSION = "urn:io.catenax.pcf:datamodel:version:9.0.0"

UNITS = (
    *("liter", "kilogram", "cubic meter", "kilowatt hour", "megajoule"),
    *("ton kilometer", "square meter", "piece", "hour"),
)
"""The schema has ``megabit`` and ``second`` as well, PACT's ``megabit second`` cut in two; neither is a unit here."""

REGIONS = (
    *("Africa", "Americas", "Asia", "Europe", "Oceania", "Australia and New Zealand", "Central Asia", "Eastern Asia"),
    *("Eastern Europe", "Latin America and the Caribbean", "Melanesia", "Micronesia", "Northern Africa"),
    *("Northern America", "Northern Europe", "Polynesia", "South-eastern Asia", "Southern Asia", "Southern Europe"),
    *("Sub-Saharan Africa", "Western Asia", "Western Europe", "Global", "Several"),
)
GLOBAL = "Global"

BOUNDARIES: Mapping[str, SystemBoundary] = {
    "Cradle-to-gate": SystemBoundary.CRADLE_TO_GATE,
    "Cradle-to-grave": SystemBoundary.CRADLE_TO_GRAVE,
}

STATUSES = ("Active", "Deprecated")
GWP_SETS = ("AR4", "AR5", "AR6", "unspecified")
UNSPECIFIED_GWP = "unspecified"

RETROSPECTIVE = "Retrospective PCF"
PCF_TYPES = (
    RETROSPECTIVE,
    *("Prospective PCF without forerunner", "Prospective PCF of further developed product with forerunner"),
    *("Prospective PCF for current product for future production date", "Progressive PCF"),
)

COMPONENTS: Mapping[str, CarbonComponent] = {
    "fossilGhgEmissions": CarbonComponent.FOSSIL,
    "biogenicNonCO2Emissions": CarbonComponent.BIOGENIC_NON_CO2,
    "landUseChangeGhgEmissions": CarbonComponent.LAND_USE_CHANGE,
    "landManagementBiogenicCO2Emissions": CarbonComponent.LAND_MANAGEMENT_BIOGENIC_CO2,
    "landManagementBiogenicCO2Removals": CarbonComponent.LAND_MANAGEMENT_REMOVALS,
    "biogenicCO2Uptake": CarbonComponent.BIOGENIC_UPTAKE,
}
"""Positions A, C, E, F, G and D. Position H, aircraft, is counted beside A there; here it is fossil carbon."""

NEVER_POSITIVE = (CarbonComponent.LAND_MANAGEMENT_REMOVALS, CarbonComponent.BIOGENIC_UPTAKE)
AIRCRAFT = "aircraftGhgEmissions"
