"""`--company`: whose world, tools and tasks a command is about."""

from __future__ import annotations

import argparse

from ..scenarios.company import OURS


def add_company_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--company", default=OURS, metavar="NAME", help=f"another company, whose package is installed (default: {OURS})"
    )
