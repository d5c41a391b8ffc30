"""What ``STORES`` means to a test run: a named store is never left out quietly."""

import pytest

from tests.support.store_choice import StoreChoice, choose_stores


def test_the_named_stores_are_taken_and_nothing_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert choose_stores({"STORES": "embedded, neo4j"}) == StoreChoice(("embedded", "neo4j"), None)


def test_without_stores_the_embedded_one_is_taken_and_the_other_is_mentioned() -> None:
    choice = choose_stores({})
    assert choice.names == ("embedded",)
    assert choice.skipped_neo4j


def test_auto_takes_a_named_server_whether_it_answers_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    environment = {"STORES": "auto", "GRAPH_SERVICE_TEST_NEO4J_URI": "bolt://127.0.0.1:9"}
    assert choose_stores(environment) == StoreChoice(("embedded", "neo4j"), None)


def test_auto_without_an_engine_leaves_neo4j_out_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    choice = choose_stores({"STORES": "auto"})
    assert choice.names == ("embedded",)
    assert choice.skipped_neo4j is not None
    assert "no docker command" in choice.skipped_neo4j


def test_a_name_that_is_no_store_is_refused() -> None:
    with pytest.raises(ValueError, match="'oracle' is no store; name embedded or neo4j, or auto"):
        choose_stores({"STORES": "embedded,oracle"})
