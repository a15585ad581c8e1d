"""Is every named mistake bisected to the step its author meant?

    python -m corecraft.benchmarks.bisect [--split NAME ...] [--markdown FILE]

`lost_at.json` says of each mistake which tool's call it was meant to be made in, from the family's own description of it, the
words of its reader (`mistakes.json`) and what the tools say can be changed again; it was written before anything was bisected.
The step is the first such call that the solution does not make. All other mistakes are meant to show in the answer alone: until
then they can be made good. `first TOOL`: the solution makes the same call, but not yet.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from importlib.resources import files
from itertools import chain
from pathlib import Path

import msgspec
from attrs import frozen

from ..engine.canonical import sorted_bytes
from ..engine.trajectory import Trajectory
from ..rollouts.agents.scripted import ScriptedAgent, scripted
from ..rollouts.bisecting import Bisection, Policy, bisect
from ..rollouts.runner import Stage, play, standard
from ..rollouts.steps import Step, beginning
from ..scenarios.families import families
from ..scenarios.splits import task_ids
from ..scenarios.unsigned import played_so

ANSWER = "the answer"
FIRST = "first "


@frozen
class Case:
    """One mistake in one task, bisected with the reference as policy. meant, found: steps of its line."""

    task: str
    kind: str
    mistake: str
    meant: Step
    bisection: Bisection

    @property
    def found(self) -> Step | None:
        return self.bisection.lost_at

    @property
    def hit(self) -> bool:
        return self.found == self.meant


@cache
def declared() -> Mapping[str, str]:
    return msgspec.json.decode((files("corecraft.benchmarks") / "lost_at.json").read_bytes(), type=dict[str, str])


def meant(mistake: str) -> str:
    """The tool in whose call a mistake is made for good, or the answer."""
    return declared().get(mistake, ANSWER)


def cases(stage: Stage, tasks: Sequence[str], *, full: bool = True) -> Iterator[Case]:
    """Every mistake of these tasks, played, and bisected."""
    for task in (stage.tasks[id] for id in tasks):
        family = played_so(families()[task.family], task.kind)
        reference, _ = play(stage, task, scripted(task, "reference"))
        right = {_asked(call.tool, call.arguments) for call in reference.trajectory().calls()}
        for fall in family.falls:
            if not fall.where or task.kind in fall.where:
                name = f"{family.id} {fall.name}"
                agent = ScriptedAgent(fall.name, fall.play, task.given, prose=task.form == "natural")
                episode, grade = play(stage, task, agent)
                past = episode.trajectory()
                start = partial(episode.fork, beginning(past))
                policy = Policy.script(scripted(task, "reference"), start)
                found = bisect(past, task, policy, episode.fork, full=full, outcome=grade)
                step = _step(found.steps, past, meant(name), right)
                yield Case(task.id, task.kind, name, step, found)


def _step(line: Sequence[Step], past: Trajectory, said: str, right: set[bytes]) -> Step:
    """The step of the call that is meant; the last one, the answer, where there is none."""
    tool = said.removeprefix(FIRST)
    for call in past.calls():
        if call.tool == tool and call.ok and (tool != said or _asked(call.tool, call.arguments) not in right):
            return next(step for step in line if step.first <= call.seq <= step.last)
    return line[-1]


def _asked(tool: str, arguments: Mapping[str, object]) -> bytes:
    return sorted_bytes([tool, arguments])


def figures(found: Sequence[Case]) -> str:
    hits, by = sum(case.hit for case in found), defaultdict[str, list[Case]](list)
    for case in found:
        by[case.mistake].append(case)
    whole = sum(all(case.hit for case in own) for own in by.values())
    early = [case for case in found if case.meant.writes]
    rises = sum(case.bisection.found.rise is not None for case in found)
    saving = [case.bisection.saving for case in found]
    played, shared = sum(one.played for one in saving), sum(one.shared for one in saving)
    return (
        f"{hits:,} of {len(found):,} episodes ({hits / len(found):.1%}) are bisected to the step that was meant, {whole} of "
        f"{len(by)} mistakes in every task. In {len(early):,} it is a write, found in {sum(case.hit for case in early):,}. "
        f"What was lost is won back in {rises}. {sum(one.forks for one in saving):,} forks played {played:,} steps and "
        f"shared {shared:,}: full restarts would have played {(played + shared) / played:.1f} times as many."
    )


def table(found: Sequence[Case]) -> str:
    """A row a mistake, as Markdown."""
    by = defaultdict[str, list[Case]](list)
    for case in found:
        by[case.mistake].append(case)
    lines = ["| mistake | episodes | meant | found | as meant |", "|---|---:|---|---|---:|"]
    for name, own in sorted(by.items()):
        cells = (_counted(case.meant.what for case in own), _counted(_said(case) for case in own))
        lines.append(f"| {name} | {len(own)} | {' | '.join(cells)} | {sum(case.hit for case in own)} |")
    return "\n".join(lines)


def _counted(values: Iterator[str]) -> str:
    counts = Counter(values)
    return ", ".join(what if len(counts) == 1 else f"{what} ({number})" for what, number in counts.most_common())


def _said(case: Case) -> str:
    if case.found is None:
        return "never won" if not case.bisection.passed else "not lost"
    return case.found.what


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m corecraft.benchmarks.bisect", description="Named mistakes, bisected by the reference."
    )
    parser.add_argument("--split", nargs="+", default=["train", "heldout"], metavar="NAME")
    parser.add_argument("--form", default="labelled", choices=("labelled", "natural"))
    parser.add_argument("--binary", action="store_true", help="binary search in place of a full sweep")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write figures and table there as well")
    arguments = parser.parse_args()
    stage = standard(form=arguments.form)
    ids = list(dict.fromkeys(chain.from_iterable(task_ids(name) for name in arguments.split)))
    found = list(cases(stage, ids, full=not arguments.binary))
    for case in found:
        if not case.hit:
            print(
                f"{case.task} {case.mistake} ({case.kind}): meant {case.meant.what} at {case.meant.first}, found {_said(case)}"
            )
    text = f"{figures(found)}\n\n{table(found)}\n"
    print(text)
    if arguments.markdown:
        arguments.markdown.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
