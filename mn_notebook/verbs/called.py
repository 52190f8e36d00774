"""Finds the workflows that others call: those of the notebook, and files beside the caller."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from typing_extensions import override

from mn_notebook.agents.declared import import_declared
from mn_notebook.domain.linking import linked
from mn_notebook.domain.workflow import Step, Workflow
from mn_notebook.language import Catalog, parse_file
from mn_notebook.verbs.problems import explained
from mn_notebook.verbs.session import Definition, Session
from mn_notebook.verbs.text_files import SUFFIXES, read_text_file

_NAME = re.compile(r"[^\W\d][\w-]*")


class Known(Mapping[str, Workflow]):
    """The workflows that may be called, by name; a file is read when somebody asks for it."""

    def __init__(self, session: Session, origin: str) -> None:
        """Know what the session has defined, and what lies beside the notebook or file."""
        self._session = session
        self._folder = Path(origin).expanduser().parent
        self._read: dict[str, Workflow] = {}

    @override
    def __getitem__(self, name: str) -> Workflow:
        defined = self._session.definitions.get(name)
        if defined is not None:
            return defined.checked.workflow
        if name not in self._read:
            self._read[name] = self._from_file(name)
        return self._read[name]

    def _from_file(self, name: str) -> Workflow:
        if not _NAME.fullmatch(name):  # which could lead to another folder
            raise KeyError(name)
        for suffix in SUFFIXES:
            path = self._folder / f"{name}{suffix}"
            if path.is_file():
                text = read_text_file(path)
                with explained(text, where=str(path)):
                    # What it calls itself is looked for when all is brought together.
                    return parse_file(text, Catalog()).workflow
        raise KeyError(name)

    @override
    def __iter__(self) -> Iterator[str]:
        beside = (path.stem for suffix in SUFFIXES for path in self._folder.glob(f"*{suffix}"))
        yield from dict.fromkeys((*self._session.definitions, *sorted(beside)))

    @override
    def __len__(self) -> int:
        return sum(1 for _ in self)


def whole(session: Session, definition: Definition) -> Workflow:
    """Return a definition's workflow with all that it calls, as they stand now.

    Raises:
        UsageError: one of them is not there, or calls itself.
        DefinitionError: the file of one of them cannot be right.
    """
    known = Known(session, definition.origin)
    workflow = linked(
        definition.checked.workflow, lambda name: definition.children.get(name) or known.get(name)
    )
    for one in family(workflow):
        import_declared(one)
    return workflow


def family(workflow: Workflow) -> Iterator[Workflow]:
    """Yield a workflow and all that it calls, directly or through others."""
    yield workflow
    for child in workflow.children.values():
        yield from family(child)


def all_steps(workflow: Workflow) -> Iterator[Step]:
    """Yield the steps of a workflow and of all that it calls."""
    for one in family(workflow):
        yield from one.steps
