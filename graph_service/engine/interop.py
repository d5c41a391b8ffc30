"""Graphs handed over to other programs, as networkx writes them: GraphML, GEXF, node-link JSON; the edges as CSV.

networkx holds a whole XML document as a tree before it writes any of it. It fails on characters that XML forbids, or
writes files nobody can read, and leaves most of what is said of the whole graph out of GEXF: both are seen to here.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    import networkx as nx

Value = str | float | int | bool
Columns = Mapping[str, Sequence[Value | None]]

_PLAIN = {str, float, int, bool}
_NO_XML = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 forbids, however it is written (https://www.w3.org/TR/xml/#charsets), and the carriage return: networkx
writes it bare into GraphML, where every reader takes it for a line feed."""


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
    """Write the graph as UTF-8. CSV holds its edges only, header first.

    Raises ``ValueError`` where GraphML or GEXF would hold a column of two types, or of none they know.
    """
    _WRITERS[graph_format](columns, stream)


def _records(columns: Columns) -> Iterator[dict[str, Value]]:
    names = tuple(columns)
    for row in zip(*columns.values(), strict=True):
        yield {name: value for name, value in zip(names, row, strict=True) if value is not None}


def _graphml(columns: GraphColumns, stream: BinaryIO) -> None:
    import networkx as nx

    nx.write_graphml(to_networkx(_for_xml(columns)), stream, named_key_ids=False)


def _gexf(columns: GraphColumns, stream: BinaryIO) -> None:
    """What is said of the whole graph goes into its name: of its attributes networkx writes no other to GEXF."""
    import networkx as nx

    shown = _for_xml(columns)
    uids = shown.nodes["uid"]
    labels = [name or uid for name, uid in zip(shown.nodes.get("name", uids), uids, strict=True)]
    graph = to_networkx(replace(shown, nodes={**shown.nodes, "label": labels}))
    graph.graph["name"] = "; ".join(f"{name}: {value}" for name, value in shown.attributes.items())
    nx.write_gexf(graph, stream)


def _node_link(columns: GraphColumns, stream: BinaryIO) -> None:
    import networkx as nx

    document = nx.node_link_data(to_networkx(columns), edges="edges")
    # In one piece: `json.dump` would take the slow encoder, written in Python.
    stream.write(json.dumps(document, ensure_ascii=False, allow_nan=False).encode())
    stream.write(b"\n")


def _csv(columns: GraphColumns, stream: BinaryIO) -> None:
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns.edges)
    writer.writerows(zip(*columns.edges.values(), strict=True))
    text.flush()
    text.detach()


def _for_xml(columns: GraphColumns) -> GraphColumns:
    """The same graph; characters that XML forbids stand as ``\\x1b``."""
    whole = _shown({name: [value] for name, value in columns.attributes.items()})
    attributes = {name: value for name, [value] in whole.items() if value is not None}
    return GraphColumns(_shown(columns.nodes), _shown(columns.edges), attributes)


def _shown(columns: Columns) -> Columns:
    """Raises ``ValueError`` where a column is not of one plain type.

    Of two types, readers of GEXF take one for the other; numpy's ``float64`` networkx declares as single precision.
    """
    shown: dict[str, Sequence[Value | None]] = {}
    for name, column in columns.items():
        kinds = {type(value) for value in column if value is not None}
        if len(kinds) > 1 or not kinds <= _PLAIN:
            raise ValueError(
                f"column {name!r} holds {sorted(kind.__name__ for kind in kinds)}; "
                "one type was meant, of bool, float, int and str"
            )
        shown[name] = [_visible(value) for value in column] if str in kinds else column
    return shown


def _visible(value: Value | None) -> Value | None:
    return _NO_XML.sub(lambda sign: repr(sign[0])[1:-1], value) if isinstance(value, str) else value


_WRITERS: Mapping[GraphFormat, Callable[[GraphColumns, BinaryIO], None]] = {
    GraphFormat.GRAPHML: _graphml,
    GraphFormat.GEXF: _gexf,
    GraphFormat.NODE_LINK: _node_link,
    GraphFormat.CSV: _csv,
}
