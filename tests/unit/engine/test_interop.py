"""Graphs for other programs: what is written is what networkx reads back."""

import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_service.engine.interop import GraphColumns, GraphFormat, to_networkx, write_graph

XML = [GraphFormat.GRAPHML, GraphFormat.GEXF]
KEPT = [GraphFormat.GRAPHML, GraphFormat.GEXF, GraphFormat.NODE_LINK]


def _written(columns: GraphColumns, graph_format: GraphFormat) -> str:
    stream = io.BytesIO()
    write_graph(columns, graph_format, stream)
    return stream.getvalue().decode()


def _read(text: str, graph_format: GraphFormat) -> "nx.MultiDiGraph[str]":
    """The file as networkx reads it, less what its readers add of their own."""
    if graph_format is GraphFormat.NODE_LINK:
        graph = nx.node_link_graph(json.loads(text), edges="edges")
    elif graph_format is GraphFormat.GRAPHML:
        graph = nx.parse_graphml(text, edge_key_type=str, force_multigraph=True)
    else:
        # `read_gexf` takes line ends in an attribute as they stand only from a file.
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "graph.gexf"
            path.write_text(text, encoding="utf-8", newline="")
            graph = nx.MultiDiGraph(nx.read_gexf(path))
    for name in ("node_default", "edge_default", "mode"):
        graph.graph.pop(name, None)
    for _, data in graph.nodes(data=True):
        data.pop("label", None)
    for *_, data in graph.edges(data=True):
        data.pop("id", None)
    return graph


def _parts(graph: "nx.MultiDiGraph[str]") -> tuple[dict[str, Any], list[Any]]:
    edges = [(source, target, data["uid"], data) for source, target, data in graph.edges(data=True)]
    return dict(graph.nodes(data=True)), sorted(edges, key=lambda edge: edge[2])


def _columns(nodes: list[dict[str, Any]], edges: list[dict[str, Any]], **attributes: Any) -> GraphColumns:
    def columns(rows: list[dict[str, Any]], first: tuple[str, ...]) -> dict[str, list[Any]]:
        names = dict.fromkeys([*first, *(name for row in rows for name in row)])
        return {name: [row.get(name) for row in rows] for name in names}

    return GraphColumns(columns(nodes, ("uid",)), columns(edges, ("uid", "input", "output")), attributes)


WINDMILL = _columns(
    [
        {"uid": "mill", "name": 'Windmill "3" <&\'>', "name_zh": "风车", "tier": 0, "is_declared": False},
        {"uid": "sail", "name": "Sail", "tier": 1, "is_declared": True, "total_kgco2e": 0.1 + 0.2},
    ],
    [
        {"uid": "a", "input": "sail", "output": "mill", "amount": 4.0, "line": "cloth"},
        {"uid": "b", "input": "sail", "output": "mill", "amount": -1e-300},
        {"uid": "c", "input": "mill", "output": "mill", "amount": 0.01},
        {"uid": "d", "input": "mill", "output": "sail", "amount": 0.02},
    ],
    item="mill",
    total_kgco2e=1.2,
    is_complete=True,
    revision=3,
)


@pytest.mark.parametrize("graph_format", KEPT)
def test_loops_parallel_edges_and_unknowns_come_back_as_they_were(graph_format: GraphFormat) -> None:
    graph = to_networkx(WINDMILL)
    assert graph.number_of_edges("sail", "mill") == 2
    assert graph.has_edge("mill", "mill", key="c")
    assert "total_kgco2e" not in graph.nodes["mill"]
    back = _read(_written(WINDMILL, graph_format), graph_format)
    assert _parts(back) == _parts(graph)
    if graph_format is not GraphFormat.GEXF:
        assert back.graph == graph.graph


def test_gexf_says_in_the_name_of_the_graph_what_the_others_hold_as_attributes() -> None:
    back = _read(_written(WINDMILL, GraphFormat.GEXF), GraphFormat.GEXF)
    assert back.graph == {"name": "item: mill; total_kgco2e: 1.2; is_complete: True; revision: 3"}


def test_gexf_labels_an_item_by_its_name_or_else_its_uid() -> None:
    columns = _columns([{"uid": "mill", "name": 'Windmill "3" <&\'>'}, {"uid": "sail"}], [])
    nameless = _columns([{"uid": "ore"}], [])
    labels = [
        node.get("label")
        for graph in (columns, nameless)
        for node in ET.fromstring(_written(graph, GraphFormat.GEXF)).iterfind("{*}graph/{*}nodes/{*}node")  # noqa: S314  our own text
    ]
    assert labels == ['Windmill "3" <&\'>', "sail", "ore"]


