"""Where a field of a pushed footprint stands in what its sender wrote."""

from collections.abc import Mapping

from graph_service.model.pushed import PushedDeclaration
from graph_service.model.vocabulary import DocumentFormat

_PACT_V3: Mapping[str, str] = {
    "item": "productIds",
    "product_ids": "productIds",
    "company_ids": "companyIds",
    "product_name": "productNameCompany",
    "declared_unit": "pcf.declaredUnitOfMeasurement",
    "declared_unit_amount": "pcf.declaredUnitAmount",
    "product_mass_kg": "pcf.productMassPerDeclaredUnit",
    "kgco2e": "pcf.pcfExcludingBiogenicUptake",
    "reference_period_end": "pcf.referencePeriodEnd",
    "valid_to": "validityPeriodEnd",
    "gwp_set": "pcf.ipccCharacterizationFactors",
    "verification": "pcf.verification",
    "preceding_uids": "precedingPfIds",
}
_COMPANY, _PRODUCT = (f"companyAndProductInformation[0].{part}Information[0]" for part in ("company", "product"))
_METHOD, _ASSESSMENT = (
    f"pcfAssessmentAndMethodology[0].{part}[0]" for part in ("pcfMethodology", "pcfAssessmentInformation")
)
_CATENA_X: Mapping[str, str] = {
    "item": f"{_PRODUCT}.productIds",
    "product_ids": f"{_PRODUCT}.productIds",
    "company_ids": f"{_COMPANY}.companyIds",
    "product_name": f"{_PRODUCT}.productNameCompany",
    "declared_unit": f"{_PRODUCT}.declaredUnitOfMeasurement",
    "declared_unit_amount": f"{_PRODUCT}.declaredUnitAmount",
    "product_mass_kg": f"{_PRODUCT}.productMassPerDeclaredUnit",
    "kgco2e": "productLifeCycleStagesAndEmissions[0].productionStage[0].pcfExcludingBiogenicUptake",
    "reference_period_end": f"{_ASSESSMENT}.time[0].referencePeriodEnd",
    "valid_to": f"{_ASSESSMENT}.time[0].validityPeriodEnd",
    "gwp_set": f"{_METHOD}.gwpCharacterizationFactorDetails[0].ipccCharacterizationFactors",
    "verification": "attestationOfConformance",
    "preceding_uids": f"{_ASSESSMENT}.idAndVersion[0].precedingPfIds",
}
_FIELDS: Mapping[DocumentFormat, Mapping[str, str]] = {
    DocumentFormat.PACT_V3: _PACT_V3,
    DocumentFormat.CATENA_X: _CATENA_X,
    DocumentFormat.PACT_V2: {
        **_PACT_V3,
        "declared_unit": "pcf.declaredUnit",
        "declared_unit_amount": "pcf.unitaryProductAmount",
        "kgco2e": "pcf.pCfExcludingBiogenic",
        "gwp_set": "pcf.ipccCharacterizationFactorsSources",
        "verification": "pcf.assurance",
    },
}


def place_of(pushed: PushedDeclaration, name: str) -> str:
    """The path of a field of ``PushedDeclaration``, by the name that it has in the sender's format."""
    written = _FIELDS.get(pushed.document_format, {}).get(name, name)
    return f"{pushed.path}.{written}" if pushed.path else written
