"""How Python names become the contract's: ``total_kgco2e`` is ``totalKgCO2e``, ``temporal_dqr`` is ``temporalDQR``."""

import re

from strawberry.schema.name_converter import NameConverter


class ContractNames(NameConverter):
    """Camel case that keeps the field's own spellings: ``kgCO2e`` and ``DQR``."""

    def apply_naming_config(self, name: str) -> str:
        camel = super().apply_naming_config(name)
        return re.sub(r"Dqr\b", "DQR", re.sub(r"([kK])gco2e", r"\1gCO2e", camel))
