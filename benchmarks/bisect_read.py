"""Where failed episodes of a run were lost, by the reference as policy, beside what code and readers say went wrong first.

    python -m corecraft.benchmarks.bisect_read RUN [--limit N] [--markdown FILE]

Readers' words are those in the log (`corecraft diagnose import`). They name the event in which something went wrong, a
bisection the step from which it could no longer be made good. So a reader may be earlier, and is never later where he is right.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from attrs import frozen

from ..engine.errors import CoreCraftError
from ..rollouts.bisecting import Bisection
from ..rollouts.diagnosis.readers import CODE, said
from ..rollouts.folder import RunFolder


@frozen
class Read:
    """A failed episode. sayings: by whom -> number of the step in which it first went wrong, and as what."""

    found: Bisection
    sayings: Mapping[str, tuple[int, str]]

    @property
    def lost(self) -> int | None:
        return None if self.found.lost_at is None else self.found.lost_at.number


def failed(folder: RunFolder, limit: int | None = None) -> Iterator[Read]:
    """The first failed episodes of a run, without forks, bisected in memory."""
    count = 0
    for id in folder.episodes:
        past = folder.trajectory(id)
        lost = past.status == "closed" and past.grade and past.grade.get("code_passed") is False and not past.failed
        if not lost or past.parent or (limit is not None and count >= limit):
            continue
        try:
            found = folder.bisect(id, keep=False)
        except CoreCraftError as error:
            print(f"left out: {id}: {error}")
            continue
        count += 1
        findings = {by: (one[0]["at"], one[0]["label"]) for by, one in said(past).items() if one}
        if first := folder.diagnose(id).first:
            findings[CODE] = (first.at, first.label)
        yield Read(found, {by: (_step(found, at), label) for by, (at, label) in findings.items()})


def _step(found: Bisection, at: int) -> int:
    """The step an event belongs to; the close that follows an answer to the answer's."""
    return next((step.number for step in found.steps if at <= step.last), found.steps[-1].number)


def figures(read: Sequence[Read]) -> str:
    lines = [
        f"{len(read)} failed episodes; {sum(one.lost is None for one in read)} could not be won from the beginning."
    ]
    for by in sorted({by for one in read for by in one.sayings}):
        both = [(one.lost, one.sayings[by][0]) for one in read if by in one.sayings and one.lost is not None]
        same, earlier = sum(lost == at for lost, at in both), sum(at < lost for lost, at in both)
        lines.append(
            f"{by}: {len(both)} read, {same} the same step, {earlier} earlier, {len(both) - same - earlier} later."
        )
    return "\n".join(lines)


def table(read: Sequence[Read]) -> str:
    readers = sorted({by for one in read for by in one.sayings})
    lines = [f"| episode | steps | lost at | {' | '.join(readers)} |", "|---|---:|---|" + "---|" * len(readers)]
    for one in read:
        step = one.found.lost_at
        lost = "from the beginning" if step is None else f"{step.number}: {step.what}"
        cells = [f"{one.sayings[by][0]}: {one.sayings[by][1]}" if by in one.sayings else "" for by in readers]
        lines.append(f"| {one.found.episode} | {len(one.found.steps)} | {lost} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m corecraft.benchmarks.bisect_read",
        description="Failed episodes, bisected, and what readers say.",
    )
    parser.add_argument("run", type=Path, metavar="RUN")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N failed episodes")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write figures and table there as well")
    arguments = parser.parse_args()
    with RunFolder(arguments.run) as folder:
        read = list(failed(folder, arguments.limit))
    text = f"{figures(read)}\n\n{table(read)}\n"
    print(text)
    if arguments.markdown:
        arguments.markdown.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
