"""Brings a workflow together with those that its steps call, as they stand now."""

from collections.abc import Callable

from mn_notebook.domain.workflow import Workflow
from mn_notebook.errors import UsageError

Find = Callable[[str], Workflow | None]


def linked(workflow: Workflow, find: Find) -> Workflow:
    """Return a workflow with all that it calls, directly or through others.

    Later changes of the called ones do not reach a run that was asked for with this.

    Raises:
        UsageError: one of them is not there, or calls itself.
    """
    return _linked(workflow, find, (workflow.name,))


def _linked(workflow: Workflow, find: Find, within: tuple[str, ...]) -> Workflow:
    if not workflow.calls:
        return workflow
    children = {}
    for name in workflow.calls:
        if name in within:
            circle = " → ".join((*within[within.index(name) :], name))
            message = f"workflows call each other without end: {circle}"
            raise UsageError(message)
        child = find(name)
        if child is None:
            message = (
                f"workflow {workflow.name!r} calls {name!r}, which is not defined here: run the "
                "cell that defines it, or put its file beside this one"
            )
            raise UsageError(message)
        children[name] = _linked(child, find, (*within, name))
    return workflow.linked(children)


def is_linked(workflow: Workflow) -> bool:
    """Tell whether a workflow brings along all that it calls."""
    return all(
        name in workflow.children and is_linked(workflow.children[name]) for name in workflow.calls
    )
