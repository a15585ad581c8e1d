"""The kernel: events, worlds, tools and episodes. It knows no company.

Three ways through it, never mixed: *call* (`Episode.call`), *verify* (`replay.verify`) and *fork* (`Episode.fork`).
"""

VERSION = "0.1.0"
FORMAT = 1
