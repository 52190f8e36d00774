"""What a run will cost, as a Python object."""

from typing import Any

from mn_notebook.domain.previews import CostPreview
from mn_notebook.errors import UsageError
from mn_notebook.language.builder import Workflow
from mn_notebook.notebook.bundle import Shown
from mn_notebook.notebook.quiet import quietly
from mn_notebook.notebook.session import current_notebook
from mn_notebook.verbs import built
from mn_notebook.verbs.files import find_workflow
from mn_notebook.verbs.inputs import plain_inputs
from mn_notebook.verbs.preview import preview_of
from mn_notebook.verbs.results import Preview


class Previewed(Shown):
    """What a run is expected to cost; as the value of a cell it is said in sentences."""

    def __init__(self, result: Preview) -> None:
        """Show ``result``."""
        super().__init__(result)
        self._result = result

    @property
    def expected(self) -> CostPreview:
        """The figures: ``past`` (of runs before it), ``bound`` (by its definition), ``budget``.

        Raises:
            UsageError: the workflow asks no model, so that there are none.
        """
        with quietly():
            if self._result.expected is None:
                message = f"workflow {self._result.workflow!r} asks no model: a run costs nothing"
                raise UsageError(message)
            return self._result.expected


def preview(workflow: str | Workflow, /, **inputs: Any) -> Previewed:
    """Say what a run would cost, from the runs before it and from its definition; nothing is run.

    What is not given is as in the newest run. The workflow is named, or it is a file, or it is one
    that was built in Python.

    Raises:
        UsageError: there is no such workflow, or an input does not fit.
        DefinitionError: what was built cannot be right.
    """
    with quietly():
        session = current_notebook().session
        if isinstance(workflow, Workflow):
            definition = built.definition(session, workflow)
        else:
            definition = find_workflow(session, workflow)
        return Previewed(preview_of(session, definition, plain_inputs(inputs)))
