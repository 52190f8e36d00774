"""Brings what a workflow names outside of a notebook: modules beside its file, declared tools."""

import inspect
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from mn_notebook.agents.code import imported
from mn_notebook.agents.folders import bring_folder
from mn_notebook.agents.restore import is_restored
from mn_notebook.agents.tools import REGISTRY, Tool, ToolRegistry, make_tool
from mn_notebook.domain.servers import is_served
from mn_notebook.domain.workflow import AgentStep, PythonStep, Step, ToolStep, Workflow
from mn_notebook.errors import PermanentError


def every_step(workflow: Workflow) -> Iterator[Step]:
    """Yield the steps of a workflow and of those that it calls."""
    yield from workflow.steps
    for child in workflow.children.values():
        yield from every_step(child)


def tool_names(step: Step) -> tuple[str, ...]:
    """Return the tools that a step itself may call, as it names them."""
    if isinstance(step, AgentStep):
        return tuple(use.tool for use in step.tools)
    return (step.tool,) if isinstance(step, ToolStep) else ()


def bring_code(origin: str, workflow: Workflow, registry: ToolRegistry = REGISTRY) -> None:
    """Let the code of a workflow be imported: what lies beside its file, and declared tools.

    Raises:
        PermanentError: what is meant cannot be had in this process.
    """
    path = Path(origin)
    if path.suffix.lower() in FILE_SUFFIXES and path.is_file():
        bring_folder(path.parent, modules_of(workflow))
    _import_all_declared(workflow, registry)


def _import_all_declared(workflow: Workflow, registry: ToolRegistry) -> None:
    import_declared(workflow, registry)
    for child in workflow.children.values():
        _import_all_declared(child, registry)


FILE_SUFFIXES = (".yaml", ".yml")


def modules_of(workflow: Workflow) -> set[str]:
    """Return the top-level modules that a workflow, and those that it calls, name."""
    said = list(workflow.tools)
    for step in workflow.steps:
        said += [*tool_names(step), step.function if isinstance(step, PythonStep) else ""]
    own = {
        name.partition(":")[0].partition(".")[0]
        for name in said
        if ":" in name and not is_served(name)
    }
    return own.union(*(modules_of(child) for child in workflow.children.values()))


def import_declared(workflow: Workflow, registry: ToolRegistry = REGISTRY) -> None:
    """Import the tools that a workflow declares as ``package.module:name``.

    From then on its steps may call them by their name alone. What cannot be imported here is left
    to the step that needs it: the run waits there, and says so.

    Raises:
        PermanentError: a module does not hold the name, or fails to be imported; or this process
            has another tool of that name, which the steps would call in place of the declared one.
    """
    for place in workflow.tools:
        if ":" not in place or is_served(place):
            continue
        module, _, name = place.rpartition(":")
        _require_free(registry.get(name), module, name)
        function = imported(place)
        if function is None:
            continue
        known = registry.get(name)
        if known is None or known.function is not function:
            made = registry.made_of(function)
            registry.add(replace(made, name=name) if made else make_tool(function, name=name))


def _require_free(known: Tool | None, module: str, name: str) -> None:
    """Let a declared tool not be mistaken for one of its name that came from elsewhere."""
    if known is None:
        return
    home = getattr(inspect.unwrap(known.function), "__module__", None) or ""
    there = getattr(sys.modules.get(module), name, None)
    if there is known.function or home.partition(".")[0] == module.partition(".")[0]:
        return
    whose = "the notebook" if home == "__main__" or is_restored(home) else f"the module {home!r}"
    message = (
        f"the workflow means the tool {name!r} of {module!r}, and this process has another one "
        f"of that name, of {whose}: rename one, or run the workflow in another process"
    )
    raise PermanentError(message)
