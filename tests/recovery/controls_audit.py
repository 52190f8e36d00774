"""Checks what became of everything that people asked for: it took effect once, or for a reason not.

A command that is durable is taken up at last. It stands in the journal once, under its own name, or
not at all; then an owner dropped it, and the state of the run at that very event must say why.
"""

from collections import Counter
from collections.abc import Sequence

from mn_notebook.client import RunClient
from mn_notebook.domain.events import Recorded
from mn_notebook.domain.fold import fold
from mn_notebook.domain.ids import RunId, StepPath
from mn_notebook.domain.state import RunState
from mn_notebook.engine.people import located
from tests.recovery.audit import Findings
from tests.recovery.books import Command
from tests.recovery.controls import Control
from tests.recovery.outside import Line


def audit_controls(
    client: RunClient,
    rows: Sequence[Command],
    lines: Sequence[Line],
    asked: Sequence[Control],
    findings: Findings,
) -> None:
    """Go through everything that was ever asked for in a store."""
    journals: dict[RunId, Sequence[Recorded]] = {}
    dropped_at = {line.key: int(line.result) for line in lines if line.what == "dropped"}
    applied: dict[str, bool] = {}
    for row in rows:
        if row.run_id not in journals:
            journals[row.run_id] = client.events(row.run_id)
        journal = journals[row.run_id]
        times = _times(journal, row)
        applied[row.id] = times > 0
        if times > 1:
            _wrong(findings, row, f"took effect {times} times")
        if not row.taken:
            _wrong(findings, row, "was never taken up")
        elif not times:
            head = dropped_at.get(row.id)
            _check_drop(client, findings, row, journal, head)
    _count(rows, asked, applied, findings)


def _wrong(findings: Findings, row: Command, what: str) -> None:
    findings.faults.append(f"run {row.run_id}: the command {row.kind} {row.id} {row.body} {what}")


def _times(journal: Sequence[Recorded], row: Command) -> int:
    return sum(getattr(one.event, "command_id", None) == row.id for one in journal)


def _check_drop(
    client: RunClient,
    findings: Findings,
    row: Command,
    journal: Sequence[Recorded],
    head: int | None,
) -> None:
    if head is None:
        _wrong(findings, row, "left no trace, and no owner said that it dropped it")
        return
    workflow = client.store.journal.workflow(client.run(row.run_id).workflow_hash)
    state = fold(workflow, row.run_id, [one for one in journal if one.seq <= head])
    if not has_reason(state, row):
        _wrong(findings, row, f"was dropped at event {head} for no reason")


def has_reason(state: RunState, row: Command) -> bool:
    """Tell whether something that was asked for could not be done any more in a state."""
    match row.kind:
        case "cancel":
            return state.ended or state.cancel_requested
        case "pause":
            return state.ended or state.pause_requested
        case "resume":
            return state.ended or not state.pause_requested
        case "signal":
            return state.ended
        case "retry":
            return state.phase != "failed"
        case "skip":
            return _has_ended(state, StepPath(row.body["path"]))
        case "decide":
            return row.body["approval_id"] not in state.approvals
        case _:
            return False


def _has_ended(state: RunState, path: StepPath) -> bool:
    """Tell whether a step, the item of it that a path names, or all of the run has ended."""
    instance, node = located(state, path)
    if node is None:
        return True
    progress = state.progress[node]
    if state.ended or progress.status not in ("pending", "open"):
        return state.phase != "failed" or progress.status != "failed"
    return instance is not None and instance.status in ("succeeded", "failed", "skipped")


def _count(
    rows: Sequence[Command], asked: Sequence[Control], applied: dict[str, bool], found: Findings
) -> None:
    """Count what became of what the hand asked for, by kind and by moment."""
    signals = {(row.run_id, row.body["value"]): row.id for row in rows if row.kind == "signal"}
    ids = {row.id for row in rows}
    for control in asked:
        name = control.command_id or signals.get((control.run_id, control.value))
        if control.refused:
            found.controls[control.kind, "refused"] += 1
        elif name not in ids:
            found.faults.append(f"{control} was durable, and is not in the store")
        else:
            found.controls[control.kind, "applied" if applied[str(name)] else "dropped"] += 1
            found.moments[control.moment] += 1
            found.met[control.kind, control.moment] += applied[str(name)]
    seen = Counter(control.value for control in asked if control.kind == "signal")
    for run_id, value in signals:
        if seen[value] != 1:
            found.faults.append(f"run {run_id} has a signal {value} that nobody sent")
