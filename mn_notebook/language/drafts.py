"""A step between text and model: its fields, its places, and the names that its texts use."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from mn_notebook.domain.workflow import Schema
from mn_notebook.language.findings import Findings
from mn_notebook.language.parsing import TextError
from mn_notebook.language.references import find_references
from mn_notebook.language.tree import Mark, Node, Scalar, scalars


class Use(NamedTuple):
    """A name that a text uses."""

    path: tuple[str, ...]
    mark: Mark
    key: str
    """The key of the step that the text stands below."""
    is_guarded: bool = False
    """The text says what it does when there is nothing."""


class Given(NamedTuple):
    """A value that goes to where one of a certain type is expected."""

    node: Node
    wanted: Schema
    what: str
    """How it is called in messages: ``'limit' of the tool 'search'``."""


@dataclass(slots=True)
class Draft:
    """A step as far as its own text tells it."""

    name: str
    mark: Mark
    kind: str | None = None
    """None: its text does not say, which is reported; others may still refer to it."""
    values: dict[str, Any] = field(default_factory=dict)
    """Fields of the model."""
    uses: list[Use] = field(default_factory=list)
    needs: list[Scalar] = field(default_factory=list)
    """As written."""
    item_name: str | None = None
    """How a ``for_each`` calls its item; None without one."""
    output: Schema | None = None
    """Of the step, or of each item; None: unknown."""
    shown: list[tuple[str, ...]] = field(default_factory=list)
    """Paths that an approval shows or lets edit."""
    edits: list[tuple[tuple[str, ...], Mark]] = field(default_factory=list)
    authorises: Scalar | None = None
    fallback: Scalar | None = None
    """The step that stands in for this one."""
    redo: Scalar | None = None
    """The step that a rejection sends the work back to."""
    join: Scalar | None = None
    """The rule, where it is written."""
    calls: Scalar | None = None
    """The workflow that it calls."""
    repeats: bool = False
    conditions: list[tuple[str, Scalar]] = field(default_factory=list)
    """Expressions that hold or do not, and their keys."""
    over: Scalar | None = None
    """The expression of its ``for_each``."""
    given: list[Given] = field(default_factory=list)


def template_uses(node: Node, key: str, findings: Findings) -> list[Use]:
    """Return the names that the templates below a node use; report what is no template."""
    return [use for text in scalars(node) for use in _uses(text, key, findings, expression=False)]


def expression_uses(text: Scalar, key: str, findings: Findings) -> list[Use]:
    """Return the names that an expression uses; report what is no expression."""
    return _uses(text, key, findings, expression=True)


def _uses(text: Scalar, key: str, findings: Findings, *, expression: bool) -> list[Use]:
    if not isinstance(text.value, str):
        return []
    try:
        found = find_references(text.text, expression=expression)
    except TextError as wrong:
        findings.problem(text.locate(wrong.offset), f"{wrong} (in {key!r})")
        return []
    return [Use(path, text.locate(offset), key, is_guarded) for path, offset, is_guarded in found]
