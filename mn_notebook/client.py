"""Looks at runs, starts them and decides about them; advances none.

A client needs a store and nothing else: it works while the kernel that owns a run is busy,
restarting or dead. What it asks for waits in the store until an owner takes it up.
"""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from mn_notebook._version import __version__
from mn_notebook.clock import RandomIds, SystemClock
from mn_notebook.domain.drawing import draw
from mn_notebook.domain.events import ApprovalRequested, CodeRef, Recorded, RunCreated
from mn_notebook.domain.fold import apply, beginning
from mn_notebook.domain.ids import CommandId, ProcessId, RunId
from mn_notebook.domain.picture import Owner, RunPicture
from mn_notebook.domain.shapes import first_fault
from mn_notebook.domain.state import OpenApproval, RunState
from mn_notebook.domain.values import sayable
from mn_notebook.domain.workflow import Workflow
from mn_notebook.engine.summary import status_of
from mn_notebook.engine.values import Values
from mn_notebook.errors import UsageError
from mn_notebook.ports import Clock, IdSource, RunLine
from mn_notebook.settings import MnSettings
from mn_notebook.store.leases import is_process_locked
from mn_notebook.store.store import Store, open_store
from mn_notebook.store.views import ApprovalLine

_CACHED_STATES = 32


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run that somebody asks for."""

    workflow: Workflow
    source: str
    """The text that the workflow was written as."""
    origin: str
    """The notebook, or file, that it belongs to."""
    inputs: Mapping[str, JsonValue]
    code: tuple[CodeRef, ...] = ()


class RunClient:
    """The store, as everybody but a run's owner sees it. Safe to use from any thread."""

    def __init__(self, store: Store, *, user: str, clock: Clock, ids: IdSource) -> None:
        """Look at ``store`` and decide as ``user``."""
        self.store = store
        self.user = user
        self.values = Values(store.artifacts)
        self._clock = clock
        self._ids = ids
        self._states: dict[RunId, RunState] = {}
        self._lock = threading.Lock()
        """Protects the cache of folded states."""

    def close(self) -> None:
        """Let go of the store."""
        self.store.close()

    # --- looking -------------------------------------------------------------------------------

    def runs(self, *, origin: str | None = None, most: int = 50) -> Sequence[RunLine]:
        """Return the newest runs first, of one notebook or of all."""
        return self.store.views.runs(origin=origin, most=most)

    def run(self, name: str) -> RunLine:
        """Return the run whose id is, or begins with, ``name``.

        Raises:
            UnknownRun: no run answers to it, or several do.
        """
        return self.store.views.run(name)

    def approvals(self) -> Sequence[ApprovalLine]:
        """Return what waits for a person, longest waiting first."""
        return self.store.views.approvals()

    def events(self, run_id: RunId, *, after: int = 0) -> Sequence[Recorded]:
        """Return the facts of a run, oldest first."""
        return self.store.journal.read(run_id, after=after)

    def state(self, run_id: RunId) -> RunState:
        """Return where a run stands; only what is new since the last look is read.

        Raises:
            StoreTooNew: a newer program wrote a part of its journal.
        """
        with self._lock:
            known = self._states.pop(run_id, None)
        if known is None:
            line = self.store.views.run(run_id)
            workflow = self.store.journal.workflow(line.workflow_hash)
            known = beginning(workflow, run_id)
        for recorded in self.events(run_id, after=known.head):
            known = apply(known, recorded)
        with self._lock:
            self._states[run_id] = known
            while len(self._states) > _CACHED_STATES:
                self._states.pop(next(iter(self._states)))
        return known

    def picture(self, run_id: RunId) -> RunPicture:
        """Return what a face shows of a run."""
        line = self.store.views.run(run_id)
        state = self.state(run_id)
        # The row may be older than the state by now, and both must tell the same.
        return draw(state, status_of(state), self._clock.now(), self.owner(line))

    def owner(self, line: RunLine) -> Owner:
        """Tell whether a living process advances a run."""
        if line.status in ("succeeded", "failed", "cancelled", "waiting") and line.owner is None:
            return "none"
        if line.owner is None:
            return "none" if line.status == "queued" else "gone"
        return "live" if self.is_alive(line.owner) else "gone"

    def is_alive(self, process_id: ProcessId) -> bool:
        """Tell whether a process still holds its lock on this machine."""
        return is_process_locked(self.store.database, process_id)

    # --- starting ------------------------------------------------------------------------------

    def start(self, new: NewRun) -> RunId:
        """Create a run. It is durable on return; its notebook's process takes it up.

        Raises:
            UsageError: an input is missing, unknown or of the wrong type.
        """
        inputs = checked_inputs(new.workflow, new.inputs)
        run_id = RunId(self._ids.new())
        event = RunCreated(
            workflow=new.workflow.name,
            workflow_hash=new.workflow.hash,
            origin=new.origin,
            title=title_of(inputs),
            inputs=self.values.keep(inputs),
            by=self.user,
            code=new.code,
            program=__version__,
        )
        self.store.journal.create(run_id, new.workflow, new.source, event, self._clock.now())
        return run_id

    # --- deciding ------------------------------------------------------------------------------

    def open_approval(self, run_id: RunId, path: str | None) -> OpenApproval:
        """Return what waits for a person in a run: the one at ``path``, or the only one.

        Raises:
            UsageError: nothing waits there, or several wait and none was named.
        """
        waiting = self.state(run_id).approvals
        found = [
            approval
            for _, approval in sorted(waiting.items(), key=lambda entry: entry[1].request.path)
            if path is None or path in (approval.request.path, approval.request.approval_id)
        ]
        if len(found) == 1:
            return found[0]
        where = ", ".join(sorted(approval.request.path for approval in waiting.values()))
        if not waiting:
            message = f"nothing waits for a person in run {run_id[:4]}"
        elif not found:
            message = f"nothing waits at {path!r}; waiting: {where}"
        else:
            message = f"several steps wait, name one of them: {where}"
        raise UsageError(message)

    def decide(
        self,
        run_id: RunId,
        request: ApprovalRequested,
        decision: str,
        *,
        edits: Mapping[str, JsonValue] | None = None,
        because: str = "",
        value: JsonValue = None,
        via: str = "python",
    ) -> CommandId:
        """Decide; the first decision counts. Durable on return, whether or not an owner lives.

        Raises:
            AlreadyDecided: somebody was faster, or it has expired.
            UsageError: the decision does not fit what is asked, or an edit is not allowed.
        """
        _check_decision(request, decision)
        body: dict[str, JsonValue] = {
            "edits": dict(_checked_edits(request, edits or {})),
            "because": because,
            "value": _plain("the value", value),
        }
        return self.store.inbox.decide(
            run_id, request.approval_id, decision, body, by=self.user, via=via
        )

    def cancel(self, run_id: RunId, *, because: str = "", via: str = "python") -> CommandId:
        """Ask the owner to stop a run; what is under way is stopped, nothing is undone.

        Raises:
            UsageError: the run has ended.
        """
        self._require_unended(run_id)
        body: dict[str, JsonValue] = {"because": because}
        return self.store.inbox.put(run_id, "cancel", body, by=self.user, via=via)

    def reopen(self, run_id: RunId, *, via: str = "python") -> CommandId:
        """Ask that the failed steps of a failed run be tried afresh.

        Raises:
            UsageError: the run has not failed.
        """
        line = self.run(run_id)
        if line.status != "failed":
            message = f"run {run_id[:4]} is {line.status}; only a failed run can be reopened"
            raise UsageError(message)
        return self.store.inbox.put(run_id, "reopen", {}, by=self.user, via=via)

    def _require_unended(self, run_id: RunId) -> None:
        status = self.run(run_id).status
        if status in ("succeeded", "failed", "cancelled"):
            message = f"run {run_id[:4]} has ended already: it is {status}"
            raise UsageError(message)


