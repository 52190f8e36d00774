"""Types of Python as the notation of the language writes them."""

import types
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin

from mn_notebook.domain.workflow import Schema
from mn_notebook.errors import UsageError
from mn_notebook.language.model_types import is_model, schema_of
from mn_notebook.language.yaml_lines import Writable

_BASIC: dict[object, str] = {
    str: "str",
    int: "int",
    float: "float",
    bool: "bool",
    date: "date",
    datetime: "datetime",
    Any: "any",
    list: "list[any]",
    dict: "dict[str, any]",
}


class Notation:
    """Writes types down, and remembers the pydantic models among them."""

    models: dict[str, Schema]
    """By the names that the notation uses."""

    def __init__(self) -> None:
        self.models = {}

    def fields(self, given: Mapping[str, object]) -> dict[str, Writable]:
        """Return the types of inputs or of a form, with what stands beside them."""
        return {name: self._field(kind) for name, kind in given.items()}

    def _field(self, given: object) -> Writable:
        if isinstance(given, Mapping) and "type" in given:
            return {**given, "type": self.of(given["type"])}
        return self.of(given)

    def of(self, given: object) -> Writable:
        """Return a type: notation as it is, types of Python as notation, mappings field by field.

        Raises:
            UsageError: it is none that the language has.
        """
        if isinstance(given, str):
            return given
        if isinstance(given, Mapping):
            return {str(name): self.of(inner) for name, inner in given.items()}
        return self._text(given)

    def _text(self, given: object) -> str:
        if isinstance(given, str):
            return given
        if get_origin(given) is None:
            if isinstance(given, type) and is_model(given):
                self.models[given.__name__] = schema_of(given)
                return given.__name__
            if isinstance(given, type) and issubclass(given, Enum):
                return self._choice(given, [member.value for member in given])
            if given in _BASIC:
                return _BASIC[given]
        return self._generic(given, get_args(given))

    def _generic(self, given: object, inside: tuple[Any, ...]) -> str:
        origin = get_origin(given)
        if origin is list:
            return f"list[{self._text(inside[0])}]"
        if origin is dict and inside[0] is str:
            return f"dict[str, {self._text(inside[1])}]"
        if origin is Literal:
            return self._choice(given, inside)
        if origin in (Union, types.UnionType) and len(inside) == 2 and type(None) in inside:
            (real,) = (option for option in inside if option is not type(None))
            return f"{self._text(real)}?"
        raise _no_type(given)

    def _choice(self, given: object, words: Sequence[object]) -> str:
        if not words or not all(isinstance(word, str) for word in words):
            raise _no_type(given)
        return " | ".join(map(str, words))


def _no_type(given: object) -> UsageError:
    return UsageError(
        f"expected a type such as 'list[str]', {{'text': 'str'}}, list[str], "
        f"Literal['low', 'high'], an Enum of strings or a pydantic model, found {given!r}"
    )
