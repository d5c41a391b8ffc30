"""Areas of the world, each within the next wider one."""

import pytest

from graph_service.model.areas import REGION_OF, SUBREGION_OF, areas_around


@pytest.mark.parametrize(
    ("area", "around"),
    [
        ("CN-SN", ("CN-SN", "CN", "Eastern Asia", "Asia")),
        ("FR", ("FR", "Western Europe", "Europe")),
        ("Polynesia", ("Polynesia", "Oceania")),
        ("Africa", ("Africa",)),
        ("XK", ("XK",)),
        ("TW-TPE", ("TW-TPE", "TW")),
        ("somewhere", ("somewhere",)),
    ],
)
def test_an_area_lies_in_those_around_it(area: str, around: tuple[str, ...]) -> None:
    assert areas_around(area) == around


def test_every_country_lies_in_one_subregion_and_every_subregion_in_one_region() -> None:
    """ISO 3166-1 has 249 codes; M49 lists all but TW, and AQ lies in no region."""
    assert len(SUBREGION_OF) == 247
    assert set(SUBREGION_OF.values()) == set(REGION_OF)
    assert len(set(REGION_OF.values())) == 5