def _check_decision(request: ApprovalRequested, decision: str) -> None:
    doubtful = request.subject == "in_doubt"
    allowed = ("happened", "not_happened", "reject") if doubtful else ("approve", "reject")
    if decision in allowed:
        return
    if doubtful:
        message = (
            f"a call of {request.path!r} is in doubt: say with `settle` whether it happened, "
            "it cannot be approved"
        )
    else:
        message = f"{request.path!r} asks for approve or reject, not for {decision!r}"
    raise UsageError(message)


def _checked_edits(
    request: ApprovalRequested, edits: Mapping[str, JsonValue]
) -> dict[str, JsonValue]:
    """Return edits by full path; the last name of a path will do where it is unique."""
    checked: dict[str, JsonValue] = {}
    for name, value in edits.items():
        whole = [path for path in request.editable if path == name]
        fits = whole or [path for path in request.editable if path.rsplit(".", 1)[-1] == name]
        if len(fits) != 1:
            may = ", ".join(request.editable) or "nothing"
            message = f"{name!r} cannot be edited here; editable: {may}"
            raise UsageError(message)
        checked[fits[0]] = _plain(f"the edit of {name!r}", value)
    return checked


def _plain(what: str, value: JsonValue) -> JsonValue:
    """Return a value as the journal will hold it.

    Raises:
        UsageError: it is not JSON.
    """
    try:
        plain: JsonValue = json.loads(
            sayable(json.dumps(value, ensure_ascii=False, allow_nan=False))
        )
    except (TypeError, ValueError, RecursionError) as fault:
        message = (
            f"{what}: expected a JSON value (text, numbers, lists, objects), "
            f"found {type(value).__name__} ({fault})"
        )
        raise UsageError(message) from fault
    return plain


