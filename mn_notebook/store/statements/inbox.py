"""What is asked of the owners of runs, and what they have taken up."""

import sqlalchemy as sa
from sqlalchemy import bindparam

from mn_notebook.store.tables import ApprovalRow, CommandRow, RunRow, table_of

_COMMAND = table_of(CommandRow)
_APPROVAL = table_of(ApprovalRow)
_RUN = table_of(RunRow)

PUT = sa.insert(_COMMAND).values({name: bindparam(name) for name in CommandRow.model_fields})
DECIDE = (
    sa.update(_APPROVAL)
    .where(
        _APPROVAL.c.id == bindparam("which"),
        _APPROVAL.c.status == "open",
        sa.or_(_APPROVAL.c.expires_at.is_(None), _APPROVAL.c.expires_at > bindparam("now")),
    )
    .values(
        status=bindparam("decided"),
        decision=bindparam("made"),
        decided_by=bindparam("who"),
        decided_at=bindparam("now"),
    )
)
APPROVAL_IS = sa.select(
    _APPROVAL.c.status,
    _APPROVAL.c.decision,
    _APPROVAL.c.decided_by,
    _APPROVAL.c.decided_at,
    _APPROVAL.c.expires_at,
).where(_APPROVAL.c.id == bindparam("which"))
PENDING = (
    sa.select(
        _COMMAND.c.id,
        _COMMAND.c.run_id,
        _COMMAND.c.kind,
        _COMMAND.c.body,
        _COMMAND.c.by,
        _COMMAND.c.via,
        _COMMAND.c.at,
        _COMMAND.c.seal,
        _RUN.c.origin,
    )
    .join(_RUN, _RUN.c.id == _COMMAND.c.run_id)
    .where(_COMMAND.c.taken == sa.false())
    .order_by(_COMMAND.c.at, _COMMAND.c.id)
)
TAKE = (
    sa.update(_COMMAND)
    .where(
        _COMMAND.c.id == bindparam("which"),
        sa.exists().where(_RUN.c.id == _COMMAND.c.run_id, _RUN.c.fence == bindparam("held")),
    )
    .values(taken=True)
)
