"""The runs of a notebook as a list, and how another one is started from Python."""

from collections.abc import Iterator, Sequence
from typing import Any, overload

from typing_extensions import override

from mn_notebook.domain.words import plural
from mn_notebook.language.builder import Workflow
from mn_notebook.notebook.bundle import Shown
from mn_notebook.notebook.quiet import quietly
from mn_notebook.notebook.run import Run
from mn_notebook.notebook.session import Notebook, current_notebook
from mn_notebook.verbs import built, control
from mn_notebook.verbs.define import outlined
from mn_notebook.verbs.files import find_workflow

_MOST = 1000
"""How many runs a list has at most."""


class Runs(Sequence[Run]):
    """The runs of this notebook, the newest last; ``mn.runs.all`` has those of every notebook.

    A run of any notebook is found by its id, or the beginning of it: ``mn.runs["4k2f"]``.
    """

    def __init__(self, *, everywhere: bool = False) -> None:
        """List this notebook's runs, or those of every notebook."""
        self._everywhere = everywhere

    @property
    def all(self) -> "Runs":
        """The runs of every notebook."""
        return Runs(everywhere=True)

    def _ids(self, notebook: Notebook) -> list[str]:
        session = notebook.session
        origins = [None] if self._everywhere else [session.settings.notebook, *session.origins]
        lines = [
            line for origin in origins for line in session.client.runs(origin=origin, most=_MOST)
        ]
        return [line.run_id for line in sorted(lines, key=lambda line: line.created_at)]

    @overload
    def __getitem__(self, index: int | str) -> Run: ...
    @overload
    def __getitem__(self, index: slice) -> list[Run]: ...
    @override
    def __getitem__(self, index: int | str | slice) -> Run | list[Run]:
        notebook = current_notebook()
        if isinstance(index, str):
            return Run(index, notebook=notebook)
        ids = self._ids(notebook)
        if isinstance(index, slice):
            return [Run(run_id, notebook=notebook) for run_id in ids[index]]
        if not ids:
            message = "this notebook has no runs yet; `%mn run WORKFLOW` starts one"
            raise IndexError(message)
        return Run(ids[index], notebook=notebook)

    @override
    def __len__(self) -> int:
        return len(self._ids(current_notebook()))

    @override
    def __iter__(self) -> Iterator[Run]:
        notebook = current_notebook()
        for run_id in self._ids(notebook):
            yield Run(run_id, notebook=notebook)

    @override
    def __repr__(self) -> str:
        ids = [run_id[:4] for run_id in self._ids(current_notebook())]
        return f"<{plural(len(ids), 'run')}{': ' if ids else ''}{', '.join(ids[-10:])}>"


def run(workflow: str | Workflow, /, **inputs: Any) -> Run:
    """Start a run and return it at once; a DataFrame goes in as a table.

    The workflow is named, or it is a file, or it is one that was built in Python: that is known by
    its name from then on, as if its cell had run.

    Raises:
        UsageError: there is no such workflow, or an input does not fit.
        DefinitionError: what was built cannot be right.
    """
    with quietly():
        notebook = current_notebook()
        name = workflow
        if isinstance(workflow, Workflow):
            built.define(notebook.session, workflow)
            name = workflow.name
        return Run(control.run_with(notebook.session, str(name), inputs), notebook=notebook)


def check(workflow: str | Workflow, /) -> Shown:
    """Say what a workflow is, and what it may do and ask, without running it.

    It is named, or it is a file, or it is one that was built in Python.

    Raises:
        UsageError: there is no such workflow.
        DefinitionError: with every problem that was found.
    """
    with quietly():
        session = current_notebook().session
        if isinstance(workflow, Workflow):
            return Shown(outlined(session, built.definition(session, workflow)))
        return Shown(outlined(session, find_workflow(session, workflow)))
