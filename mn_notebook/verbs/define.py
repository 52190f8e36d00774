"""Makes a workflow known by its name, and says what it is."""

from dataclasses import replace
from pathlib import Path

from mn_notebook.agents.boxed import BOXED, how_to_have
from mn_notebook.agents.tools import REGISTRY
from mn_notebook.domain.words import plural
from mn_notebook.errors import UsageError
from mn_notebook.language import Catalog, parse_cell
from mn_notebook.language.model_types import Models, is_model
from mn_notebook.language.policy_file import PolicyFile
from mn_notebook.language.words import hint
from mn_notebook.runtime.servers import servers_of
from mn_notebook.verbs.called import Known, family, whole
from mn_notebook.verbs.costs import cost_preview
from mn_notebook.verbs.follow import ENDED
from mn_notebook.verbs.outlines import SHORT_HASH, outline_of
from mn_notebook.verbs.problems import explained
from mn_notebook.verbs.results import Defined
from mn_notebook.verbs.served import known_servers, served_effect
from mn_notebook.verbs.session import Definition, Session
from mn_notebook.verbs.text_files import file_hint

_MOST_FLYING = 200


def define(session: Session, name: str, text: str, *, first_line: int = 2) -> Defined:
    """Check a workflow of this notebook and make it known; an older one of its name makes room.

    Runs that are under way keep the version that they were started with.

    Raises:
        DefinitionError: with every problem that was found.
    """
    catalog = catalog_of(session, session.settings.notebook)
    with explained(text, where="cell", first_line=first_line):
        checked = parse_cell(name, text, catalog, first_line=first_line)
    definition = Definition(checked, session.settings.notebook)
    if checked.workflow.servers:
        servers_of(session.settings).declare(checked.workflow.servers)
    shown = defined(session, definition)
    former = session.definitions.get(name)
    session.definitions[name] = definition
    if former is None or former.checked.workflow.hash == checked.workflow.hash:
        return shown
    return replace(shown, notes=("This is a new version; new runs get it.", *shown.notes))


def defined(session: Session, definition: Definition) -> Defined:
    """Return what a face shows of a definition, what it costs, and which runs have another one.

    Raises:
        UsageError: what it calls is not there.
    """
    found = outlined(session, definition)
    preview = cost_preview(session, whole(session, definition), definition.origin)
    outline = found.outline.model_copy(update={"preview": preview})
    return replace(found, outline=outline, notes=_notes(session, definition))


def outlined(session: Session, definition: Definition) -> Defined:
    """Return the graph of a definition and those of what it calls; no store is looked at.

    Raises:
        UsageError: what it calls is not there.
    """
    workflow = whole(session, definition)
    policy = PolicyFile(session.settings.policy_path).rules()
    outlines = [
        outline_of(
            one,
            definition.checked.warnings if one is workflow else (),
            policy,
            served=served_effect(session),
        )
        for one in {one.name: one for one in family(workflow)}.values()
    ]
    return Defined(outlines[0], (), tuple(outlines[1:]))


def catalog_of(session: Session, origin: str) -> Catalog:
    """Return what a workflow of a notebook, or of a file beside which others lie, may refer to."""
    namespace = list((session.namespace or {}).items())
    names = [(name, value) for name, value in namespace if not name.startswith("_")]
    return Catalog(
        tools=REGISTRY.effects(),
        tool_parameters=REGISTRY.parameters(),
        functions=frozenset(
            name for name, value in names if callable(value) and name not in _THE_SHELLS_OWN
        ),
        types=Models({name: value for name, value in names if is_model(value)}),
        workflows=Known(session, origin),
        absent_tools={name: how_to_have(name) or "" for name in BOXED},
        servers=known_servers(session),
    )


_THE_SHELLS_OWN = frozenset({"exit", "quit", "get_ipython", "open"})
"""What IPython puts among an analyst's names."""


def _notes(session: Session, definition: Definition) -> tuple[str, ...]:
    workflow = whole(session, definition)
    notes = []
    flying: dict[str, list[str]] = {}
    for line in session.client.runs(origin=definition.origin, most=_MOST_FLYING):
        if line.workflow != workflow.name or line.status in ENDED:
            continue
        if line.workflow_hash != workflow.hash:
            flying.setdefault(line.workflow_hash, []).append(line.run_id[:4])
    for version, runs in flying.items():
        ids = ", ".join(runs[:5])
        keep = "keeps" if len(runs) == 1 else "keep"
        notes.append(
            f"{plural(len(runs), 'run')} in flight ({ids}) {keep} version {version[:SHORT_HASH]}."
        )
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
        return f"{name!r} is no YAML file: expected one with a workflow{file_hint(name, Path())}"
    if not session.definitions:
        return (
            f"no workflow {name!r} is defined here: run the cell that begins with "
            f"`%%mn workflow {name}`, or name a YAML file"
        )
    near = hint(name, session.definitions, nouns="defined here")
    return f"no workflow {name!r} is defined here{near}"
