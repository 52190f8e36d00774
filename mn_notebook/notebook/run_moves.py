"""What moves a run on, as methods of a Python object."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from mn_notebook.domain.ids import RunId
from mn_notebook.notebook.bundle import Shown
from mn_notebook.verbs import answer, budget, control, decide, hold, repair, undo
from mn_notebook.verbs.inputs import plain_inputs
from mn_notebook.verbs.results import Decided
from mn_notebook.verbs.session import Session

_NOTHING: Any = object()
"""Stands for a value that was not given; None is a value."""


class RunMoves:
    """What somebody can decide about one run, and ask of it."""

    _session: Session
    _id: RunId

    def approve(
        self, step: str | None = None, *, edits: dict[str, Any] | None = None, because: str = ""
    ) -> Decided:
        """Approve what the run asks, as it is shown or with edits (value by field).

        Raises:
            UsageError: nothing waits there, or an edit is not allowed.
        """
        asked = self._session.client.open_approval(RunId(self._id), step)
        return decide.decide(
            self._session,
            RunId(self._id),
            asked.request,
            "approve",
            edits=plain_inputs(edits or {}),
            because=because,
        )

    def reject(self, step: str | None = None, *, because: str = "") -> Decided:
        """Say no to what the run asks."""
        return decide.reject(self._session, self._id, step, because=because)

    def settle(
        self, step: str | None = None, *, happened: bool, value: Any = None, because: str = ""
    ) -> Decided:
        """Say whether a call that is in doubt happened, and what it returned."""
        asked = self._session.client.open_approval(RunId(self._id), step)
        return decide.decide(
            self._session,
            RunId(self._id),
            asked.request,
            "happened" if happened else "not_happened",
            because=because,
            value=plain_inputs({"value": value})["value"],
        )

    def answer(self, step: str, **values: Any) -> Decided:
        """Fill in the form that a step asks for, a value for each field.

        Raises:
            UsageError: nothing asks there, or a value does not fit its field.
        """
        asked = self._session.client.open_approval(RunId(self._id), step)
        return answer.answer_with(
            self._session, RunId(self._id), asked.request, plain_inputs(values, "field")
        )

    def cancel(self, *, undo: bool = False, keep: bool = False, because: str = "") -> Decided:
        """Stop the run; with ``undo`` what it did is undone then, as far as it can be.

        ``keep`` leaves it for good; without either `undo` can still do it later.
        """
        return control.cancel(self._session, self._id, undo=undo, keep=keep, because=because)

    def undo(
        self,
        *,
        yes: bool = False,
        leave: Sequence[str] = (),
        again: bool = False,
        keep: bool = False,
        because: str = "",
    ) -> Shown:
        """Show what the run did that can be undone; with ``yes`` undo it, the last call first.

        What the steps of ``leave`` did stays as it is; ``keep`` leaves all. ``again`` makes those
        undoings once more of which nobody knows whether they happened.

        Raises:
            UsageError: nothing can be undone, or it is in doubt whether something was.
        """
        return Shown(
            undo.undo(
                self._session,
                self._id,
                yes=yes,
                leave=tuple(leave),
                again=again,
                keep=keep,
                because=because,
            )
        )

    def pause(self, *, because: str = "") -> Decided:
        """Hold the run: what is under way ends and is kept, nothing new begins."""
        return hold.pause_one(self._session, self._id, because=because)

    def resume(self) -> Shown:
        """Go on with a run that is paused, was interrupted or failed."""
        return Shown(hold.resume(self._session, self._id))

    def retry(self, step: str | None = None) -> Decided:
        """Try failed steps of a failed run afresh: one of them, or all.

        Raises:
            UsageError: the run has not failed, or the step has not.
        """
        return repair.retry(self._session, self._id, step)

    def budget(
        self,
        usd: float | str | Decimal | None = None,
        *,
        calls: int | None = None,
        tokens: int | None = None,
        time: str | None = None,
        step: str = "",
        model: str = "",
        cheaper: bool = False,
        because: str = "",
    ) -> Decided:
        """Say what the run may spend in all, before its budget is used up or when it asks.

        With another model all further calls are made with that one; ``cheaper`` is the one that
        the workflow, or the settings, name. `reject` stops a run that asks with what there is.

        Raises:
            UsageError: a value does not fit, or the run has ended.
        """
        said = {"usd": usd, "calls": calls, "tokens": tokens, "time": time}
        return budget.budget_with(
            self._session,
            self._session.client.run(self._id),
            {word: str(value) for word, value in said.items() if value is not None},
            step=step,
            model=budget.CHEAPER if cheaper else model,
            because=because,
        )

    def skip(self, step: str, *, value: Any = _NOTHING, because: str = "") -> Decided:
        """Leave a step, or an item of it, undone; with a value it counts as succeeded.

        Raises:
            UsageError: there is no such step, it has ended, or the value does not fit.
        """
        given = None if value is _NOTHING else plain_inputs({"value": value}, "")["value"]
        return repair.skip_with(
            self._session,
            self._session.client.run(self._id),
            step,
            given,
            has_value=value is not _NOTHING,
            because=because,
        )

    def signal(self, name: str, value: Any = None) -> Decided:
        """Send the run a signal; it keeps it until a step waits for it.

        Raises:
            UsageError: the run cannot wait for it.
        """
        plain = plain_inputs({"value": value}, "")["value"]
        return repair.signal_with(self._session, name, self._id, plain).decided[0]
