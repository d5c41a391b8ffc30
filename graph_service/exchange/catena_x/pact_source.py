"""What a PACT V3 document says beyond the columns of a declaration, in the words of Catena-X.

Its amounts are of one declared unit, those of Catena-X of ``declaredUnitAmount`` units together.
"""

from collections.abc import Mapping, Sequence

from graph_service.exchange.catena_x.sections import finite_number, for_amount
from graph_service.exchange.catena_x.timestamps import parse_timestamp

Json = dict[str, object]

_CARBON_CONTENTS = (
    *("fossilCarbonContent", "biogenicCarbonContent", "recycledCarbonContent"),
    "packagingBiogenicCarbonContent",
)


class PactSource:
    """One PACT V3 document; an empty one says nothing. What is not as PACT says is passed over."""

    def __init__(self, document: Mapping[str, object], amount: float) -> None:
        self._amount = amount
        pcf = document.get("pcf")
        self._levels: tuple[Mapping[str, object], ...] = (document, pcf if isinstance(pcf, Mapping) else {})

    def _value(self, name: str) -> object:
        return next((level[name] for level in self._levels if name in level), None)

    def text(self, name: str) -> str | None:
        value = self._value(name)
        return value if isinstance(value, str) and value else None

    def flag(self, name: str) -> bool | None:
        value = self._value(name)
        return value if isinstance(value, bool) else None

    def number(self, name: str) -> float | None:
        """A decimal of the document; PACT writes them as texts."""
        value = self._value(name)
        if not isinstance(value, str):
            return finite_number(value)
        try:
            return finite_number(float(value))
        except ValueError:
            return None

    def amount(self, name: str) -> float | None:
        """A number of the document, of ``declaredUnitAmount`` units together."""
        number = self.number(name)
        return None if number is None else for_amount(number, self._amount)

    def moment(self, name: str) -> str | None:
        """A timestamp as it stands."""
        text = self.text(name)
        return text if text is not None and parse_timestamp(text) is not None else None

    def _list(self, name: str) -> Sequence[object]:
        value = self._value(name)
        return value if isinstance(value, list | tuple) else ()

    def _not_negative(self, name: str) -> float | None:
        number = self.amount(name)
        return None if number is None or number < 0 else number

    def carbon_content(self) -> Json:
        found: Json = {}
        for name in _CARBON_CONTENTS:
            number = self._not_negative(name)
            if number is not None:
                found[name] = number
        fossil, biogenic = self._not_negative("fossilCarbonContent"), self._not_negative("biogenicCarbonContent")
        if fossil is not None and biogenic is not None:
            found["carbonContentTotal"] = fossil + biogenic
        return found

    def technology(self) -> list[Json]:
        """Empty where the document does not say whether carbon is captured: the schema demands it in the entry."""
        is_captured = self.flag("ccsTechnologicalCO2CaptureIncluded")
        description = self.text("boundaryProcessesDescription")
        if is_captured is None:
            return []
        entry: Json = {"ccsTechnologicalCO2CaptureIncluded": is_captured}
        return [entry | ({"boundaryProcessesDescription": description} if description else {})]

    def distribution(self) -> Json:
        """Outbound logistics are stated beside the total in both."""
        kgco2e = self._not_negative("outboundLogisticsGhgEmissions")
        if kgco2e is None:
            return {"distributionStageIncluded": False}
        return {"distributionStageIncluded": True, "distributionStagePcfExcludingBiogenicUptake": kgco2e}

    def packaging(self) -> list[Json]:
        """Empty where the document does not say whether packaging is in its total."""
        is_included, kgco2e = self.flag("packagingEmissionsIncluded"), self._not_negative("packagingGhgEmissions")
        if is_included is None:
            return []
        entry: Json = {"packagingEmissionsIncluded": is_included}
        if is_included and kgco2e is not None:
            entry["packagingPcfExcludingBiogenicUptake"] = kgco2e
        return [entry]

    def factor_sources(self) -> list[str]:
        """Name and version of each."""
        names = []
        for source in self._list("secondaryEmissionFactorSources"):
            if isinstance(source, Mapping):
                words = (source.get("name"), source.get("version"))
                names.append(" ".join(word for word in words if isinstance(word, str) and word))
        return list(dict.fromkeys(name for name in names if name))

    def standards(self) -> list[Json]:
        """Empty where the document names none."""
        sectors = [standard for standard in self._list("crossSectoralStandards") if isinstance(standard, str)]
        if not sectors:
            return []
        rules = []
        for rule in self._list("productOrSectorSpecificRules"):
            if isinstance(rule, Mapping):
                names = rule.get("ruleNames")
                operator = rule.get("otherOperatorName") or rule.get("operator")
                rules += [f"{operator}: {name}" for name in names] if isinstance(names, list) else []
        return [{"crossSectoralStandards": sectors, "productOrSectorSpecificRules": list(dict.fromkeys(rules))}]
