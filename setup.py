"""Installs `api/`, the public names, as `corecraft`, and each other folder as `corecraft.<folder>`: bare `tools` or `analysis`
would collide with other projects."""

from pathlib import Path

from setuptools import setup

ROOMS = ("engine", "tools", "scenarios", "replay", "rollouts", "analysis", "cli", "benchmarks")


def packages() -> dict[str, str]:
    """Package name to folder, for every folder with Python in it."""
    here = Path(__file__).parent
    inits = (init for room in ROOMS for init in sorted((here / room).rglob("__init__.py")))
    folders = [init.parent.relative_to(here) for init in inits]
    return {"corecraft": "api", **{"corecraft." + ".".join(folder.parts): str(folder) for folder in folders}}


setup(
    packages=list(packages()),
    package_dir=packages(),
    package_data={
        "corecraft": ["py.typed"],
        "corecraft.analysis": ["*.sql"],
        "corecraft.analysis.report": ["*.css"],
        "corecraft.analysis.viewer": ["pages/*.html", "pages/*.svg", "pages/parts/*.html", "assets/*"],
        "corecraft.scenarios": [
            "knowledge/*.md",
            "knowledge/since_5/*.md",
            "prompts/*.md",
            "splits*.json",
            "kept/*.xz",
        ],
        "corecraft.benchmarks": ["*.json"],
        "corecraft.cli": ["server/*"],
        "corecraft.rollouts.diagnosis": ["*.md"],
        "corecraft.rollouts.frameworks": ["harbor/*"],
        "corecraft.rollouts.judge": ["*.md"],
        "corecraft.scenarios.reading": ["cues.txt", "words.txt"],
        "corecraft.scenarios.wordings": ["*.toml", "natural/*.toml", "retold/*.toml"],
        "corecraft.scenarios.world": ["data/*.json"],
    },
    include_package_data=False,
)
