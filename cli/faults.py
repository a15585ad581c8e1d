"""The options for runs in which calls fail, and what is told of them."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import cast

from ..engine.errors import CoreCraftError
from ..engine.faults import KINDS, Fault, Faults
from ..rollouts.recovery import Recovery


def add_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "calls that fail",
        "as those of real systems do; tools then keep nobody from doing a thing twice (docs/faults.md)",
    )
    group.add_argument("--faults", type=float, metavar="RATE", help="the share of calls that fail, from 0 to 1")
    group.add_argument("--fault-seed", type=int, default=0, metavar="N", help="which of them do (default: 0)")
    group.add_argument(
        "--fault-kinds", metavar="KIND,...", help=f"how they fail (default: in all ways: {', '.join(KINDS)})"
    )


def faults_of(arguments: argparse.Namespace) -> Faults | None:
    """Raises CoreCraftError."""
    if arguments.faults is None:
        if arguments.fault_kinds or arguments.fault_seed:
            raise CoreCraftError("--fault-kinds and --fault-seed go with --faults RATE")
        return None
    if not 0 <= arguments.faults <= 1:
        raise CoreCraftError("--faults RATE is a share of the calls, from 0 to 1")
    kinds = tuple((arguments.fault_kinds or ",".join(KINDS)).split(","))
    if strange := [kind for kind in kinds if kind not in KINDS]:
        raise CoreCraftError(f"--fault-kinds: no {', '.join(strange)}; there are {', '.join(KINDS)}")
    kinds = tuple(kind for kind in KINDS if kind in kinds)  # in one order, so that one choice has one name
    return Faults(arguments.fault_seed, arguments.faults, cast("tuple[Fault, ...]", kinds))


def told(borne: Mapping[str, Recovery]) -> str:
    """How faults were borne, over all episodes."""
    whole = sum(borne.values(), Recovery())
    if whole.score is None:
        return "no call failed"
    parts = [f"{whole.recovered} recovered", f"{whole.doubled} done twice", f"{whole.lost} lost"]
    return f"{whole.faults} calls failed: {', '.join(parts)}; recovery {whole.score:.2f}"
