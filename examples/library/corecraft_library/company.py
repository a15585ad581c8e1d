"""The company."""

from __future__ import annotations

from importlib.resources import files

from corecraft.scenarios.company import Company

from .asides import ASIDES
from .clocks import ZONE
from .families import families
from .rules import RULES, TRAPS
from .tables import TABLES
from .toolset import TOOLSETS
from .world import build, violations

POLICY = (files(__package__ or "") / "policy.md").read_text("utf-8")

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
    about="Lindenhof Library, which lends books",
    rules=RULES,
    traps=TRAPS,
    titled={"book": "title", "member": "name"},
    words=POLICY,
    asides=ASIDES,
)
