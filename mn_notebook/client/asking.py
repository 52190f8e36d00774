"""Starts runs, decides about them and controls them; advances none."""

from collections.abc import Callable, Mapping, Sequence

from pydantic import JsonValue

from mn_notebook._version import __version__
from mn_notebook.client.controlling import (
    nobody_waits,
    require_ended,
    require_failed,
    require_failed_step,
    require_not_undone,
    require_paused,
    require_skippable,
    require_unended,
    require_unpaused,
)
from mn_notebook.client.deciding import (
    check_decision,
    checked_arguments,
    checked_edits,
    require_counts,
    require_permission,
)
from mn_notebook.client.looking import RunReader
from mn_notebook.client.plain import plain
from mn_notebook.client.starting import NewRun, checked_inputs_of, title_of
from mn_notebook.domain.budgets import DEFAULT, filled
from mn_notebook.domain.events import ApprovalRequested, Recorded, RunCreated
from mn_notebook.domain.ids import CommandId, RunId
from mn_notebook.domain.inputs import checked_answers, plain_value
from mn_notebook.domain.tables import as_records
from mn_notebook.domain.workflow import Budget, Workflow
from mn_notebook.engine.budgeting import checked_decision, checked_grant
from mn_notebook.errors import UsageError
from mn_notebook.ports import Clock, CommandKind, IdSource, RunLine
from mn_notebook.store.births import FirstOwner
from mn_notebook.store.store import Store


class RunClient(RunReader):
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
        super().__init__(store, clock=clock)
        self.user = user
        self.verified = verified
        self.granted = granted
        self.cheaper = cheaper
        self._ids = ids

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
        inputs = checked_inputs_of(new)
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
        check_decision(request, decision)
        if request.subject == "call" and decision == "approve":
            require_counts(request, state, user=self.user, verified=self.verified, always=always)
            changed = checked_arguments(request, edits or {}, self.values)
        else:
            changed = checked_edits(request, edits or {})
        if request.subject == "budget" and decision == "approve":
            checked_decision(state, request, as_records(changed), self.values)
        body: dict[str, JsonValue] = {
            "edits": as_records(changed),
            "because": because,
            "value": as_records(plain("the value", value)),
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
        require_unended(self.run(run_id))
        require_permission(self.state(run_id), tool)
        return self._put(run_id, "revoke", {"tool": tool}, via)

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
        require_unended(self.run(run_id))
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
        if not keep:
            require_ended(self.state(run_id))
        body: dict[str, JsonValue] = {
            "leave": list(leave), "again": again, "keep": keep, "because": because
        }  # fmt: skip
        return self._put(run_id, "undo", body, via)

    def pause(self, run_id: RunId, *, because: str = "", via: str = "python") -> CommandId:
        """Ask that nothing new begins in a run; calls under way end, and are kept.

        Raises:
            UsageError: the run has ended, or is paused already.
        """
        require_unended(self.run(run_id))
        require_unpaused(self.state(run_id))
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
        require_unended(self.run(run_id))
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
        require_paused(self.state(run_id), self.run(run_id))
        return self._put(run_id, "resume", {}, via)

    def retry(self, run_id: RunId, path: str | None = None, *, via: str = "python") -> CommandId:
        """Ask that failed steps of a failed run be tried afresh: the one at ``path``, or all.

        Raises:
            UsageError: the run has not failed, or the step has not.
        """
        require_failed(self.run(run_id))
        state = self.state(run_id)
        require_not_undone(state)
        if path is not None:
            require_failed_step(state, path)
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
            UsageError: there is no such step, it has ended, or nothing is known of its items yet.
        """
        require_skippable(self.state(run_id), path)
        body: dict[str, JsonValue] = {
            "path": path,
            "value": as_records(plain("the value", value)),
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
            known = {signal for line in lines for signal in self._workflow(line).signals}
            raise UsageError(nobody_waits(name, run_id, known))
        body: dict[str, JsonValue] = {"name": name, "value": as_records(plain("the value", value))}
        for line in found:  # All or none: nobody wants to find out who got it.
            self._require_readable(line.run_id)
        for line in found:
            self._put(line.run_id, "signal", body, via)
        return tuple(line.run_id for line in found)

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
