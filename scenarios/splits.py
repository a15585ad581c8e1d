"""Splits: which tasks a score was measured on, by name, version and digest.

`splits.json` pins the published ones for the standard world: every task with its digest, every split with a digest over
those. Scores on equal split digests are scores on the same thing. They hold published families only: those whose tasks the
file holds, until a further one is published with a new version. A file of one's own pins other families in the same form.
`corecraft tasks pin` writes either; what a version holds never changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..engine.canonical import digest
from ..engine.errors import CoreCraftError
from .company import OURS, Company, company
from .registry import NAMED, Casebook, TaskBook
from .task import Category, Form

SHARES: Mapping[Category, float] = {
    "information_retrieval": 0.22,
    "communication": 0.22,
    "reasoning": 0.28,
    "workflow": 0.28,
}
SIZES = {"train": 1000, "heldout": 150}
FROM_HELD_OUT_FAMILY = 10
"""Tasks that a family without training tasks gives to the held-out split."""

SMOKE = ("IR-01", "IR-05", "CM-05", "CM-09", "RS-03", "RS-07", "MW-02", "MW-06")
"""Families whose first training task is in the smoke split, after the named ones: twelve that take seconds."""

FILES: Mapping[Form, str] = {"labelled": "splits.json", "natural": "splits.natural.json"}
"""The published splits by the form of their tasks; the same ids in both."""
BESIDE: Mapping[str, Mapping[Form, str]] = {
    "live": {"labelled": "splits.live.json", "natural": "splits.live.natural.json"},
}
"""Further splits that are published beside them, each of families of its own: what `--splits` calls them, and their files."""


class Split(Struct, frozen=True):
    """Task ids with their digests, and the digest of them all."""

    digest: str
    tasks: dict[str, str]


class Splits(Struct, frozen=True, omit_defaults=True):
    """What a splits file holds. world: the digest of the world its tasks were written on. form: how they are put."""

    version: int
    world: str
    splits: dict[str, Split]
    form: Form = "labelled"

    @property
    def families(self) -> tuple[str, ...]:
        """The ids of the families whose tasks it holds."""
        return tuple(dict.fromkeys(family_of(id) for split in self.splits.values() for id in split.tasks))


def pinned(form: Form = "labelled") -> Splits:
    """Our splits as published, of tasks in this form."""
    return published(company(OURS), form)


@cache
def published(whose: Company, form: Form) -> Splits:
    """Those of a company. Raises CoreCraftError where it has none."""
    if form not in whose.splits:
        raise CoreCraftError(
            f"{whose.name} has no published splits of {form} tasks; name a task, or pin a file of your own: "
            f"corecraft tasks pin --company {whose.name} --splits FILE --family ID"
        )
    return msgspec.json.decode(whose.splits[form].read_bytes(), type=Splits)


def read(file: Path | str | None, form: Form = "labelled", whose: str = OURS) -> Splits:
    """The splits of a file of one's own or of those published beside (`live`), or without one the published ones of a company.
    Raises CoreCraftError for what is no such file, or one of tasks in another form."""
    if file is None:
        return published(company(whose), form)
    try:
        found = msgspec.json.decode(place_of(file, form).read_bytes(), type=Splits)
    except FileNotFoundError:
        raise CoreCraftError(f"There is no {file}; corecraft tasks pin --splits {file} --family ID writes it") from None
    except (OSError, msgspec.MsgspecError) as error:
        raise CoreCraftError(f"{file} is no splits file: {error}") from None
    if found.form != form:
        raise CoreCraftError(f"{file} holds {found.form} tasks, not {form} ones; --form {found.form} takes them")
    return found


def place_of(file: Path | str, form: Form) -> Path:
    """Where the splits of a file are: one's own comes before those published beside under the same name."""
    name = str(file)
    beside = name in BESIDE and not Path(file).exists()
    return Path(__file__).with_name(BESIDE[name][form]) if beside else Path(file)


def task_ids(split: str, among: Splits | None = None) -> list[str]:
    """The ids of a split, in order, by default of a published one. Raises CoreCraftError for one that does not exist."""
    splits = (among or pinned()).splits
    if split not in splits:
        raise CoreCraftError(f"No split {split!r}. There are: {', '.join(splits)}")
    return list(splits[split].tasks)


def family_of(id: str) -> str:
    """The family of a task by its id, whether or not there is such a task."""
    return NAMED.get(id) or id[:5]


def own_rows(book: TaskBook, id: str) -> set[str]:
    """The ids of the rows a task brings."""
    return {change.id for change in book.find(id)[1].fixtures if "id" in change.set}


# --- drawing -----------------------------------------------------------------------------------------------------


def draw(book: TaskBook, further: Iterable[str] = ()) -> Splits:
    """The published splits, drawn anew: as many tasks of each family as its category's share asks for.

    further: families to publish besides those that are. What the others offer displaces nothing. The version stays.
    """
    if book.form != "labelled":  # the same tasks in other words
        return _pinned(book, pinned().version, {name: list(split.tasks) for name, split in pinned().splits.items()})
    chosen = _known(book, (*pinned().families, *further))
    train = _train(book, chosen)
    firsts = [next(id for id in train if family_of(id) == family and id not in NAMED) for family in SMOKE]
    ids = {"train": train, "heldout": _held_out(book, chosen, _rows_of(book, train)), "smoke": [*NAMED, *firsts]}
    return _pinned(book, pinned().version, ids)


