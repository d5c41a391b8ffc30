"""``partners`` and ``outbox``: against a partner's service on this machine."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.pact_documents import v3_document
from tests.support.partner_server import CLIENT_ID, CLIENT_SECRET, Called, PartnerServer, Reply, serving_partner
from tests.unit.cli.conftest import Command


@pytest.fixture
def server() -> Iterator[PartnerServer]:
    with serving_partner(None) as partner:
        yield partner


@pytest.fixture
def store(command: Command, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store with a product of ours and a supplier's component; partners on this machine may be called."""
    monkeypatch.setenv("GRAPH_SERVICE_SECRET_KEY", "a secret key of more than 32 characters")
    monkeypatch.setenv("GRAPH_SERVICE_PARTNER_ALLOW_PRIVATE", "127.0.0.1")
    folder = tmp_path / "chain"
    folder.mkdir()
    tables = {
        "suppliers": "supplier,name\nours,Packs\nmaker,Cells\n",
        "items": "item,declared_unit,supplier,identifiers\npack,kg,ours,\ncell,kg,maker,urn:gtin:4712345060507\n",
        "emissions": (
            "item,stage,component,kgco2e,data_type,gwp_set,period_start,period_end\n"
            "pack,MANUFACTURING,FOSSIL,2.5,PRIMARY,AR6,2025-01-01,2026-01-01\n"
        ),
    }
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    imported = command("--store", store_url, "import", folder)
    assert imported.status == 0, imported.err
    return store_url


def add(command: Command, store: str, server: PartnerServer, tmp_path: Path, *more: str) -> tuple[str, str, str]:
    """Uid, client id and secret of a new partner."""
    secret = tmp_path / "secret"
    secret.write_text(CLIENT_SECRET + "\n", encoding="utf-8")
    url = f"http://127.0.0.1:{server.port}"
    ours = ("--client-id", CLIENT_ID, "--client-secret-file", secret)
    outcome = command("--store", store, "partners", "add", "Maker", "--base-url", url, *ours, *more)
    assert outcome.status == 0, outcome.err
    found = re.fullmatch(r"partner: (\S+)\nclient id: ([0-9a-f]{16})\nclient secret: ([0-9a-f]{64})\n", outcome.out)
    assert found is not None, outcome.out
    return found[1], found[2], found[3]


def rows(command: Command, store: str, *words: str) -> list[dict[str, object]]:
    outcome = command("--store", store, *words, "--format", "json")
    assert outcome.status == 0, outcome.err
    (found,) = json.loads(outcome.out).values()
    return list(found)


def test_a_partner_is_added_listed_without_secrets_and_revoked(
    command: Command, store: str, server: PartnerServer, tmp_path: Path
) -> None:
    uid, client_id, secret = add(command, store, server, tmp_path, "--supplier", "maker", "--item", "pack")
    for words in (("partners", "list"), ("partners", "list", "--format", "csv"), ("keys", "list")):
        shown = command("--store", store, *words).out
        assert client_id in shown
        assert secret not in shown
        assert CLIENT_SECRET not in shown
    assert command("--store", store, "partners", "revoke", "Maker").out == f"revoked {uid}\n"
    (partner,) = rows(command, store, "partners", "list")
    assert partner["revoked_at"]
    assert command("--store", store, "partners", "revoke", "Nobody").status == 2


def test_a_supplier_is_asked_and_what_was_given_up_is_sent_again(
    command: Command, store: str, server: PartnerServer, tmp_path: Path
) -> None:
    add(command, store, server, tmp_path, "--supplier", "maker")
    server.answers["/3/events"] = lambda _called: Reply(400, {"code": "BadRequest"})
    asked = command("--store", store, "partners", "ask", "cell", "--comment", "please").out.strip()
    assert command("--store", store, "outbox", "run-once").out == "1 event tried\n"
    (dead,) = rows(command, store, "outbox", "list", "--state", "dead")
    assert (dead["event_id"], dead["state"]) == (asked, "DEAD")
    assert "400 (BadRequest)" in str(dead["last_answer"])
    server.answers["/3/events"] = lambda _called: Reply(200)
    assert command("--store", store, "outbox", "resend", asked).status == 0
    assert command("--store", store, "outbox", "run-once").out == "1 event tried\n"
    sent = [json.loads(called.body) for called in server.calls if called.path == "/3/events"]
    assert sent[0] == sent[1]
    assert sent[0]["data"] == {"productId": ["urn:gtin:4712345060507"], "comment": "please"}
    assert command("--store", store, "outbox", "resend", asked).status == 2
    (request,) = rows(command, store, "partners", "requests")
    assert (request["request_id"], request["direction"], request["state"]) == (asked, "outgoing", "OPEN")
    assert command("--store", store, "partners", "withdraw", asked).status == 0
    assert command("--store", store, "partners", "fulfil", asked).status == 2


