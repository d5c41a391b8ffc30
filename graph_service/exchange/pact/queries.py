"""Which footprints a request asks for: the criteria of V3, the footprint fragment of V2."""

import re
from collections.abc import Mapping
from datetime import datetime

from graph_service.exchange.pact import moments
from graph_service.exchange.pact.codes import Findings, names, show
from graph_service.exchange.pact.fields import COUNTRY, STATUSES, SUBDIVISION
from graph_service.exchange.pact.rules import GEOGRAPHY
from graph_service.model.partners import FootprintQuery

_MOST_VALUES = 1000
_CPC = "urn:cpc:"


def read_query(data: Mapping[str, object], findings: Findings) -> FootprintQuery:
    """The query of a V3 request's data. An empty criterion asks for all."""
    return FootprintQuery(
        product_ids=_texts(data, "productId", findings),
        company_ids=_texts(data, "companyId", findings),
        geographies=_texts(data, "geography", findings),
        classifications=_texts(data, "classification", findings),
        valid_on=_moment(data, "validOn", findings),
        valid_after=_moment(data, "validAfter", findings),
        valid_before=_moment(data, "validBefore", findings),
        statuses=_statuses(data, findings),
    )


def _statuses(data: Mapping[str, object], findings: Findings) -> tuple[str, ...]:
    by_folded = {status.casefold(): status for status in STATUSES}
    given = _texts(data, "status", findings)
    unknown = [status for status in given if status.casefold() not in by_folded]
    if unknown:
        findings.add("PACT_EVENT", "data.status", f"status holds {show(unknown[0])}; known are {names(STATUSES)}")
    return tuple(by_folded[status.casefold()] for status in given if status.casefold() in by_folded)


def _texts(data: Mapping[str, object], name: str, findings: Findings, place: str = "data") -> tuple[str, ...]:
    """A list of texts; one text alone is taken as a list of it."""
    given = data.get(name)
    listed = [given] if isinstance(given, str) else given if isinstance(given, list | tuple) else []
    is_sound = given is None or isinstance(given, str | list | tuple)
    if not is_sound or len(listed) > _MOST_VALUES or not all(isinstance(part, str) for part in listed):
        message = f"{name} is {show(given)}; it must be a list of at most {_MOST_VALUES} texts"
        findings.add("PACT_EVENT", f"{place}.{name}", message)
        return ()
    return tuple(dict.fromkeys(part for part in listed if isinstance(part, str) and part.strip()))


def _moment(data: Mapping[str, object], name: str, findings: Findings) -> datetime | None:
    given = data.get(name)
    if given is None or given == "":
        return None
    moment = moments.parse(given) if isinstance(given, str) else None
    if moment is None:
        findings.add("PACT_EVENT", f"data.{name}", f"{name} is {show(given)}; write 2025-01-01T00:00:00Z")
        return None
    return moment.at


def read_fragment(data: Mapping[str, object], findings: Findings) -> FootprintQuery:
    """The query of a V2 request's data: footprints that share the fragment's ids, classes, place and status."""
    fragment = data.get("pf")
    if not isinstance(fragment, Mapping):
        findings.add("PACT_EVENT", "data.pf", f"pf is {show(fragment)}; it must be a fragment of a footprint")
        return FootprintQuery()
    code = fragment.get("productCategoryCpc")
    classes = _texts(fragment, "productClassifications", findings, "data.pf")
    if isinstance(code, str) and code.strip():
        classes = tuple(dict.fromkeys((*classes, f"{_CPC}{code.strip()}")))
    pcf = fragment.get("pcf")
    within = pcf if isinstance(pcf, Mapping) else {}
    area = next((str(within[name]) for name in GEOGRAPHY if isinstance(within.get(name), str) and within[name]), None)
    return FootprintQuery(
        product_ids=_texts(fragment, "productIds", findings, "data.pf"),
        company_ids=_texts(fragment, "companyIds", findings, "data.pf"),
        geographies=(area,) if area else (),
        classifications=classes,
        statuses=_statuses({"status": fragment.get("status")}, findings),
    )


def write_query(query: FootprintQuery) -> dict[str, object]:
    """The criteria of a V3 request; what asks for all is left out."""
    lists = {
        "productId": query.product_ids,
        "companyId": query.company_ids,
        "geography": query.geographies,
        "classification": query.classifications,
        "status": query.statuses,
    }
    at = {"validOn": query.valid_on, "validAfter": query.valid_after, "validBefore": query.valid_before}
    written: dict[str, object] = {name: list(values) for name, values in lists.items() if values}
    return written | {name: moments.written(moment) for name, moment in at.items() if moment}


def write_fragment(query: FootprintQuery) -> dict[str, object]:
    """The fragment of a V2 request. V2 has one place and no moment of validity; what it cannot say it does not ask."""
    codes = [name.removeprefix(_CPC) for name in query.classifications if name.startswith(_CPC)]
    classes = [name for name in query.classifications if not (len(codes) == 1 and name.startswith(_CPC))]
    lists = {"productIds": query.product_ids, "companyIds": query.company_ids, "productClassifications": classes}
    written: dict[str, object] = {name: list(values) for name, values in lists.items() if values}
    if len(query.statuses) == 1:
        written["status"] = query.statuses[0]
    if len(codes) == 1:
        written["productCategoryCpc"] = codes[0]
    area = _area(query.geographies)
    return written | ({"pcf": area} if area else {})


def _area(geographies: tuple[str, ...]) -> dict[str, str]:
    if len(geographies) != 1:
        return {}
    area = geographies[0]
    if re.fullmatch(SUBDIVISION, area):
        return {"geographyCountrySubdivision": area}
    return {"geographyCountry" if re.fullmatch(COUNTRY, area) else "geographyRegionOrSubregion": area}
