"""The kernel: events, worlds, tools and episodes. It knows no company.

Three ways through it, never mixed: *call* (`Episode.call`), *verify* (`replay.verify`) and *fork* (`Episode.fork`).
"""

import sys

VERSION = "0.1.0"
FORMAT = 1

if sys.flags.optimize > 1:
    raise ImportError(
        "CoreCraft cannot run under python -OO, which removes the docstrings that describe the tools; use -O or neither"
    )