def checked_inputs(workflow: Workflow, inputs: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the inputs with defaults filled in.

    Raises:
        UsageError: one is missing, unknown or of the wrong type.
    """
    unknown = sorted(set(inputs) - set(workflow.inputs))
    if unknown:
        known = ", ".join(workflow.inputs) or "none"
        message = f"workflow {workflow.name!r} has no input {unknown[0]!r}; its inputs: {known}"
        raise UsageError(message)
    checked: dict[str, JsonValue] = {}
    for name, field in workflow.inputs.items():
        if name not in inputs and field.required:
            message = f"workflow {workflow.name!r} needs {name}: {field.type_text}; say {name}=…"
            raise UsageError(message)
        value = _plain(f"input {name!r}", inputs.get(name, field.default))
        fault = (
            None if value is None and not field.required else first_fault(value, field.json_schema)
        )
        if fault is not None:
            message = f"input {name!r}: expected {field.type_text}, found {value!r} ({fault})"
            raise UsageError(message)
        checked[name] = value
    return checked


def title_of(inputs: Mapping[str, JsonValue]) -> str:
    """Tell a run from others of its workflow: its short inputs in a few words.

    >>> title_of({"ticker": "ACME", "rows": [1, 2]})
    'ACME'
    """
    short = [str(value) for value in inputs.values() if isinstance(value, str | int | float)]
    return " · ".join(short)[:60]


def open_client(
    settings: MnSettings | None = None,
    *,
    threaded: bool = False,
    clock: Clock | None = None,
    ids: IdSource | None = None,
) -> RunClient:
    """Open the user's store for looking, starting and deciding.

    Raises:
        StoreError: it cannot be opened; the message says why and what to do.
    """
    settings = settings or MnSettings()
    clock = clock or SystemClock()
    ids = ids or RandomIds()
    store = open_store(settings.store, clock=clock, ids=ids, threaded=threaded)
    return RunClient(store, user=settings.user, clock=clock, ids=ids)
