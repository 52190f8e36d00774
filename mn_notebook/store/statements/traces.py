"""What runs that have ended have used, as far as their journals alone know it."""

import sqlalchemy as sa
from sqlalchemy import bindparam

from mn_notebook.store.tables import EventRow, table_of

_EVENT = table_of(EventRow)
_FACT = ("seq", "kind", "version", "at", "batch", "body", "seal")
_TELLING = (
    "run.created",
    "run.succeeded",
    "step.expanded",
    "model.requested",
    "model.responded",
    "model.reused",
)


def _facts(*kinds: str) -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(*(_EVENT.c[name] for name in _FACT))
        .where(_EVENT.c.run_id == bindparam("run"))
        .where(sa.or_(*(_EVENT.c.kind == kind for kind in kinds)))
        .order_by(_EVENT.c.seq)
    )


MOMENTS = (
    # No bodies: they are most of a journal, and are not read for it.
    sa.select(_EVENT.c.seq, _EVENT.c.kind, _EVENT.c.at)
    .where(_EVENT.c.run_id == bindparam("run"))
    .order_by(_EVENT.c.seq)
)
USES = _facts(*_TELLING)
SUCCESSES = _facts("step.succeeded")
