"""What a list of footprints is asked for with: parameters of V3, ``$filter`` of V2."""

from datetime import UTC, datetime

from graph_service.model.partners import FootprintQuery, PactVersion

PAGE_SIZE = 100
_CPC = "urn:cpc:"


def query_parameters(query: FootprintQuery, version: PactVersion) -> list[tuple[str, str]]:
    """Names and values, with the page size."""
    size = ("limit", str(PAGE_SIZE))
    return [*(_v3(query) if version is PactVersion.V3 else _v2(query)), size]


def _v3(query: FootprintQuery) -> list[tuple[str, str]]:
    lists = (
        ("productId", query.product_ids),
        ("companyId", query.company_ids),
        ("geography", query.geographies),
        ("classification", query.classifications),
        ("status", query.statuses),
    )
    moments = (("validOn", query.valid_on), ("validAfter", query.valid_after), ("validBefore", query.valid_before))
    found = [(name, value) for name, values in lists for value in values if value]
    return found + [(name, _moment(moment)) for name, moment in moments if moment is not None]


def _v2(query: FootprintQuery) -> list[tuple[str, str]]:
    """``$filter`` has no "or": a field that asks for several values is left out, and more is answered than asked."""
    terms = []
    if len(query.product_ids) == 1:
        terms.append(f"productIds/any(productId:(productId eq {_literal(query.product_ids[0])}))")
    if len(query.company_ids) == 1:
        terms.append(f"companyIds/any(companyId:(companyId eq {_literal(query.company_ids[0])}))")
    if len(query.geographies) == 1 and len(query.geographies[0]) == 2:
        terms.append(f"pcf/geographyCountry eq {_literal(query.geographies[0].upper())}")
    if len(query.classifications) == 1 and query.classifications[0].lower().startswith(_CPC):
        terms.append(f"productCategoryCpc eq {_literal(query.classifications[0][len(_CPC) :])}")
    return [("$filter", " and ".join(terms))] if terms else []


def _literal(text: str) -> str:
    """A string of OData, quotes doubled."""
    return "'" + text.replace("'", "''") + "'"


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
