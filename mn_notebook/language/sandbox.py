"""The environment that texts are evaluated in: Jinja's sandbox, closed further and metered.

No attribute of a Python object is reachable: a dot means a key of a mapping, the ``rows`` of a step
with items, or one of a few harmless methods of texts and mappings.
"""

from collections.abc import ItemsView, KeysView, Mapping, ValuesView
from typing import Final

from jinja2 import StrictUndefined, pass_context
from jinja2.runtime import Context, LoopContext, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing
from typing_extensions import override

from mn_notebook.domain.tables import Table
from mn_notebook.errors import PermanentError
from mn_notebook.language import filters
from mn_notebook.language.bounds import MOST_ITEMS, check_items, check_length, check_number, current
from mn_notebook.language.rows import StepRows
from mn_notebook.language.values import Value, text_of
from mn_notebook.language.words import hint

_LOOP_FIELDS = frozenset(
    [
        "index",
        "index0",
        "revindex",
        "revindex0",
        "first",
        "last",
        "length",
        "previtem",
        "nextitem",
        "cycle",
    ]
)
_TEXT_METHODS = frozenset(
    ["startswith", "endswith", "strip", "lstrip", "rstrip", "lower", "upper", "title", "split"]
)
_MAPPING_METHODS = frozenset(["items", "keys", "values", "get"])

_LONGEST_ARGUMENT = 1000

TOLL_LOOP: Final = "mn_loop"
TOLL_WEIGH: Final = "mn_weigh"
TOLL_JOIN: Final = "mn_join"
TOLL_SLICE: Final = "mn_slice"
TOLLS: Final = frozenset({TOLL_LOOP, TOLL_WEIGH, TOLL_JOIN, TOLL_SLICE})
"""Filters that only the compiler puts into a text; no text can name them."""


class Missing(StrictUndefined):
    """A name or a field that is not there; using it says what is there.

    The message is made only when it is needed, because `default` and `is defined` never need it.
    """

    def __init__(
        self,
        hint: str | None = None,
        obj: Value = missing,
        name: str | None = None,
        _exc: type[Exception] | None = None,
    ) -> None:
        super().__init__(hint, obj, name, PermanentError)  # type: ignore[arg-type]  # any exception

    @property
    @override
    def _undefined_message(self) -> str:
        if self._undefined_hint is not None:
            return self._undefined_hint
        return _missing_message(self._undefined_obj, self._undefined_name)


def _missing_message(obj: Value, name: object) -> str:
    if obj is missing:
        known = [known for known in current().names if not known.startswith("_")]
        return f"unknown name {name!r}{hint(str(name), known, nouns='known are')}"
    if isinstance(obj, Mapping):
        fields = [str(field) for field in obj]
        return f"no field {name!r} here{hint(str(name), fields, nouns='fields')}"
    if isinstance(obj, list | tuple) and isinstance(name, int):
        return f"no item {name} in a list of {len(obj)}"
    if isinstance(obj, Table):
        columns = [column.name for column in obj.columns]
        return (
            f"a table has no field {name!r}; loop over its rows, or take one with [0]"
            f"{hint(str(name), columns, nouns='its columns')}"
        )
    if isinstance(obj, list):
        return f"a list has no field {name!r}; loop over it, or take one with [0]"
    return f"{_kind(obj)} has no field {name!r}"


