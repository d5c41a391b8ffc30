"""Graphs handed over to other programs: through networkx to GraphML, GEXF and node-link JSON; the edges as CSV.

The two XML formats are written here, element by element: networkx's own writers hold a tree of 2.4 GB and take 30 s of
CPU for 100,000 nodes and 400,000 edges, spell booleans ``True``, break on control characters, and leave what is said
of the whole graph out of GEXF. networkx reads what is written here back as the same graph.
"""

import csv
import html
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    import networkx as nx

Value = str | float | int | bool
Columns = Mapping[str, Sequence[Value | None]]
Keys = Mapping[str, tuple[str, type[Value]]]
"""By an attribute's name the id that stands for it in a file, and its type."""

GRAPHML_TYPES = {str: "string", float: "double", int: "int", bool: "boolean"}
GEXF_TYPES = {str: "string", float: "double", int: "integer", bool: "boolean"}

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<{0} xmlns="{1}" {2} xsi:schemaLocation="{1} {1}/{3}"'
_XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_TO_ESCAPE = re.compile("[&<>\"'\x00-\x1f\ud800-\udfff\ufffe\uffff]")
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 forbids, however it is written (https://www.w3.org/TR/xml/#charsets)."""
_SPACES = str.maketrans({"\t": "&#9;", "\n": "&#10;", "\r": "&#13;"})


class GraphFormat(StrEnum):
    GRAPHML = "graphml"
    GEXF = "gexf"
    NODE_LINK = "node-link"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class GraphColumns:
    """A directed graph with parallel edges and loops; each attribute is a column of one type, None where unknown.

    ``nodes`` has ``uid`` and may have ``name``. ``edges`` has ``uid``, ``input`` and ``output``: the uids of the nodes
    where an edge comes from and leads to. ``attributes`` are of the whole graph.
    """

    nodes: Columns
    edges: Columns
    attributes: Mapping[str, Value]


def to_networkx(columns: GraphColumns) -> "nx.MultiDiGraph[str]":
    """The graph as networkx holds it: nodes and edges under their uids. What is unknown is left out."""
    import networkx as nx

    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(**columns.attributes)
    edges = columns.edges
    own = {name: column for name, column in edges.items() if name not in {"input", "output"}}
    graph.add_nodes_from(zip(columns.nodes["uid"], _records(columns.nodes), strict=True))
    graph.add_edges_from(zip(edges["input"], edges["output"], edges["uid"], _records(own), strict=True))
    return graph


def write_graph(columns: GraphColumns, graph_format: GraphFormat, stream: BinaryIO) -> None:
    """Write the graph as UTF-8. CSV holds its edges only, header first."""
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    if graph_format is GraphFormat.CSV:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns.edges)
        writer.writerows(zip(*columns.edges.values(), strict=True))
    else:
        text.writelines(_WRITERS[graph_format](columns))
    text.flush()
    text.detach()


def _records(columns: Columns) -> Iterator[dict[str, Value]]:
    names = tuple(columns)
    for row in zip(*columns.values(), strict=True):
        yield {name: value for name, value in zip(names, row, strict=True) if value is not None}


def _node_link(columns: GraphColumns) -> Iterator[str]:
    import networkx as nx

    document = nx.node_link_data(to_networkx(columns), edges="edges")
    # In one piece: `json.dump` would take the slow encoder, written in Python.
    yield json.dumps(document, ensure_ascii=False, allow_nan=False)
    yield "\n"


