"""Reads the fields of a form that a person fills in."""

from mn_notebook.domain.shapes import first_fault
from mn_notebook.domain.type_words import type_text
from mn_notebook.domain.workflow import Schema
from mn_notebook.language.catalog import Catalog
from mn_notebook.language.section import Section
from mn_notebook.language.tree import Fields, Node, Scalar, described, plain
from mn_notebook.language.truth import truth_hint
from mn_notebook.language.types import read_fields, read_part, read_type
from mn_notebook.language.vocabulary import INPUT_KEYS


def read_form(section: Section, catalog: Catalog) -> Schema:
    """Return the JSON Schema of a form's fields, their defaults and explanations included."""
    value = section.value("fields")
    if isinstance(value, Fields):
        return _Form(section, catalog).read(value)
    if value is None:
        section.findings.problem(
            section.mark("ask"), "expected `fields` to fill in, such as: fields: {email: str}"
        )
    else:
        section.section("fields", "fields", "a mapping of fields such as {email: str}")
    return {}


class _Form:
    def __init__(self, section: Section, catalog: Catalog) -> None:
        self._findings = section.findings
        self._models = catalog.types or {}

    def read(self, node: Fields) -> Schema:
        return read_fields(node, self._models, self._findings, self._field)

    def _field(self, key: Scalar, node: Node) -> Schema:
        kind = node.get("type") if isinstance(node, Fields) else None
        if not isinstance(node, Fields) or kind is None:
            return read_part(node, self._models, self._findings)
        inner = Section(node, "a field", self._findings)
        inner.check_keys(INPUT_KEYS)
        schema = dict(read_part(kind.value, self._models, self._findings))
        if about := inner.text("about", "a text"):
            schema["description"] = about.text.strip()
        if (default := inner.value("default")) is not None:
            self._check_default(key, kind.value, default)
            schema["default"] = plain(default)
        return schema

    def _check_default(self, key: Scalar, kind: Node, default: Node) -> None:
        whole = read_type(kind, self._models, self._findings)
        if first_fault(plain(default), whole) is not None:
            self._findings.problem(
                default.mark,
                f"the default of {key.text!r} is {described(default)}, which is not of its type "
                f"{type_text(whole)}{truth_hint(default, whole)}",
            )