def _kind(value: object) -> str:
    match value:
        case None:
            return "nothing (null)"
        case bool():
            return "true or false"
        case str():
            return "a text"
        case int() | float():
            return "a number"
        case _:
            pass
    return "a value"


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """Jinja's sandbox in which every step that repeats or grows pays before it acts."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def __init__(self) -> None:
        super().__init__(
            undefined=Missing,
            finalize=_shown,
            autoescape=False,
            optimized=False,  # nothing is computed while a text is compiled, outside of any meter
            trim_blocks=True,
            lstrip_blocks=True,
            cache_size=0,
        )
        self.filters = {
            **filters.filters(),
            TOLL_LOOP: _loop,
            TOLL_WEIGH: _weighed,
            TOLL_JOIN: _joined,
            TOLL_SLICE: _sliceable,
        }
        self.tests = filters.tests()  # type: ignore[assignment]  # Jinja types them too narrowly
        self.globals = {"range": _range}

    @override
    def getattr(self, obj: Value, attribute: str) -> Value:
        """Return what a dot means; a key of a mapping wins."""
        return self.getitem(obj, attribute)

    @override
    def getitem(self, obj: Value, argument: Value) -> Value:
        """Return a key, an index, a slice, or one of the few names that values have."""
        if isinstance(obj, Undefined):
            return obj[argument]  # raises, with the message for the analyst
        if isinstance(obj, Mapping):
            found = obj.get(argument, missing) if _hashable(argument) else missing
            if found is not missing:
                return found
        elif isinstance(obj, str | list | tuple | range) and isinstance(argument, int):
            return self._at(obj, argument)
        if isinstance(argument, str) and (method := _named(obj, argument)) is not None:
            return method
        return self.undefined(obj=obj, name=argument)

    def _at(self, obj: Value, argument: int) -> Value:
        try:
            return obj[argument]
        except IndexError:
            return self.undefined(obj=obj, name=argument)  # type: ignore[arg-type]  # an index

    @override
    def call(__self, __context: Context, __obj: Value, *args: Value, **kwargs: Value) -> Value:  # noqa: N805 - as in Jinja
        """Call what texts may call: ``range`` and the few methods of values."""
        if isinstance(__obj, Undefined):
            return __obj(*args, **kwargs)  # raises, with the message for the analyst
        if __obj is not _range and getattr(__obj, "__name__", "") not in _CALLABLE:
            raise PermanentError("only range() and the methods of texts and mappings can be called")
        current().spend(1)
        kwargs = {name: value for name, value in kwargs.items() if name not in _JINJA_ARGUMENTS}
        if isinstance(text := getattr(__obj, "__self__", None), str):
            _check_method(text, args)
        result = __obj(*args, **kwargs)
        return list(result) if isinstance(result, KeysView | ValuesView | ItemsView) else result

    @override
    def call_binop(self, context: Context, operator: str, left: Value, right: Value) -> Value:
        """Compute with two values, after saying how large the result will be."""
        current().spend(1)
        for value in (left, right):
            if isinstance(value, Undefined):
                str(value)  # raises, with the message for the analyst
        if operator == "+" and isinstance(left, str) != isinstance(right, str):
            raise PermanentError("+ adds two numbers or joins two texts; use ~ to join others")
        _check_size(operator, left, right)
        return super().call_binop(context, operator, left, right)


_JINJA_ARGUMENTS = frozenset({"_loop_vars", "_block_vars"})
"""Compiled loops add these to a call."""
_CALLABLE = _TEXT_METHODS | _MAPPING_METHODS | {"cycle"}


def _hashable(argument: Value) -> bool:
    return isinstance(argument, str | int | float | bool | None)


def _named(obj: Value, name: str) -> Value:
    allowed: frozenset[str] = frozenset()
    match obj:
        case StepRows():
            allowed = frozenset({"rows"})
        case LoopContext():
            allowed = _LOOP_FIELDS
        case str():
            allowed = _TEXT_METHODS
        case Mapping():
            allowed = _MAPPING_METHODS
        case _:
            pass
    return getattr(obj, name) if name in allowed else None


def _check_method(text: str, arguments: tuple[Value, ...]) -> None:
    current().weigh(text)
    if any(isinstance(value, str) and len(value) > _LONGEST_ARGUMENT for value in arguments):
        raise PermanentError(f"expected an argument of at most {_LONGEST_ARGUMENT} characters")


def _check_size(operation: str, left: Value, right: Value) -> None:
    match operation, left, right:
        case "%", str(), _:
            raise PermanentError("% is for numbers; put values into text with {{ }} or ~")
        case "*", (str() | list() | tuple()), int():
            _check_repeated(left, right)
        case "*", int(), (str() | list() | tuple()):
            _check_repeated(right, left)
        case "*", int(), int():
            check_number(left.bit_length() + right.bit_length())
        case "**", int(), int():
            check_number(left.bit_length() * abs(right))
        case "+", str(), str():
            check_length(len(left) + len(right))
        case "+", (list() | tuple()), (list() | tuple()):
            check_items(len(left) + len(right))
            current().spend(_reading(left) + _reading(right))
        case (("+" | "-"), int(), int()):
            check_number(max(left.bit_length(), right.bit_length()))
        case _:
            pass


def _reading(values: list[Value] | tuple[Value, ...]) -> int:
    """Return what it costs to walk over a list once: a table has to be read for that."""
    return values.cells if isinstance(values, Table) else len(values)


def _check_repeated(value: str | list[Value] | tuple[Value, ...], times: int) -> None:
    size = len(value) * max(times, 0)
    (check_length if isinstance(value, str) else check_items)(size)
    if isinstance(value, Table):
        current().spend(value.cells)
    current().spend(size // 64 if isinstance(value, str) else size)


def _range(*arguments: int) -> range:
    if not all(isinstance(argument, int) for argument in arguments):
        raise PermanentError("range needs whole numbers")
    numbers = range(*arguments)
    if (
        max(map(abs, (numbers.start, numbers.stop)), default=0) > 10**12
        or len(numbers) > MOST_ITEMS
    ):
        raise PermanentError(f"range gives at most {MOST_ITEMS} numbers")
    return numbers


def _loop(values: Value, weight: int) -> Value:
    """Pay for a whole loop before it begins: its items times the size of its body."""
    if isinstance(values, Undefined):
        str(values)  # raises, with the message for the analyst
    if not isinstance(values, Mapping | str | list | tuple | range):
        raise PermanentError(f"expected a list to loop over, found {text_of(values)}")
    if isinstance(values, Table):
        current().spend(values.cells)
    current().spend((len(values) + 1) * weight)
    return values


class _Rows:
    """A table of which a part is about to be taken; it pays for the rows that are read."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __getitem__(self, part: slice) -> Value:
        table = self._table
        wanted = range(len(table))[part]
        current().spend(
            len(wanted) * max(1, len(table.columns)) if wanted.step == 1 else table.cells
        )
        return table[part]


def _sliceable(value: Value) -> Value:
    if isinstance(value, Table):
        return _Rows(value)
    if isinstance(value, str | list | tuple | range):
        current().spend(1 + len(value) // (64 if isinstance(value, str) else 1))
        return value
    raise PermanentError(f"expected a list or a text to take a part of, found {text_of(value)}")


def _weighed(value: Value) -> Value:
    if not isinstance(value, Undefined):
        current().weigh(value)
    return value


def _joined(values: list[Value]) -> str:
    texts = [text_of(value) for value in values]
    check_length(sum(map(len, texts)))
    current().spend(1 + sum(map(len, texts)) // 64)
    return "".join(texts)


@pass_context  # kept from being called while a text is compiled
def _shown(_context: Context, value: Value) -> str:
    text = text_of(value)
    current().spend(1 + len(text) // 64)
    return text
