"""Who has been told what waits, and who is telling it."""

import sqlalchemy as sa
from sqlalchemy import bindparam

from mn_notebook.domain.notices import ESCALATED
from mn_notebook.store.tables import ApprovalRow, NoticeRow, RunRow, table_of

_APPROVAL = table_of(ApprovalRow)
_RUN = table_of(RunRow)
_NOTICE = table_of(NoticeRow)

_WAITS = (
    _APPROVAL.c.id,
    _APPROVAL.c.run_id,
    _RUN.c.workflow,
    _RUN.c.title,
    _APPROVAL.c.path,
    _APPROVAL.c.subject,
    _APPROVAL.c.prompt,
    _APPROVAL.c.requested_at,
    _APPROVAL.c.expires_at,
    _APPROVAL.c.escalated_at,
    _APPROVAL.c.escalated_to,
)
_TOLD = sa.case(
    (_APPROVAL.c.escalated_at.is_(None), _APPROVAL.c.id),
    else_=_APPROVAL.c.id.concat(ESCALATED),
)
"""What is to be told of an approval by now: that it waits, or that nobody has decided in time."""
UNTOLD = (
    sa.select(*_WAITS, _RUN.c.origin)
    .join(_RUN, _RUN.c.id == _APPROVAL.c.run_id)
    .outerjoin(_NOTICE, _NOTICE.c.approval_id == _TOLD)
    .where(_APPROVAL.c.status == "open", _NOTICE.c.approval_id.is_(None))
    .order_by(_APPROVAL.c.requested_at, _APPROVAL.c.id)
)
BEGUN = (
    sa.select(_NOTICE.c.notice, _NOTICE.c.process, _NOTICE.c.next_at, _NOTICE.c.tries)
    .where(_NOTICE.c.outcome == "")
    .distinct()
)
OF_NOTICE = (
    sa.select(*_WAITS)
    .join(_RUN, _RUN.c.id == _APPROVAL.c.run_id)
    .join(_NOTICE, _NOTICE.c.approval_id == _TOLD)
    .where(_APPROVAL.c.status == "open", _NOTICE.c.notice == bindparam("which"))
    .order_by(_APPROVAL.c.requested_at, _APPROVAL.c.id)
)
LAST = sa.select(sa.func.max(_NOTICE.c.claimed_at))
INSERT = sa.insert(_NOTICE).values({name: bindparam(name) for name in NoticeRow.model_fields})
TAKE = (
    sa.update(_NOTICE)
    .where(
        _NOTICE.c.notice == bindparam("which"),
        _NOTICE.c.process == bindparam("was"),
        _NOTICE.c.outcome == "",
    )
    .values(process=bindparam("mine"))
)
END = (
    sa.update(_NOTICE)
    .where(
        _NOTICE.c.notice == bindparam("which"),
        _NOTICE.c.process == bindparam("mine"),
        _NOTICE.c.outcome == "",
    )
    .values(
        outcome=bindparam("how"),
        fault=bindparam("why"),
        tries=bindparam("times"),
        next_at=bindparam("later"),
    )
)
FAILING = (
    sa.select(_NOTICE.c.notice, _NOTICE.c.outcome, _NOTICE.c.fault, _NOTICE.c.claimed_at)
    .where(_NOTICE.c.fault != "", sa.or_(_NOTICE.c.outcome == "", _NOTICE.c.outcome == "failed"))
    .order_by(_NOTICE.c.claimed_at.desc(), _NOTICE.c.approval_id)
)
LAST_SENT = sa.select(sa.func.max(_NOTICE.c.claimed_at)).where(_NOTICE.c.outcome == "sent")
