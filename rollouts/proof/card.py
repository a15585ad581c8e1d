"""The data card of the tasks, `docs/tasks.md`: every figure comes from the report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ...scenarios import splits
from ...scenarios.registry import TaskBook
from .alike import LENGTH, brought, repeated
from .report import LEAST_KILLED, Report, shares
from .wording import ALIKE, wording

HEAD = """\
# Tasks: data card

Written by `corecraft tasks check --card docs/tasks.md`; do not edit. `docs/authoring-tasks.md` says how families are made.

## What they are

Each task is a prompt by an employee or customer of the company, a world of some 5,000 rows, the tools, and a rubric of
criteria. Where the case needs rows of its own, the event `world.prepared` adds them before the agent begins. Pass = all
criteria met. Reward = their share, in which demands (a fact to be told, a row to be changed) count in full and all else (a
rule, a form, a look, a yes or no) by the share of the demands that are met: what is kept by doing nothing earns nothing
([in full](authoring-tasks.md#what-a-rubric-pays)). Criteria are decided by code over the event log: what rows changed, which
facts the answer gives (in any notation), what was read. Criteria that code cannot decide wait for a judge, are reported as
`unjudged`, and are left out of `code_reward` and `code_passed`.

## How truth is made

The truth of a task is computed from the world by executing the policy (`scenarios/truth.py`), apart from the reference
solution, which works by tool calls alone and is given only what the prompt states. Both must agree. Where the sources leave
a rule open, the truth is computed again under each alternative: it does not change, or the system prompt states the rule in
words.
"""

LIMITS = """\
## Known limits

- Prompts are composed from hand-written sentences; they vary in voice, order and wording, but a family has one author.
- Second routes and mutants are made by this project, from the same typed answers that the references give. They prove that
  the rubrics are consistent, not that they understand every sentence a model may write.
- A false statement about something the rubric does not ask for is not noticed without a judge.
- Prompts dictate the form of the answer (a first word, labelled lines, columns) far more than people would, so that code can
  grade it; sentences that do so recur between tasks. Some prompts of the voice "wrong premise" hint that it may be wrong.
- Partial reward pays for partial work even where the answer is wrong: see the useless agents. `code_passed` does not.
- Answers are read in English notations; an answer in another language is graded without error and mostly fails.
- Tasks of the two splits share products, employees, articles and policies; they share no customer and no row of their own.
- Rows of the standard world serve several families; those tasks differ in what is asked, not in the rows around them.
"""


NATURAL_HEAD = """\
# Tasks in the natural form: data card

Written by `corecraft tasks check --form natural --card docs/tasks-natural.md`; do not edit.

The tasks of [tasks.md](tasks.md), under the same ids: the same cases, worlds, truths and checks of the end state, asked as the
person would ask. Nobody dictates a form, so what code reads of the answer is free prose: values wherever they stand, beside the
words that people use for them. What only a reader can decide is left to a judge, with a question that holds the truth. Of the
channel a request came by stands above it who is asking; a few say nothing of that, and the right answer asks.
"""

NATURAL_LIMITS = """\
## Known limits

- The requests were written by a language model, after twelve examples. Three fresh readers of 40 each, one of a family,
  scored them 3.91, 4.03 and 4.06 of 5 (three others, before 22 families were written anew, 3.61, 3.88 and 3.99). What reads
  least like people: what the case itself needs (a tier that a part is to reach, a window of days, who gets which tickets),
  and half-sentences that hint.
- Of 24 tasks played blind by a frontier model that saw the request, the policy and the tools, and judged by readers,
  21 of the right answers pass, 1 waits, 2 are refused; of the wrong ones none passes, 1 waits, 23 are refused.
  Refused: one that counts a cancelled order as bought, which the request then left open, and one that lists parcels in
  `exception` among those still out, which IR-09 should not have left open either. Waiting: replies were cut in what readers
  saw. Code had refused two more, and was mended after they were seen: keys that "hang on" were read as a retraction, and
  CM-08 wanted an article's title told to a customer.
- Rows of tasks can be told from rows of the world, hardly: boosted trees reach an area under the ROC curve of 0.56
  (customers), 0.68 (orders), 0.66 (payments), 0.65 (parcels), 0.65 (tickets), 0.65 (Slack), 0.67 (resolutions), and 0.60
  (refunds, of which there are 72 and 86); 0.5 would be not at all (`python -m corecraft.benchmarks.planted`). Two readers who
  guessed which of 60 tickets are of tasks were right in 47 and 43 % (`python -m corecraft.benchmarks.guess`).
- References and second routes are the labelled ones without their labels: prose in form, not in style. What people write
  otherwise was tried by blind players.
- Another value beside the right one may be about something else: such mutants (`contradicted`) are shown, and left to readers.
- Code alone abstains more often than in the labelled form; `passed` waits for a judge where it does.
- What the labelled form asked for and no person would is not asked for here, so both forms do not ask equally much.
"""


def card(report: Report) -> str:
    """The whole card, of the form its tasks have."""
    form = report.book.form
    head, limits = (HEAD, LIMITS) if form == "labelled" else (NATURAL_HEAD, NATURAL_LIMITS)
    parts = [head, _splits(report), _wording(report), _texts(report), _shares(report), _families(report), _gates(report),
             _useless(report), _mutants(report), _traps(report), _survivors(report), limits]  # fmt: skip
    return "\n".join(parts)


def _wording(report: Report) -> str:
    """How the requests of both forms read: of these tasks, and of the same ones in the other form."""
    books = {form: TaskBook(report.book.world, report.book.recipe, form) for form in splits.FILES}
    found = {form: wording(book[proof.id] for proof in report.proofs) for form, book in books.items()}
    columns = ("form", "requests", "words, median", "4-word runs shared in a family", "nearly repeated in a family")
    rows = [(form, w.requests, f"{w.words:g}", f"{w.shared:.0%}", w.alike) for form, w in found.items()]
    note = (
        "Names and figures are taken out before requests are compared; nearly repeated: another request of the family has "
        f"more than {ALIKE:.0%} of its 5-word runs (Jaccard)."
    )
    return f"## How the requests read\n\n{_table(columns, rows)}\n\n{note}\n"


def _texts(report: Report) -> str:
    """How far what people wrote in the tasks' own rows repeats itself from one task to another."""
    found = brought(report.book, (proof.id for proof in report.proofs))
    columns = ("type", "texts", "pairs nearly alike, of different tasks")
    rows = [(entity, len(texts), repeated(texts)) for entity, texts in found.items() if texts]
    note = (
        f"Texts of the rows that tasks bring with them, names and figures left in. Nearly alike: more than {ALIKE:.0%} of "
        f"their {LENGTH}-word runs are the same (Jaccard)."
    )
    return f"## How their texts read\n\n{_table(columns, rows)}\n\n{note}\n"


def _splits(report: Report) -> str:
    pinned = splits.pinned(report.book.form)
    rows = [(name, len(split.tasks), f"`{split.digest[:16]}`") for name, split in pinned.splits.items()]
    only = ", ".join(id for id in pinned.families if report.book.books[id].family.held_out)
    return (
        f"## Splits, version {pinned.version}\n\n{_table(('split', 'tasks', 'digest'), rows)}\n\n"
        f"World digest `{pinned.world[:16]}`. Families that only stand in `heldout`: {only}. A digest covers "
        "every task in full: prompt, rows, tools and rubric.\n"
    )


def _shares(report: Report) -> str:
    total = len(report.proofs)
    rows = [
        (what, name, count, f"{count / total:.0%}")
        for what, counts in shares(report.proofs).items()
        for name, count in counts.items()
    ]
    return f"## What they are made of\n\n{_table(('what', 'which', 'tasks', 'share'), rows)}\n"


def _families(report: Report) -> str:
    columns = ("family", "title", "tasks", "kinds", "criteria", "judged", "mutants", "killed", "dump earns", "mistakes")
    rows = [[line[column] for column in columns] for line in report.by_family()]
    note = (
        "Criteria and judged criteria are means a task; `dump earns` is the most that pasting everything read brings."
    )
    return f"## Families\n\n{_table(columns, rows)}\n\n{note}\n"


def _gates(report: Report) -> str:
    s = report.summary
    mutants, killed = report.mutants
    rows: list[tuple[str, str, str]] = [
        ("reference passes", f"{s['references that pass']} of {s['tasks']}", "all"),
        ("undeclared tool errors in references", f"{s['undeclared tool errors']}", "0"),
        ("second valid routes pass", f"{s['second routes that pass']} of {s['second routes']}", "all"),
        ("mutants killed", f"{killed} of {mutants} ({killed / max(1, mutants):.2%})", f"{LEAST_KILLED:.0%}"),
        ("criteria that no mutant fails alone", f"{s['criteria never failing alone']} of {s['criteria']}", "0"),
        ("criteria that hold whatever they ask for", s["criteria that hold whatever they ask for"], "0"),
        (
            "criteria left to a judge, not proved here",
            f"{s['judged criteria (unjudged here)']} of {s['criteria']}",
            "at most 3 a task",
        ),
        ("criteria turned by text aimed at the grader", f"{s['criteria turned by injected text']}", "0"),
        ("OPEN rules a truth hangs on that the prompt does not state", f"{s['OPEN rules not stated']}", "0"),
        ("leaks found", f"{s['leaks']}", "0"),
        (
            "named mistakes that cost nothing",
            f"{s['named mistakes that cost nothing']} of {s['named mistakes played']}",
            "0",
        ),
        ("prompts worded alike beyond four", f"{len(report.alike)}", "0"),
        ("traps with an agent that falls into them", f"{s['traps with an agent that falls into them']} of 26", "26"),
    ]
    return f"## Gates\n\n{_table(('figure', 'found', 'gate'), rows)}\n"


def _useless(report: Report) -> str:
    rows = [
        (name, each["passes"], each["mean reward"], each["most"], each["allowed at most"])
        for name, each in report.summary["useless agents"].items()
    ]
    note = "The dump makes every read of the reference, the opposite makes every call of it, writes included."
    return f"## Useless agents\n\n{_table(('agent', 'passes', 'mean reward', 'most', 'allowed at most'), rows)}\n\n{note}\n"


def _mutants(report: Report) -> str:
    rows = [(kind, made, killed) for kind, (made, killed) in report.summary["mutants by kind"].items()]
    return f"## Mutants\n\n{_table(('kind', 'made', 'killed'), rows)}\n"


def _traps(report: Report) -> str:
    rows = []
    for trap, agents in report.trapped.items():
        some = ", ".join(agents[:4]) + (", ..." if len(agents) > 4 else "")
        rows.append((trap, report.whose.traps.get(trap, "a rule of policy"), len(agents), some))
    listing = _table(("trap", "what it is, and what is right", "agents", "which"), rows)
    return f"## Traps and rules, and the agents that fall into or break them\n\n{listing}\n"


def _survivors(report: Report) -> str:
    """Why mutants survive, by family, with an example of each kind; the report has them all."""
    groups: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for id, kind, what in report.survivors:
        groups.setdefault((report.book[id].family, kind), []).append((id, what))
    rows = [
        (family, kind, len(found), f"{found[0][0]}: {found[0][1]}", report.book.books[family].family.tolerates)
        for (family, kind), found in groups.items()
    ]
    listing = _table(("family", "kind", "survivors", "for example", "why"), rows) if rows else "None."
    file = "tasks-report.json" if report.book.form == "labelled" else "tasks-natural-report.json"
    return f"## Survivors\n\n{listing}\n\nAll of them stand in `{file}`.\n"


def _table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)
