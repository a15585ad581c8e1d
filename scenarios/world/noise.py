"""The hidden manifest: every row that was made dirty on purpose. No tool can reach it."""

from __future__ import annotations

from attrs import frozen


@frozen
class Noise:
    """One injected impurity.

    kind: the catalogue entry, `N-01` to `N-22` (entities section 19).
    entity, row, field: where it sits; field is "" when the row as a whole is meant.
    what: one line for a human.
    """

    kind: str
    entity: str
    row: str
    field: str
    what: str
