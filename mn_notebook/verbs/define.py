"""Makes a workflow known by its name, and says what it is."""

from itertools import islice
from typing import Any

from mn_notebook.agents.handlers import import_declared
from mn_notebook.agents.tools import REGISTRY
from mn_notebook.domain.words import plural
from mn_notebook.domain.workflow import (
    Schema,
    Workflow,
)
from mn_notebook.errors import UsageError
from mn_notebook.language import Catalog, parse_cell
from mn_notebook.language.words import hint
from mn_notebook.verbs.outlines import SHORT_HASH, outline_of
from mn_notebook.verbs.problems import explained
from mn_notebook.verbs.results import Defined
from mn_notebook.verbs.session import Definition, Session


def define(session: Session, name: str, text: str, *, first_line: int = 2) -> Defined:
    """Check a workflow of this notebook and make it known; an older one of its name makes room.

    Runs that are under way keep the version that they were started with.

    Raises:
        DefinitionError: with every problem that was found.
    """
    catalog = catalog_of(session)
    with explained(text, where="cell", first_line=first_line):
        checked = parse_cell(name, text, catalog, first_line=first_line)
    import_declared(checked.workflow)
    former = session.definitions.get(name)
    session.definitions[name] = Definition(checked, session.settings.notebook)
    return Defined(outline_of(checked), _notes(session, checked.workflow, former))


def catalog_of(session: Session) -> Catalog:
    """Return what a workflow of a notebook may refer to now."""
    namespace = list((session.namespace or {}).items())
    names = [(name, value) for name, value in namespace if not name.startswith("_")]
    return Catalog(
        tools=REGISTRY.effects(),
        tool_parameters=REGISTRY.parameters(),
        functions=frozenset(
            name for name, value in names if callable(value) and name not in _THE_SHELLS_OWN
        ),
        types=dict(_types(names)),
        workflows={
            name: definition.checked.workflow for name, definition in session.definitions.items()
        },
    )


_THE_SHELLS_OWN = frozenset({"exit", "quit", "get_ipython", "open"})
"""What IPython puts among an analyst's names."""


def _types(names: list[tuple[str, Any]]) -> list[tuple[str, Schema]]:
    """Return the schemas of the notebook's pydantic models."""
    found = []
    for name, value in names:
        describe = getattr(value, "model_json_schema", None)
        if isinstance(value, type) and describe is not None and hasattr(value, "model_fields"):
            found.append((name, describe()))
    return found


def _notes(session: Session, workflow: Workflow, former: Definition | None) -> tuple[str, ...]:
    notes = []
    if former is not None and former.checked.workflow.hash != workflow.hash:
        old = former.checked.workflow.hash[:SHORT_HASH]
        notes.append(f"This is a new version; the one before was {old}.")
    flying = [
        line
        for line in session.client.runs(origin=session.settings.notebook)
        if line.workflow == workflow.name
        and line.workflow_hash != workflow.hash
        and line.status in ("queued", "running", "waiting", "paused")
    ]
    if flying:
        ids = ", ".join(line.run_id[:4] for line in islice(flying, 5))
        keep = "keeps the version it was" if len(flying) == 1 else "keep the versions they were"
        notes.append(f"{plural(len(flying), 'run')} under way ({ids}) {keep} started with.")
    return tuple(notes)


def definition_of(session: Session, name: str) -> Definition:
    """Return a workflow of this notebook.

    Raises:
        UsageError: it is not defined here; the message names the nearest one.
    """
    known = session.definitions.get(name)
    if known is not None:
        return known
    raise UsageError(_unknown(name, session))


def _unknown(name: str, session: Session) -> str:
    if session.via == "terminal":
        return f"{name!r} is no file: expected a workflow's YAML file, such as brief.yaml"
    if not session.definitions:
        return (
            f"no workflow {name!r} is defined here: run the cell that begins with "
            f"`%%mn workflow {name}`, or name a YAML file"
        )
    near = hint(name, session.definitions, nouns="defined here")
    return f"no workflow {name!r} is defined here{near}"
