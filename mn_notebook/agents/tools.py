"""Tools: functions that a workflow, or an agent, may call, with their effect declared."""

import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, overload

import docstring_parser
from pydantic import (
    BaseModel,
    ConfigDict,
    JsonValue,
    ValidationError,
    WithJsonSchema,
    create_model,
)

from mn_notebook.agents.capture import held_by, identity_of
from mn_notebook.domain.durations import parse_duration
from mn_notebook.domain.ids import UNLIKE, content_hash
from mn_notebook.domain.messages import ToolSpec
from mn_notebook.domain.tables import as_records
from mn_notebook.domain.workflow import Effect, Schema
from mn_notebook.errors import PermanentError, UsageError
from mn_notebook.frames import form_of

F = TypeVar("F", bound=Callable[..., Any])

KEY_PARAMETER = "idempotency_key"
"""A parameter of this name is given the call's key; no model sees or sets it."""
RESULT_PARAMETER = "result"
"""A parameter of a ``compensate`` of this name is given what the call returned."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A function with a schema and an effect."""

    name: str
    description: str
    effect: Effect
    function: Callable[..., Any]
    parameters: Schema
    takes_key: bool
    arguments: type[BaseModel]
    check: Callable[[str], Any] | None = None
    """Asked, with the key, whether a call happened: its result, or None when it did not."""
    concurrency: int | None = None
    """So many calls may be under way at once in this process; None: any number."""
    compensate: Callable[..., Any] | None = None
    """Undoes a call: it is given what it asks for by name."""
    timeout_seconds: float | None = None
    """How long a call may take; None: as long as its step."""
    serial: bool = False
    """It is not thread-safe: one call at a time in this process, and never beside one that goes on
    although nobody waits for it any more."""

    @property
    def hash(self) -> str:
        """What determines what the tool gives, as far as that can be told: see `held_by`."""
        held = self.held.get("held")
        if held == UNLIKE:
            return UNLIKE
        return self.code if held is None else content_hash([self.code, held])[:16]

    @property
    def identity(self) -> str:
        """The hash, by which calls may be taken for the same; '' where it says too little."""
        found = self.hash
        return "" if found == UNLIKE else found

    @property
    def held(self) -> dict[str, JsonValue]:
        """What the tool's function holds beside its code."""
        return held_by(self.function)

    @property
    def code(self) -> str:
        """What names the tool as it is now; its code may have been reloaded since it was made."""
        code = identity_of(self.function)
        return content_hash([self.name, self.effect, code, dict(self.parameters)])[:16]

    def spec(self, bound: Mapping[str, JsonValue]) -> ToolSpec:
        """Return the tool as a model sees it: bound arguments are absent."""
        return ToolSpec(
            name=self.name,
            description=self.description,
            parameters=_without(self.parameters, bound),
            effect=self.effect,
        )

    def prepared(self, args: Mapping[str, JsonValue], key: str) -> dict[str, Any]:
        """Return checked and converted arguments, with the key when the tool takes one.

        A table stays one, for a parameter that asks for a frame or for anything; the call hands it
        on as that parameter wants it.

        Raises:
            PermanentError: the arguments do not fit the tool's signature.
        """
        try:
            checked = self.arguments.model_validate(self._with_records(args))
        except ValidationError as fault:
            message = f"the arguments do not fit {self.name!r}: {_first_fault(fault)}"
            raise PermanentError(message) from fault
        given = {name: getattr(checked, name) for name in checked.model_fields_set}
        return {**given, KEY_PARAMETER: key} if self.takes_key else given

    def _with_records(self, args: Mapping[str, JsonValue]) -> dict[str, Any]:
        fields = self.arguments.model_fields
        asks_for_records = {
            name for name, field in fields.items() if form_of(field.annotation) == "records"
        }
        return {
            name: as_records(value) if name in asks_for_records else value
            for name, value in args.items()
        }


def _without(parameters: Schema, bound: Mapping[str, JsonValue]) -> Schema:
    properties = parameters.get("properties")
    required = parameters.get("required")
    if not bound or not isinstance(properties, dict):
        return parameters
    left: Schema = {name: schema for name, schema in properties.items() if name not in bound}
    needed = [name for name in required if name not in bound] if isinstance(required, list) else []
    return {**parameters, "properties": left, "required": needed}


def _first_fault(fault: ValidationError) -> str:
    first = fault.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])


class ToolRegistry:
    """The tools of this process by name; defining one again replaces it."""

    def __init__(self) -> None:
        """Know no tool yet."""
        self._tools: dict[str, Tool] = {}

    def add(self, tool: Tool) -> None:
        """Know a tool, in place of an older one of its name."""
        self._tools[tool.name] = tool

    def get(self, name: str) -> Tool | None:
        """Return a tool or None."""
        return self._tools.get(name)

    def made_of(self, function: Callable[..., Any]) -> Tool | None:
        """Return the tool that a function was declared to be, under whatever name, or None."""
        return next((tool for tool in self._tools.values() if tool.function is function), None)

    def effects(self) -> dict[str, Effect]:
        """Return the effect of every tool by name."""
        return {name: tool.effect for name, tool in sorted(self._tools.items())}

    def parameters(self) -> dict[str, Schema]:
        """Return the schema of the arguments of every tool by name."""
        return {name: tool.parameters for name, tool in sorted(self._tools.items())}


