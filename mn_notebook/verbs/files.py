"""Workflows that stand in files, and the code that lies beside them."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from mn_notebook.agents.declared import bring_code
from mn_notebook.domain.servers import is_served
from mn_notebook.domain.workflow import AgentStep, PythonStep, Step, ToolStep
from mn_notebook.errors import MnError
from mn_notebook.language import Catalog, parse_file
from mn_notebook.runtime import Runtime
from mn_notebook.verbs.called import Known
from mn_notebook.verbs.define import catalog_of, definition_of
from mn_notebook.verbs.outlines import tool_names
from mn_notebook.verbs.problems import explained
from mn_notebook.verbs.served import known_servers
from mn_notebook.verbs.session import Definition, Session
from mn_notebook.verbs.text_files import is_file_name, read_text_file


def find_workflow(session: Session, name: str) -> Definition:
    """Return the workflow of a name or of a file; a file's folder becomes importable.

    Raises:
        UsageError: there is none; the message names the nearest one.
        DefinitionError: the file's text cannot be right.
    """
    if not is_file_name(name):
        return definition_of(session, name)
    path = Path(name).expanduser().resolve()
    text = read_text_file(path)
    with explained(text, where=name):
        definition = Definition(parse_file(text, catalog_for(session, path)), str(path))
    bring_code(str(path), definition.checked.workflow)
    return definition


def catalog_for(session: Session, path: Path) -> Catalog:
    """Return what a file may refer to: tools and functions are seen in a terminal when it runs."""
    if session.namespace is None:
        servers = known_servers(session)
        return Catalog(workflows=Known(session, str(path)), servers=servers)
    return catalog_of(session, str(path))


class Missing(NamedTuple):
    """Something that a step calls, and that is not there."""

    said: str
    """What is wrong, in words."""
    step: str
    name: str
    """What it is called in the step."""


def missing_code(runtime: Runtime, steps: Iterable[Step]) -> tuple[str, ...]:
    """Say which tools and functions of these steps are not there in this process."""
    return tuple(sorted({found.said for found in missing_in(runtime, steps)}))


def missing_in(runtime: Runtime, steps: Iterable[Step]) -> list[Missing]:
    """Return which tools and functions of these steps are not there in this process."""
    return [
        Missing(said, step.name, name)
        for step in steps
        for name in _called(step)
        if (said := _missing(runtime, step, name))
    ]


def _called(step: Step) -> tuple[str, ...]:
    match step:
        case PythonStep(function=name):
            return (name,)
        case AgentStep() | ToolStep():
            return tuple(name for name in tool_names(step) if not is_served(name))
        case _:
            return ()


def _missing(runtime: Runtime, step: Step, name: str) -> str:
    code = runtime.code
    try:
        if isinstance(step, PythonStep):
            return "" if code.functions.get(name) is not None else code.absent("function", name)
        return "" if code.tool(name) is not None else code.absent("tool", name)
    except MnError as fault:
        return str(fault)
