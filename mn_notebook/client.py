"""Looks at runs, starts them and decides about them; advances none.

A client needs a store and nothing else: it works while the kernel that owns a run is busy,
restarting or dead. What it asks for waits in the store until an owner takes it up.
"""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from mn_notebook._version import __version__
from mn_notebook.clock import RandomIds, SystemClock
from mn_notebook.domain.budgets import DEFAULT, filled
from mn_notebook.domain.events import ApprovalRequested, CodeRef, Recorded, RunCreated
from mn_notebook.domain.fold import apply, beginning
from mn_notebook.domain.ids import CommandId, ProcessId, RunId, StepName, StepPath
from mn_notebook.domain.inputs import checked_answers, checked_inputs, plain_value
from mn_notebook.domain.linking import is_linked
from mn_notebook.domain.shapes import first_fault
from mn_notebook.domain.state import OpenApproval, RunState
from mn_notebook.domain.statuses import Owner
from mn_notebook.domain.tables import as_records
from mn_notebook.domain.workflow import Budget, Workflow
from mn_notebook.engine.budgeting import checked_decision, checked_grant
from mn_notebook.engine.people import can_be_skipped, has_failed, located
from mn_notebook.engine.reading import caught_up
from mn_notebook.engine.summary import status_of
from mn_notebook.engine.values import Values
from mn_notebook.errors import PermanentError, StoreTooNew, UsageError
from mn_notebook.frames import with_tables
from mn_notebook.ports import Clock, CommandKind, IdSource, RunLine
from mn_notebook.secrecy.known import refuse
from mn_notebook.secrecy.logs import redact_logs
from mn_notebook.secrecy.sources import know_what_is_declared
from mn_notebook.settings import MnSettings
from mn_notebook.store.births import FirstOwner
from mn_notebook.store.leases import is_process_locked
from mn_notebook.store.store import Store, open_store
from mn_notebook.store.views import ApprovalLine

if TYPE_CHECKING:
    from mn_notebook.domain.picture import RunPicture

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
    reuses: RunId | None = None
    """The run whose unchanged steps are taken over, unpaid."""
    afresh: tuple[StepName, ...] = ()
    """Steps that are not taken over, changed or not."""
    title: str = ""
    """What tells the run from others of its workflow, besides its inputs."""
    budget: Budget | None = None
    """What is said here goes before what the workflow says of its budget."""