def test_gexf_keeps_the_uid_of_an_edge_as_its_key() -> None:
    stream = io.BytesIO(_written(WINDMILL, GraphFormat.GEXF).encode())
    assert set(nx.read_gexf(stream).edges(keys=True)) == set(to_networkx(WINDMILL).edges(keys=True))


@pytest.mark.parametrize("graph_format", XML)
def test_networkx_reads_booleans_back_as_booleans(graph_format: GraphFormat) -> None:
    back = _read(_written(WINDMILL, graph_format), graph_format)
    assert back.nodes["mill"]["is_declared"] is False
    assert back.nodes["sail"]["is_declared"] is True


@pytest.mark.parametrize("graph_format", XML)
def test_characters_that_xml_forbids_are_shown_and_break_nothing(graph_format: GraphFormat) -> None:
    columns = _columns(
        [{"uid": "x\ufffe", "name": "be\x07ll\x1b[31m\r\n\tnext\uffff"}],
        [{"uid": "\x7f", "input": "x\ufffe", "output": "x\ufffe", "line": "\x00"}],
        item="x\ufffe",
    )
    back = _read(_written(columns, graph_format), graph_format)
    [(uid, data)] = back.nodes(data=True)
    assert uid == r"x\ufffe"
    assert data["name"] == "be\\x07ll\\x1b[31m\\r\n\tnext\\uffff"
    assert list(back.edges(data=True)) == [(uid, uid, {"uid": "\x7f", "line": r"\x00"})]
    assert r"x\ufffe" in next(iter(back.graph.values()))


def test_other_formats_hold_every_character_as_it_is() -> None:
    columns = _columns([{"uid": "x", "name": "\x1b\r"}], [{"uid": "e", "input": "x", "output": "x", "line": "\x1b"}])
    graph = _read(_written(columns, GraphFormat.NODE_LINK), GraphFormat.NODE_LINK)
    assert graph.nodes["x"]["name"] == "\x1b\r"
    assert _written(columns, GraphFormat.CSV).endswith("e,x,x,\x1b\n")


@pytest.mark.parametrize("graph_format", KEPT)
def test_an_item_without_inputs_is_a_graph_of_one_node(graph_format: GraphFormat) -> None:
    back = _read(_written(_columns([{"uid": "ore", "tier": 0}], []), graph_format), graph_format)
    assert list(back.nodes(data=True)) == [("ore", {"uid": "ore", "tier": 0})]


@pytest.mark.parametrize("graph_format", XML)
def test_a_column_of_two_types_is_refused(graph_format: GraphFormat) -> None:
    with pytest.raises(ValueError, match=r"'tier' holds \['float', 'int'\]"):
        _written(_columns([{"uid": "a", "tier": 1}, {"uid": "b", "tier": 1.5}], []), graph_format)


@pytest.mark.parametrize("graph_format", XML)
def test_a_type_that_readers_would_take_for_another_is_refused(graph_format: GraphFormat) -> None:
    with pytest.raises(ValueError, match=r"'total_kgco2e' holds \['float64'\]; one type was meant, of bool, float"):
        _written(_columns([{"uid": "a"}], [], total_kgco2e=np.float64(0.1)), graph_format)


def test_csv_has_a_row_per_edge_and_a_header_also_without_any() -> None:
    rows = list(csv.reader(io.StringIO(_written(WINDMILL, GraphFormat.CSV))))
    assert rows[:3] == [
        ["uid", "input", "output", "amount", "line"],
        ["a", "sail", "mill", "4.0", "cloth"],
        ["b", "sail", "mill", "-1e-300", ""],
    ]
    assert _written(_columns([{"uid": "ore"}], []), GraphFormat.CSV) == "uid,input,output\n"


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="￾\uffff"), min_size=1, max_size=8)
NUMBER = st.none() | st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def graphs(draw: st.DrawFn) -> GraphColumns:
    uids = draw(st.lists(TEXT, min_size=1, max_size=5, unique=True))
    nodes = [{"uid": uid, "name": draw(TEXT), "total_kgco2e": draw(NUMBER), "is_declared": False} for uid in uids]
    end = st.sampled_from(uids)
    keys = draw(st.lists(TEXT, max_size=8, unique=True))
    edges = [{"uid": key, "input": draw(end), "output": draw(end), "amount": draw(NUMBER)} for key in keys]
    return _columns(nodes, edges, item=uids[0])


@settings(deadline=None, max_examples=50)
@given(columns=graphs(), graph_format=st.sampled_from(KEPT))
def test_any_graph_comes_back_equal(columns: GraphColumns, graph_format: GraphFormat) -> None:
    assert _parts(_read(_written(columns, graph_format), graph_format)) == _parts(to_networkx(columns))
