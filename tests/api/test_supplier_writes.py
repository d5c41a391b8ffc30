"""Suppliers record their own items, inputs and emissions by the door of the chain leader."""

from typing import Any

import pytest

from graph_service.model.vocabulary import Role
from tests.conftest import OpenStore
from tests.support.api_client import Api


@pytest.fixture
def open_store(embedded_only: OpenStore) -> OpenStore:
    """Whose a row may be is the same on every store."""
    return embedded_only


@pytest.fixture
async def cells(chain: Api) -> str:
    """The key of the supplier that makes the pack."""
    return await chain.key(Role.SUPPLIER, "cells")


MODULE = {"uid": "module", "declaredUnit": "kg", "supplier": "cells"}


async def test_a_suppliers_own_structure_counts_in_totals_and_stands_in_the_log_with_who_and_which_door(
    chain: Api, cells: str
) -> None:
    payload = await chain.apply(
        "mine",
        key=cells,
        items=[MODULE],
        supplies=[{"input": "module", "output": "pack", "amount": 2}],
        emissions=[{"uid": "module-own", "item": "module", "kgCO2e": 10}],
    )

    assert payload["__typename"] == "ChangesApplied", payload
    assert payload["revision"] == {"number": 2, "by": "", "door": "", "summary": ""}
    logged = (await chain.ask("{ revision { number by door summary } }"))["revision"]
    who = f"supplier {cells.split('_')[1]}"
    assert logged == {"number": 2, "by": who, "door": "graphql", "summary": "1 item, 1 emission, 1 supply"}
    found = await chain.ask('{ item(uid: "pack") { footprint { totalKgCO2e } } }')
    assert found["item"]["footprint"]["totalKgCO2e"] == pytest.approx(200 * 0.5777 + 50 * 2 + 2 * 10)
    own = await chain.ask('{ item(uid: "module") { supplier { uid } emissions { totalCount } } }', key=cells)
    assert own["item"] == {"supplier": {"uid": "cells"}, "emissions": {"totalCount": 1}}


async def test_a_suppliers_key_replays_and_expected_revisions_hold(chain: Api, cells: str) -> None:
    first = await chain.apply("mine", key=cells, items=[MODULE], expectedRevision=1)
    again = await chain.apply("mine", key=cells, items=[MODULE], expectedRevision=1)
    late = await chain.apply("later", key=cells, items=[{**MODULE, "name": "M"}], expectedRevision=1)

    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again["created"] == ["module"]
    assert (late["code"], [finding["path"] for finding in late["findings"]]) == ("CONFLICT", ["expectedRevision"])


REFUSED: list[tuple[dict[str, Any], str, str, str]] = [
    ({"regions": [{"code": "X", "name": "X"}]}, "NOT_ALLOWED", "NOT_ALLOWED", "regions"),
    ({"suppliers": [{"uid": "cells", "name": "C", "acceptance": "ALWAYS"}]}, "NOT_ALLOWED", "NOT_ALLOWED", "suppliers"),
    ({"endFactors": ["grid-2024"]}, "NOT_ALLOWED", "NOT_ALLOWED", "endFactors"),
    ({"items": [{**MODULE, "supplier": "mine"}]}, "NOT_ALLOWED", "NOT_ALLOWED", "items[0].supplier"),
    ({"items": [{**MODULE, "uid": "ore"}]}, "INVALID", "UID_TAKEN", "items[0].uid"),
    ({"emissions": [{"item": "ore", "kgCO2e": 1}]}, "INVALID", "UNKNOWN_REFERENCE", "emissions[0].item"),
    ({"emissions": [{"item": "seat", "kgCO2e": 1}]}, "INVALID", "UNKNOWN_REFERENCE", "emissions[0].item"),
    ({"supplies": [{"input": "pack", "output": "car", "amount": 9}]}, "INVALID", "UNKNOWN_REFERENCE", ""),
    ({"supplies": [{"input": "seat", "output": "pack", "amount": 1}]}, "INVALID", "UNKNOWN_REFERENCE", ""),
    ({"endSupplies": ["pack-car"]}, "INVALID", "UNKNOWN_END", "endSupplies[0]"),
    ({"endItems": ["car"]}, "INVALID", "UNKNOWN_END", "endItems[0]"),
]


@pytest.mark.parametrize("is_dry_run", [False, True])
@pytest.mark.parametrize(("batch", "code", "finding_code", "path"), REFUSED)
async def test_what_is_not_its_own_is_refused_and_nothing_is_recorded(
    chain: Api, cells: str, batch: dict[str, Any], code: str, finding_code: str, path: str, *, is_dry_run: bool
) -> None:
    payload = await chain.apply("mine", key=cells, dryRun=is_dry_run, **batch)

    assert (payload["__typename"], payload["code"]) == ("ChangesRefused", code)
    (finding,) = payload["findings"]
    assert finding["code"] == finding_code
    assert finding["path"].startswith(path)
    assert (await chain.store.revision()).number == 1


async def test_an_input_that_a_supplier_sees_by_name_may_be_taken_more_of_and_one_that_it_does_not_see_may_not(
    chain: Api, cells: str
) -> None:
    batch = {"items": [MODULE], "supplies": [{"input": "ore", "output": "module", "amount": 3}]}
    seen = await chain.apply("one", key=cells, **batch)
    hidden = await chain.apply("two", key=cells, supplies=[{"input": "seat", "output": "module", "amount": 3}])
    unknown = await chain.apply("three", key=cells, supplies=[{"input": "sofa", "output": "module", "amount": 3}])

    assert seen["__typename"] == "ChangesApplied", seen
    assert hidden["code"] == "INVALID"
    hidden_text, unknown_text = (answer["findings"][0]["message"] for answer in (hidden, unknown))
    assert hidden_text == unknown_text.replace("sofa", "seat")


async def test_a_refusal_takes_the_same_store_calls_for_what_is_hidden_and_what_is_unknown(
    chain: Api, cells: str
) -> None:
    counts = []
    for uid in ("seat", "sofa"):
        before = chain.store.calls.copy()
        await chain.apply(uid, key=cells, supplies=[{"input": uid, "output": "pack", "amount": 3}])
        counts.append(chain.store.calls - before)

    assert counts[0] == counts[1]
