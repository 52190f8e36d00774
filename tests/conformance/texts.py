"""From a case's texts to its workflows: by the parser, and by the builder."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import JsonValue

import mn_notebook as mn
from mn_notebook.domain.workflow import Workflow
from mn_notebook.language import Catalog, parse_file
from mn_notebook.language.findings import Findings
from mn_notebook.language.text import read_text
from mn_notebook.language.tree import plain
from tests.conformance.case import Case

Read = Callable[[str, Catalog], Workflow]


def versions(case: Case, read: Read) -> dict[str, list[Workflow]]:
    """Return the versions of each workflow of a case, that which is run first.

    What is called is read first, so that the checker knows it.
    """
    known: dict[str, Workflow] = {}
    found: list[Workflow] = []
    for text in reversed(case.texts):
        workflow = read(text, catalog(case, known))
        known[workflow.name] = workflow
        found.insert(0, workflow)
    by_name: dict[str, list[Workflow]] = {}
    for workflow in found:
        by_name.setdefault(workflow.name, []).append(workflow)
    return by_name


def catalog(case: Case, workflows: Mapping[str, Workflow]) -> Catalog:
    """Return what the checker knows of the case's notebook."""
    outside = case.story.outside
    return Catalog(
        tools={name: told.effect for name, told in outside.tools.items()},
        functions=set(outside.functions),
        workflows=workflows,
    )


def parsed(text: str, known: Catalog) -> Workflow:
    """Read a text as a cell or a file is read; a case has nothing to be warned of."""
    checked = parse_file(text, known)
    assert checked.warnings == (), checked.warnings
    return checked.workflow


def taken(text: str, known: Catalog) -> Workflow:
    """Read a text into the builder."""
    return mn.Workflow.from_text(text).check(known).workflow


def built(text: str, known: Catalog) -> Workflow:
    """Build what a text says by the builder's calls, one for each step."""
    return builder_of(text).check(known).workflow


def builder_of(text: str) -> mn.Workflow:
    """Make the calls that say the same as a text."""
    findings = Findings()
    tree = read_text(text, findings)
    assert tree is not None, findings.problems
    said: Any = plain(tree)
    steps = said.pop("steps")
    flow = mn.Workflow(said.pop("workflow"), **said)
    for name, step in steps.items():
        _add(flow, name, dict(step))
    return flow


_KINDS = ("agent", "tool", "python", "approve", "ask", "wait", "workflow")
_PYTHON_WORDS = {"as": "as_", "for": "for_"}


def _add(flow: mn.Workflow, name: str, step: dict[str, JsonValue]) -> None:
    kind = next((kind for kind in _KINDS if kind in step), "wait")
    main = step.pop(kind, None)
    keys: dict[str, Any] = {_PYTHON_WORDS.get(key, key): value for key, value in step.items()}
    if isinstance(main, dict):
        keys |= main  # `wait: {signal: …}`
        main = None
    add = getattr(flow, kind)
    add(name, **keys) if main is None else add(name, main, **keys)
