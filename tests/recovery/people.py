"""Who decides: approves, edits, sends back once, fills in forms, settles doubts truthfully."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

from mn_notebook.client import RunClient, open_client
from mn_notebook.domain.events import ApprovalRequested
from mn_notebook.domain.ids import ApprovalId, CommandId, RunId
from mn_notebook.errors import AlreadyDecided, UsageError
from mn_notebook.settings import MnSettings
from tests.recovery import outside

SENT_BACK = "Is it good enough?"
"""What is asked where the first draft is never good enough."""


def decide(job: dict[str, Any]) -> None:
    """Be the people: a process that decides whatever it is asked, after some ``patience``."""
    patience = timedelta(seconds=job.get("patience", 0.0))
    clients = {Path(store): client_of(store) for store in job["stores"]}
    while True:
        for store, client in clients.items():
            now = client.clock.now()
            for line in client.approvals():
                if now - line.requested_at < patience:
                    continue
                decide_one(client, line.run_id, line.approval_id, store.with_suffix(".outside"))
        threading.Event().wait(0.03 if not patience else 0.2)


def client_of(store: str | Path) -> RunClient:
    """Open a store to look and decide."""
    return open_client(MnSettings(store=str(store), user="somebody"))


def decide_one(client: RunClient, run_id: RunId, approval_id: ApprovalId, log: Path) -> None:
    """Answer one question; somebody else may be faster."""
    try:
        request = client.open_approval(run_id, approval_id).request
        decided(client, run_id, request, log)
    except (AlreadyDecided, UsageError):
        return


def decided(client: RunClient, run_id: RunId, request: ApprovalRequested, log: Path) -> CommandId:
    """Say what is to be said to a question, always the same.

    Raises:
        AlreadyDecided: somebody was faster.
    """
    if request.subject == "in_doubt":
        return settle(client, run_id, request, outside.read(log))
    if request.subject == "ask":
        return client.answer(run_id, request, {"email": "eve@example.org"})
    if request.subject == "budget":
        return client.decide(run_id, request, "approve")
    if request.prompt == SENT_BACK and "#" not in request.path:
        return client.decide(run_id, request, "reject", because="date it")
    return client.decide(run_id, request, "approve", edits=edits_of(client, request))


def edits_of(client: RunClient, request: ApprovalRequested) -> dict[str, Any]:
    """Add a word to everything that may be edited."""
    shown = client.values.load(request.shown)
    if not isinstance(shown, dict):
        return {}
    return {path: f"{shown[path]} (edited)" for path in request.editable}


def settle(
    client: RunClient, run_id: RunId, request: ApprovalRequested, lines: list[outside.Line]
) -> CommandId:
    """Say what the outside saw."""
    (call,) = request.calls
    args = client.values.load(call.args)
    where = str(args.get("where", "")) if isinstance(args, dict) else ""
    line = outside.done(lines, call.tool, key=call.key, where=where)
    if line is None:
        return client.decide(run_id, request, "not_happened", because="the outside never saw it")
    return client.decide(run_id, request, "happened", value=line.result, because="it is there")
