"""Which servers' tools a workflow uses."""

from mn_notebook.domain.servers import read_served
from mn_notebook.domain.workflow import AgentStep, ToolStep, Workflow

MODULE = "mcp"
"""Stands in a reference to a server where others name the module that their code comes from."""


def served_names(workflow: Workflow) -> tuple[str, ...]:
    """Return the names of servers' tools that a workflow and those that it calls use."""
    names = [
        name for step in workflow.steps for name in _names_in(step) if read_served(name) is not None
    ]
    for child in workflow.children.values():
        names += served_names(child)
    return tuple(dict.fromkeys(names))


def servers_named(workflow: Workflow) -> tuple[str, ...]:
    """Return the servers whose tools a workflow and those that it calls use."""
    meant = (read_served(name) for name in served_names(workflow))
    return tuple(dict.fromkeys(one.server for one in meant if one is not None))


def _names_in(step: object) -> tuple[str, ...]:
    if isinstance(step, AgentStep):
        return tuple(use.tool for use in step.tools)
    return (step.tool,) if isinstance(step, ToolStep) else ()
