"""What a run did and where it stands, as Python values."""

from decimal import Decimal
from typing import Any

from mn_notebook.domain.ids import NodePath, RunId, StepPath
from mn_notebook.domain.picture import RunPicture
from mn_notebook.domain.state import Instance, RunState
from mn_notebook.domain.statuses import RunStatus
from mn_notebook.domain.values import Stored
from mn_notebook.engine.names import value_of
from mn_notebook.frames import with_frames
from mn_notebook.language.words import hint
from mn_notebook.notebook.bundle import Shown
from mn_notebook.notebook.failed_step import FailedStep
from mn_notebook.notebook.session import Notebook, current_notebook
from mn_notebook.notebook.tables import (
    CALL_COLUMNS,
    EFFECT_COLUMNS,
    as_table,
    call_rows,
    effect_row,
    event_rows,
    item_rows,
    step_rows,
)
from mn_notebook.verbs import effects, explain


class RunFacts:
    """What one run did, and where it stands.

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
        return as_table(call_rows(client, client.events(self._id)), CALL_COLUMNS)

    @property
    def effects(self) -> Any:
        """A row for each call that did something to the world: who allowed it, what became of it.

        ``mn.runs[…].calls`` has those that only read, too.
        """
        found, _ = effects.entries(self._session, RunId(self._id))
        return as_table(
            [effect_row(self._session.client, entry) for entry in found], EFFECT_COLUMNS
        )

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

    def why(self, step: str | None = None) -> Shown:
        """Say in words what it did, why it stands where it stands, and what would move it on."""
        return Shown(explain.why(self._session, self._id, step))
