"""`corecraft tree`: the forks of a run as text, as a picture that needs nothing else, and for other programs."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import networkx as nx
import pytest
from corecraft.analysis.viewer import trees
from corecraft.analysis.viewer.app import Viewer
from corecraft.analysis.viewer.shelf import Shelf
from corecraft.cli.main import main
from corecraft.cli.tree import picture
from corecraft.engine.edits import EditedReply, Told
from corecraft.engine.run import Run
from corecraft.replay.lineage import lineage
from starlette.testclient import TestClient

from ..toy import TABLES, episode, genesis

WAITS = {"id": "tone", "passed": None}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = Run.create(tmp_path_factory.mktemp("family") / "run", {})
    made.add_genesis(genesis())
    log = made.writer("w", lambda: 0)
    root = episode("root", log=log, labels={"agent": "a"})
    for _ in range(3):
        root.call("listPots", {})
    root.submit("No.")
    root.record("episode.graded", {"reward": 0.25, "passed": False, "criteria": []})
    left = root.fork(at=4, id="left", edits=[EditedReply(2, {"error": "<gone> & \x1b[31m"}, ok=False), Told("Again.")])
    left.call("listPots", {})
    left.submit("Yes.")
    left.record(
        "episode.graded", {"reward": None, "passed": None, "code_reward": 1.0, "code_passed": True, "criteria": [WAITS]}
    )
    left.fork(at=2, id="before").keep()
    episode("stranger", log=log)
    log.close()
    return made.path


def test_a_family_or_all_of_a_run_is_told(run: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["tree", str(run)]) == 0
    told = capsys.readouterr().out
    assert "stranger" in told
    assert "after 4: left" in told
    assert "say=Again." in " ".join(told.split())
    assert main(["tree", str(run), "left", "--json"]) == 0
    family = json.loads(capsys.readouterr().out)["episodes"]
    assert [one["episode"] for one in family] == ["root", "left", "before"]
    assert family[1]["edits"] == ['reply 2={"error": "<gone> & \\u001b[31m"}', "say=Again."]
    assert (family[1]["parent"], family[1]["seq"]) == ("root", 4)
    assert main(["tree", str(run), "nobody"]) == 2


def test_networkx_reads_the_graph_back(run: Path, tmp_path: Path):
    file = tmp_path / "tree.graphml"
    assert main(["tree", str(run), "--graphml", str(file)]) == 0
    graph = nx.read_graphml(file)
    assert {(parent, child): seq for parent, child, seq in graph.edges(data="seq")} == {
        ("root", "left"): 4,
        ("left", "before"): 2,
    }
    assert graph.nodes["root"]["reward"] == 0.25
    assert graph.nodes["root"]["passed"] is False
    assert graph.nodes["root"]["label_agent"] == "a"
    assert graph.nodes["left"]["edits"].endswith("; say=Again.")
    assert "reward" not in graph.nodes["stranger"]


def test_the_picture_is_a_file_of_its_own_with_colours_for_light_and_dark(run: Path, tmp_path: Path):
    file = tmp_path / "tree.svg"
    assert main(["tree", str(run), "--svg", str(file)]) == 0
    text = file.read_text()
    drawn = ElementTree.fromstring(text)
    titles = [title.text for group in drawn.iter(f"{SVG}g") for title in group.findall(f"{SVG}title")]
    assert titles[0] == "root: failed, reward 0.25, a"
    assert "forked from root after 4: waiting" in str(titles[1])
    assert "var(" not in text
    assert "href" not in text
    assert "@media (prefers-color-scheme: dark)" in text
    signs = [one.text for one in drawn.iter(f"{SVG}tspan") if one.get("class") == "sign"]
    assert signs == ["✗", "…", "○", "○"], "nobody has to tell outcomes by hue"


def test_page_and_file_share_one_drawing(run: Path):
    shelf = Shelf.of([run], lambda _: TABLES)
    graph = lineage(Run(run))
    family = graph.subgraph(["root", "left", "before"])
    tree = trees.tree(shelf, "run", "root")
    assert tree.picture == picture(family)
    assert tree.lines[1].edits.endswith("; say=Again.")
    client = TestClient(Viewer(shelf).app("t"), base_url="http://127.0.0.1", headers={"Authorization": "Bearer t"})
    page = client.get("/runs/run/root/tree").text
    assert all(f'<path d="{one.path}"/>' in page for one in picture(family).placed)
    assert client.get("/assets/branches.css").status_code == client.get("/assets/colours.css").status_code == 200