class RunClient:
    """The store, as everybody but a run's owner sees it. Safe to use from any thread."""

    def __init__(
        self,
        store: Store,
        *,
        user: str,
        clock: Clock,
        ids: IdSource,
        verified: bool = False,
        granted: Budget = DEFAULT,
        cheaper: str = "",
    ) -> None:
        """Look at ``store`` and decide as ``user``.

        ``verified``: a server has proven that it is them. ``granted`` bounds runs of which nothing
        else is said, and ``cheaper`` is the model that they may go on with when their budget is
        used up.
        """
        self.store = store
        self.user = user
        self.verified = verified
        self.granted = granted
        self.cheaper = cheaper
        self.values = Values(store.artifacts)
        self.clock = clock
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

    def approvals(
        self, *, most: int | None = None, run_id: RunId | None = None
    ) -> Sequence[ApprovalLine]:
        """Return what waits for a person, in all runs or in one, longest waiting first."""
        return self.store.views.approvals(most=most, run_id=run_id)

    def events(
        self,
        run_id: RunId,
        *,
        after: int = 0,
        most: int | None = None,
        kinds: Collection[str] = (),
    ) -> Sequence[Recorded]:
        """Return the facts of a run, oldest first; all, or ``most``, or those of some kinds."""
        return self.store.journal.read(run_id, after=after, most=most, kinds=kinds)

    def known_events(
        self, run_id: RunId, *, after: int = 0, kinds: Collection[str] = ()
    ) -> tuple[Sequence[Recorded], StoreTooNew | None]:
        """Return the facts of a run as far as this program can read them, and why no further."""
        return self.store.journal.read_known(run_id, after=after, kinds=kinds)

    def state(self, run_id: RunId) -> RunState:
        """Return where a run stands; only what is new since the last look is read.

        Raises:
            StoreTooNew: a newer program wrote a part of its journal.
        """
        state, fault = self.known_state(run_id)
        if fault is not None:
            raise fault
        return state

    def known_state(self, run_id: RunId) -> tuple[RunState, StoreTooNew | None]:
        """Return where a run stood as far as this program can read it, and why no further.

        Raises:
            StoreTooNew: its very workflow cannot be read.
        """
        with self._lock:
            known = self._states.pop(run_id, None)
        if known is None:
            line = self.store.views.run(run_id)
            workflow = self.store.journal.workflow(line.workflow_hash)
            known = beginning(workflow, run_id)
        fault = None
        try:
            known = caught_up(known, self.store.journal)
        except StoreTooNew:
            events, fault = self.known_events(run_id, after=known.head)
            for recorded in events:
                known = apply(known, recorded)
        with self._lock:
            self._states[run_id] = known
            while len(self._states) > _CACHED_STATES:
                self._states.pop(next(iter(self._states)))
        return known, fault

    def output(self, run_id: RunId) -> JsonValue:
        """Return the outputs of a run that succeeded; None before that."""
        return self.values.load(self.state(run_id).output)

    def picture(self, run_id: RunId) -> "RunPicture":
        """Return what a face shows of a run, as far as this program can read it."""
        # Drawing is a world of its own, and who goes on with a run draws nothing.
        from mn_notebook.domain.drawing import draw
        from mn_notebook.domain.unread import unread_picture

        line = self.store.views.run(run_id)
        state, fault = self.known_state(run_id)
        if fault is not None:
            return unread_picture(draw(state, line.status, self.clock.now(), self.owner(line)))
        # The row may be older than the state by now, and both must tell the same.
        return draw(state, status_of(state), self.clock.now(), self.owner(line))

    def owner(self, line: RunLine) -> Owner:
        """Tell whether a living process advances a run."""
        still = ("succeeded", "failed", "cancelled", "waiting", "paused")
        if line.status in still and line.owner is None:
            return "none"
        if line.owner is None:
            return "none" if line.status == "queued" else "gone"
        return "live" if self.is_alive(line.owner) else "gone"

    def is_alive(self, process_id: ProcessId) -> bool:
        """Tell whether a process still holds its lock on this machine."""
        return is_process_locked(self.store.database, process_id)

    # --- starting ------------------------------------------------------------------------------

    def start(
        self,
        new: NewRun,
        *,
        owner: FirstOwner | None = None,
        queued: Callable[[Sequence[Recorded]], None] = lambda _events: None,
    ) -> RunId:
        """Create a run. It is durable on return; its notebook's process takes it up.

        An ``owner`` has its lease with the same commit; ``queued`` is given the run's events when
        they are about to be written: what is queued from then on comes after them.

        Raises:
            UsageError: an input is missing, unknown or of the wrong type, or has a secret in it.
        """
        if not is_linked(new.workflow):
            calls = ", ".join(new.workflow.calls)
            message = f"workflow {new.workflow.name!r} calls others that it was not given: {calls}"
            raise UsageError(message)
        given = {name: _tabled(f"input {name!r}", value) for name, value in new.inputs.items()}
        inputs = checked_inputs(new.workflow, given)
        for name, value in inputs.items():
            refuse(f"the input {name!r}", value)
        run_id = RunId(self._ids.new())
        event = RunCreated(
            workflow=new.workflow.name,
            workflow_hash=new.workflow.hash,
            origin=new.origin,
            title=" · ".join(filter(None, (new.title, title_of(inputs)))),
            inputs=self.values.keep(inputs),
            by=self.user,
            code=new.code,
            program=__version__,
            reuses=new.reuses,
            afresh=new.afresh,
            budget=filled(new.budget, new.workflow.budget, self.granted),
            cheaper=new.workflow.cheaper or self.cheaper,
        )
        self.store.journal.create(
            run_id,
            new.workflow,
            new.source,
            event,
            self.clock.now(),
            owner=owner,
            queued=queued,
        )
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
        always: bool = False,
        via: str = "python",
    ) -> CommandId:
        """Decide; the first decision counts. Durable on return, whether or not an owner lives.

        Raises:
            AlreadyDecided: somebody was faster, or it has expired.
            StoreTooNew: a newer program wrote a part of the run's journal: it is read-only here.
            UsageError: the decision does not fit what is asked, or an edit is not allowed.
        """
        state = self.state(run_id)
        _check_decision(request, decision)
        if request.subject == "call" and decision == "approve":
            self._require_counts(state, request, always=always)
            changed = self._checked_arguments(request, edits or {})
        else:
            changed = _checked_edits(request, edits or {})
        if request.subject == "budget" and decision == "approve":
            checked_decision(state, request, as_records(changed), self.values)
        body: dict[str, JsonValue] = {
            "edits": as_records(changed),
            "because": because,
            "value": as_records(_plain("the value", value)),
            "always": always,
            "verified": self.verified,
        }
        return self.store.inbox.decide(
            run_id, request.approval_id, decision, body, by=self.user, via=via
        )

    def answer(
        self,
        run_id: RunId,
        request: ApprovalRequested,
        values: Mapping[str, JsonValue],
        *,
        via: str = "python",
    ) -> CommandId:
        """Fill in the form of an ``ask``; the first answer counts. Durable on return.

        Raises:
            AlreadyDecided: somebody was faster, or it has expired.
            StoreTooNew: a newer program wrote a part of the run's journal: it is read-only here.
            UsageError: it is no form, or a value does not fit its field.
        """
        self._require_readable(run_id)
        answers = checked_answers(
            request, {name: plain_value(name, v) for name, v in values.items()}
        )
        body: dict[str, JsonValue] = {"edits": None, "because": "", "value": answers}
        return self.store.inbox.decide(
            run_id, request.approval_id, "answer", body, by=self.user, via=via
        )

    def _require_counts(self, state: RunState, request: ApprovalRequested, *, always: bool) -> None:
        """Refuse an approval that would not be one of those that are needed."""
        if request.needed == 1:
            return
        asks = f"{request.path!r} of run {state.run_id[:4]} needs the word of two people"
        if always:
            message = f"{asks} each time: it cannot be allowed for the whole run"
        elif not self.verified:
            message = (
                f"{asks} who are proven to be who they are, and nothing here proves it: decide "
                "where a server of a shared store knows you, or reject it"
            )
        elif self.user == state.by:
            message = f"{asks} other than {self.user}, who asked for the run"
        elif self.user in request.given:
            message = f"{asks}, and {self.user} has approved it already; another person has to"
        else:
            return
        raise UsageError(message)

    def _checked_arguments(
        self, request: ApprovalRequested, edits: Mapping[str, JsonValue]
    ) -> dict[str, JsonValue]:
        """Return changed arguments of a call, checked as the call itself will be."""
        if not edits:
            return {}
        shown = self.values.load(request.calls[0].args) if request.calls else {}
        args = dict(shown) if isinstance(shown, dict) else {}
        properties = (request.form or {}).get("properties")
        known = properties if isinstance(properties, dict) else args
        for name in edits:
            if name not in known:
                message = f"{name!r} cannot be edited here; editable: {', '.join(known)}"
                raise UsageError(message)
        changed = {name: _plain(f"the edit of {name!r}", value) for name, value in edits.items()}
        fault = first_fault({**args, **changed}, request.form) if request.form else None
        if fault is not None:
            message = f"the edited arguments do not fit {request.calls[0].tool!r}: {fault}"
            raise UsageError(message)
        return changed

    def delegate(
        self,
        run_id: RunId,
        request: ApprovalRequested,
        to: str,
        *,
        because: str = "",
        via: str = "python",
    ) -> CommandId:
        """Name another person who should decide; everybody still may. Durable on return.

        Raises:
            UsageError: nobody is named.
        """
        if not to.strip():
            message = "expected the name of the person who should decide"
            raise UsageError(message)
        body: dict[str, JsonValue] = {
            "approval_id": request.approval_id,
            "to": to.strip(),
            "because": because,
        }
        return self._put(run_id, "delegate", body, via)

    def revoke(self, run_id: RunId, tool: str, *, via: str = "python") -> CommandId:
        """Take back that a tool needs no approval in a run. Durable on return.

        Raises:
            UsageError: nobody has said so, or the run has ended.
        """
        self._require_unended(run_id)
        permissions = self.state(run_id).permissions
        if tool not in permissions:
            named = ", ".join(sorted(permissions)) or "none"
            message = f"{tool!r} has no permission in run {run_id[:4]}; those that hold: {named}"
            raise UsageError(message)
        return self._put(run_id, "revoke", {"tool": tool}, via)

    # --- controlling ---------------------------------------------------------------------------

    def cancel(
        self,
        run_id: RunId,
        *,
        because: str = "",
        undo: bool = False,
        keep: bool = False,
        via: str = "python",
    ) -> CommandId:
        """Ask the owner to stop a run; what is under way is stopped.

        ``undo``: what it did is undone then, as far as it can be; ``keep``: it is to stay as it
        is. Without either nothing is undone, and it can be later.

        Raises:
            UsageError: the run has ended.
        """
        self._require_unended(run_id)
        body: dict[str, JsonValue] = {"because": because}
        body |= {"undo": True} if undo else {}
        body |= {"keep": True} if keep else {}
        return self._put(run_id, "cancel", body, via)

    def undo(
        self,
        run_id: RunId,
        *,
        leave: Sequence[str] = (),
        again: bool = False,
        keep: bool = False,
        because: str = "",
        via: str = "python",
    ) -> CommandId:
        """Ask that what an ended run did be undone, the last call first, or ``keep`` it all.

        What the steps of ``leave`` did stays. ``again`` makes compensations once more of which
        nobody knows whether they happened. Durable on return; the run's owner does it.

        Raises:
            UsageError: the run has not ended, and is not to be kept either.
        """
        if not keep and not self.state(run_id).ended:
            message = f"run {run_id[:4]} has not ended: `cancel` it first, with --undo"
            raise UsageError(message)
        body: dict[str, JsonValue] = {
            "leave": list(leave), "again": again, "keep": keep, "because": because
        }  # fmt: skip
        return self._put(run_id, "undo", body, via)

    def pause(self, run_id: RunId, *, because: str = "", via: str = "python") -> CommandId:
        """Ask that nothing new begins in a run; calls under way end, and are kept.

        Raises:
            UsageError: the run has ended, or is paused already.
        """
        self._require_unended(run_id)
        if self.state(run_id).pause_requested:
            message = f"run {run_id[:4]} is paused already; `resume` lets it go on"
            raise UsageError(message)
        return self._put(run_id, "pause", {"because": because}, via)

    def budget(
        self,
        run_id: RunId,
        said: Mapping[str, JsonValue],
        *,
        step: str = "",
        model: str = "",
        because: str = "",
        via: str = "python",
    ) -> CommandId:
        """Give a run, or a step in it, another budget: before it is used up, or when it asks.

        ``said`` are words such as ``{"usd": 2, "time": "2h"}``; what is not said stays. With a
        ``model`` all further calls are made with that one. Durable on return.

        Raises:
            AlreadyDecided: it asks, and somebody was faster.
            UsageError: the run has ended, or a value does not fit its word.
        """
        self._require_unended(run_id)
        state = self.state(run_id)
        level = "step" if step else "run"
        checked = checked_grant(state, level, step, said, model, self.clock.now())
        body: dict[str, JsonValue] = {
            "budget": checked,
            "level": level,
            "where": step,
            "model": model,
            "because": because,
        }
        return self._put(run_id, "budget", body, via)

    def resume(self, run_id: RunId, *, via: str = "python") -> CommandId:
        """Ask that a paused run goes on.

        Raises:
            UsageError: the run is not paused.
        """
        if not self.state(run_id).pause_requested:
            message = f"run {run_id[:4]} is {self.run(run_id).status}, not paused"
            raise UsageError(message)
        return self._put(run_id, "resume", {}, via)

    def retry(self, run_id: RunId, path: str | None = None, *, via: str = "python") -> CommandId:
        """Ask that failed steps of a failed run be tried afresh: the one at ``path``, or all.

        Raises:
            UsageError: the run has not failed, or the step has not.
        """
        line = self.run(run_id)
        if line.status != "failed":
            message = (
                f"run {run_id[:4]} is {line.status}; only failed steps of a failed run are tried "
                "again"
            )
            raise UsageError(message)
        if self.state(run_id).undo.begun:
            message = (
                f"what run {run_id[:4]} did has been undone, at least in part: it cannot go on; "
                f"`rerun {run_id[:4]}` does it anew"
            )
            raise UsageError(message)
        if path is not None:
            self._require_failed(run_id, path)
        return self._put(run_id, "retry", {"path": path}, via)

    def skip(
        self,
        run_id: RunId,
        path: str,
        *,
        value: JsonValue = None,
        has_value: bool = False,
        because: str = "",
        via: str = "python",
    ) -> CommandId:
        """Ask that a step, or an item of it, be left undone; with a value it counts as succeeded.

        Raises:
            UsageError: there is no such step, it has ended, or it is an item that has not begun.
        """
        state = self.state(run_id)
        instance, node = located(state, StepPath(path))
        if node is None:
            raise UsageError(_not_begun(state, path) or _no_step(state, path))
        failed = has_failed(state, node, instance)
        if not failed and not can_be_skipped(state, node, instance):
            message = (
                f"{path!r} of run {run_id[:4]} has ended already; only what has not is skipped"
            )
            raise UsageError(message)
        body: dict[str, JsonValue] = {
            "path": path,
            "value": as_records(_plain("the value", value)),
            "has_value": has_value,
            "because": because,
        }
        return self._put(run_id, "skip", body, via)

    def signal(
        self,
        name: str,
        *,
        run_id: RunId | None = None,
        value: JsonValue = None,
        via: str = "python",
    ) -> tuple[RunId, ...]:
        """Send a signal to a run, or to every run that has not ended and may wait for it.

        Durable on return; a run that does not wait for it yet keeps it until it does.

        Raises:
            UsageError: no run can wait for it.
        """
        lines = self.store.views.unended() if run_id is None else [self.run(run_id)]
        found = [line for line in lines if name in self._workflow(line).signals]
        ended = [line for line in found if line.status in ("succeeded", "failed", "cancelled")]
        if not found or ended:
            raise UsageError(self._nobody_waits(name, run_id, lines))
        body: dict[str, JsonValue] = {"name": name, "value": as_records(_plain("the value", value))}
        for line in found:  # All or none: nobody wants to find out who got it.
            self._require_readable(line.run_id)
        for line in found:
            self._put(line.run_id, "signal", body, via)
        return tuple(line.run_id for line in found)

    def _nobody_waits(self, name: str, run_id: RunId | None, lines: Sequence[RunLine]) -> str:
        known = sorted({signal for line in lines for signal in self._workflow(line).signals})
        signals = f"; signals that are waited for: {', '.join(known)}" if known else ""
        who = "no run that goes on" if run_id is None else f"run {run_id[:4]}, as it stands,"
        return f"{who} can wait for a signal {name!r}{signals}"

    def _workflow(self, line: RunLine) -> Workflow:
        return self.store.journal.workflow(line.workflow_hash)

    def _put(
        self, run_id: RunId, kind: CommandKind, body: dict[str, JsonValue], via: str
    ) -> CommandId:
        self._require_readable(run_id)
        return self.store.inbox.put(run_id, kind, body, by=self.user, via=via)

    def _require_readable(self, run_id: RunId) -> None:
        """Refuse to touch a run whose journal this program does not understand."""
        self.state(run_id)

    def _require_failed(self, run_id: RunId, path: str) -> None:
        state = self.state(run_id)
        instance, node = located(state, StepPath(path))
        if node is None:
            raise UsageError(_no_step(state, path))
        if not has_failed(state, node, instance):
            failed = sorted(
                node
                for node, progress in state.progress.items()
                if has_failed(state, node, None) and progress.status == "failed"
            )
            message = f"{path!r} has not failed; failed are: {', '.join(failed)}"
            raise UsageError(message)

    def _require_unended(self, run_id: RunId) -> None:
        status = self.run(run_id).status
        if status in ("succeeded", "failed", "cancelled"):
            message = f"run {run_id[:4]} has ended already: it is {status}"
            raise UsageError(message)


