"""A run as a Python object."""

import threading
from collections.abc import Generator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from typing_extensions import override

from mn_notebook.display.facts import command
from mn_notebook.domain.ids import NodePath, RunId, StepPath
from mn_notebook.domain.picture import RunPicture
from mn_notebook.domain.state import Instance, RunState
from mn_notebook.domain.statuses import RunStatus
from mn_notebook.domain.values import Stored
from mn_notebook.domain.words import one_line
from mn_notebook.engine.names import value_of
from mn_notebook.errors import RunError
from mn_notebook.frames import with_frames
from mn_notebook.language.words import hint
from mn_notebook.notebook.bundle import Bundle, Shown, run_bundle
from mn_notebook.notebook.failed_step import FailedStep
from mn_notebook.notebook.quiet import quietly
from mn_notebook.notebook.session import Notebook, current_notebook
from mn_notebook.notebook.tables import (
    as_table,
    call_rows,
    effect_row,
    event_rows,
    item_rows,
    step_rows,
)
from mn_notebook.verbs import (
    answer,
    control,
    decide,
    effects,
    explain,
    hold,
    iterate,
    repair,
    share,
    undo,
)
from mn_notebook.verbs.follow import ENDED, follow
from mn_notebook.verbs.inputs import plain_inputs
from mn_notebook.verbs.results import Decided, Resumed

_POLL_SECONDS = 0.1
_NOTHING: Any = object()
"""Stands for a value that was not given; None is a value."""


