"""Can the rows that tasks bring be told from the rows of the world? One line a type; 0.5 is not at all, 1.0 always.

    python -m corecraft.benchmarks.planted [--version 6] [--columns 6] [--seed 0]

Boosted trees learn from each row alone: its values, lengths, missing fields, and distances between its instants; ids are
left out. The area under the ROC curve is that of rows which they have not seen (5 folds by task or customer); `made`: the same
without what families fix (days, statuses, texts, sums, goods). Beside them stand the columns that tell most when a small tree
sees nothing else.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from random import Random
from typing import Any

from ..engine.clock import to_ms
from ..engine.genesis import Row
from ..rollouts.runner import Stage
from ..scenarios.registry import TaskBook
from ..scenarios.world import VERSION
from .rows_of_tasks import planted, task_ids

try:
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.tree import DecisionTreeClassifier
except ImportError:
    raise SystemExit(
        "This measure needs scikit-learn, which nothing else here does: pip install scikit-learn"
    ) from None

TYPES = ("customer", "order", "payment", "shipment", "support_ticket", "slack_message", "refund", "build", "resolution")
LEAST, MOST = 60, 1500
"""Rows of a type, of each kind: with fewer nothing is learnt, more are left out by lot."""

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_MISSING = -1e6
_FIXED = re.compile(
    r"\.(createdAt|updatedAt|processedAt|timestamp|eta|shipping\.eta|events\[.*\]\.at)[hms]*"
    r"|\.(status|events\[.*\]\.status|ticketType|priority|loyaltyTier|reason|failureReason|outcome)[#cw]?"
    r"|\.(subject|body|text|details|name|notes)[#cw]?|\.(amount|lineItems|lines|componentIds)\b.*"
    r"|\.(orderId|buildId|resolutionId|closureReason)[#cw]?"
)
"""Columns that a task is about: days, statuses and kinds, texts, sums and goods, what a ticket is about. Families fix them."""


# --- what is seen of a row ---------------------------------------------------------------------------------------


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value in a row by its path; of lists their length, the first three items and the last."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}")
    elif isinstance(value, list):
        yield f"{path}#n", len(value)
        for place, inner in enumerate(value[:3]):
            yield from leaves(inner, f"{path}[{place}]")
        if len(value) > 1:
            yield from leaves(value[-1], f"{path}[-1]")
    else:
        yield path, value


def features(row: Row) -> dict[str, float]:
    """A row as numbers."""
    found: dict[str, float] = {}
    instants: dict[str, float] = {}
    for path, value in leaves(row):
        found[f"{path}?"] = 1.0
        if path == ".id" or path.endswith(("Id", "Id[0]")):
            continue
        if isinstance(value, (bool, int, float)):
            found |= {path: float(value), f"{path}%1": float(value) % 1}
        elif isinstance(value, str) and _INSTANT.fullmatch(value):
            instants[path] = seconds = to_ms(value) / 1000
            found |= {path: seconds, f"{path}h": seconds // 3600 % 24, f"{path}m": seconds // 60 % 60}
            found |= {f"{path}s": seconds // 1 % 60, f"{path}ms": seconds % 1}
        elif isinstance(value, str):
            ending = int.from_bytes(value.split("@")[-1][:6].encode(), "big") % 9973 if len(value) < 60 else -1
            found |= {f"{path}#": len(value), f"{path}w": len(value.split()), f"{path}c": float(ending)}
    for one in instants:
        found |= {f"{one}-{other}": instants[other] - instants[one] for other in instants if one < other}
    return found


# --- rows of tasks and of the world ------------------------------------------------------------------------------


class Table:
    """The rows of one type as a matrix.

    own: which are of tasks. groups: of which task, or in the world of which customer, whose rows share an address.
    """

    def __init__(self, rows: list[tuple[str, Row]], background: list[Row]) -> None:
        seen = [features(row) for row in (*(row for _, row in rows), *background)]
        names = sorted({name for each in seen for name in each})
        matrix = np.array([[each.get(name, _MISSING) for name in names] for each in seen])
        kept = np.ptp(matrix, axis=0) > 0
        self.names = [name for name, keep in zip(names, kept, strict=True) if keep]
        self.matrix = matrix[:, kept]
        self.own = np.array([1] * len(rows) + [0] * len(background))
        self.groups = [task for task, _ in rows] + [row.get("customerId") or row["id"] for row in background]

    def auc(self, model: Any, columns: Any = slice(None)) -> float:
        """How well a model tells rows it has not seen, from these columns."""
        told = cross_val_predict(
            model, self.matrix[:, columns], self.own, groups=self.groups, cv=GroupKFold(5), method="predict_proba"
        )
        return float(roc_auc_score(self.own, told[:, 1]))

    @property
    def made(self) -> list[int]:
        """The columns that the maker of rows fills, by their places."""
        return [place for place, name in enumerate(self.names) if not _FIXED.fullmatch(name.removesuffix("?"))]

    def columns(self, count: int, seed: int) -> list[tuple[float, str]]:
        """Those that tell most alone."""
        if not count:
            return []
        tree = DecisionTreeClassifier(max_leaf_nodes=16, min_samples_leaf=15, random_state=seed)
        found = [(self.auc(tree, [place]), name) for place, name in enumerate(self.names)]
        return sorted(found, reverse=True)[:count]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", type=int, default=VERSION, help="how the world is drawn")
    parser.add_argument("--columns", type=int, default=6, help="how many columns to show")
    parser.add_argument("--seed", type=int, default=0, help="how the lot is drawn, and of the trees")
    arguments = parser.parse_args()
    stage = Stage.build(version=arguments.version)
    book = TaskBook(stage.world, stage.recipe)
    rows_of, lot = planted(book, task_ids(book)), Random(arguments.seed)
    print(f"{'type':<16}{'planted':>8}{'world':>7}{'AUC':>7}{'made':>7}  columns that tell most alone")
    for entity in TYPES:
        rows, background = list(rows_of.get(entity, {}).values()), [dict(row) for row in stage.world.rows(entity)]
        if min(len(rows), len(background)) < LEAST:
            print(f"{entity:<16}{len(rows):>8}{len(background):>7}      -      -  too few")
            continue
        table = Table(lot.sample(rows, min(MOST, len(rows))), lot.sample(background, min(MOST, len(background))))
        trees = HistGradientBoostingClassifier(max_iter=80, random_state=arguments.seed)
        told, made = table.auc(trees), table.auc(trees, table.made)
        shown = ", ".join(f"{name} {auc:.2f}" for auc, name in table.columns(arguments.columns, arguments.seed))
        print(f"{entity:<16}{len(rows):>8}{len(background):>7}{told:>7.3f}{made:>7.3f}  {shown}", flush=True)


if __name__ == "__main__":
    main()