def _not_begun(state: RunState, path: str) -> str:
    """Say of an item that waits for its turn why it is not skipped; '' of anything else."""
    for node, progress in state.progress.items():
        if not path.startswith((f"{node}[", f"{node}#")) or state.step_at(node).for_each is None:
            continue
        waiting = (state.current_path(node, n) for n in range(progress.next_item, progress.total))
        if progress.keys and StepPath(path) not in waiting:
            continue
        has = f"{path!r} of run {state.run_id[:4]} has not begun"
        return (
            f"{has}, and an item is skipped by itself only when it has: try again when its turn "
            f"has come, or leave the whole step undone: `skip {state.run_id[:4]} {node}`"
        )
    return ""


def _no_step(state: RunState, path: str) -> str:
    near = get_close_matches(path, [*state.progress, *state.instances], n=1)
    fix = f"; did you mean {near[0]!r}?" if near else ""
    return f"run {state.run_id[:4]} has no step {path!r}{fix}"


_DECISIONS: Mapping[str, tuple[str, ...]] = {
    "approve": ("approve", "reject", "stop"),
    "call": ("approve", "reject", "answer", "stop"),
    "in_doubt": ("happened", "not_happened", "reject", "stop"),
    "crashing": ("approve", "reject", "stop"),
    "ask": ("reject", "stop"),
    "budget": ("approve", "reject", "stop"),
}
"""What may be decided about each kind of question; an ``ask`` is answered by `RunClient.answer`."""


def _check_decision(request: ApprovalRequested, decision: str) -> None:
    doubtful = request.subject == "in_doubt"
    if decision in _DECISIONS[request.subject]:
        return
    if request.subject == "ask":
        message = f"{request.path!r} asks for an answer: say it with `answer`, or `reject` it"
        raise UsageError(message)
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


def _plain(what: str, value: Any) -> JsonValue:
    """Return a value as the journal will hold it; frames become tables.

    Raises:
        UsageError: it is not JSON.
    """
    return plain_value(what, _tabled(what, value))


def _tabled(what: str, value: Any) -> Any:
    try:
        return with_tables(value)
    except (PermanentError, RecursionError) as fault:
        raise UsageError(f"{what}: {fault}") from fault


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
    know_what_is_declared()
    redact_logs()
    settings = settings or MnSettings()
    clock = clock or SystemClock()
    ids = ids or RandomIds()
    store = open_store(
        settings.store,
        clock=clock,
        ids=ids,
        threaded=threaded,
        durability=settings.durability,
    )
    return RunClient(
        store,
        user=settings.user,
        clock=clock,
        ids=ids,
        granted=filled(settings.granted),
        cheaper=settings.cheaper_model,
    )