REGISTRY = ToolRegistry()
"""Where `tool` puts what it decorates."""

_registry: ContextVar[ToolRegistry] = ContextVar("mn_registry", default=REGISTRY)


@contextmanager
def registering_in(registry: ToolRegistry) -> Iterator[None]:
    """Let `tool` put what it decorates elsewhere, for as long as the block."""
    token = _registry.set(registry)
    try:
        yield
    finally:
        _registry.reset(token)


def current_registry() -> ToolRegistry:
    """Return where `tool` puts what it decorates now."""
    return _registry.get()


@overload
def tool(function: F, /) -> F: ...


@overload
def tool(
    *,
    effect: Effect = "write",
    name: str | None = None,
    check: Callable[[str], Any] | None = None,
    concurrency: int | None = None,
    compensate: Callable[..., Any] | None = None,
    timeout: float | str | None = None,
    serial: bool = False,
) -> Callable[[F], F]: ...


def tool(
    function: F | None = None,
    /,
    *,
    effect: Effect = "write",
    name: str | None = None,
    check: Callable[[str], Any] | None = None,
    concurrency: int | None = None,
    compensate: Callable[..., Any] | None = None,
    timeout: float | str | None = None,
    serial: bool = False,
) -> F | Callable[[F], F]:
    """Make a function a tool: its signature and docstring become the schema that a model sees.

    Args:
        function: the function, when used without arguments.
        effect: what a call does to the world. ``read`` changes nothing; ``idempotent`` may be
            repeated with the same key; ``write`` is never repeated blindly. Undeclared means
            ``write``.
        name: the tool's name; default: the function's.
        check: given a call's key, returns what the call returned if it happened, else None. It is
            asked after a crash between the start of a ``write`` and its outcome.
        concurrency: how many calls may be under way at once in this process; further ones wait.
            Default: as many as are wanted.
        compensate: undoes a call that happened, when a person wants the run undone. It is given by
            name what it asks for: arguments of the call, ``idempotency_key`` and ``result``, what
            the call returned. One that takes the key may be repeated with it after a crash, and
            must do nothing the second time; any other is in doubt then, and a person is asked.
        timeout: how long a call may take, in seconds or as a duration such as ``"30s"``. A
            ``write`` that takes longer is in doubt, for it may happen yet. Default: as long as its
            step.
        serial: for what is not thread-safe: one call at a time in this process, also when the one
            before has timed out and goes on. Default: calls may be made at the same time.

    Raises:
        UsageError: the signature cannot be a schema, or another argument does not fit.
    """

    def decorate(decorated: F) -> F:
        made = make_tool(
            decorated,
            effect=effect,
            name=name,
            check=check,
            concurrency=concurrency,
            compensate=compensate,
            timeout=timeout,
            serial=serial,
        )
        _registry.get().add(made)
        return decorated

    return decorate if function is None else decorate(function)


def make_tool(
    function: Callable[..., Any],
    *,
    effect: Effect = "write",
    name: str | None = None,
    check: Callable[[str], Any] | None = None,
    concurrency: int | None = None,
    compensate: Callable[..., Any] | None = None,
    timeout: float | str | None = None,
    serial: bool = False,
) -> Tool:
    """Return a function as a tool.

    Raises:
        UsageError: the signature cannot be a schema, or another argument does not fit.
    """
    own_name = name or str(getattr(function, "__name__", "tool"))
    if concurrency is not None and concurrency < 1:
        message = f"tool {own_name!r}: expected a concurrency of 1 or more, found {concurrency}"
        raise UsageError(message)
    if serial and concurrency not in (None, 1):
        message = f"tool {own_name!r}: it is serial, so a concurrency of {concurrency} cannot be"
        raise UsageError(message)
    arguments, parameters = _arguments_of(function, own_name)
    if compensate is not None:
        require_compensation(compensate, arguments, own_name, effect)
    text = docstring_parser.parse(inspect.getdoc(function) or "")
    described = {parameter.arg_name: parameter.description or "" for parameter in text.params}
    return Tool(
        name=own_name,
        description=" ".join(
            part for part in (text.short_description, text.long_description) if part
        ),
        effect=effect,
        function=function,
        parameters=_described(parameters, described),
        takes_key=KEY_PARAMETER in inspect.signature(function).parameters,
        arguments=arguments,
        check=check,
        concurrency=1 if serial else concurrency,
        compensate=compensate,
        timeout_seconds=_seconds(timeout, own_name),
        serial=serial,
    )


def _seconds(timeout: float | str | None, tool: str) -> float | None:
    try:
        seconds = parse_duration(timeout) if isinstance(timeout, str) else timeout
    except ValueError as fault:
        message = f"tool {tool!r}: timeout: {fault}"
        raise UsageError(message) from None
    if seconds is not None and not 0 < seconds < float("inf"):
        message = f"tool {tool!r}: expected a timeout above 0 seconds, found {timeout}"
        raise UsageError(message)
    return seconds


