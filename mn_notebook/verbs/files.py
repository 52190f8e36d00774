"""Workflows that stand in files, and the code that lies beside them."""

import sys
from collections.abc import Iterable
from pathlib import Path

from mn_notebook.agents.handlers import import_declared
from mn_notebook.domain.workflow import AgentStep, PythonStep, Step, ToolStep, Workflow
from mn_notebook.errors import MnError
from mn_notebook.language import Catalog, parse_file
from mn_notebook.runtime import Runtime
from mn_notebook.verbs.called import Known, family
from mn_notebook.verbs.define import catalog_of, definition_of
from mn_notebook.verbs.outlines import tool_names
from mn_notebook.verbs.problems import explained
from mn_notebook.verbs.session import Definition, Session
from mn_notebook.verbs.text_files import SUFFIXES, is_file_name, read_text_file


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
    make_importable(path.parent)
    with explained(text, where=name):
        definition = Definition(parse_file(text, catalog_for(session, path)), str(path))
    import_declared(definition.checked.workflow)
    return definition


def catalog_for(session: Session, path: Path) -> Catalog:
    """Return what a file may refer to: tools and functions are seen in a terminal when it runs."""
    if session.namespace is None:
        return Catalog(workflows=Known(session, str(path)))
    return catalog_of(session, str(path))


def make_importable(folder: Path) -> None:
    """Let modules that lie beside a workflow's file be imported in this process."""
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def bring_code_of(origin: str, workflow: Workflow) -> None:
    """Make the code that a run refers to importable, where its file is still there."""
    path = Path(origin)
    if path.suffix.lower() in SUFFIXES and path.is_file():
        make_importable(path.parent)
    for one in family(workflow):
        import_declared(one)


def missing_code(runtime: Runtime, steps: Iterable[Step]) -> tuple[str, ...]:
    """Say which tools and functions of these steps are not there in this process."""
    found = {fault for step in steps for fault in _missing(runtime, step)}
    return tuple(sorted(found))


def _missing(runtime: Runtime, step: Step) -> list[str]:
    try:
        match step:
            case PythonStep(function=name):
                found = runtime.code.functions.get(name) is not None
                return [] if found else [_absent("function", name)]
            case AgentStep() | ToolStep():
                absent = [name for name in tool_names(step) if runtime.code.tool(name) is None]
                return [_absent("tool", name) for name in absent]
            case _:
                return []
    except MnError as fault:
        return [str(fault)]


def _absent(what: str, name: str) -> str:
    if ":" in name:
        return f"the module of the {what} {name!r} is not installed here"
    return f"the {what} {name!r} is not there"
