"""Looks at the code that lies beside a workflow's file, and imports nothing of it."""

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from mn_notebook.agents.boxed import BOXED
from mn_notebook.agents.declared import tool_names
from mn_notebook.agents.tools import REGISTRY
from mn_notebook.domain.servers import is_served
from mn_notebook.domain.workflow import PythonStep, Step, Workflow
from mn_notebook.language.words import nearest
from mn_notebook.verbs.session import Session

_MOST_FILES = 100
_LONGEST_FILE = 1_000_000


def meant_code(folder: Path, name: str) -> str:
    """Return the tail of a message: what code beside a file somebody means by ``name``, or ''.

    ``name`` is not there as it stands: misspelt, or written as other tools would have it.
    """
    known = _places(folder)
    plain = name.replace(".py:", ":").replace("/", ".")
    if ":" not in plain and "." in plain:
        plain = ":".join(plain.rsplit(".", 1))
    near = plain if plain in known else _near(plain, known)
    return f"; did you mean {near!r}?" if near and near != name else ""


def _near(plain: str, known: list[str]) -> str | None:
    """Compare names of a module with each other, and modules only where the names are the same."""
    module, _, attribute = plain.rpartition(":")
    ends = [place for place in known if place.rpartition(":")[2] == attribute]
    if ends:
        return ends[0]
    inside = {place.rpartition(":")[2]: place for place in known if place.startswith(f"{module}:")}
    by_name = inside or {place.rpartition(":")[2]: place for place in known}
    found = nearest(attribute, by_name)
    return by_name[found] if found else None


def notes_on_code(session: Session, workflow: Workflow, folder: Path) -> tuple[str, ...]:
    """Say what is known of a workflow's code where none of it is imported.

    In a notebook nothing is said: the checker has seen the notebook's code.
    """
    if session.namespace is not None:
        return ()
    known = {*BOXED, *REGISTRY.effects(), *(place.rpartition(":")[2] for place in workflow.tools)}
    called = [(step, name) for step in workflow.steps for name in _called(step) - known]
    notes = [
        f"Step {step.name!r} calls {name!r}, which {_why_missing(name)}{meant_code(folder, name)}"
        for step, name in called
        if _is_missing(folder, name)
    ]
    tools = [name for step, name in called if not isinstance(step, PythonStep)]
    seen = REGISTRY.effects()
    declared = [place for place in workflow.tools if place.rpartition(":")[2] not in seen]
    if any(":" in name for name in (*tools, *declared)):
        notes.append(_UNSEEN)
    return tuple(notes)


_UNSEEN = (
    "What a tool of a module does is seen when it is called; here it is shown as one that writes."
)


def _called(step: Step) -> set[str]:
    names = (step.function,) if isinstance(step, PythonStep) else tool_names(step)
    return {name for name in names if not is_served(name)}


def _why_missing(name: str) -> str:
    module, colon, _ = name.partition(":")
    return f"is not in {module}.py" if colon else "only a notebook could have"


def _is_missing(folder: Path, name: str) -> bool:
    module, colon, attribute = name.partition(":")
    if not colon:
        return True  # A terminal has no cells that could bring it.
    known = _names(folder / f"{module}.py")
    return known is not None and attribute.partition(".")[0] not in known


def _places(folder: Path) -> list[str]:
    """Return the functions of a folder's modules, as ``module:name``."""
    files = sorted(folder.glob("*.py"))[:_MOST_FILES]
    return [f"{file.stem}:{name}" for file in files for name in _read(file).functions]


def _names(file: Path) -> frozenset[str] | None:
    """Return the names that a module binds; None: nobody can tell."""
    return _read(file).names


class _Module(NamedTuple):
    """What the text of a module tells."""

    names: frozenset[str] | None = None
    functions: tuple[str, ...] = ()


def _read(file: Path) -> _Module:
    try:
        status = file.stat()
    except OSError:
        return _Module()
    return _parsed(file, status.st_mtime_ns) if status.st_size <= _LONGEST_FILE else _Module()


@lru_cache(maxsize=_MOST_FILES)
def _parsed(file: Path, _changed_at: int) -> _Module:
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return _Module()
    names = frozenset(_bound(tree.body))
    defined = (
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    )
    functions = tuple(name for name in defined if not name.startswith("_"))
    return _Module(None if names & {"*", "__getattr__"} else names, functions)


def _bound(body: Iterable[ast.stmt]) -> Iterator[str]:
    """Yield the names that statements bind, and rather too many than too few."""
    for node in (inner for statement in body for inner in ast.walk(statement)):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                yield from ((one.asname or one.name).partition(".")[0] for one in names)
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case _:
                pass