def draw_own(book: TaskBook, chosen: Iterable[str]) -> Splits:
    """Splits of one's own, version 1: every task of these families, on the side its anchors belong to.

    A split that would be empty is left out.
    """
    chosen = _known(book, chosen)
    train = [task for id in chosen for task in book.books[id].train]
    taken = _rows_of(book, train)
    held_out = [task for id in chosen for task in _apart(book, id, taken)]
    return _pinned(book, 1, {name: ids for name, ids in {"train": train, "heldout": held_out}.items() if ids})


def renewed(before: Splits | None, drawn: Splits, version: int | None) -> Splits:
    """What a splits file comes to hold: the drawn splits under a version of their own, or `before` where they are equal.

    version: the one asked for. Raises CoreCraftError where it is taken by other content, and says what changed.
    """
    if before is None:
        return replace(drawn, version=version or drawn.version)
    changed = "; ".join(differences(before, drawn))
    if not changed:
        return before
    if (version or before.version) <= before.version:
        raise CoreCraftError(
            f"version {before.version} holds other tasks, and what a version holds never changes: {changed}. "
            f"If that was meant: --version {before.version + 1}"
        )
    return replace(drawn, version=version or before.version)


def differences(before: Splits, after: Splits) -> Iterator[str]:
    """What differs between two files, apart from their versions; one line a split."""
    if before.world != after.world:
        yield f"the world is {after.world[:8]}, not {before.world[:8]}"
    for name in dict.fromkeys((*before.splits, *after.splits)):
        old, new = (each.splits[name].tasks if name in each.splits else {} for each in (before, after))
        kinds = {
            "new": [id for id in new if id not in old],
            "gone": [id for id in old if id not in new],
            "changed": [id for id in new if id in old and new[id] != old[id]],
        }
        if any(kinds.values()):
            yield f"{name} has " + ", ".join(f"{len(ids)} {kind} ({_some(ids)})" for kind, ids in kinds.items() if ids)
        elif list(old) != list(new):
            yield f"{name} is in another order"


def _some(ids: Sequence[str]) -> str:
    return ", ".join(ids[:3]) + (", ..." if len(ids) > 3 else "")


def _known(book: TaskBook, ids: Iterable[str]) -> list[str]:
    """These families, in the order they have here; one that is no longer here falls away."""
    wanted = set(ids)
    return [id for id in book.books if id in wanted]


def _pinned(book: TaskBook, version: int, ids: Mapping[str, Sequence[str]]) -> Splits:
    splits = {name: _pin({id: book[id].digest for id in each}) for name, each in ids.items()}
    return Splits(version, book.world.genesis.digest, splits, book.form)


def _pin(tasks: dict[str, str]) -> Split:
    return Split(digest("\n".join(f"{id} {each}" for id, each in tasks.items()).encode()), tasks)


def _train(book: TaskBook, chosen: Sequence[str]) -> list[str]:
    found: list[str] = []
    for category, share in SHARES.items():
        offers = {id: book.books[id].train for id in _of(book, category, chosen) if not book.books[id].family.held_out}
        found += _evenly(offers, round(SIZES["train"] * share))
    return found


def _held_out(book: TaskBook, chosen: Sequence[str], taken: set[str]) -> list[str]:
    """Ten of every family that only stands here; the rest evenly from the others. None brings a row with a taken id."""
    found: list[str] = []
    for category, share in SHARES.items():
        free = {id: _apart(book, id, taken) for id in _of(book, category, chosen)}
        only = [
            task
            for id, tasks in free.items()
            if book.books[id].family.held_out
            for task in _of_all_kinds(book.books[id], tasks)[:FROM_HELD_OUT_FAMILY]
        ]
        others = {id: tasks for id, tasks in free.items() if not book.books[id].family.held_out}
        found += only + _evenly(others, round(SIZES["heldout"] * share) - len(only))
    return found


def _of_all_kinds(cases: Casebook, tasks: Sequence[str]) -> list[str]:
    """The same tasks, the first of each kind of case before the second of any: so that every kind is there."""
    met: Counter[str] = Counter()
    turn: dict[str, int] = {}
    for task in tasks:
        kind = cases.case(task).kind
        turn[task] = met[kind]
        met[kind] += 1
    return sorted(tasks, key=lambda task: turn[task])


def _rows_of(book: TaskBook, ids: Iterable[str]) -> set[str]:
    return {row for id in ids for row in own_rows(book, id)}


def _apart(book: TaskBook, family: str, taken: set[str]) -> list[str]:
    """The held-out tasks of a family that bring no row with a taken id."""
    return [task for task in book.books[family].held_out if not taken & own_rows(book, task)]


def _of(book: TaskBook, category: Category, chosen: Sequence[str]) -> list[str]:
    return [id for id in chosen if book.books[id].family.category == category]


def _evenly(offers: Mapping[str, list[str]], wanted: int) -> list[str]:
    """So many ids, as evenly over the families as what they have allows, each family's first ones first."""
    counts = dict.fromkeys(offers, 0)
    left = wanted
    while left:
        open_ones = [family for family in offers if counts[family] < len(offers[family])]
        if not open_ones:
            raise CoreCraftError(
                f"{wanted} tasks wanted of {', '.join(offers)}; they have {sum(map(len, offers.values()))}"
            )
        for family in sorted(open_ones, key=lambda family: counts[family])[:left]:
            counts[family] += 1
            left -= 1
    return [id for family, ids in offers.items() for id in ids[: counts[family]]]
