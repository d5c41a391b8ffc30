"""Our secrets at partners' services lie in the store encrypted."""

import pytest

from graph_service.errors import InvalidInput
from graph_service.exchange.partner_client import CredentialSealing

KEY = "a secret key of more than 32 characters"


def test_sealed_text_opens_with_the_same_key_and_context_and_does_not_show_it() -> None:
    sealed = CredentialSealing(KEY).seal("geheim 秘密", context="partner-1")
    assert "geheim" not in sealed
    assert CredentialSealing(KEY).open(sealed, context="partner-1") == "geheim 秘密"


def test_the_same_text_is_sealed_differently_each_time() -> None:
    sealing = CredentialSealing(KEY)
    assert sealing.seal("text", context="partner-1") != sealing.seal("text", context="partner-1")


def test_another_context_key_or_text_does_not_open() -> None:
    sealed = CredentialSealing(KEY).seal("text", context="partner-1")
    changed = sealed[:10] + ("A" if sealed[10] != "A" else "B") + sealed[11:]
    tries = [
        (CredentialSealing(KEY), sealed, "partner-2"),
        (CredentialSealing(KEY + "!"), sealed, "partner-1"),
        (CredentialSealing(KEY), changed, "partner-1"),
        (CredentialSealing(KEY), "v1.", "partner-1"),
        (CredentialSealing(KEY), "text", "partner-1"),
    ]
    for sealing, text, context in tries:
        with pytest.raises(InvalidInput, match="does not open"):
            sealing.open(text, context=context)


@pytest.mark.parametrize("key", ["", "x" * 31])
def test_a_missing_or_short_key_is_refused_with_how_to_make_one(key: str) -> None:
    with pytest.raises(InvalidInput, match="openssl rand -base64 48"):
        CredentialSealing(key).seal("text", context="partner-1")
