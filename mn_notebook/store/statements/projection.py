"""The rows that go with an event."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from mn_notebook.store.tables import ApprovalRow, AttemptRow, CommandRow, table_of

_ATTEMPT = table_of(AttemptRow)
_APPROVAL = table_of(ApprovalRow)
_COMMAND = table_of(CommandRow)

STATEMENTS: Mapping[str, Any] = {
    "open_attempt": sa.insert(_ATTEMPT).values(
        token=bindparam("token"), run_id=bindparam("run_id"), path=bindparam("path")
    ),
    "close_attempt": sa.delete(_ATTEMPT).where(
        _ATTEMPT.c.run_id == bindparam("run_id"), _ATTEMPT.c.path == bindparam("path")
    ),
    "close_attempts": sa.delete(_ATTEMPT).where(_ATTEMPT.c.run_id == bindparam("run_id")),
    "ask": sa.insert(_APPROVAL).values(
        {
            name: bindparam(name)
            for name in (
                "id",
                "run_id",
                "path",
                "subject",
                "status",
                "prompt",
                "requested_at",
                "expires_at",
            )
        }
    ),
    "end_approval": sa.update(_APPROVAL)
    .where(_APPROVAL.c.id == bindparam("which"))
    .values(
        status=bindparam("status"),
        decision=bindparam("decision"),
        decided_by=bindparam("decided_by"),
        decided_at=bindparam("decided_at"),
    ),
    "escalate": sa.update(_APPROVAL)
    .where(_APPROVAL.c.id == bindparam("which"))
    .values(escalated_at=bindparam("at"), escalated_to=bindparam("to")),
    "decision": sa.select(_APPROVAL.c.decided_by).where(
        _APPROVAL.c.id == bindparam("which"), _APPROVAL.c.status == "decided"
    ),
    "close_approvals": sa.update(_APPROVAL)
    .where(_APPROVAL.c.run_id == bindparam("run"), _APPROVAL.c.status == "open")
    .values(status="closed"),
    "take_command": sa.update(_COMMAND)
    .where(_COMMAND.c.id == bindparam("which"))
    .values(taken=True),
}
