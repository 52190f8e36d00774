"""A run that somebody asks for."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from mn_notebook.client.plain import tabled
from mn_notebook.domain.events import CodeRef
from mn_notebook.domain.ids import RunId, StepName
from mn_notebook.domain.inputs import checked_inputs
from mn_notebook.domain.linking import is_linked
from mn_notebook.domain.workflow import Budget, Workflow
from mn_notebook.errors import UsageError
from mn_notebook.secrecy.known import refuse


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


def checked_inputs_of(new: NewRun) -> dict[str, JsonValue]:
    """Return the inputs of a run as the journal will hold them.

    Raises:
        UsageError: an input is missing, unknown or of the wrong type, or has a secret in it.
    """
    if not is_linked(new.workflow):
        calls = ", ".join(new.workflow.calls)
        message = f"workflow {new.workflow.name!r} calls others that it was not given: {calls}"
        raise UsageError(message)
    given = {name: tabled(f"input {name!r}", value) for name, value in new.inputs.items()}
    inputs = checked_inputs(new.workflow, given)
    for name, value in inputs.items():
        refuse(f"the input {name!r}", value)
    return inputs


def title_of(inputs: Mapping[str, JsonValue]) -> str:
    r"""Tell a run from others of its workflow: its short inputs in a few words.

    Yes and no tell nothing where their names are not said; a text may have several lines.

    >>> title_of({"ticker": "ACME", "rows": [1, 2], "brief": True, "note": "", "text": "a\nb"})
    'ACME · a b'
    """
    short = [
        " ".join(str(value).split())
        for value in inputs.values()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    ]
    return " · ".join(filter(None, short))[:60]
