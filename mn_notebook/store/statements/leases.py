"""Who may advance a run: claims, beats and what nobody living owns."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from mn_notebook.store.tables import EventRow, ProcessRow, RunRow, table_of

_RUN = table_of(RunRow)
_EVENT = table_of(EventRow)
_PROCESS = table_of(ProcessRow)

CLAIM = (
    sa.update(_RUN)
    .where(
        _RUN.c.id == bindparam("run"),
        _RUN.c.fence == bindparam("seen"),
        _RUN.c.owner.is_not_distinct_from(bindparam("former")),
    )
    .values(
        owner=bindparam("me"),
        fence=_RUN.c.fence + 1,
        head=_RUN.c.head + 1,
        updated_at=bindparam("now"),
    )
    .returning(_RUN.c.head, _RUN.c.fence)
)
RELEASE = (
    sa.update(_RUN)
    .where(_RUN.c.id == bindparam("run"), _RUN.c.fence == bindparam("held"))
    .values(owner=bindparam("nobody"))
)
RELEASE_ALL = (
    sa.update(_RUN).where(_RUN.c.owner == bindparam("me")).values(owner=bindparam("nobody"))
)
INSERT_EVENT = sa.insert(_EVENT).values({name: bindparam(name) for name in EventRow.model_fields})
REGISTER = sa.insert(_PROCESS).values({name: bindparam(name) for name in ProcessRow.model_fields})
BEAT = (
    sa.update(_PROCESS).where(_PROCESS.c.id == bindparam("which")).values(beat=_PROCESS.c.beat + 1)
)
END = sa.update(_PROCESS).where(_PROCESS.c.id == bindparam("which")).values(ended=True)
OWNER = sa.select(_RUN.c.owner, _RUN.c.fence).where(_RUN.c.id == bindparam("run"))
BEAT_OF = sa.select(_PROCESS.c.beat, _PROCESS.c.ended).where(_PROCESS.c.id == bindparam("which"))
HELD = sa.select(_RUN.c.id, _RUN.c.fence).where(_RUN.c.owner == bindparam("me"))


def _unfinished(*conditions: Any) -> Any:
    own = _RUN.c.origin == bindparam("origin")
    return sa.select(_RUN.c.id, _RUN.c.owner, _RUN.c.created_at).where(own, *conditions)


_IS_WAITING = _RUN.c.status == "waiting"
# Each part reads what it finds, by an index: a worker asks all the time, and runs that wait for a
# person, however many there are, must cost it nothing.
_PARTS = sa.union(
    _unfinished(_RUN.c.status == "queued"),
    _unfinished(_RUN.c.status == "running"),
    _unfinished(_IS_WAITING, _RUN.c.wake_at <= bindparam("now")),
    # Of those that are owned: no id of a process is empty.
    sa.select(_RUN.c.id, _RUN.c.owner, _RUN.c.created_at).where(
        _RUN.c.owner > "",
        # Which index is the right one only we know: few runs are owned, many wait.
        sa.func.coalesce(_RUN.c.origin, "") == bindparam("origin"),
        sa.func.coalesce(_RUN.c.status, "") == "waiting",
    ),
    # It waits for code, which this process may have.
    _unfinished(_IS_WAITING, _RUN.c.wake_at.is_(None), _RUN.c.waiting == 0),
).subquery()
UNFINISHED = sa.select(_PARTS.c.id, _PARTS.c.owner).order_by(_PARTS.c.created_at)
