"""A run as a Python object."""

import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

from typing_extensions import override

from mn_notebook.display.facts import command
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.picture import RunPicture
from mn_notebook.domain.words import one_line
from mn_notebook.errors import RunError
from mn_notebook.notebook.bundle import Bundle, run_bundle
from mn_notebook.notebook.quiet import quietly
from mn_notebook.notebook.run_facts import RunFacts
from mn_notebook.notebook.run_moves import RunMoves
from mn_notebook.notebook.shell import line
from mn_notebook.verbs import iterate, share
from mn_notebook.verbs.follow import ENDED, follow
from mn_notebook.verbs.inputs import plain_inputs

_POLL_SECONDS = 0.1


class Run(RunFacts, RunMoves):
    """One run: what it did, where it stands, and what moves it on.

    Everything is read from the store when it is asked for, so that it is never out of date.
    """

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

    def export(self, file: str, *, force: bool = False) -> Path:
        """Write the workflow, with this run's inputs as an example, to a file that runs again.

        ``force`` replaces a file that is there already. Returns where the file is.

        Raises:
            UsageError: the file is there already, or cannot be written.
        """
        return share.export(self._session, self._id, file, force=force).path

    @override
    def __repr__(self) -> str:
        picture = self.picture
        said = [picture.workflow, picture.title, picture.status_text]
        told = " · ".join(one_line(part, 80) for part in said if part)
        return f"<Run {picture.short_id}: {told}>\n{line(command(picture))}"

    def _ipython_display_(self) -> None:
        if self._notebook.shell is None or self.status in ENDED:
            raise NotImplementedError  # IPython's word for: show the bundle instead
        self._notebook.views.show(RunId(self._id))

    def _repr_mimebundle_(self, **_options: object) -> Bundle:
        return run_bundle(self.picture)