def require_compensation(
    compensate: Callable[..., Any], arguments: type[BaseModel], tool: str, effect: Effect
) -> None:
    """Refuse a ``compensate`` that could not be called when it is needed.

    Raises:
        UsageError: it asks for what is not known, or there is nothing to undo.
    """
    if effect == "read":
        message = f"tool {tool!r}: it reads, so there is nothing that compensate could undo"
        raise UsageError(message)
    own = arguments.model_fields
    known = ", ".join([*own, KEY_PARAMETER, RESULT_PARAMETER])
    for parameter in _signature(compensate, tool).parameters.values():
        name = parameter.name
        if name == RESULT_PARAMETER and name in own:
            message = (
                f"tool {tool!r}: compensate asks for {name!r}, which is what the call returned, "
                "and the tool has an argument of that name: rename the tool's argument"
            )
            raise UsageError(message)
        if name in (*own, KEY_PARAMETER, RESULT_PARAMETER) and parameter.kind in (
            parameter.POSITIONAL_OR_KEYWORD,
            parameter.KEYWORD_ONLY,
        ):
            continue
        if parameter.default is parameter.empty:
            message = (
                f"tool {tool!r}: compensate is given what it asks for by name: expected some of "
                f"{known}, found {str(parameter).partition(':')[0]!r}"
            )
            raise UsageError(message)


def _arguments_of(function: Callable[..., Any], name: str) -> tuple[type[BaseModel], Schema]:
    """Return what checks the arguments of a function, and its schema."""
    fields: dict[str, Any] = {
        parameter.name: _field(parameter, hints, name)
        for hints in [_hints(function, name)]
        for parameter in _signature(function, name).parameters.values()
        if parameter.name != KEY_PARAMETER
    }
    try:
        # A parameter may be called like a method of pydantic's models: nothing here calls those.
        with warnings.catch_warnings(action="ignore"):
            arguments = create_model(
                f"{name}_arguments",
                __config__=ConfigDict(
                    extra="forbid", arbitrary_types_allowed=False, protected_namespaces=()
                ),
                **fields,
            )
            return arguments, _plain_schema(arguments.model_json_schema())
    except Exception as fault:
        message = f"tool {name!r}: its signature cannot be a schema: {_first_line(fault)}"
        raise UsageError(message) from fault


def _field(parameter: inspect.Parameter, hints: Mapping[str, Any], tool: str) -> tuple[Any, Any]:
    kind = parameter.kind
    if kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
        found = str(parameter).partition(":")[0]
        found = f"{found}, /" if kind is parameter.POSITIONAL_ONLY else found
        message = f"tool {tool!r}: expected parameters that can be named, found ({found})"
        raise UsageError(message)
    if parameter.name.startswith("_") or parameter.name == "model_config":
        message = f"tool {tool!r}: a parameter of a tool cannot be called {parameter.name!r}"
        raise UsageError(message)
    default = ... if parameter.default is parameter.empty else parameter.default
    hint = hints.get(parameter.name, Any)
    return (_TABLE if form_of(hint) in ("pandas", "arrow", "polars") else hint), default


_TABLE = Annotated[Any, WithJsonSchema({"type": "array", "items": {"type": "object"}})]
"""A frame, as a model may give one: a list of records. It becomes a frame where it is called."""


def _signature(function: Callable[..., Any], tool: str) -> inspect.Signature:
    try:
        return inspect.signature(function)
    except (TypeError, ValueError) as fault:
        message = f"tool {tool!r}: expected a function with a signature, found {function!r}"
        raise UsageError(message) from fault


def _hints(function: Callable[..., Any], tool: str) -> dict[str, Any]:
    try:
        return inspect.get_annotations(inspect.unwrap(function), eval_str=True)
    except Exception as fault:
        message = f"tool {tool!r}: a type in its signature is not known: {_first_line(fault)}"
        raise UsageError(message) from fault


def _first_line(fault: Exception) -> str:
    return str(fault).partition("\n")[0]


def _plain_schema(schema: dict[str, Any]) -> Schema:
    """Drop what pydantic adds for people: titles cost tokens and say nothing."""
    return {key: _plain(value) for key, value in schema.items() if key != "title"}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _plain(inner)
            for key, inner in value.items()
            if not (key == "title" and isinstance(inner, str))
        }
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _described(parameters: Schema, described: Mapping[str, str]) -> Schema:
    properties = parameters.get("properties")
    if not isinstance(properties, dict):
        return parameters
    filled: Schema = {
        name: {**schema, "description": described[name]}
        if isinstance(schema, dict) and described.get(name)
        else schema
        for name, schema in properties.items()
    }
    return {**parameters, "properties": filled}


__all__ = [
    "REGISTRY",
    "Tool",
    "ToolRegistry",
    "current_registry",
    "make_tool",
    "registering_in",
    "tool",
]
