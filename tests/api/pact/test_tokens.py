"""Access tokens: ours are taken as long as their key stands; nothing else is, however it was made."""

import base64
import json
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import jwt
import pytest

from graph_service.api.callers import principal_of_token
from graph_service.api.errors import Unauthenticated
from graph_service.api.tokens import LIFETIME_S, TokenAuthority, TokenExpired, authority_of, issue_token, read_token
from graph_service.errors import InvalidInput
from graph_service.model.vocabulary import Role
from tests.conftest import OpenStore
from tests.support.api_client import api_on
from tests.support.clock import NOON, FixedClock

AUTHORITY = TokenAuthority(b"k" * 32, "https://carbon.example")
NOW_S = int(NOON.timestamp())

Claims = dict[str, Any]


def claims(**changed: object) -> Claims:
    whole = {
        "iss": AUTHORITY.name,
        "aud": AUTHORITY.name,
        "sub": "key-1",
        "client_id": "key-1",
        "iat": NOW_S,
        "nbf": NOW_S,
        "exp": NOW_S + LIFETIME_S,
        "jti": "1",
    }
    return {name: value for name, value in {**whole, **changed}.items() if value is not None}


def encoded(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def signed(
    payload: object,
    *,
    header: Mapping[str, object] | str | None = None,
    key: bytes = AUTHORITY.key,
    algorithm: str = "HS256",
) -> str:
    """A token whose signature is right, whatever stands in it."""
    head = {"alg": algorithm, "typ": "at+jwt"} if header is None else header
    message = f"{encoded(head)}.{encoded(payload)}"
    signer = jwt.get_algorithm_by_name(algorithm)
    signature = signer.sign(message.encode(), signer.prepare_key(key))
    return f"{message}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def with_header(**more: object) -> str:
    return signed(claims(), header={"alg": "HS256", "typ": "at+jwt", **more})


def respelled(token: str) -> str:
    """The same signature bytes, spelled otherwise: the last character of 43 carries two bits that mean nothing."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]


BAD: Mapping[str, Callable[[], str]] = {
    "alg none": lambda: f"{encoded({'alg': 'none', 'typ': 'at+jwt'})}.{encoded(claims())}.",
    "alg none with a signature": lambda: signed(claims(), header={"alg": "none", "typ": "at+jwt"}),
    "another algorithm of the same key": lambda: signed(claims(), algorithm="HS512", key=b"k" * 64),
    "another key": lambda: signed(claims(), key=b"x" * 32),
    "no typ": lambda: signed(claims(), header={"alg": "HS256"}),
    "typ of an id token": lambda: with_header(typ="JWT"),
    "a kid": lambda: with_header(kid="../../etc/passwd"),
    "a jku": lambda: with_header(jku="https://evil.example/keys"),
    "an x5u": lambda: with_header(x5u="https://evil.example/chain"),
    "a critical extension": lambda: with_header(crit=["b64"], b64=False),
    "another audience": lambda: signed(claims(aud="https://other.example")),
    "ours among other audiences": lambda: signed(claims(aud=[AUTHORITY.name, "https://other.example"])),
    "another issuer": lambda: signed(claims(iss="https://other.example")),
    "an issuer that is a list": lambda: signed(claims(iss=[AUTHORITY.name])),
    "no end": lambda: signed(claims(exp=None)),
    "an end in words": lambda: signed(claims(exp=str(NOW_S + 60))),
    "an end that is a truth": lambda: signed(claims(iat=False, nbf=False, exp=True)),
    "an end with a fraction": lambda: signed(claims(exp=NOW_S + 60.5)),
    "an end far away": lambda: signed(claims(exp=NOW_S + LIFETIME_S + 1)),
    "not good yet": lambda: signed(claims(nbf=NOW_S + 60)),
    "issued in the future": lambda: signed(claims(iat=NOW_S + 60, exp=NOW_S + 120)),
    "nobody": lambda: signed(claims(sub=None)),
    "a subject that is a number": lambda: signed(claims(sub=7, client_id=7)),
    "a subject that is empty": lambda: signed(claims(sub="", client_id="")),
    "two clients": lambda: signed(claims(client_id="key-2")),
    "no name of its own": lambda: signed(claims(jti=None)),
    "a claim twice": lambda: signed(json.dumps(claims())[:-1] + ', "sub": "key-2"}'),
    "claims that are a list": lambda: signed([claims()]),
    "an infinite number": lambda: signed(json.dumps(claims())[:-1] + ', "exp": 1e999}'),
    "longer than 4 KiB": lambda: signed(claims(more="x" * 4096)),
    "two parts": lambda: ".".join(signed(claims()).split(".")[:2]),
    "a part more": lambda: signed(claims()) + ".e30",
    "padding": lambda: signed(claims()) + "=",
    "a second spelling of the signature": lambda: respelled(signed(claims())),
    "a space within": lambda: signed(claims()).replace(".", ". ", 1),
    "nothing": lambda: "",
    "no base64": lambda: "a.b.c",
    "letters beyond ASCII": lambda: "é.é.é",
}


def test_a_token_of_ours_names_its_key() -> None:
    assert read_token(signed(claims()), authority=AUTHORITY, now=NOON) == "key-1"
    token = issue_token("key-1", authority=AUTHORITY, now=NOON)
    assert read_token(token, authority=AUTHORITY, now=NOON + timedelta(seconds=LIFETIME_S - 1)) == "key-1"
    assert len(token) < 1024


@pytest.mark.parametrize("name", BAD)
def test_a_bad_token_is_refused_like_every_other(name: str) -> None:
    with pytest.raises(Unauthenticated) as refused:
        read_token(BAD[name](), authority=AUTHORITY, now=NOON)
    assert not isinstance(refused.value, TokenExpired)
    assert refused.value.message == "the access token is not one of this service; fetch one from /auth/token"


def test_some_of_the_bad_ones_pass_the_library_alone() -> None:
    """Why the checks beside it are there."""
    passed = []
    for name, make in BAD.items():
        try:
            jwt.decode(
                make(),
                AUTHORITY.key,
                algorithms=["HS256"],
                audience=AUTHORITY.name,
                options={"verify_nbf": False, "verify_iat": False, "verify_exp": False},
            )
            passed.append(name)
        except jwt.PyJWTError:
            continue
    assert {"a kid", "a jku", "typ of an id token", "ours among other audiences", "a claim twice"} <= set(passed)


def test_a_token_whose_time_is_over_says_so_and_nothing_else_does() -> None:
    token = issue_token("key-1", authority=AUTHORITY, now=NOON)
    with pytest.raises(TokenExpired):
        read_token(token, authority=AUTHORITY, now=NOON + timedelta(seconds=LIFETIME_S))
    with pytest.raises(Unauthenticated) as refused:
        read_token(respelled(token), authority=AUTHORITY, now=NOON + timedelta(seconds=LIFETIME_S))
    assert not isinstance(refused.value, TokenExpired)


async def test_revoking_a_key_ends_its_tokens(embedded_only: OpenStore, clock: FixedClock) -> None:
    async with api_on(await embedded_only(clock=clock), clock=clock) as api:
        text = await api.key(Role.AUDITOR)
        key_id = text.split("_")[1]
        token = issue_token(key_id, authority=authority_of(api.services), now=clock.now())
        assert (await principal_of_token(token, api.services)).role is Role.AUDITOR

        await api.store.revoke_key(key_id, clock.now())

        with pytest.raises(Unauthenticated):
            await principal_of_token(token, api.services)
        unknown = issue_token("unknown", authority=authority_of(api.services), now=clock.now())
        with pytest.raises(Unauthenticated):
            await principal_of_token(unknown, api.services)


async def test_a_token_opens_the_other_doors_and_an_old_one_does_not(
    embedded_only: OpenStore, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with api_on(await embedded_only(clock=clock), clock=clock) as api:
        key_id = (await api.key(Role.AUDITOR)).split("_")[1]
        token = issue_token(key_id, authority=authority_of(api.services), now=clock.now())
        assert (await api.ask("{ me { role } }", key=token)) == {"me": {"role": "AUDITOR"}}

        clock.advance(timedelta(seconds=LIFETIME_S))

        answer = await api.post("{ me { role } }", key=token)
        assert answer.status_code == 401
        assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert token not in caplog.text


async def test_services_that_share_a_secret_share_tokens_and_others_do_not(
    embedded_only: OpenStore, clock: FixedClock
) -> None:
    store = await embedded_only(clock=clock)
    async with (
        api_on(store, clock=clock, secret_key="s" * 32) as one,
        api_on(store, clock=clock, secret_key="s" * 32) as same,
        api_on(store, clock=clock, secret_key="t" * 32) as other,
        api_on(store, clock=clock, secret_key="s" * 32, public_url="https://b.example") as elsewhere,
    ):
        token = issue_token("key-1", authority=authority_of(one.services), now=NOON)
        assert read_token(token, authority=authority_of(same.services), now=NOON) == "key-1"
        for stranger in (other, elsewhere):
            with pytest.raises(Unauthenticated):
                read_token(token, authority=authority_of(stranger.services), now=NOON)


async def test_a_short_secret_is_refused_by_name_without_showing_it(
    embedded_only: OpenStore, clock: FixedClock
) -> None:
    async with api_on(await embedded_only(clock=clock), clock=clock) as api:
        settings = api.services.settings.model_copy(
            update={"secret_key": type(api.services.settings.secret_key)("hush")}
        )
        object.__setattr__(api.services, "settings", settings)
        with pytest.raises(InvalidInput, match="GRAPH_SERVICE_SECRET_KEY has 4 characters") as refused:
            authority_of(api.services)
        assert "hush" not in refused.value.message
