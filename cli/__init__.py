import sys

try:
    from ..engine import VERSION as VERSION
except ImportError as error:
    if sys.flags.optimize < 2:  # the engine says why it does not run under python -OO; anything else is our bug
        raise
    print(f"error: {error}", file=sys.stderr)
    raise SystemExit(2) from None
