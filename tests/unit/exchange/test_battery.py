"""The passport's document: valid against its schema, and its stages make its sum."""

import math
from typing import Any

import pytest

from graph_service.errors import InvalidInput
from graph_service.exchange.battery import STAGE_NAMES, battery_document
from tests.support.catena_x import faults, schema

SCHEMA = schema("battery/CarbonFootprintForBatteries-1.2.0-schema.json")
KGCO2E = dict(zip(STAGE_NAMES, (5555.519731059588, 184.425, 16.641, -12.5), strict=True))
GIVEN: dict[str, Any] = {"kwh_over_life": 60_480.0, "performance_class": "B", "study_url": "https://example.com/cfb"}


def test_the_document_is_valid_and_its_stages_make_its_sum() -> None:
    document: Any = battery_document(KGCO2E, **GIVEN)
    assert faults(document, SCHEMA) == []
    stages = {
        stage["lifecycleStage"]: stage["carbonFootprint"] for stage in document["carbonFootprintPerLifecycleStage"]
    }
    enumerated = SCHEMA["components"]["schemas"]["LifecycleStage"]["enum"]
    assert list(stages) == enumerated
    assert document["batteryCarbonFootprint"] == math.fsum(stages.values())
    assert document["absoluteCarbonFootprint"] == math.fsum(KGCO2E.values())
    assert document["batteryCarbonFootprint"] * 60_480 == pytest.approx(document["absoluteCarbonFootprint"], rel=1e-12)
    assert stages["MainProduction"] == 184.425 / 60_480


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"performance_class": " "}, "class is empty"),
        ({"study_url": "telnet://192.0.2.16:80/"}, "no web address"),
        ({"study_url": "https://"}, "no web address"),
        ({"study_url": "https://example.com/a b"}, "no web address"),
        ({"study_url": "https://[::1"}, "no web address"),
    ],
)
def test_what_the_passport_demands_is_not_made_up(changes: Any, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        battery_document(KGCO2E, **(GIVEN | changes))
