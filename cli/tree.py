"""`corecraft tree`: which episode was forked from which, as text, as a picture, and for other programs."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import networkx as nx

from ..analysis.viewer.branches import Line, Picture, draw, ordered
from ..analysis.viewer.picture import standalone
from ..engine.errors import CoreCraftError
from ..replay import lineage
from ..replay.otherwise import brief
from ..replay.visible import one_line
from .histories import locate
from .output import console, emit_json, errors, say

EPILOG = """\
The picture is SVG that needs nothing else: events run from the left, and every fork leaves its parent after the event it
inherited last. It is light or dark as its reader prefers, and every outcome has a sign beside its colour. GraphML is read by
networkx, Gephi, yEd and others: nodes are episodes, an edge goes from parent to fork, and its `seq` is the last event they
share.

examples:
  corecraft tree runs/s2
  corecraft tree runs/s2 S-2.failing.0             the forks of one episode, its ancestors and theirs
  corecraft tree runs/s2 --svg tree.svg --graphml tree.graphml
  corecraft tree runs/s2 --json | jq '.episodes[] | {episode, parent, edits}'
"""


def add(commands: Any) -> None:
    tree = commands.add_parser(
        "tree", help="which episode was forked from which", epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    tree.add_argument("run", metavar="RUN", help="a run folder, or RUN/EPISODE")
    tree.add_argument("episode", metavar="EPISODE", nargs="?", help="only the family of this one")
    tree.add_argument("--svg", type=Path, metavar="FILE", help="write it as a picture")
    tree.add_argument("--graphml", type=Path, metavar="FILE", help="write it as a graph")
    tree.add_argument("--json", action="store_true", help="one object with a list of episodes")
    tree.set_defaults(handler=_tree)


def _tree(arguments: argparse.Namespace) -> None:
    spec = arguments.run if arguments.episode is None else f"{arguments.run}/{arguments.episode}"
    place = locate(spec)
    whole = (Path(spec) / "run.json").exists()
    for damage in place.run.damages:
        say(f"damaged: {damage}", style="bold red", to=errors)
    graph = lineage.lineage(place.run)
    if not whole:
        graph = graph.subgraph(nx.node_connected_component(graph.to_undirected(as_view=True), place.one()))
    if arguments.svg is not None:
        _write(arguments.svg, standalone(picture(graph), f"Fork tree of {one_line(Path(spec).name)}"))
    if arguments.graphml is not None:
        _write(arguments.graphml, graphml(graph))
    if arguments.json:
        emit_json({"run": str(place.run.path), "episodes": [_told(graph, episode) for episode in graph]})
    else:
        console.print(lineage.render(graph))


def picture(graph: nx.DiGraph) -> Picture:
    """All families below one another, on one scale."""
    lines: list[Line] = []
    for root in graph:
        if graph.in_degree(root) == 0:
            children = {name: list(graph.successors(name)) for name in (root, *nx.descendants(graph, root))}
            lines += ordered(
                root, children, lambda name: _at(graph, name), lambda name, above: _line(graph, name, above)
            )
    if not lines:
        raise CoreCraftError("there are no episodes, so there is nothing to draw")
    return draw(lines)


def graphml(graph: nx.DiGraph) -> str:
    """With what GraphML can hold: texts, numbers and truth values, each only where there is one."""
    plain = nx.DiGraph()
    for episode in graph:
        told = _told(graph, episode)
        labels = {f"label_{one_line(str(name))}": one_line(str(value)) for name, value in told.pop("labels").items()}
        told |= {"label": episode, "edits": "; ".join(told["edits"])}
        told |= {} if told["reward"] is None else {"reward": float(told["reward"])}
        plain.add_node(episode, **{name: value for name, value in {**told, **labels}.items() if value is not None})
    plain.add_edges_from((parent, child, {"seq": seq}) for parent, child, seq in graph.edges(data="seq"))
    return "\n".join(nx.generate_graphml(plain)) + "\n"


def _told(graph: nx.DiGraph, episode: str) -> dict[str, Any]:
    node = graph.nodes[episode]
    parent = next(graph.predecessors(episode), None)
    about = {name: node[name] for name in ("status", "first", "events", "reward", "passed", "labels")}
    seq = None if parent is None else _at(graph, episode)
    return {"episode": episode, "parent": parent, "seq": seq, **about, "edits": list(node["edits"])}


def _at(graph: nx.DiGraph, episode: str) -> int:
    """The last event that it shares with its parent."""
    return next((seq for *_, seq in graph.in_edges(episode, data="seq")), -1)


def _line(graph: nx.DiGraph, episode: str, above: Line | None) -> Line:
    node = graph.nodes[episode]
    level, parent = (above.level + 1, above.episode) if above else (0, None)
    return Line(
        episode, parent, parent, _at(graph, episode) if above else -1, node["first"], node["first"] + node["events"] - 1, level,
        str(node["labels"].get("agent", "")), _state(node), node["reward"], node["status"], brief(node["edits"]),
        missing=node["status"] == "missing",
    )  # fmt: skip


def _state(node: Mapping[str, Any]) -> str:
    """As the viewer has it: what code alone finds passed waits for a judge."""
    if node["reward"] is None:
        return ""
    if node["passed"] is None or (node["passed"] and node["scored"] == "code reward"):
        return "waiting"
    return "passed" if node["passed"] else "failed"


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CoreCraftError(f"{file} cannot be written: {error.strerror}") from None
