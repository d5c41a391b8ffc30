"""Verifiers see the declarations that are assigned to them and nothing else, and say whether they are verified."""

from typing import Any

import pytest

from graph_service.model.vocabulary import Role
from tests.api.test_declaring import pushed, review
from tests.conftest import OpenStore
from tests.support.api_client import Api

ASSIGN = """mutation Assign($input: AssignVerifierInput!) { assignVerifier(input: $input) { __typename
  ... on DeclarationReviewed { declaration { uid } revision { number summary } replayed }
  ... on ChangesRefused { code findings { code path message } } } }"""

VERIFY = """mutation Verify($input: VerifyDeclarationInput!) { verifyDeclaration(input: $input) { __typename
  ... on DeclarationReviewed { declaration { uid state isVerified verification } revision { number by } replayed }
  ... on ChangesRefused { code findings { code path message } } } }"""

SEEN = """query Seen($uid: ID!) {
  declaration(uid: $uid) { id uid totalKgCO2e findings { code } receivedFrom
    item { uid name declaredUnit category supplier { uid } inputs { totalCount } declarations { totalCount } } }
  declarations { totalCount edges { node { uid } } }
  items { totalCount }
}"""


@pytest.fixture
def open_store(embedded_only: OpenStore) -> OpenStore:
    """What the stores promise of side records is tested there."""
    return embedded_only


async def assign(api: Api, declaration: str, key: str | None, *, access: str | None = None) -> Any:
    """The payload of an assignment to the verifier with the access key ``key``."""
    verifier = None if key is None else key.split("_")[1]
    given = {"idempotencyKey": f"assign {declaration} {verifier}", "declaration": declaration, "verifier": verifier}
    return (await api.ask(ASSIGN, {"input": given}, key=access))["assignVerifier"]


async def verify(api: Api, declaration: str, key: str | None, **given: Any) -> Any:
    """The payload of what a verifier says."""
    said = {"idempotencyKey": "v", "declaration": declaration, "isVerified": True, "verification": "TUEV, ISO 14067"}
    return (await api.ask(VERIFY, {"input": {**said, **given}}, key=key))["verifyDeclaration"]


async def test_a_verifier_sees_what_is_assigned_to_it_and_of_the_item_name_and_unit(chain: Api) -> None:
    first, other = await pushed(chain, "one"), await pushed(chain, "two", kgCO2e=160.0)
    verifier, stranger = await chain.key(Role.VERIFIER), await chain.key(Role.VERIFIER)

    assigned = await assign(chain, first, verifier)

    assert assigned["declaration"] == {"uid": first}
    assert assigned["revision"]["summary"] == f"declaration {first} assigned to verifier {verifier.split('_')[1]}"
    seen = await chain.ask(SEEN, {"uid": first}, key=verifier)
    assert seen["declarations"] == {"totalCount": 1, "edges": [{"node": {"uid": first}}]}
    assert seen["items"] == {"totalCount": 0}
    assert seen["declaration"]["totalKgCO2e"] == 150.0
    assert seen["declaration"]["receivedFrom"] is None
    assert seen["declaration"]["item"] == {
        "uid": "pack",
        "name": "Battery pack",
        "declaredUnit": "pc",
        "category": None,
        "supplier": None,
        "inputs": {"totalCount": 0},
        "declarations": {"totalCount": 0},
    }
    hidden = await chain.post(SEEN, {"uid": other}, key=verifier)
    unknown = await chain.post(SEEN, {"uid": "nothing"}, key=verifier)
    assert hidden.content == unknown.content
    nothing = await chain.ask(SEEN, {"uid": first}, key=stranger)
    assert (nothing["declaration"], nothing["declarations"]["totalCount"]) == (None, 0)


