"""A function becomes a tool by its signature and docstring."""

import functools
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, Optional

import pytest
from pydantic import BaseModel, Field, JsonValue

from mn_notebook.agents.tools import REGISTRY, ToolRegistry, make_tool, tool
from mn_notebook.errors import PermanentError, UsageError


class Address(BaseModel):
    city: str
    zip: int | None = None


class Order(BaseModel):
    to: Address
    lines: list[str]


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Opaque:
    """A class of which nothing is known."""


def takes(annotation: Any, default: Any = ...) -> Callable[..., Any]:
    """Return a function with one parameter ``x``."""
    if default is ...:

        def function(x: Any) -> Any:
            return x

        function.__annotations__["x"] = annotation
        return function

    def with_default(x: Any = default) -> Any:
        return x

    with_default.__annotations__["x"] = annotation
    return with_default


TEXT = {"type": "string"}
NUMBER = {"type": "integer"}


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        pytest.param(str, TEXT, id="str"),
        pytest.param(int, NUMBER, id="int"),
        pytest.param(float, {"type": "number"}, id="float"),
        pytest.param(bool, {"type": "boolean"}, id="bool"),
        pytest.param(Any, {}, id="any"),
        pytest.param(date, {"type": "string", "format": "date"}, id="date"),
        pytest.param(datetime, {"type": "string", "format": "date-time"}, id="datetime"),
        pytest.param(list[str], {"type": "array", "items": TEXT}, id="list"),
        pytest.param(
            dict[str, int], {"type": "object", "additionalProperties": NUMBER}, id="dict of int"
        ),
        pytest.param(Literal["up", "down"], {"type": "string", "enum": ["up", "down"]}, id="words"),
        pytest.param(str | None, {"anyOf": [TEXT, {"type": "null"}]}, id="or none"),
        pytest.param(
            Optional[int],  # noqa: UP045 - as many write it
            {"anyOf": [NUMBER, {"type": "null"}]},
            id="optional",
        ),
        pytest.param(int | str, {"anyOf": [NUMBER, TEXT]}, id="union"),
        pytest.param(
            Annotated[int, Field(ge=1, le=9)],
            {"type": "integer", "minimum": 1, "maximum": 9},
            id="bounded",
        ),
        pytest.param(
            tuple[int, str],
            {"type": "array", "prefixItems": [NUMBER, TEXT], "minItems": 2, "maxItems": 2},
            id="tuple",
        ),
        pytest.param("str", TEXT, id="annotation as text"),
    ],
)
def test_annotation_becomes_a_schema(annotation: Any, schema: dict[str, JsonValue]) -> None:
    """What a model sees of a parameter is its type, in JSON Schema, without titles."""
    parameters = make_tool(takes(annotation)).parameters
    assert parameters["properties"] == {"x": schema}
    assert parameters["required"] == ["x"]
    assert parameters["additionalProperties"] is False


def test_nested_models_are_described_in_full() -> None:
    """A model of the notebook becomes definitions that the schema refers to."""
    parameters = make_tool(takes(Order)).parameters
    definitions = parameters["$defs"]
    assert isinstance(definitions, dict)
    assert set(definitions) == {"Address", "Order"}
    assert "title" not in str(parameters)


def test_parameter_that_is_called_title_stays() -> None:
    """Only what pydantic adds is dropped."""

    def post(title: str, text: str) -> None:
        """Post."""

    properties = make_tool(post).parameters["properties"]
    assert properties == {"title": TEXT, "text": TEXT}


@pytest.mark.parametrize(
    ("default", "shown"),
    [
        pytest.param(5, 5, id="number"),
        pytest.param(None, None, id="none"),
        pytest.param(date(2030, 1, 2), "2030-01-02", id="date"),
        pytest.param(["a"], ["a"], id="list"),
        pytest.param(Colour.RED, "red", id="enum"),
    ],
)
def test_default_is_shown_and_not_required(default: Any, shown: JsonValue) -> None:
    """A parameter with a default may be left out."""
    parameters = make_tool(takes(Any, default)).parameters
    assert parameters["properties"] == {"x": {"default": shown}}
    assert "required" not in parameters


def test_default_that_json_lacks_is_not_shown() -> None:
    """A sentinel as a default is the function's own business."""
    made = make_tool(takes(Any, Opaque()))
    assert made.parameters["properties"] == {"x": {}}
    assert made.prepared({}, "k") == {}


