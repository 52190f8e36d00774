"""The versions of workflows that runs were created with: each is written once."""

from datetime import datetime
from functools import lru_cache

from pydantic import ValidationError

from mn_notebook.domain.ids import WorkflowHash
from mn_notebook.domain.workflow import Workflow
from mn_notebook.errors import UnknownRun
from mn_notebook.secrecy.known import needles, refuse
from mn_notebook.store.database import Cursor
from mn_notebook.store.event_rows import too_new
from mn_notebook.store.reader import Reader
from mn_notebook.store.seals import WORKFLOW_COLUMNS, damaged, fits, seal, seal_of
from mn_notebook.store.sqlite import journal as sql
from mn_notebook.store.times import time_text


class Workflows:
    """Every version of every workflow of a store, with the text that it was written as."""

    def __init__(self, reader: Reader) -> None:
        """Read with ``reader``; versions never change, so what was read is kept."""
        self._reader = reader
        self._new_workflow = sql.NEW_WORKFLOW
        self._has_workflow = sql.HAS_WORKFLOW
        self._innocent: set[tuple[str, str, int]] = set()
        """Texts of workflows that have been looked into, and for how many secrets."""
        self.load = lru_cache(maxsize=256)(self._read)

    def refuse_secrets(self, workflow: Workflow, source: str) -> None:
        """Look into a text once, and again only when more secrets are known by then.

        Raises:
            UsageError: there is a secret in it.
        """
        known = len(needles())
        looked = (workflow.hash, source, known)
        if known and looked not in self._innocent:
            what = f"the text of the workflow {workflow.name!r}"
            refuse(what, [workflow.model_dump_json(), source])
            self._innocent.add(looked)

    def save(self, cursor: Cursor, workflow: Workflow, source: str, at: datetime) -> None:
        """Write a version of a workflow in this transaction, if it is new."""
        known = self._has_workflow
        cursor.execute(known.sql, known.row({"which": workflow.hash}))
        if cursor.fetchone() is not None:
            return
        row = {
            "hash": workflow.hash,
            "name": workflow.name,
            "model": workflow.model_dump_json(),
            "source": source,
            "created_at": time_text(at),
        }
        sealed = {**row, "seal": seal_of(row, WORKFLOW_COLUMNS)}
        cursor.execute(self._new_workflow.sql, self._new_workflow.row(sealed))

    def _read(self, workflow_hash: WorkflowHash) -> tuple[Workflow, str]:
        rows = self._reader.rows(sql.ONE_WORKFLOW, which=workflow_hash)
        if not rows:
            message = f"the store has no workflow {workflow_hash!r}; `mn doctor` looks into it"
            raise UnknownRun(message)
        *columns, found = rows[0]
        if columns[0] != workflow_hash or not fits(found, seal(columns)):
            raise damaged(f"workflow {workflow_hash!r} is not as it was written")
        try:
            workflow = Workflow.model_validate_json(columns[2])
        except ValidationError as fault:
            raise too_new(f"workflow {workflow_hash!r}") from fault
        return workflow, str(columns[3])
