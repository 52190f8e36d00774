"""The filters and tests that texts may use: pure, bounded, and few enough to remember."""

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import cast

from jinja2 import Environment, pass_environment
from jinja2 import filters as jinja_filters
from jinja2 import tests as jinja_tests
from jinja2.runtime import Undefined

from mn_notebook.domain.tables import Table, as_records
from mn_notebook.errors import PermanentError
from mn_notebook.language.bounds import check_items, check_length, check_number, current
from mn_notebook.language.values import Value, json_text, text_of

Filter = Callable[..., Value]


def _listed(values: Value, wanted: str) -> list[Value]:
    """Return what can be looped over as a list, paid for."""
    if isinstance(values, Undefined):
        str(values)  # raises, with the message for the analyst
    if isinstance(values, Mapping | str | list | tuple | range):
        current().spend(values.cells if isinstance(values, Table) else len(values))
        return list(values)
    raise PermanentError(f"{wanted} needs a list, found {text_of(values)}")


def _of_list(name: str, apply: Filter) -> Filter:
    """Bound one of Jinja's filters over a list; whatever it yields becomes a list again."""

    @functools.wraps(apply)
    def bounded(first: Value, *rest: Value, **named: Value) -> Value:
        passed = getattr(apply, "jinja_pass_arg", None) is not None
        values, arguments = (rest[0], rest[1:]) if passed else (first, rest)
        listed = values if isinstance(values, Mapping) else _listed(values, name)
        current().weigh(listed)
        _pay_for_paths(len(listed), [*arguments, *named.values()])
        given = (first, listed) if passed else (listed,)
        return _collected(apply(*given, *arguments, **named))

    return bounded


def _pay_for_paths(items: int, arguments: Iterable[Value]) -> None:
    """Pay for attribute paths such as ``output.supported``, which are followed for each item."""
    characters = sum(len(argument) for argument in arguments if isinstance(argument, str))
    current().spend(items * (1 + characters))


def _collected(result: Value) -> Value:
    if isinstance(result, str | Mapping | list | tuple | Undefined) or not isinstance(
        result, Iterable
    ):
        return result
    collected: list[Value] = []
    for item in result:
        current().spend(1)
        collected.append(item)
    return collected


def _of_text(apply: Callable[..., str]) -> Filter:
    """Let a filter over text take any value, as the template would show it."""

    @functools.wraps(apply)
    def bounded(value: Value, *rest: Value, **named: Value) -> str:
        text = text_of(value)
        current().weigh(text)
        return apply(text, *rest, **named)

    return bounded


def _length(value: Value) -> int:
    if isinstance(value, Mapping | str | list | tuple | range):
        return len(value)
    return len(_listed(value, "length"))


def _first(values: Value) -> Value:
    return _end(values, "first", 0)


def _last(values: Value) -> Value:
    return _end(values, "last", -1)


def _end(values: Value, name: str, position: int) -> Value:
    listed = values if isinstance(values, Table) else _listed(values, name)
    if not listed:
        raise PermanentError(f"{name} found an empty list; use default, or a condition before it")
    return listed[position]


def _reverse(values: Value) -> Value:
    return text_of(values)[::-1] if isinstance(values, str) else _listed(values, "reverse")[::-1]


def _join(values: Value, separator: str = "", attribute: str | None = None) -> str:
    listed = _listed(values, "join")
    if attribute is not None:
        listed = [_field(item, attribute) for item in listed]
    texts = [text_of(item) for item in listed]
    check_length(sum(map(len, texts)) + len(separator) * len(texts))
    return str(separator).join(texts)


def _field(item: Value, path: str) -> Value:
    for name in path.split("."):
        if not isinstance(item, Mapping) or name not in item:
            raise PermanentError(f"join found an item that has no field {name!r}")
        item = item[name]
    return item


def _replace(text: str, old: str, new: str, count: int = -1) -> str:
    if not old:
        raise PermanentError("replace needs a text to look for, found an empty one")
    times = text.count(old)
    check_length(len(text) + times * len(new))
    return text.replace(old, str(new), count)


def _indent(text: str, width: int = 4, first: bool = False) -> str:  # noqa: FBT001, FBT002 - as templates call it
    lines = text.split("\n")
    check_length(len(text) + len(lines) * width)
    pad = " " * width
    head = pad if first else ""
    return head + "\n".join(
        line if index == 0 or not line else pad + line for index, line in enumerate(lines)
    )


def _truncate(text: str, length: int = 255, killwords: bool = False, end: str = "…") -> str:  # noqa: FBT001, FBT002 - as templates call it
    if len(text) <= length:
        return text
    cut = text[: max(length - len(end), 0)]
    at_end_of_word = text[len(cut)].isspace() or " " not in cut
    return (cut if killwords or at_end_of_word else cut.rsplit(" ", 1)[0]) + end


