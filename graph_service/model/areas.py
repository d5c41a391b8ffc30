"""Which areas of the world lie in which: subdivisions in countries, countries in regions by the standard M49.

Source: United Nations Statistics Division, standard country or area codes for statistical use (M49), sub-regions; for
Sub-Saharan Africa and Latin America the sub-region above the intermediate ones. Antarctica, Taiwan and Kosovo have no
entry there.
"""

from collections.abc import Mapping

_SUBREGIONS = {
    "Northern Africa": "DZ EG EH LY MA SD TN",
    "Sub-Saharan Africa": (
        "AO BF BI BJ BW CD CF CG CI CM CV DJ ER ET GA GH GM GN GQ GW IO KE KM LR LS MG ML MR MU MW MZ NA NE NG RE RW "
        "SC SH SL SN SO SS ST SZ TD TF TG TZ UG YT ZA ZM ZW"
    ),
    "Latin America and the Caribbean": (
        "AG AI AR AW BB BL BO BQ BR BS BV BZ CL CO CR CU CW DM DO EC FK GD GF GP GS GT GY HN HT JM KN KY LC MF MQ MS "
        "MX NI PA PE PR PY SR SV SX TC TT UY VC VE VG VI"
    ),
    "Northern America": "BM CA GL PM US",
    "Central Asia": "KG KZ TJ TM UZ",
    "Eastern Asia": "CN HK JP KP KR MN MO",
    "South-eastern Asia": "BN ID KH LA MM MY PH SG TH TL VN",
    "Southern Asia": "AF BD BT IN IR LK MV NP PK",
    "Western Asia": "AE AM AZ BH CY GE IL IQ JO KW LB OM PS QA SA SY TR YE",
    "Eastern Europe": "BG BY CZ HU MD PL RO RU SK UA",
    "Northern Europe": "AX DK EE FI FO GB GG IE IM IS JE LT LV NO SE SJ",
    "Southern Europe": "AD AL BA ES GI GR HR IT ME MK MT PT RS SI SM VA",
    "Western Europe": "AT BE CH DE FR LI LU MC NL",
    "Australia and New Zealand": "AU CC CX HM NF NZ",
    "Melanesia": "FJ NC PG SB VU",
    "Micronesia": "FM GU KI MH MP NR PW UM",
    "Polynesia": "AS CK NU PF PN TK TO TV WF WS",
}
_REGIONS = {
    "Africa": ("Northern Africa", "Sub-Saharan Africa"),
    "Americas": ("Latin America and the Caribbean", "Northern America"),
    "Asia": ("Central Asia", "Eastern Asia", "South-eastern Asia", "Southern Asia", "Western Asia"),
    "Europe": ("Eastern Europe", "Northern Europe", "Southern Europe", "Western Europe"),
    "Oceania": ("Australia and New Zealand", "Melanesia", "Micronesia", "Polynesia"),
}
SUBREGION_OF: Mapping[str, str] = {
    country: subregion for subregion, countries in _SUBREGIONS.items() for country in countries.split()
}
"""By ISO 3166-1 alpha-2; a code that M49 does not list is absent."""
REGION_OF: Mapping[str, str] = {
    subregion: region for region, subregions in _REGIONS.items() for subregion in subregions
}


def areas_around(area: str) -> tuple[str, ...]:
    """The area and those that it lies in, narrowest first: ``CN-SN``, ``CN``, ``Eastern Asia``, ``Asia``."""
    around = [area]
    if "-" in area[:3]:
        around.append(area[:2])
    if around[-1] in SUBREGION_OF:
        around.append(SUBREGION_OF[around[-1]])
    if around[-1] in REGION_OF:
        around.append(REGION_OF[around[-1]])
    return tuple(around)
