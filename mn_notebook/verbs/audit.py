"""Writes what a run did to the world into a file that only grows.

A line is a fact of the journal, with a seal over it and the seal of the line before: whoever has
the last seal can tell whether a line was changed or taken out.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mn_notebook.client import RunClient
from mn_notebook.domain.events import Recorded, RunCreated, ToolJudged, ToolStarted
from mn_notebook.domain.ids import RunId, content_hash
from mn_notebook.domain.words import one_line
from mn_notebook.errors import UsageError

AUDIT_KINDS = (
    "run.created",
    "tool.judged",
    "tool.started",
    "tool.succeeded",
    "tool.failed",
    "tool.in_doubt",
    "tool.settled",
    "approval.requested",
    "approval.decided",
    "approval.expired",
    "approval.closed",
    "approval.delegated",
    "permission.granted",
    "permission.revoked",
    "undo.requested",
    "undo.declined",
    "compensation.started",
    "compensation.succeeded",
    "compensation.failed",
    "compensation.in_doubt",
)
"""The facts that tell what was done to the world, and who allowed it."""
_CREATED = ("workflow", "workflow_hash", "origin", "title", "by")


def append_audit(client: RunClient, run_id: RunId, file: str) -> int:
    """Add the facts of a run that a file does not hold yet; return how many there were.

    A crash in its middle leaves whole lines and at most a broken last one, which is told.

    Raises:
        UsageError: the file holds something else, or cannot be written.
    """
    path = Path(file).expanduser()
    lines = list(audit_lines(client.events(run_id, kinds=AUDIT_KINDS)))
    try:
        held = path.read_text("utf-8").splitlines() if path.exists() else []
        known = [line for line in held if _run_of(line, path) == run_id]
        if known != lines[: len(known)]:
            message = (
                f"{one_line(file, 200)} does not say of run {run_id[:4]} what its journal says: "
                "write to another file, and compare"
            )
            raise UsageError(message)
        with path.open("a", encoding="utf-8") as stream:
            stream.writelines(f"{line}\n" for line in lines[len(known) :])
    except OSError as fault:
        message = f"{one_line(file, 200)} cannot be written: {fault.strerror or fault}"
        raise UsageError(message) from fault
    return len(lines) - len(known)


def audit_lines(events: Any) -> Iterator[str]:
    """Yield the facts of a run that an audit wants, each as a line of JSON."""
    before, calls = "", set[str]()
    for recorded in events:
        fact = _fact(recorded, calls)
        if fact is None:
            continue
        before = content_hash([before, fact])[:32]
        yield json.dumps({**fact, "seal": before}, ensure_ascii=False, sort_keys=True)


def _fact(recorded: Recorded, calls: set[str]) -> dict[str, Any] | None:
    """Return a fact, or None if it is about a call that only reads."""
    event = recorded.event
    if event.kind not in AUDIT_KINDS:
        return None
    if isinstance(event, ToolStarted | ToolJudged):
        if event.effect == "read":
            return None
        calls.add(event.call_id)
    call_id = getattr(event, "call_id", None)
    if call_id is not None and call_id not in calls:
        return None
    said = event.model_dump(mode="json", exclude={"kind"}, exclude_defaults=True)
    if isinstance(event, RunCreated):
        said = {name: said[name] for name in _CREATED if name in said}
    head = {"run": recorded.run_id, "seq": recorded.seq, "at": recorded.at.isoformat()}
    return {**head, "kind": event.kind, **said}


def _run_of(line: str, path: Path) -> str:
    try:
        found = json.loads(line)["run"]
    except (ValueError, KeyError, TypeError) as fault:
        message = (
            f"{one_line(str(path), 200)} is no audit: expected a JSON object with a `run` in each "
            f"line, found {one_line(line, 60)!r}"
        )
        raise UsageError(message) from fault
    return str(found)
