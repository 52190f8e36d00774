"""Pydantic models as types: their JSON Schemas, which are made when a text names them."""

from collections.abc import Iterator, Mapping
from typing import Any

from typing_extensions import override

from mn_notebook.domain.words import one_line
from mn_notebook.domain.workflow import Schema
from mn_notebook.errors import UsageError

_LONGEST = 200


def is_model(value: object) -> bool:
    """Tell whether something is a class of pydantic models."""
    return (
        isinstance(value, type)
        and hasattr(value, "model_json_schema")
        and hasattr(value, "model_fields")
    )


def schema_of(model: Any) -> Schema:
    """Return a model's JSON Schema.

    Raises:
        UsageError: it has none, as a field that holds a function has none; or it is not complete.
    """
    try:
        found: Schema = model.model_json_schema()
    except Exception as fault:  # a model's own hooks may raise anything
        said = one_line(str(fault).partition("\n\n")[0], _LONGEST)
        message = f"the pydantic model {model.__name__!r} cannot be a type: {said}"
        raise UsageError(message) from fault
    return found


class Models(Mapping[str, Schema]):
    """The schemas of models by the names that types use; one that nobody names is never made."""

    def __init__(self, models: Mapping[str, Any]) -> None:
        """Take classes by their names."""
        self._models = models

    @override
    def __getitem__(self, name: str) -> Schema:
        """Return the schema of a model; raises as `schema_of` does."""
        return schema_of(self._models[name])

    @override
    def __contains__(self, name: object) -> bool:
        return name in self._models

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._models)

    @override
    def __len__(self) -> int:
        return len(self._models)