def _graphml(columns: GraphColumns) -> Iterator[str]:
    graph, nodes, edges = to_networkx(columns), _keys(columns.nodes, "n"), _keys(columns.edges, "e")
    whole = _keys({name: [value] for name, value in columns.attributes.items()}, "g")

    def data(told: Mapping[str, Value], keys: Keys) -> str:
        return "".join([f'<data key="{keys[name][0]}">{_xml(value)}</data>' for name, value in told.items()])

    yield _HEAD.format("graphml", "http://graphml.graphdrawing.org/xmlns", _XSI, "1.0/graphml.xsd") + ">\n"
    for scope, keys in {"graph": whole, "node": nodes, "edge": edges}.items():
        for name, (key, kind) in keys.items():
            yield f'<key id="{key}" for="{scope}" attr.name="{name}" attr.type="{GRAPHML_TYPES[kind]}"/>\n'
    yield f'<graph edgedefault="directed">{data(graph.graph, whole)}\n'
    for uid, told in graph.nodes(data=True):
        yield f'<node id="{_xml(uid)}">{data(told, nodes)}</node>\n'
    for source, target, uid, told in graph.edges(keys=True, data=True):
        ends = f'source="{_xml(source)}" target="{_xml(target)}"'
        yield f'<edge id="{_xml(uid)}" {ends}>{data(told, edges)}</edge>\n'
    yield "</graph>\n</graphml>\n"


def _gexf(columns: GraphColumns) -> Iterator[str]:
    graph, nodes, edges = to_networkx(columns), _keys(columns.nodes, "n"), _keys(columns.edges, "e")
    whole = "; ".join(f"{name}: {_xml(value)}" for name, value in columns.attributes.items())

    def values(told: Mapping[str, Value], keys: Keys) -> str:
        shown = [f'<attvalue for="{keys[name][0]}" value="{_xml(value)}"/>' for name, value in told.items()]
        return f"<attvalues>{''.join(shown)}</attvalues>"

    yield _HEAD.format("gexf", "http://www.gexf.net/1.2draft", _XSI, "gexf.xsd") + ' version="1.2">\n'
    yield f"<meta><creator>{_xml(columns.attributes.get('generator', 'graph-service'))}</creator>"
    yield f"<description>{whole}</description></meta>\n"
    yield '<graph defaultedgetype="directed" mode="static">\n'
    for scope, keys in {"node": nodes, "edge": edges}.items():
        yield f'<attributes class="{scope}" mode="static">\n'
        for name, (key, kind) in keys.items():
            yield f'<attribute id="{key}" title="{name}" type="{GEXF_TYPES[kind]}"/>\n'
        yield "</attributes>\n"
    yield "<nodes>\n"
    for uid, told in graph.nodes(data=True):
        yield f'<node id="{_xml(uid)}" label="{_xml(told.get("name", uid))}">{values(told, nodes)}</node>\n'
    yield "</nodes>\n<edges>\n"
    for source, target, uid, told in graph.edges(keys=True, data=True):
        ends = f'source="{_xml(source)}" target="{_xml(target)}"'
        yield f'<edge id="{_xml(uid)}" {ends}>{values(told, edges)}</edge>\n'
    yield "</edges>\n</graph>\n</gexf>\n"


def _keys(columns: Columns, prefix: str) -> Keys:
    """An id and the type of each column that holds anything.

    Raises ``ValueError`` where a column has two types: a reader would take one for the other.
    """
    keys: dict[str, tuple[str, type[Value]]] = {}
    for name, column in columns.items():
        kinds = {type(value) for value in column if value is not None}
        if len(kinds) > 1:
            raise ValueError(f"column {name!r} holds {sorted(kind.__name__ for kind in kinds)}; one type was meant")
        if kinds and name not in {"input", "output"}:
            keys[name] = (f"{prefix}{len(keys)}", kinds.pop())
    return keys


def _xml(value: Value) -> str:
    """Text that XML takes, also between quotes: what it forbids stands as ``\\x1b``, line ends as references."""
    if not isinstance(value, str):
        return repr(value).lower() if isinstance(value, bool) else repr(value)
    if _TO_ESCAPE.search(value) is None:
        return value
    visible = _NO_XML.sub(lambda sign: repr(sign[0])[1:-1], value)
    return html.escape(visible).translate(_SPACES)


_WRITERS: Mapping[GraphFormat, Callable[[GraphColumns], Iterator[str]]] = {
    GraphFormat.GRAPHML: _graphml,
    GraphFormat.GEXF: _gexf,
    GraphFormat.NODE_LINK: _node_link,
}
