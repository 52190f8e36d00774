"""Brings what a workflow names outside of a notebook: modules beside its file, declared tools."""

import inspect
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from mn_notebook.agents.code import imported
from mn_notebook.agents.folders import bring_folder
from mn_notebook.agents.restore import is_restored
from mn_notebook.agents.tools import REGISTRY, Tool, ToolRegistry, make_tool
from mn_notebook.domain.servers import is_served
from mn_notebook.domain.workflow import AgentStep, PythonStep, Step, ToolStep, Workflow
from mn_notebook.errors import PermanentError

FindTool = Callable[[str], Tool | None]


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
    for place in _declared(workflow):
        name = place.rpartition(":")[2]
        before = registry.get(name)
        function = imported(place)
        another = "" if before is None else _is_another(before, place)
        if before is not None and another:
            registry.add(before)  # The module may have declared its own in its place.
            raise PermanentError(another)
        if function is None:
            continue
        known = registry.get(name)
        if known is None or known.function is not function:
            made = registry.made_of(function)
            registry.add(replace(made, name=name) if made else make_tool(function, name=name))


def mistaken(workflow: Workflow, step: Step, find: FindTool) -> str | None:
    """Say which tool a step would call in place of the one that its workflow declares; else None.

    A run may be taken over where another tool of that name is known, which nobody was asked about.
    ``find`` returns what is called by a name here.
    """
    named = tool_names(step)
    for place in _declared(workflow):
        name = place.rpartition(":")[2]
        if name in named:
            known = find(name)
            another = "" if known is None else _is_another(known, place)
            if another:
                return another
    return None


def _declared(workflow: Workflow) -> Iterator[str]:
    """Yield the tools that a workflow declares by their modules."""
    return (place for place in workflow.tools if ":" in place and not is_served(place))


def _is_another(known: Tool, place: str) -> str:
    """Say that a tool came from elsewhere than the declared one of its name; '' where it did not.

    A module that was loaded anew has other functions of the same names; and one may hand on what
    another one defines.
    """
    module, _, name = place.rpartition(":")
    there = getattr(sys.modules.get(module), name, None)
    home, own = _home_of(known.function)
    if there is known.function:
        return ""
    if there is None:
        same = home.partition(".")[0] == module.partition(".")[0]
    else:
        same = (home, own) == _home_of(there)
    if same:
        return ""
    whose = "the notebook" if home == "__main__" or is_restored(home) else f"the module {home!r}"
    return (
        f"the workflow means the tool {name!r} of {module!r}, and this process has another one "
        f"of that name, of {whose}: rename one, or run the workflow in another process"
    )


def _home_of(function: Callable[..., Any]) -> tuple[str, str]:
    plain = inspect.unwrap(function)
    home, name = getattr(plain, "__module__", None), getattr(plain, "__qualname__", None)
    return str(home or ""), str(name or "")