def test_what_is_published_is_told_to_whom_it_was_granted(
    command: Command, store: str, server: PartnerServer, tmp_path: Path
) -> None:
    add(command, store, server, tmp_path, "--item", "pack")
    server.answers["/3/events"] = lambda _called: Reply(200)
    first = command("--store", store, "partners", "publish", "pack")
    assert first.err.endswith("1 partner will be told\n"), first.err
    second = command("--store", store, "partners", "publish", "pack", "--comment", "anew")
    assert f"replaces {first.out.strip()}" in second.err
    assert command("--store", store, "partners", "deprecate", second.out.strip(), "--reason", "wrong").status == 0
    assert command("--store", store, "outbox", "run-once").out == "3 events tried\n"
    told = [json.loads(called.body)["data"]["pfIds"] for called in server.calls if called.path == "/3/events"]
    assert told == [[first.out.strip()], [second.out.strip(), first.out.strip()], [second.out.strip()]]
    refused = command("--store", store, "partners", "publish", "cell")
    assert refused.status == 2
    assert "not complete" in refused.err


def test_a_partners_list_is_pulled_page_by_page(
    command: Command, store: str, server: PartnerServer, tmp_path: Path
) -> None:
    add(command, store, server, tmp_path, "--supplier", "maker")
    good = {**v3_document(), "productIds": ["urn:gtin:4712345060507"]}

    def page(called: Called) -> Reply:
        if "page=2" in called.target:
            return Reply(200, {"data": [good, {**good, "id": "00000000-0000-4000-8000-000000000002", "pcf": {}}]})
        link = f'<http://127.0.0.1:{server.port}/3/footprints?page=2>; rel="next"'
        return Reply(200, {"data": [good]}, {"Link": link})

    server.answers["/3/footprints"] = page
    pulled = command("--store", store, "partners", "pull", "Maker")
    assert pulled.out == "3 footprints: 1 new, 1 known, 0 wait for an item, 1 refused\n"
    assert pulled.status == 1
    server.answers["/3/footprints"] = lambda _called: Reply(500)
    assert "answered 500" in command("--store", store, "partners", "pull", "Maker").err


def test_a_secret_is_taken_from_standard_input_and_never_as_a_word(
    command: Command, store: str, server: PartnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"http://127.0.0.1:{server.port}"
    adding = ("--store", store, "partners", "add", "Maker", "--base-url", url, "--supplier", "maker")
    assert command(*adding, "--client-id", CLIENT_ID).status == 2
    assert command(*adding, "--client-secret-stdin").status == 2
    monkeypatch.setattr("sys.stdin", io.StringIO(CLIENT_SECRET + "\n"))
    assert command(*adding, "--client-id", CLIENT_ID, "--client-secret-stdin").status == 0
    server.answers["/3/events"] = lambda _called: Reply(200)
    command("--store", store, "partners", "ask", "cell")
    command("--store", store, "outbox", "run-once")
    assert server.tokens_given == 1


def test_without_a_secret_key_no_credentials_are_kept(
    command: Command, store: str, server: PartnerServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPH_SERVICE_SECRET_KEY", "")
    secret = tmp_path / "secret"
    secret.write_text(CLIENT_SECRET, encoding="utf-8")
    given = ("--client-id", CLIENT_ID, "--client-secret-file", secret)
    url = f"http://127.0.0.1:{server.port}"
    outcome = command("--store", store, "partners", "add", "Maker", "--base-url", url, *given)
    assert outcome.status == 2
    assert "openssl rand -base64 48" in outcome.err
    assert rows(command, store, "partners", "list") == []
