"""What lists show of runs and of what waits for a person."""

import sqlalchemy as sa
from sqlalchemy import bindparam

from mn_notebook.store.tables import ApprovalRow, RunRow, table_of

_RUN = table_of(RunRow)
_APPROVAL = table_of(ApprovalRow)

_COLUMNS = tuple(_RUN.c[name] for name in RunRow.model_fields)
NEWEST = sa.select(*_COLUMNS).order_by(_RUN.c.created_at.desc(), _RUN.c.id).limit(bindparam("most"))
NEWEST_OF = (
    sa.select(*_COLUMNS)
    .where(_RUN.c.origin == bindparam("whose"))
    .order_by(_RUN.c.created_at.desc(), _RUN.c.id)
    .limit(bindparam("most"))
)
_GOING_ON = ("queued", "running", "waiting", "paused")
UNENDED = (
    sa.select(*_COLUMNS)
    .where(sa.or_(*(_RUN.c.status == status for status in _GOING_ON)))
    .order_by(_RUN.c.created_at, _RUN.c.id)
)
COUNT = sa.select(sa.func.count()).select_from(_RUN)
COUNT_OF = COUNT.where(_RUN.c.origin == bindparam("whose"))
# Sorted here: by the order of an index, all runs would be looked through for the few that fit.
_BY_AGE = (sa.func.coalesce(_RUN.c.created_at, "").desc(), _RUN.c.id)
STANDING = (
    sa.select(*_COLUMNS)
    .where(_RUN.c.origin == bindparam("whose"), _RUN.c.status == bindparam("how"))
    .order_by(*_BY_AGE)
    .limit(bindparam("most"))
)
COUNT_STANDING = COUNT_OF.where(_RUN.c.status == bindparam("how"))
AWAITING = (
    sa.select(*_COLUMNS)
    .where(
        _RUN.c.origin == bindparam("whose"),
        _RUN.c.status == "waiting",
        _RUN.c.wake_at == bindparam("wake_at"),
    )
    .order_by(*_BY_AGE)
    .limit(bindparam("most"))
)
COUNT_AWAITING = COUNT_OF.where(_RUN.c.status == "waiting", _RUN.c.wake_at == bindparam("wake_at"))
ENDED = (
    sa.select(*_COLUMNS)
    .where(sa.or_(*(_RUN.c.status == ended for ended in ("succeeded", "failed", "cancelled"))))
    .order_by(_RUN.c.created_at, _RUN.c.id)
)
_ENDINGS = ("succeeded", "failed", "cancelled")
_PAST = (
    sa.select(*_COLUMNS)
    .where(sa.or_(*(_RUN.c.status == ended for ended in _ENDINGS)))
    .order_by(_RUN.c.created_at.desc(), _RUN.c.id)
    .limit(bindparam("most"))
)
PAST = _PAST.where(_RUN.c.origin == bindparam("whose"), _RUN.c.workflow == bindparam("name"))
ELSEWHERE = _PAST.where(
    _RUN.c.origin != bindparam("whose"), _RUN.c.workflow_hash == bindparam("version")
)
BY_PREFIX = (
    sa.select(*_COLUMNS)
    .where(_RUN.c.id >= bindparam("lowest"), _RUN.c.id < bindparam("highest"))
    .order_by(_RUN.c.id)
    .limit(10)
)
_ASKED = (
    sa.select(
        _APPROVAL.c.id,
        _APPROVAL.c.run_id,
        _APPROVAL.c.path,
        _APPROVAL.c.subject,
        _APPROVAL.c.prompt,
        _APPROVAL.c.requested_at,
        _APPROVAL.c.expires_at,
        _RUN.c.workflow,
        _RUN.c.title,
    )
    .join(_RUN, _RUN.c.id == _APPROVAL.c.run_id)
    .where(_APPROVAL.c.status == "open")
    .limit(bindparam("most"))
)
OPEN = _ASKED.order_by(_APPROVAL.c.requested_at, _APPROVAL.c.id)
OPEN_OF = _ASKED.where(_APPROVAL.c.run_id == bindparam("whose")).order_by(
    sa.func.coalesce(_APPROVAL.c.requested_at, ""), _APPROVAL.c.id
)
COUNT_OPEN = sa.select(sa.func.count()).select_from(_APPROVAL).where(_APPROVAL.c.status == "open")
