"""The inbox: what other processes, and people, ask of the owners of runs."""

import json
import logging
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from pydantic import JsonValue

from mn_notebook.domain.ids import ApprovalId, CommandId, Fence, RunId
from mn_notebook.errors import AlreadyDecided, StoreError, UsageError
from mn_notebook.ports import Clock, CommandKind, IdSource, InboxCommand
from mn_notebook.secrecy.known import redact, refuse
from mn_notebook.store.bells import Bells
from mn_notebook.store.database import Cursor, Database
from mn_notebook.store.reader import Reader
from mn_notebook.store.seals import COMMAND_COLUMNS, damaged, fits, seal, seal_of
from mn_notebook.store.sqlite import inbox as sql
from mn_notebook.store.times import time_text
from mn_notebook.store.writer import Writer

_log = logging.getLogger(__name__)


class SqlInbox:
    """Commands as rows: they wait, durably, until the owner of their run takes them up."""

    def __init__(
        self, database: Database, writer: Writer, reader: Reader, clock: Clock, ids: IdSource
    ) -> None:
        """Keep commands in ``database``."""
        self._writer = writer
        self._reader = reader
        self._clock = clock
        self._ids = ids
        self._put = sql.PUT
        self._decide = sql.DECIDE
        self._approval_is = sql.APPROVAL_IS
        self._take = sql.TAKE
        self._bells = Bells(database)

    def put(
        self, run_id: RunId, kind: CommandKind, body: dict[str, JsonValue], *, by: str, via: str
    ) -> CommandId:
        """Ask something of a run's owner. Durable on return."""
        command_id = CommandId(self._ids.new())
        row = self._row(command_id, run_id, kind, body, by=by, via=via)
        self._writer.call(lambda cursor: cursor.execute(self._put.sql, self._put.row(row)) and None)
        self._bells.ring()
        return command_id

    def decide(
        self,
        run_id: RunId,
        approval_id: ApprovalId,
        decision: str,
        body: dict[str, JsonValue],
        *,
        by: str,
        via: str,
    ) -> CommandId:
        """Decide an approval: the first decision is the decision. Durable on return.

        The compare-and-set on the approval and the command to its run's owner are one transaction.

        Raises:
            AlreadyDecided: somebody was faster, or it has expired or been closed.
            UsageError: there is no such approval.
        """
        command_id = CommandId(self._ids.new())
        full: dict[str, JsonValue] = {"approval_id": approval_id, "decision": decision, **body}
        row = self._row(command_id, run_id, "decide", full, by=by, via=via)
        values = {
            "which": approval_id,
            "decided": "decided",
            "made": decision,
            "who": by,
        }

        def operation(cursor: Cursor) -> StoreError | UsageError | None:
            # The time of writing counts: since it was asked, the store may have been busy.
            now = time_text(self._clock.now())
            cursor.execute(self._decide.sql, self._decide.row({**values, "now": now}))
            if cursor.rowcount != 1:
                return self._why_not(cursor, approval_id)
            cursor.execute(self._put.sql, self._put.row(row))
            return None

        refused = self._writer.call(operation)
        if refused is not None:
            raise refused
        self._bells.ring()
        return command_id

    def _why_not(self, cursor: Cursor, approval_id: ApprovalId) -> AlreadyDecided | UsageError:
        cursor.execute(self._approval_is.sql, self._approval_is.row({"which": approval_id}))
        row = cursor.fetchone()
        if row is None:
            return UsageError(f"there is no approval {approval_id!r}; `mn approvals` lists them")
        status, decision, decided_by, decided_at, expires_at = row
        if status == "decided":
            return AlreadyDecided(
                f"already decided: {decided_by} chose {decision!r} at {_clock_text(decided_at)}"
            )
        if status == "closed":
            return AlreadyDecided("the run has ended; nothing waits for this decision any more")
        return AlreadyDecided(f"it expired at {_clock_text(expires_at)}; silence meant no")

    def _row(
        self,
        command_id: CommandId,
        run_id: RunId,
        kind: CommandKind,
        body: dict[str, JsonValue],
        *,
        by: str,
        via: str,
    ) -> dict[str, Any]:
        refuse("what was given", body)
        row = {
            "id": command_id,
            "run_id": run_id,
            "kind": kind,
            "body": json.dumps(body),
            "by": by,
            "via": via,
            "at": time_text(self._clock.now()),
            "taken": False,
        }
        return {**row, "seal": seal_of(row, COMMAND_COLUMNS)}

    def pending(self, origins: Collection[str], owned: Collection[RunId]) -> Sequence[InboxCommand]:
        """Return what has not been taken up; see `mn_notebook.ports.Inbox.pending`."""
        found = []
        for *columns, sealed, origin in self._reader.rows(sql.PENDING):
            if origin not in origins and columns[1] not in owned:
                continue
            if fits(sealed, seal(columns)):
                found.append(_command(*columns))
            else:
                # It is left where it is; the others must not wait for it.
                extra = {"run_id": columns[1], "step_id": None}
                _log.warning("%s", damaged(f"command {columns[0]!r}"), extra=extra)
        return found

    def is_decided(self, approval_id: ApprovalId) -> bool:
        """Tell whether somebody has decided an approval, taken up or not."""
        rows = self._reader.rows(sql.APPROVAL_IS, which=approval_id)
        return bool(rows) and rows[0][0] == "decided"

    def drop(self, command_id: CommandId, fence: Fence) -> None:
        """Mark a command as taken up; see `mn_notebook.ports.Inbox.drop`."""
        values = {"which": command_id, "held": fence, "taken": True}
        self._writer.submit(
            lambda cursor: cursor.execute(self._take.sql, self._take.row(values)) and None,
            lambda _result, _fault: None,
        )

    def changed(self) -> bool:
        """Tell, cheaply, whether another connection has written since the last call."""
        return self._reader.changed()


def _command(
    command_id: str, run_id: str, kind: CommandKind, body: str, by: str, via: str, at: str
) -> InboxCommand:
    return InboxCommand(
        id=CommandId(command_id),
        run_id=RunId(run_id),
        kind=kind,
        # Who put it here may not have known what is secret to the process that takes it up.
        body=redact(json.loads(body)),
        by=by,
        via=via,
        at=datetime.fromisoformat(at),
    )


def _clock_text(at: str | None) -> str:
    return "an unknown time" if at is None else at[:16].replace("T", " ") + " UTC"
