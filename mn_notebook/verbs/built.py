"""Makes workflows known that were built in Python."""

from collections.abc import Iterator

from mn_notebook.domain.workflow import Workflow as CanonicalWorkflow
from mn_notebook.language import Catalog
from mn_notebook.language.builder import Workflow
from mn_notebook.verbs.define import catalog_of
from mn_notebook.verbs.session import Definition, Session


def define(session: Session, flow: Workflow) -> Definition:
    """Make a workflow known by its name, as the cell of one does.

    Raises:
        DefinitionError: with every problem that was found.
    """
    session.definitions[flow.name] = definition(session, flow)
    return session.definitions[flow.name]


def definition(session: Session, flow: Workflow) -> Definition:
    """Return a workflow that was built, checked, with those that it brings along.

    Raises:
        DefinitionError: with every problem that was found.
    """
    catalog = catalog_of(session, session.settings.notebook)
    checked = flow.check(catalog)
    children = dict(_children(flow, catalog, {flow.name}))
    return Definition(checked, session.settings.notebook, children)


def _children(
    flow: Workflow, catalog: Catalog, seen: set[str]
) -> Iterator[tuple[str, CanonicalWorkflow]]:
    for name, child in flow.children.items():
        if name not in seen:
            seen.add(name)
            yield name, child.check(catalog).workflow
            yield from _children(child, catalog, seen)
