"""The company."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from corecraft.scenarios.company import Company

from .asides import ASIDES
from .clocks import ZONE
from .families import families
from .rules import RULES, TRAPS
from .tables import TABLES
from .toolset import TOOLSETS
from .world import build, violations

HERE = files(__package__ or "")
POLICY = (HERE / "policy.md").read_text("utf-8")

COMPANY = Company(
    name="library",
    tables=TABLES,
    toolsets=TOOLSETS,
    zone=ZONE,
    policy=POLICY,
    signature="Lindenhof Library",
    families=families,
    people=("member", "librarian"),
    build=build,
    violations=violations,
    splits={"labelled": Path(str(HERE / "splits.json"))},
    about="Lindenhof Library, a lending library",
    rules=RULES,
    traps=TRAPS,
    titled={"book": "title", "member": "name"},
    words=POLICY,
    asides=ASIDES,
)
