"""``/auth/token`` as RFC 6749 has it, and its discovery."""

import jwt
import pytest

from graph_service.model.vocabulary import Role
from tests.api.pact.conftest import HOST, Pact, basic, called_from


async def test_client_credentials_give_a_short_lived_token_that_opens_the_doors(pact: Pact) -> None:
    answer = await pact.token(await pact.api.key(Role.AUDITOR))

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert body.keys() == {"access_token", "token_type", "expires_in"}
    assert (body["token_type"], body["expires_in"]) == ("bearer", 900)
    assert jwt.get_unverified_header(body["access_token"]) == {"alg": "HS256", "typ": "at+jwt"}
    assert (await pact.get("/3/footprints", key=body["access_token"])).json() == {"data": []}
    assert (await pact.get("/2/footprints", key=body["access_token"])).json() == {"data": []}


async def test_the_whole_key_serves_as_the_secret_and_a_scope_is_answered(pact: Pact) -> None:
    key = await pact.api.key(Role.AUDITOR)
    whole = basic(key.split("_")[1], key)
    answer = await pact.token(key, body="grant_type=client_credentials&scope=footprint:read", authorization=whole)
    assert answer.status_code == 200
    assert answer.json()["scope"] == "footprint:list footprint:read"


@pytest.mark.parametrize(
    ("authorization", "body", "content_type", "status", "error"),
    [
        ("Basic !!", None, None, 401, "invalid_client"),
        ("Basic", None, None, 401, "invalid_client"),
        (basic("", ""), None, None, 401, "invalid_client"),
        (basic("unknown", "secret"), None, None, 401, "invalid_client"),
        (basic("a_b", "secret"), None, None, 401, "invalid_client"),
        ("Bearer x", None, None, 401, "invalid_client"),
        (None, "", None, 400, "invalid_request"),
        (None, "grant_type=", None, 400, "invalid_request"),
        (None, "grant_type=password&username=a&password=b", None, 400, "unsupported_grant_type"),
        (None, "grant_type=client_credentials&grant_type=client_credentials", None, 400, "invalid_request"),
        (None, "grant_type=client_credentials&client_secret=x", None, 400, "invalid_request"),
        (None, "\u4e2d", None, 400, "invalid_request"),
        (None, "grant_type=client_credentials&x=" + "x" * 9_000, None, 400, "invalid_request"),
        (None, '{"grant_type": "client_credentials"}', "application/json", 400, "invalid_request"),
    ],
)
async def test_what_is_wrong_is_named_as_the_standard_does(
    pact: Pact, authorization: str | None, body: str | None, content_type: str | None, status: int, error: str
) -> None:
    changed = {"authorization": authorization, "content_type": content_type}
    headers = {name: value for name, value in changed.items() if value is not None}
    key = await pact.api.key(Role.AUDITOR)
    answer = await pact.token(key, **({} if body is None else {"body": body}), **headers)

    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json().keys() == {"error", "error_description", "code", "message"}
    assert answer.headers["cache-control"] == "no-store"
    assert ("www-authenticate" in answer.headers) == (status == 401)
    assert key not in answer.text


async def test_a_wrong_secret_an_unknown_client_and_a_revoked_one_answer_alike(pact: Pact) -> None:
    key, gone = await pact.api.key(Role.AUDITOR), await pact.api.key(Role.AUDITOR)
    await pact.api.store.revoke_key(gone.split("_")[1], pact.api.clock.now())
    answers = [
        await pact.token(key, authorization=basic(key.split("_")[1], "0" * 64)),
        await pact.token(key, authorization=basic("0" * 16, "0" * 64)),
        await pact.token(gone),
        await pact.token(key, authorization=basic(key.split("_")[1], f"gs_{gone.split('_')[1]}_{key.split('_')[2]}")),
    ]
    assert len({(answer.status_code, answer.text) for answer in answers}) == 1
    assert answers[0].status_code == 401


async def test_the_client_is_asked_for_before_the_body_is_read(pact: Pact) -> None:
    answer = await pact.token("gs_x_y", body="x" * 20_000_000)
    assert answer.status_code == 401


async def test_discovery_names_the_token_door_as_the_caller_sees_it(pact: Pact) -> None:
    answer = await pact.get("/.well-known/openid-configuration", key="")
    assert answer.status_code == 200
    assert answer.json()["issuer"] == HOST
    assert answer.json()["token_endpoint"] == f"{HOST}/auth/token"
    behind = called_from(pact, "10.0.0.1", base_url="http://inner:8000")
    headers = {"x_forwarded_proto": "https", "x_forwarded_host": "outer.example", "x_forwarded_prefix": "/p"}
    shown = (await behind.get("/.well-known/openid-configuration", key="", **headers)).json()
    assert shown["token_endpoint"] == "https://outer.example/p/auth/token"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
async def test_only_post_gets_a_token(pact: Pact, method: str) -> None:
    answer = await pact.http.request(method, "/auth/token")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