async def test_what_a_verifier_says_stands_in_the_declaration_and_in_the_log(chain: Api) -> None:
    uid = await pushed(chain, "one")
    verifier = await chain.key(Role.VERIFIER)
    await assign(chain, uid, verifier)
    await review(chain, uid, "ACCEPT")

    said = await verify(chain, uid, verifier)
    again = await verify(chain, uid, verifier)

    assert said["declaration"] == {
        "uid": uid,
        "state": "ACCEPTED",
        "isVerified": True,
        "verification": "TUEV, ISO 14067",
    }
    assert (said["replayed"], again["replayed"]) == (False, True)
    logged = (await chain.ask("{ revision { by door summary } }"))["revision"]
    by = f"verifier {verifier.split('_')[1]}"
    assert logged == {"by": by, "door": "graphql", "summary": f"declaration {uid}: verified"}
    shares = await chain.ask('{ item(uid: "pack") { footprint { verifiedShare } } }')
    assert shares["item"]["footprint"]["verifiedShare"] == 1.0


async def test_a_verification_can_be_taken_back_and_so_can_the_assignment(chain: Api) -> None:
    uid = await pushed(chain, "one")
    verifier = await chain.key(Role.VERIFIER)
    await assign(chain, uid, verifier)
    await verify(chain, uid, verifier)

    taken_back = await verify(chain, uid, verifier, idempotencyKey="w", isVerified=False, verification=None)
    await assign(chain, uid, None)

    assert taken_back["declaration"]["isVerified"] is False
    refused = await verify(chain, uid, verifier, idempotencyKey="x")
    assert [finding["code"] for finding in refused["findings"]] == ["UNKNOWN_REFERENCE"]


async def test_what_is_not_assigned_is_refused_like_what_does_not_exist_with_the_same_store_calls(chain: Api) -> None:
    uid = await pushed(chain, "one")
    verifier = await chain.key(Role.VERIFIER)
    texts, counts = [], []
    for number, name in enumerate((uid, "nothing")):
        before = chain.store.calls.copy()
        payload = await verify(chain, name, verifier, idempotencyKey=str(number))
        counts.append(chain.store.calls - before)
        texts.append(str(payload).replace(name, "NAME"))

    assert "UNKNOWN_REFERENCE" in texts[0]
    assert texts[0] == texts[1]
    assert counts[0] == counts[1]


@pytest.mark.parametrize("role", [Role.SUPPLIER, Role.AUDITOR, Role.PUBLIC])
async def test_nobody_else_verifies_and_nobody_but_the_leader_assigns(chain: Api, role: Role) -> None:
    uid = await pushed(chain, "one")
    key = await chain.key(role, "cells" if role is Role.SUPPLIER else None)
    verifier = await chain.key(Role.VERIFIER)

    assert (await verify(chain, uid, key))["code"] == "NOT_ALLOWED"
    assert (await assign(chain, uid, verifier, access=key))["code"] == "NOT_ALLOWED"
    assert (await assign(chain, uid, verifier, access=verifier))["code"] == "NOT_ALLOWED"


async def test_a_verification_without_a_statement_and_a_key_that_is_no_verifiers_are_refused(chain: Api) -> None:
    uid = await pushed(chain, "one")
    verifier, auditor = await chain.key(Role.VERIFIER), await chain.key(Role.AUDITOR)
    await assign(chain, uid, verifier)

    unsigned = await verify(chain, uid, verifier, verification=" ")
    to_auditor = await assign(chain, uid, auditor)

    assert [(finding["code"], finding["path"]) for finding in unsigned["findings"]] == [("REQUIRED", "verification")]
    assert [(f["code"], f["path"]) for f in to_auditor["findings"]] == [("UNKNOWN_REFERENCE", "verifier")]


async def test_a_deprecated_declaration_is_verified_no_more(chain: Api) -> None:
    uid = await pushed(chain, "one")
    verifier = await chain.key(Role.VERIFIER)
    await assign(chain, uid, verifier)
    await review(chain, uid, "DEPRECATE")

    refused = await verify(chain, uid, verifier)

    assert [finding["code"] for finding in refused["findings"]] == ["DECLARATION_FINAL"]