def _batch(values: Value, size: int, fill: Value = None) -> list[list[Value]]:
    if size < 1:
        raise PermanentError(f"batch needs a size of at least 1, found {text_of(size)}")
    listed = _listed(values, "batch")
    batches = [listed[start : start + size] for start in range(0, len(listed), size)]
    if batches and fill is not None:
        check_items(size)
        batches[-1] += [fill] * (size - len(batches[-1]))
    return batches


def _to_int(value: Value, default: int = 0) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        return default
    check_number(number.bit_length())
    return number


def _to_float(value: Value, default: float = 0.0) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return default


def _to_json(value: Value, indent: int | None = None) -> str:
    if indent is not None and not 0 <= indent <= 8:
        raise PermanentError("tojson needs an indent from 0 to 8")
    current().weigh(value)
    return json_text(as_records(value), indent=indent)


def _items(value: Value) -> list[tuple[Value, Value]]:
    if not isinstance(value, Mapping):
        raise PermanentError(f"items needs a mapping, found {text_of(value)}")
    current().spend(len(value))
    return list(value.items())


def _default(value: Value, other: Value = "", boolean: bool = False) -> Value:  # noqa: FBT001, FBT002 - as templates call it
    return other if isinstance(value, Undefined) or (boolean and not value) else value


def _round(value: Value, precision: int = 0, method: str = "common") -> Value:
    if not isinstance(value, int | float) or abs(precision) > 20:
        raise PermanentError("round needs a number, and a precision from -20 to 20")
    rounded = jinja_filters.do_round(value, precision, method)  # type: ignore[arg-type]  # checked by it
    return int(rounded) if precision == 0 else rounded


@pass_environment
def _sum(
    environment: Environment, values: Value, attribute: Value = None, start: Value = 0
) -> Value:
    if attribute is not None:
        values = map(jinja_filters.make_attrgetter(environment, attribute), values)
    numbers = [start, *values]
    for number in numbers:
        if not isinstance(number, int | float):
            raise PermanentError(
                f"sum needs numbers, found {text_of(number)}; name a field with sum('field')"
            )
    return sum(numbers)


@pass_environment
def _groups(*arguments: Value, **named: Value) -> Value:
    groups = jinja_filters.sync_do_groupby(*arguments, **named)
    return [{"grouper": group.grouper, "list": group.list} for group in groups]


def filters() -> dict[str, Filter]:
    """Return the filters by name, those of Jinja behind bounds."""
    table: dict[str, Filter] = {
        "length": _length,
        "first": _first,
        "last": _last,
        "reverse": _reverse,
        "join": _join,
        "list": lambda values: _listed(values, "list"),
        "batch": _batch,
        "items": _items,
        "default": _default,
        "int": _to_int,
        "float": _to_float,
        "round": _round,
        "abs": abs,
        "string": _of_text(str),
        "tojson": _to_json,
        "upper": _of_text(str.upper),
        "lower": _of_text(str.lower),
        "title": _of_text(jinja_filters.do_title),
        "trim": _of_text(str.strip),
        "replace": _of_text(_replace),
        "indent": _of_text(_indent),
        "truncate": _of_text(_truncate),
        "wordcount": lambda value: len(text_of(value).split()),
    }
    return table | _jinja_filters()


def _jinja_filters() -> dict[str, Filter]:
    bounded = {
        "sort": jinja_filters.do_sort,
        "min": jinja_filters.do_min,
        "max": jinja_filters.do_max,
        "unique": jinja_filters.do_unique,
        "map": jinja_filters.sync_do_map,
        "select": jinja_filters.sync_do_select,
        "reject": jinja_filters.sync_do_reject,
        "selectattr": jinja_filters.sync_do_selectattr,
        "rejectattr": jinja_filters.sync_do_rejectattr,
        "sum": _sum,
        "groupby": _groups,
        "dictsort": jinja_filters.do_dictsort,
    }
    return {name: _of_list(name, apply) for name, apply in bounded.items()}


_TESTS = [
    "defined",
    "undefined",
    "none",
    "boolean",
    "true",
    "false",
    "integer",
    "float",
    "number",
    "string",
    "mapping",
    "sequence",
    "iterable",
    "odd",
    "even",
    "divisibleby",
    "in",
    "eq",
    "equalto",
    "==",
    "ne",
    "!=",
    "lt",
    "lessthan",
    "<",
    "le",
    "<=",
    "gt",
    "greaterthan",
    ">",
    "ge",
    ">=",
    "lower",
    "upper",
]


def tests() -> dict[str, Filter]:
    """Return the tests by name, each paying for what it compares."""
    known = cast("Mapping[str, Filter]", jinja_tests.TESTS)
    return {name: _paid(known[name]) for name in _TESTS}


def _paid(test: Filter) -> Filter:
    @functools.wraps(test)
    def paid(*arguments: Value) -> Value:
        for argument in arguments:
            if not isinstance(argument, Undefined):
                current().weigh(argument)
        return test(*arguments)

    return paid
