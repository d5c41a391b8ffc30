"""The battery passport's CarbonFootprintForBatteries 1.2.0 (Battery Pass consortium)."""

import math
from collections.abc import Mapping
from urllib.parse import urlsplit

from graph_service.errors import InvalidInput
from graph_service.model.vocabulary import LifeCycleStage

STAGE_NAMES: Mapping[LifeCycleStage, str] = {
    LifeCycleStage.RAW_MATERIAL: "RawMaterialExtraction",
    LifeCycleStage.MANUFACTURING: "MainProduction",
    LifeCycleStage.DISTRIBUTION: "Distribution",
    LifeCycleStage.END_OF_LIFE: "Recycling",
}


def battery_document(
    kgco2e_by_stage: Mapping[LifeCycleStage, float], *, kwh_over_life: float, performance_class: str, study_url: str
) -> Mapping[str, object]:
    """The passport's carbon footprint of one battery of which each stage emits so many kg CO2e.

    Stages and their sum are per kWh provided over life, the absolute footprint is of the battery. Raises
    ``InvalidInput`` where the class is empty or the study no web address.
    """
    if not performance_class.strip():
        raise InvalidInput("the performance class is empty; give the class of the carbon footprint, as A")
    if not _is_web_address(study_url):
        raise InvalidInput(f"study {study_url!r} is no web address; give one such as https://example.com/study.pdf")
    per_kwh = {stage: kgco2e_by_stage[stage] / kwh_over_life for stage in STAGE_NAMES}
    return {
        "batteryCarbonFootprint": math.fsum(per_kwh.values()),
        "carbonFootprintPerLifecycleStage": [
            {"lifecycleStage": name, "carbonFootprint": per_kwh[stage]} for stage, name in STAGE_NAMES.items()
        ],
        "carbonFootprintPerformanceClass": performance_class,
        "carbonFootprintStudy": study_url,
        "absoluteCarbonFootprint": math.fsum(kgco2e_by_stage[stage] for stage in STAGE_NAMES),
    }


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    is_plain = text.isascii() and text.isprintable() and not any(character in ' "<>\\^`{|}' for character in text)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and is_plain