class Run:
    """One run: what it did, where it stands, and what moves it on.

    Everything is read from the store when it is asked for, so that it is never out of date.
    """

    def __init__(self, name: str, *, notebook: Notebook | None = None) -> None:
        """Find the run whose id is, or begins with, ``name``.

        Raises:
            UnknownRun: no run answers to it, or several do.
        """
        self._notebook = notebook or current_notebook()
        self._session = self._notebook.session
        self._id = self._session.client.run(name).run_id

    @property
    def id(self) -> str:
        """What names the run; its beginning will do wherever a run is named."""
        return self._id

    @property
    def workflow(self) -> str:
        """The name of its workflow."""
        return self._session.client.run(self._id).workflow

    @property
    def status(self) -> RunStatus:
        """One of queued, running, waiting, paused, succeeded, failed, cancelled."""
        return self._session.client.run(self._id).status

    @property
    def inputs(self) -> Any:
        """What it was started with; a table as a DataFrame."""
        return self._value(self._session.client.state(self._id).inputs)

    @property
    def output(self) -> Any:
        """The outputs of a run that succeeded, a table as a DataFrame; None before that."""
        return self._value(self._session.client.state(self._id).output)

    def _value(self, stored: Stored) -> Any:
        return with_frames(self._session.client.values.load(stored))

    @property
    def error(self) -> str | None:
        """Why it failed."""
        error = self._session.client.state(self._id).error
        return None if error is None else error.message

    @property
    def cost(self) -> Decimal | None:
        """What it cost in dollars; None: the price of a call is unknown."""
        line = self._session.client.run(self._id)
        return line.cost_usd if line.cost_known else None

    @property
    def steps(self) -> Any:
        """A row for each step."""
        return as_table(step_rows(self._session.client.state(self._id)))

    @property
    def calls(self) -> Any:
        """A row for each model call and tool call."""
        client = self._session.client
        return as_table(call_rows(client, client.events(self._id)))

    @property
    def effects(self) -> Any:
        """A row for each call that did something to the world: who allowed it, what became of it.

        ``mn.runs[…].calls`` has those that only read, too.
        """
        found, _ = effects.entries(self._session, RunId(self._id))
        return as_table([effect_row(self._session.client, entry) for entry in found])

    @property
    def events(self) -> Any:
        """A row for each fact of its journal."""
        return as_table(event_rows(self._session.client.events(self._id)))

    @property
    def picture(self) -> RunPicture:
        """Everything that a display shows of it."""
        return self._session.client.picture(RunId(self._id))

    def __getitem__(self, step: str) -> Any:
        """Return a step's output; of a ``for_each`` step a table with a row for each item.

        A table that a step made is a fresh DataFrame, with the types that its columns had.
        ``run["check[3]"]`` is a single item. In place of the output of a step that failed stands a
        `FailedStep`, whose ``call()`` gives the function and its arguments.

        Raises:
            KeyError: the workflow has no such step.
        """
        client = self._session.client
        state = client.state(self._id)
        node = NodePath(step)
        if node not in state.progress:
            return self._item(state, step)
        progress, instance = state.progress[node], state.current(node)
        if state.step_at(node).for_each is not None and progress.given is None:
            return as_table(item_rows(client, state, node))
        stands = progress.given is not None or progress.stand_in is not None
        if instance is not None and instance.status == "failed" and not stands:
            return self._failed(instance)
        return with_frames(value_of(state, node, client.values))

    def _item(self, state: RunState, path: str) -> Any:
        instance = state.instances.get(StepPath(path))
        if instance is None:
            raise KeyError(f"no step {path!r}{hint(path, state.progress, nouns='steps')}")
        if instance.status == "failed":
            return self._failed(instance)
        return with_frames(self._session.client.values.load(instance.output))

    def _failed(self, instance: Instance) -> FailedStep:
        run_id = RunId(self._id)
        return FailedStep(run_id, instance.path, instance.error, self._session.engine)

    def wait(self, timeout_seconds: float | None = None) -> "Run":
        """Wait until the run has ended; interrupting the wait leaves the run as it is.

        Where nobody looks at the notebook (nbclient, papermill), a run that asks a person is
        waited for only until it asks.

        Raises:
            RunError: it failed or was cancelled, waits for a person whom nobody can ask, or is not
                done in time.
        """
        with quietly():
            return self._waited(timeout_seconds)

    def _waited(self, timeout_seconds: float | None) -> "Run":
        picture = self._followed(timeout_seconds)
        self._notebook.views.flush(RunId(self._id))
        short = self._id[:4]
        if picture.status == "succeeded":
            return self
        if picture.status in ENDED:
            raise RunError(f"run {short} {picture.status}: {picture.error or picture.next}")
        if picture.approvals:
            asked = picture.approvals[0]
            raise RunError(
                f"run {short} waits for a person at step {asked.path}: `{asked.command}` decides"
            )
        raise RunError(f"run {short} is not done: {picture.status_text}. {picture.next}")

    def _followed(self, timeout_seconds: float | None) -> RunPicture:
        patient = not self._session.face.waits
        if timeout_seconds is None:
            return follow(self._session, RunId(self._id), patient=patient)
        clock = self._session.client.store.clock
        end = clock.monotonic() + timeout_seconds
        pause = threading.Event()
        while clock.monotonic() < end and self.status not in ENDED:
            pause.wait(_POLL_SECONDS)
        return self.picture

    def __await__(self) -> Generator[Any, None, "Run"]:
        """Wait for the end without blocking the loop; it returns the run however it ended."""
        return self._ended().__await__()

    async def _ended(self) -> "Run":
        clock = self._session.client.store.clock
        while self.status not in ENDED:
            await clock.sleep(_POLL_SECONDS)
        return self

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

    def export(self, file: str, *, force: bool = False) -> Path:
        """Write the workflow, with this run's inputs as an example, to a file that runs again.

        ``force`` replaces a file that is there already. Returns where the file is.

        Raises:
            UsageError: the file is there already, or cannot be written.
        """
        return share.export(self._session, self._id, file, force=force).path

    def answer(self, step: str, **values: Any) -> Decided:
        """Fill in the form that a step asks for, a value for each field.

        Raises:
            UsageError: nothing asks there, or a value does not fit its field.
        """
        asked = self._session.client.open_approval(RunId(self._id), step)
        return answer.answer_with(
            self._session, RunId(self._id), asked.request, plain_inputs(values, "field")
        )

    def pause(self, *, because: str = "") -> Decided:
        """Hold the run: what is under way ends and is kept, nothing new begins."""
        return hold.pause_one(self._session, self._id, because=because)

    def resume(self) -> Resumed:
        """Go on with a run that is paused, was interrupted or failed."""
        return hold.resume(self._session, self._id)

    def rerun(self, *, from_: str | None = None, **inputs: Any) -> "Run":
        """Run the workflow as it stands now, and take over the steps that have not changed.

        ``from_`` names a step that is done anew in any case, with all that follow from it; the
        inputs are this run's, but for those that are given.

        Raises:
            UsageError: its workflow is not defined here, or an input or the step does not fit.
        """
        with quietly():
            line = self._session.client.run(self._id)
            definition = iterate.present_definition(self._session, line)
            changes = plain_inputs(inputs)
            run_id, _ = iterate.rerun_with(self._session, line, definition, changes, from_)
            return Run(run_id, notebook=self._notebook)

    def why(self, step: str | None = None) -> Shown:
        """Say in words what it did, why it stands where it stands, and what would move it on."""
        return Shown(explain.why(self._session, self._id, step))

    def retry(self, step: str | None = None) -> Decided:
        """Try failed steps of a failed run afresh: one of them, or all.

        Raises:
            UsageError: the run has not failed, or the step has not.
        """
        return repair.retry(self._session, self._id, step)

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

    @override
    def __repr__(self) -> str:
        picture = self.picture
        said = [picture.workflow, picture.title, picture.status_text]
        told = " · ".join(one_line(part, 80) for part in said if part)
        return f"<Run {picture.short_id}: {told}>\n{command(picture)}"

    def _ipython_display_(self) -> None:
        if self._notebook.shell is None or self.status in ENDED:
            raise NotImplementedError  # IPython's word for: show the bundle instead
        self._notebook.views.show(RunId(self._id))

    def _repr_mimebundle_(self, **_options: object) -> Bundle:
        return run_bundle(self.picture)
