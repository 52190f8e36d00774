"""Evaluates what a workflow's texts say, with Jinja's sandbox."""

import functools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from jinja2 import Template, TemplateError, nodes
from pydantic import JsonValue

from mn_notebook.errors import PermanentError
from mn_notebook.language.bounds import check_length, metered
from mn_notebook.language.parsing import (
    ENVIRONMENT,
    TextError,
    lone_expression,
    parse_expression,
    parse_template,
)
from mn_notebook.language.tolls import with_tolls
from mn_notebook.language.values import json_value

_VALUE = "mn_value"
_MOST_COMPILED = 512


class SandboxedExpressions:
    """Evaluates texts with Jinja's sandbox; what is used often is compiled once.

    It keeps nothing of an evaluation and may be used by many threads and tasks at once. How time
    is bounded is told in `mn_notebook.language.bounds`.
    """

    def evaluate(self, expression: str, names: Mapping[str, Any]) -> JsonValue:
        """Return the value of an expression (no braces) as JSON-able Python.

        Raises:
            PermanentError: it cannot be evaluated with these names, or not within the bounds.
        """
        with _told(expression):
            return _value(_compiled_expression(expression), names)

    def render(self, template: str, names: Mapping[str, Any]) -> str:
        """Return a template's text; lists, objects, true, false and null render as JSON.

        Raises:
            PermanentError: it cannot be rendered with these names, or not within the bounds.
        """
        with _told(template):
            compiled = _compiled_template(template).template
            parts: list[str] = []
            length = 0
            with metered(names):
                for part in compiled.generate(dict(names)):
                    length += len(part)
                    check_length(length)
                    parts.append(part)
            return "".join(parts)

    def fill(self, template: JsonValue, names: Mapping[str, Any]) -> JsonValue:
        """Fill the templates inside a JSON value; a lone ``{{ x }}`` keeps its type.

        Raises:
            PermanentError: one of them cannot be filled with these names.
        """
        match template:
            case str():
                return self._fill_text(template, names)
            case list():
                return [self.fill(inner, names) for inner in template]
            case dict():
                return {key: self.fill(inner, names) for key, inner in template.items()}
            case _:
                return template

    def _fill_text(self, template: str, names: Mapping[str, Any]) -> JsonValue:
        with _told(template):
            lone = _compiled_template(template).lone
            if lone is not None:
                return _value(lone, names)
        return self.render(template, names)


class _Compiled(NamedTuple):
    template: Template
    lone: Template | None
    """Gives the value of a lone ``{{ x }}``."""


def _value(template: Template, names: Mapping[str, Any]) -> JsonValue:
    with metered(names):
        module = template.make_module(dict(names))
        return json_value(getattr(module, _VALUE))


@functools.lru_cache(maxsize=_MOST_COMPILED)
def _compiled_template(text: str) -> _Compiled:
    lone = lone_expression(parse_template(text))
    return _Compiled(_compiled(parse_template(text)), None if lone is None else _assigned(lone))


@functools.lru_cache(maxsize=_MOST_COMPILED)
def _compiled_expression(text: str) -> Template:
    return _assigned(parse_expression(text))


def _assigned(expression: nodes.Expr) -> Template:
    """Compile an expression so that its value can be read, and not only its text."""
    assign = nodes.Assign(nodes.Name(_VALUE, "store", lineno=1), expression, lineno=1)
    return _compiled(nodes.Template([assign], lineno=1))


def _compiled(root: nodes.Template) -> Template:
    paying = with_tolls(root)
    paying.set_environment(ENVIRONMENT)
    for node in (paying, *paying.find_all(nodes.Node)):
        node.lineno = node.lineno or 1
    try:
        code = ENVIRONMENT.compile(paying)
    except (SyntaxError, RecursionError, MemoryError) as error:  # Python's own limits
        raise TextError("this is nested too deeply") from error
    return Template.from_code(ENVIRONMENT, code, {**ENVIRONMENT.globals})


@contextmanager
def _told(text: str) -> Iterator[None]:
    """Say of every failure which text it happened in."""
    try:
        yield
    except PermanentError as error:
        raise PermanentError(f"{error} (in {_excerpt(text)})") from error
    except (TextError, TemplateError) as error:
        raise PermanentError(f"{error} (in {_excerpt(text)})") from error
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        message = f"this cannot be computed: {error} (in {_excerpt(text)})"
        raise PermanentError(message) from error
    except RecursionError as error:
        raise PermanentError(f"a value is nested too deeply (in {_excerpt(text)})") from error


def _excerpt(text: str, limit: int = 80) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= limit else line[: limit - 1] + "…")