def test_docstring_describes_tool_and_parameters() -> None:
    """The first lines describe the tool, ``Args:`` its parameters."""

    def find(ticker: str, limit: int = 5, *, deep: bool = False) -> list[str]:
        """Find the newest filings.

        Newest first.

        Args:
            ticker: the company's symbol.
            limit: the most to return.

        Returns:
            Their names.
        """
        return [ticker] * limit * (1 + deep)

    made = make_tool(find)
    assert made.description == "Find the newest filings. Newest first."
    assert made.parameters["properties"] == {
        "ticker": {"type": "string", "description": "the company's symbol."},
        "limit": {"type": "integer", "default": 5, "description": "the most to return."},
        "deep": {"type": "boolean", "default": False},
    }


def test_tool_without_docstring_has_an_empty_description() -> None:
    """Nothing is made up."""
    assert make_tool(takes(int)).description == ""


class Desk:
    def send(self, to: str) -> str:
        """Send."""
        return f"sent to {to}"

    def __call__(self, to: str) -> str:
        return to


@pytest.mark.parametrize(
    ("function", "name"),
    [
        pytest.param(Desk().send, "send", id="bound method"),
        pytest.param(functools.partial(takes(str)), "tool", id="partial"),
        pytest.param(Desk(), "tool", id="callable object"),
        pytest.param(lambda x: x, "<lambda>", id="lambda"),
    ],
)
def test_any_callable_with_names_becomes_a_tool(function: Callable[..., Any], name: str) -> None:
    """``self`` is no parameter of a method."""
    made = make_tool(function)
    assert made.name == name
    assert len(made.prepared({next(iter(_properties(made.parameters))): "a"}, "k")) == 1


def _properties(parameters: dict[str, JsonValue]) -> dict[str, JsonValue]:
    properties = parameters["properties"]
    assert isinstance(properties, dict)
    return properties


def _positional(x: int, /) -> None: ...


def _many(*xs: int) -> None: ...


def _named(**options: int) -> None: ...


def _hidden(_x: int) -> None: ...


def _configured(model_config: int) -> None: ...


@pytest.mark.parametrize(
    ("function", "said"),
    [
        pytest.param(_positional, "found (x, /)", id="positional only"),
        pytest.param(_many, "found (*xs)", id="args"),
        pytest.param(_named, "found (**options)", id="kwargs"),
        pytest.param(_hidden, "cannot be called '_x'", id="underscore"),
        pytest.param(_configured, "cannot be called 'model_config'", id="model_config"),
        pytest.param(takes(Opaque), "cannot be a schema", id="unknown class"),
        pytest.param(takes(Callable[[], int]), "cannot be a schema", id="callable"),
        pytest.param(takes("Nowhere"), "is not known", id="undefined name"),
        pytest.param(takes("pytest.Nowhere"), "is not known", id="undefined attribute"),
        pytest.param(takes("list["), "is not known", id="broken text"),
        pytest.param(dict, "a function with a signature", id="no signature"),
        pytest.param(print, "found (*args)", id="built-in"),
    ],
)
def test_signature_that_is_no_schema_is_refused(function: Callable[..., Any], said: str) -> None:
    """What could never be called is refused where it is declared, in one line."""
    with pytest.raises(UsageError) as caught:
        make_tool(function)
    assert said in str(caught.value)
    assert str(caught.value).startswith("tool '")
    assert "\n" not in str(caught.value)


def test_parameters_may_be_called_like_methods_of_models() -> None:
    """``json``, ``copy`` and ``schema`` are good names for parameters."""

    def odd(json: int, copy: str, schema: dict[str, int], model_fields: int) -> None: ...

    given: dict[str, JsonValue] = {"json": 1, "copy": "c", "schema": {}, "model_fields": 2}
    assert make_tool(odd).prepared(given, "k") == given


