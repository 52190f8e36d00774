"""The events of runs, their numbers, and the workflows that they follow."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from mn_notebook.ports import Summary
from mn_notebook.store.seals import WORKFLOW_COLUMNS
from mn_notebook.store.tables import AttemptRow, EventRow, RunRow, WorkflowRow, table_of

_RUN = table_of(RunRow)
_EVENT = table_of(EventRow)
_ATTEMPT = table_of(AttemptRow)
_WORKFLOW = table_of(WorkflowRow)


def _moved(*conditions: Any, shown: Iterable[str] = ()) -> Any:
    """A statement that takes the next numbers of a run, if the writer has the right to them.

    What lists show is written in the same go, if it is ``shown``.
    """
    return (
        sa.update(_RUN)
        .where(_RUN.c.id == bindparam("run"), *conditions)
        .values(
            head=_RUN.c.head + bindparam("count"),
            updated_at=bindparam("now"),
            **{name: bindparam(f"new_{name}") for name in shown},
        )
        .returning(_RUN.c.head)
    )


_HOLDS = (_RUN.c.fence == bindparam("held"), _RUN.c.owner == bindparam("holder"))
BY_FENCE = _moved(*_HOLDS)
WITH_SUMMARY = _moved(*_HOLDS, shown=Summary.__dataclass_fields__)
# What is set is also set anew in each index that has it, whether it is the same or not.
WITH_COUNTS = _moved(*_HOLDS, shown=("steps_done",))
BY_TOKEN = _moved(
    sa.exists().where(
        _ATTEMPT.c.run_id == bindparam("attempt_run"),
        _ATTEMPT.c.path == bindparam("path"),
        _ATTEMPT.c.token == bindparam("token"),
    )
)
INSERT = sa.insert(_EVENT).values({name: bindparam(name) for name in EventRow.model_fields})
WRITTEN = sa.select(sa.func.max(_EVENT.c.seq)).where(
    _EVENT.c.run_id == bindparam("run"), _EVENT.c.batch == bindparam("batch")
)
NEW_RUN = sa.insert(_RUN).values({name: bindparam(name) for name in RunRow.model_fields})
NEW_WORKFLOW = sa.insert(_WORKFLOW).values(
    {name: bindparam(name) for name in WorkflowRow.model_fields}
)
HAS_WORKFLOW = sa.select(_WORKFLOW.c.hash).where(_WORKFLOW.c.hash == bindparam("which"))

_FACT = ("seq", "kind", "version", "at", "batch", "body", "seal")
EVENTS = (
    # One statement sees one moment: the run's head and its events have to fit each other.
    sa.select(_RUN.c.head, *(_EVENT.c[name] for name in _FACT))
    .select_from(
        sa.outerjoin(
            _RUN,
            _EVENT,
            sa.and_(_EVENT.c.run_id == bindparam("run"), _EVENT.c.seq > bindparam("after")),
        )
    )
    .where(_RUN.c.id == bindparam("run"))
    .order_by(_EVENT.c.seq)
    .limit(bindparam("most"))
)


@lru_cache(maxsize=64)
def events_of(kinds: int) -> Any:
    """Return the query for events of so many kinds; one for each number, for they are kept."""
    return (
        sa.select(*(_EVENT.c[name] for name in _FACT))
        .where(_EVENT.c.run_id == bindparam("run"), _EVENT.c.seq > bindparam("after"))
        .where(sa.or_(*(_EVENT.c.kind == bindparam(f"kind_{n}") for n in range(kinds))))
        .order_by(_EVENT.c.seq)
    )


RUN_IS_THERE = sa.select(_RUN.c.id).where(_RUN.c.id == bindparam("run"))
ANY_EVENT = sa.select(_EVENT.c.seq).where(_EVENT.c.run_id == bindparam("run")).limit(1)
ONE_WORKFLOW = sa.select(*(_WORKFLOW.c[name] for name in (*WORKFLOW_COLUMNS, "seal"))).where(
    _WORKFLOW.c.hash == bindparam("which")
)
