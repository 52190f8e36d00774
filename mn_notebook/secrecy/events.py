"""Events without secrets, before anybody folds or writes them."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar, get_args

from pydantic import BaseModel

from mn_notebook.domain.values import Stored
from mn_notebook.secrecy import known

Model = TypeVar("Model", bound=BaseModel)

_NAMES = frozenset(
    {
        *("kind", "workflow", "origin", "program", "by", "via", "to", "name", "node", "nodes"),
        *("tool", "model", "provider", "finish_reason", "request_id", "messages", "key", "keys"),
        *("args_hash", "request_hash", "step_key", "code_hash", "hash", "module", "defines"),
        *(
            "live",
            "cell_id",
            "signature",
            "given",
            "price",
            "rules",
            "leave",
            "editable",
            "authorised",
            "artifact",
            "media",
        ),
    }
)
"""Fields by which things are found, and hashes: another text there would be another thing. A step
or a tool that is called like a secret keeps its name, which stands in the workflow's own text."""


def without_secrets(event: Model) -> Model:
    """Return an event without secrets in its texts; as it is where there is none.

    What is in a `Stored` was redacted when it was kept; here it is not looked at again.
    """
    if not known.needles():
        return event
    texts = _texts_of(type(event))
    return _changed(event, texts, thoroughly=False) if texts else event


def thoroughly_without_secrets(event: Model) -> Model:
    """Return an event without secrets in its texts and in the values that it has inside."""
    return _changed(event, _all_of(type(event)), thoroughly=True)


def _changed(event: Model, fields: tuple[str, ...], *, thoroughly: bool) -> Model:
    changes: dict[str, Any] = {}
    for name in fields:
        before = getattr(event, name)
        after = _clean(before, thoroughly=thoroughly)
        if after is not before and after != before:
            changes[name] = after
    return event.model_copy(update=changes) if changes else event


def _clean(value: Any, *, thoroughly: bool) -> Any:
    match value:
        case str():
            return known.redact_text(value)
        case Stored():
            if not thoroughly or value.value is None:
                return value
            return value.model_copy(update={"value": known.redact(value.value)})
        case BaseModel():
            fields = _all_of(type(value)) if thoroughly else _texts_of(type(value))
            return _changed(value, fields, thoroughly=thoroughly)
        case tuple():
            return tuple(_clean(inner, thoroughly=thoroughly) for inner in value)
        case dict():
            return known.redact(value)
        case _:
            return value


@lru_cache(maxsize=256)
def _texts_of(kind: type[BaseModel]) -> tuple[str, ...]:
    """Return the fields in which people, models and functions say something."""
    return tuple(
        name
        for name, field in kind.model_fields.items()
        if name not in _NAMES and _holds_text(field.annotation)
    )


@lru_cache(maxsize=256)
def _all_of(kind: type[BaseModel]) -> tuple[str, ...]:
    return tuple(
        name
        for name, field in kind.model_fields.items()
        if name not in _NAMES and (_holds_text(field.annotation) or _holds_stored(field.annotation))
    )


def _holds_text(annotation: Any) -> bool:
    """Tell whether a field has plain text somewhere; ids have types of their own."""
    if annotation is str:
        return True
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation is not Stored and bool(_texts_of(annotation))
    if annotation in (dict, Mapping):
        return True
    return any(map(_holds_text, get_args(annotation)))


def _holds_stored(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation is Stored or bool(_all_of(annotation))
    return any(map(_holds_stored, get_args(annotation)))