# --- arguments ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("annotation", "given", "got"),
    [
        pytest.param(date, "2030-01-02", date(2030, 1, 2), id="date"),
        pytest.param(int, "5", 5, id="number as text"),
        pytest.param(float, 2, 2.0, id="whole number"),
        pytest.param(Decimal, "1.10", Decimal("1.10"), id="decimal"),
        pytest.param(Colour, "blue", Colour.BLUE, id="enum"),
        pytest.param(Address, {"city": "Bern"}, Address(city="Bern"), id="model"),
        pytest.param(
            Order,
            {"to": {"city": "Bern", "zip": 3000}, "lines": []},
            Order(to=Address(city="Bern", zip=3000), lines=[]),
            id="nested model",
        ),
        pytest.param(list[Address], [{"city": "Bern"}], [Address(city="Bern")], id="models"),
        pytest.param(set[str], ["a"], {"a"}, id="set"),
        pytest.param(str | None, None, None, id="none"),
        pytest.param(Any, {"a": [1]}, {"a": [1]}, id="any"),
    ],
)
def test_arguments_are_converted(annotation: Any, given: JsonValue, got: Any) -> None:
    """A function gets what its annotations say, not JSON."""
    assert make_tool(takes(annotation)).prepared({"x": given}, "k") == {"x": got}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({}, "x: Field required", id="missing"),
        pytest.param({"x": "many"}, "x: Input should be a valid integer", id="wrong type"),
        pytest.param({"x": 1, "y": 2}, "y: Extra inputs are not permitted", id="unknown"),
        pytest.param({"x": None}, "x: Input should be a valid integer", id="null"),
        pytest.param({"x": 1, "idempotency_key": "k"}, "idempotency_key: Extra", id="key"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(given: dict[str, JsonValue], said: str) -> None:
    """One sentence names the argument and what is wrong with it."""

    def count(x: int, *, idempotency_key: str) -> int:
        return x

    with pytest.raises(PermanentError, match=r"the arguments do not fit 'count': ") as caught:
        make_tool(count).prepared(given, "k")
    assert said in str(caught.value)


def test_defaults_are_left_to_the_function() -> None:
    """Only what was given is passed on."""
    assert make_tool(takes(int, 7)).prepared({}, "k") == {}


def test_key_is_given_and_never_seen() -> None:
    """The idempotency key is the runtime's: no model sees or sets it."""

    def send(to: str, *, idempotency_key: str) -> str:
        """Send.

        Args:
            to: whom.
            idempotency_key: ours.
        """
        return idempotency_key

    made = make_tool(send)
    assert made.takes_key
    assert "idempotency_key" not in str(made.parameters)
    assert made.prepared({"to": "ann"}, "mn-1") == {"to": "ann", "idempotency_key": "mn-1"}
    assert make_tool(takes(str)).prepared({"x": "a"}, "mn-1") == {"x": "a"}


def test_bound_arguments_are_hidden() -> None:
    """What the workflow sets, the model neither sees nor has to give."""

    def find(q: str, region: str, limit: int = 3) -> None: ...

    spec = make_tool(find, effect="read").spec({"region": "eu", "limit": 1})
    assert spec.parameters["properties"] == {"q": TEXT}
    assert spec.parameters["required"] == ["q"]
    assert spec.effect == "read"


def test_binding_all_arguments_leaves_none() -> None:
    """A tool may have nothing left to be asked for."""
    spec = make_tool(takes(str)).spec({"x": 1})
    assert spec.parameters["properties"] == {}
    assert spec.parameters["required"] == []


# --- the decorator and the registry ------------------------------------------------------------


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> ToolRegistry:
    monkeypatch.setattr(REGISTRY, "_tools", {})
    return REGISTRY


def test_decorated_function_stays_what_it_was(registry: ToolRegistry) -> None:
    """It can still be called, and tested, as a function."""

    @tool
    def double(x: int) -> int:
        return 2 * x

    assert double(4) == 8
    assert registry.get("double") is not None


def test_undeclared_effect_is_write(registry: ToolRegistry) -> None:
    """Who says nothing is asked about."""
    tool(takes(int))
    tool(effect="read", name="look")(takes(int))
    tool(name="unsaid")(takes(int))
    assert registry.effects() == {"function": "write", "look": "read", "unsaid": "write"}


def test_defining_again_replaces(registry: ToolRegistry) -> None:
    """A cell that runs again makes a new version of its tool."""
    tool(effect="read", name="look")(takes(int))
    old = registry.get("look")
    tool(effect="write", name="look")(takes(str))
    new = registry.get("look")
    assert old is not None
    assert new is not None
    assert (new.effect, new.hash != old.hash) == ("write", True)


def test_declared_tool_is_found_by_its_function(registry: ToolRegistry) -> None:
    """A tool may have another name than its function."""
    function = takes(int)
    tool(effect="read", name="look")(function)
    found = registry.made_of(function)
    assert found is not None
    assert found.name == "look"
    assert registry.made_of(takes(int)) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            make_tool(takes(int)), make_tool(takes(int), effect="read"), id="another effect"
        ),
        pytest.param(make_tool(takes(int)), make_tool(takes(int), name="other"), id="another name"),
        pytest.param(make_tool(takes(int)), make_tool(takes(str)), id="another schema"),
        pytest.param(make_tool(takes(int)), make_tool(lambda x: -x, name="f"), id="other source"),
    ],
)
def test_hash_names_what_a_tool_does(one: Any, other: Any) -> None:
    """Whatever a model or a person would judge differently changes the hash."""
    assert one.hash != other.hash
