"""Lineage: which episode forked from which, read off the openings alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import networkx as nx
from rich.console import Group, RenderableType
from rich.text import Text
from rich.tree import Tree

from ..engine.errors import LogDamaged, UnknownEpisode
from ..engine.event import CLOCK_ADVANCED, ENDINGS, FAILED, GRADED, OPENED, PLANNED, PROMPTED, Event
from ..engine.run import Run
from ..engine.segment import Entry, Line, Parent, labels_of, parent_of, read_line
from .otherwise import BEGINNINGS, Otherwise, brief
from .view import counted, rewarded
from .visible import Passage, visible


def lineage(run: Run) -> nx.DiGraph:
    """The episodes of a run: an edge from parent to child with `seq`, the last event they share.

    Nodes carry `labels`, `status` (open, closed, failed, voided), `first` (seq of its opening), `events` (own ones), `reward`
    and `passed` (None: ungraded), and `edits` (what it has otherwise than its parent, each as one line).
    Unreadable lines are passed over (`Run.damages` and `Run.trajectory` report them); a parent that is not in the run
    becomes a node with status "missing". Nothing is read twice, whatever the number of forks.
    """
    graph = nx.DiGraph()
    edited: dict[str, list[Event]] = {}
    for entry in run.lines():
        _add(graph, entry, edited)
    openings = {episode: events[0] for episode, events in edited.items() if events}
    for episode in graph:
        if graph.in_degree(episode) and episode in openings:
            data = openings[episode].data
            past = _past(graph, episode, openings)
            own = edited[episode]
            graph.nodes[episode]["edits"] = tuple(Otherwise.of(data, past.data if past else data, own).words())
    return graph


def common_ancestor(graph: nx.DiGraph, left: str, right: str) -> tuple[str, int | None] | None:
    """The nearest episode both descend from (it may be one of the two) and the last event they share.

    None when they share nothing; seq None when both are the same episode. Raises UnknownEpisode.
    """
    ours, theirs = _way_up(graph, left), _way_up(graph, right)
    for episode, seq in ours.items():
        if episode in theirs:
            bounds = [bound for bound in (seq, theirs[episode]) if bound is not None]
            return episode, min(bounds, default=None)
    return None


def render(graph: nx.DiGraph) -> RenderableType:
    """The fork trees for a terminal, one line per episode."""
    return Group(*(_tree(graph, root) for root in graph if graph.in_degree(root) == 0))


def _naming(*kinds: str) -> tuple[bytes, ...]:
    return tuple(b'"kind":"%b"' % kind.encode() for kind in kinds)


_TELLING = (b'"kind":"episode.', *_naming(FAILED))
_BEGINNING = _naming(*BEGINNINGS)
_EDITING = _naming(CLOCK_ADVANCED, PLANNED, PROMPTED)


def _add(graph: nx.DiGraph, entry: Entry, edited: dict[str, list[Event]]) -> None:
    # Counting events must not decode replies: only the few kinds that say something of the episode are read.
    node = graph.nodes.get(entry.episode)
    if node is None or node["status"] == "missing":
        node = _new_node(graph, entry.episode, "open")
    node["events"] += 1
    beginning = not node["begun"] and graph.in_degree(entry.episode) > 0
    if beginning and any(kind in entry.raw for kind in _BEGINNING):
        node["begun"], beginning = True, False
    if not any(kind in entry.raw for kind in ((*_TELLING, *_EDITING) if beginning else _TELLING)):
        return
    try:
        line, event = read_line(entry)
        parent = parent_of(entry, event) if event.kind == OPENED else None
    except LogDamaged:
        return
    if beginning or event.kind == OPENED:
        edited.setdefault(entry.episode, []).append(event)
    _note(graph, entry.episode, line, event, parent)


def _new_node(graph: nx.DiGraph, episode: str, status: str) -> dict[str, Any]:
    empty = {"labels": {}, "status": status, "first": 0, "events": 0, "reward": None, "passed": None, "edits": ()}
    graph.add_node(episode, **empty, begun=False)
    return graph.nodes[episode]


def _past(graph: nx.DiGraph, episode: str, openings: Mapping[str, Event]) -> Event | None:
    """The opening whose tools the past of a fork had: of the nearest ancestor with events of its own in it."""
    for ancestor, upto in list(_way_up(graph, episode).items())[1:]:
        opening = openings.get(ancestor)
        if opening is not None and upto is not None and opening.seq <= upto:
            return opening
    return None


def _note(graph: nx.DiGraph, episode: str, line: Line, event: Event, parent: Parent | None) -> None:
    node, data = graph.nodes[episode], event.data
    if event.kind == OPENED:
        node["labels"], node["first"] = labels_of(line), event.seq
        if parent is not None:
            if parent.episode not in graph:
                _new_node(graph, parent.episode, "missing")
            graph.add_edge(parent.episode, episode, seq=parent.seq)
    elif event.kind == FAILED:
        node["failed"] = True
    elif event.kind in ENDINGS:
        failed = node.get("failed") and ENDINGS[event.kind] == "closed"
        node["status"] = "failed" if failed else ENDINGS[event.kind]
    elif event.kind == GRADED:
        waits = data.get("reward") is None and "code_reward" in data  # a judge has not spoken yet
        names = ("code_reward", "code_passed") if waits else ("reward", "passed")
        node["reward"], node["passed"] = (data.get(name) for name in names)
        node["scored"] = names[0].replace("_", " ")


def _way_up(graph: nx.DiGraph, episode: str) -> dict[str, int | None]:
    """The episode and its ancestors, nearest first, each with the last event of it that belongs to the episode."""
    if episode not in graph:
        raise UnknownEpisode(f"No episode {episode} in this run")
    way: dict[str, int | None] = {episode: None}
    upto: int | None = None
    while parents := list(graph.predecessors(episode)):
        seq = graph.edges[parents[0], episode]["seq"]
        episode = parents[0]
        if episode in way:  # a log that was tampered with may name itself
            break
        upto = way[episode] = seq if upto is None else min(upto, seq)
    return way


def _tree(graph: nx.DiGraph, root: str) -> Tree:
    tree = Tree(_label(graph, root))
    branches = [(root, tree)]
    while branches:
        episode, branch = branches.pop()
        for child in graph.successors(episode):
            branches.append((child, branch.add(_label(graph, child, graph.edges[episode, child]["seq"]))))
    return tree


def _label(graph: nx.DiGraph, episode: str, seq: int | None = None) -> Passage:
    node = graph.nodes[episode]
    label = Text("" if seq is None else f"after {seq}: ", "magenta")
    label.append(visible(episode), "bold")
    style = {"closed": "default", "open": "yellow"}.get(node["status"], "red")
    label.append(f"  {node['status']}, {counted(node['events'], 'own event')}", style)
    if node["reward"] is not None:
        label.append(f", {node['scored']} {rewarded(node['reward'])}", "green" if node["passed"] else "red")
    for name, value in node["labels"].items():
        label.append(f"  {visible(str(name))}={visible(str(value))}", "cyan")
    if node["edits"]:
        label.append(f"  ± {visible(brief(node['edits']), 160)}", "magenta")
    return Passage(label)
