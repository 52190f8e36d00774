"""Texts are evaluated in a sandbox, under bounds, with messages for an analyst."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mn_notebook.errors import PermanentError
from mn_notebook.language import SandboxedExpressions, StepRows
from mn_notebook.ports import Expressions

TEXTS: Expressions = SandboxedExpressions()

ROWS: list[dict[str, Any]] = [
    {"index": 0, "status": "succeeded", "output": {"supported": True, "score": 3}},
    {"index": 1, "status": "succeeded", "output": {"supported": False, "score": 1}},
    {"index": 2, "status": "failed", "output": None},
]
NAMES: Mapping[str, Any] = {
    "inputs": {"ticker": "ACME", "limit": 3, "none": None},
    "gather": {"facts": ["b", "a", "c"], "values": [1], "items": 7, "__class__": "mine"},
    "check": StepRows([row["output"] for row in ROWS[:2]], ROWS),
    "people": [{"name": "Ann", "age": 3}, {"name": "Bob", "age": 2}, {"name": "Cy", "age": 3}],
    "nothing": None,
}

VALUES: dict[str, Any] = {
    "gather.facts": ["b", "a", "c"],
    "gather['facts'][0]": "b",
    "gather.facts[-1]": "c",
    "gather.facts[1:]": ["a", "c"],
    "gather.values": [1],
    "gather.items": 7,
    "gather['__class__']": "mine",
    "check": [{"supported": True, "score": 3}, {"supported": False, "score": 1}],
    "check.rows": ROWS,
    "check.rows | selectattr('output') | map(attribute='output.score')": [3, 1],
    "check | selectattr('supported') | list": [{"supported": True, "score": 3}],
    "check | rejectattr('supported') | length": 1,
    "check | map(attribute='score') | sum": 4,
    "check | sum(attribute='score')": 4,
    "nothing": None,
    "nothing is none": True,
    "1 + 2 * 3": 7,
    "7 // 2 + 7 % 2": 4,
    "2 ** 10": 1024,
    "-inputs.limit": -3,
    "10 / 4": 2.5,
    "'a' + 'b'": "ab",
    "'a' ~ 1 ~ none ~ true": "a1nulltrue",
    "[1] + [2]": [1, 2],
    "'ab' * 2": "abab",
    "1 if inputs.limit > 2 else 0": 1,
    "inputs.limit in [1, 2, 3]": True,
    "'C' in inputs.ticker and not false": True,
    "1 < 2 < 3": True,
    "{'a': {'b': 1}}": {"a": {"b": 1}},
    "'{{'": "{{",
    "{'a': gather.facts}": {"a": ["b", "a", "c"]},
    "(1, 2)": [1, 2],
    "range(3)": [0, 1, 2],
    "range(1, 6, 2) | list": [1, 3, 5],
    "gather.facts | sort": ["a", "b", "c"],
    "people | sort(attribute='age') | map(attribute='name') | list": ["Bob", "Ann", "Cy"],
    "gather.facts | length": 3,
    "[3, 1] | min": 1,
    "[3, 1] | max": 3,
    "people | max(attribute='age')": {"name": "Ann", "age": 3},
    "gather.facts | first": "b",
    "gather.facts | last": "c",
    "[1, 1, 2] | unique": [1, 2],
    "gather.facts | map('upper') | join('-')": "B-A-C",
    "people | join(', ', attribute='name')": "Ann, Bob, Cy",
    "[1, 2, 3] | select('odd')": [1, 3],
    "[1, 2, 3] | reject('ge', 2)": [1],
    "'aBc' | upper ~ 'aBc' | lower ~ ('a b' | title)": "ABCabcA B",
    "'  x ' | trim": "x",
    "'aXbX' | replace('X', '-')": "a-b-",
    "missing | default('x')": "x",
    "gather.missing | default(3)": 3,
    "'' | default('x', true)": "x",
    "'12' | int + ('x' | int)": 12,
    "'1.5' | float": 1.5,
    "5 | string": "5",
    "2.567 | round(2)": 2.57,
    "2.6 | round": 3,
    "-3 | abs": 3,
    "{'a': [1]} | tojson": '{"a": [1]}',
    "{'a': 1} | items": [["a", 1]],
    "{'b': 1, 'a': 2} | dictsort": [["a", 2], ["b", 1]],
    "[1, 2, 3] | batch(2)": [[1, 2], [3]],
    "[1, 2, 3] | batch(2, 0)": [[1, 2], [3, 0]],
    "people | groupby('age') | map(attribute='grouper') | list": [2, 3],
    "'one two three' | truncate(8)": "one two…",
    "'one two' | truncate(30)": "one two",
    "'one two' | wordcount": 2,
    "[1, 2] | reverse": [2, 1],
    "'ab' | reverse": "ba",
    "'a\\nb' | indent(2)": "a\n  b",
    "'abc'.startswith('a')": True,
    "'a b'.split()": ["a", "b"],
    "inputs.keys()": ["ticker", "limit", "none"],
    "inputs.get('nope') is none": True,
    "missing is defined": False,
}


@pytest.mark.parametrize(("text", "value"), VALUES.items(), ids=VALUES.keys())
def test_expression_has_a_value(text: str, value: Any) -> None:
    """Expressions give plain JSON-able values."""
    found = TEXTS.evaluate(text, NAMES)
    assert (found, type(found)) == (value, type(value))


REFUSED = {
    "gather.fcts": "no field 'fcts' here; did you mean 'facts'?",
    "gathr.facts": "unknown name 'gathr'; did you mean 'gather'?",
    "nothing.field": "nothing (null) has no field 'field'",
    "gather.facts.text": "a list has no field 'text'; loop over it, or take one with [0]",
    "gather.facts[7]": "no item 7 in a list of 3",
    "inputs.ticker.name": "a text has no field 'name'",
    "inputs.limit.real": "a number has no field 'real'",
    "true.real": "true or false has no field 'real'",
    "{{ gather }}": "an expression stands without braces; write: gather",
    "": "expected an expression, found nothing",
    "a b": "unexpected 'b'",
    "gather | mapp('x')": "unknown filter 'mapp'; did you mean 'map'?",
    "gather is definde": "unknown test 'definde'; did you mean 'defined'?",
    "1 / 0": "this cannot be computed: division by zero",
    "1 + 'a'": "+ adds two numbers or joins two texts; use ~ to join others",
    "'%s' % 'a'": "% is for numbers; put values into text with {{ }} or ~",
    "[1, 'a'] | sort": "this cannot be computed: '<' not supported between instances of 'str' and "
    "'int'",
    "[] | first": "first found an empty list; use default, or a condition before it",
    "[] | max": "No aggregated item, sequence was empty.",
    "5 | list": "list needs a list, found 5",
    "5 | length": "length needs a list, found 5",
    "5 | items": "items needs a mapping, found 5",
    "'a' | replace('', 'b')": "replace needs a text to look for, found an empty one",
    "people | sum": 'sum needs numbers, found {"name": "Ann", "age": 3}; name a field with '
    "sum('field')",
    "people | join(', ', attribute='nme')": "join found an item that has no field 'nme'",
    "[1] | batch(0)": "batch needs a size of at least 1, found 0",
    "'x' | round": "round needs a number, and a precision from -20 to 20",
    "[1] | tojson(indent=99)": "tojson needs an indent from 0 to 8",
    "1e999": "this number is too large",
    "1e308 * 10": "expected a number that JSON has, found infinity or not-a-number",
    "range('a')": "range needs whole numbers",
    "gather(3)": "only range() and the methods of texts and mappings can be called",
    "'\\ud800'": "a text holds half of a character (a lone surrogate)",
}


@pytest.mark.parametrize(("text", "message"), REFUSED.items(), ids=REFUSED.keys())
def test_failure_is_explained(text: str, message: str) -> None:
    """What cannot be evaluated says why, and in which text."""
    with pytest.raises(PermanentError) as caught:
        TEXTS.evaluate(text, NAMES)
    assert str(caught.value) == f"{message} (in {text!r})"


ESCAPES = [
    "''.__class__",
    "''['__class__']",
    "gather.facts.__class__.__mro__",
    "().__class__.__bases__[0].__subclasses__()",
    "check.__init__.__globals__",
    "check.rows.append(1)",
    "check.sort()",
    "check.rows.__class__",
    "gather.facts.clear()",
    "gather.update({'a': 1})",
    "gather.pop('facts')",
    "gather.keys.__func__",
    "gather.get.__self__",
    "'{0.__class__}'.format(check)",
    "'{a.__class__}'.format_map({'a': check})",
    "('%s' | string).format",
    "'a'.join(['b'])",
    "'a'.encode()",
    "range.__class__",
    "range(3).__reduce__()",
    "range(3).count",
    "lipsum()",
    "cycler('a')",
    "joiner()",
    "namespace(a=1)",
    "dict(a=1)",
    "self",
    "self.__init__",
    "self._TemplateReference__context",
    "gather | attr('__class__')",
    "people | map(attribute='__class__') | list",
    "people | map('attr', '__class__') | list",
    "people | selectattr('__class__')",
    "people | groupby('__class__')",
    "people | map('mn_loop') | list",
    "people | mn_weigh",
    "people | pprint",
    "people | xmlattr",
    "'a' | format(1)",
    "'a' | center(1000000000)",
    "url_for.__globals__",
    "config",
    "request",
    "loop",
    "caller()",
    "super()",
    "range(*[1])",
    "''.__getattribute__('__class__')",
]


@pytest.mark.parametrize("text", ESCAPES)
def test_nothing_escapes(text: str) -> None:
    """No way leads from a text to Python's insides, nor to a change of a value."""
    before = repr(NAMES)
    with pytest.raises(PermanentError):
        TEXTS.evaluate(text, NAMES)
    assert repr(NAMES) == before


BOMBS = {
    "text times": "{{ 'a' * 10 ** 9 }}",
    "times text": "{{ 10 ** 9 * 'a' }}",
    "list times": "{{ [1] * 10 ** 9 }}",
    "power": "{{ 10 ** 10 ** 10 ** 10 }}",
    "power in steps": "{% set a = 9 ** 99 %}{% set a = a ** 99 %}{{ a ** 99 }}",
    "range": "{{ range(10 ** 9) | list }}",
    "far range": "{{ range(10 ** 30, 10 ** 30 + 5) | list }}",
    "nested loops": (
        "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}"
    ),
    "loops over loops": (
        "{% for a in range(999) %}{% for b in range(999) %}{% for c in range(999) %}"
        "{{ a }}{% endfor %}{% endfor %}{% endfor %}"
    ),
    "long output": "{% for a in range(100000) %}" + "y" * 100 + "{% endfor %}",
    "joined texts": "{% set a = 'a' * 99 %}" + "{% set a = a ~ a ~ a %}" * 40 + "{{ a }}",
    "added texts": "{% set a = 'a' * 99 %}" + "{% set a = a + a %}" * 40 + "{{ a }}",
    "added lists": "{% set a = [1, 1] %}" + "{% set a = a + a %}" * 60 + "{{ a }}",
    "lists of lists": "{% set a = [1, 1] %}" + "{% set a = [a, a] %}" * 60 + "{{ a }}",
    "maps of maps": "{% set a = {} %}" + "{% set a = {1: a, 2: a} %}" * 60 + "{{ a }}",
    "compared lists": (
        "{% set a = [1, 1] %}{% set b = [1, 1] %}"
        + "{% set a = [a, a] %}{% set b = [b, b] %}" * 40
        + "{{ a == b }}"
    ),
    "membership": (
        "{% set l = range(3000) | list %}{% for a in l %}{% for b in l %}"
        "{% if 'x' in l %}{% endif %}{% endfor %}{% endfor %}"
    ),
    "sorting in loops": (
        "{% set l = range(50000) | list %}{% for a in range(5000) %}"
        "{% set b = l | sort %}{% endfor %}"
    ),
    "replace": "{{ ('a' * 1000000) | replace('a', 'b' * 1000) }}",
    "join": "{{ range(100000) | join('x' * 10000) }}",
    "indent": "{{ ('\n' * 10000) | indent(10000) }}",
    "batch": "{{ [1] | batch(10 ** 9, 0) }}",
    "strip in loops": (
        "{% for a in range(99999) %}{% set b = ('a' * 10 ** 6).strip('b') %}{% endfor %}"
    ),
    "slices in loops": (
        "{% set l = range(99999) | list %}{% for a in range(9999) %}{% set b = l[1:] %}{% endfor %}"
    ),
    "long argument": "{{ ('a' * 100000).strip('b' * 100000) }}",
    "macro": "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
    "recursive loop": "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    "deep text": "{{ " + "(" * 500 + "1" + ")" * 500 + " }}",
    "deep negation": "{{ " + "-" * 500 + "1 }}",
    "deep lists": "{{ " + "[" * 90 + "]" * 90 + " }}",
    "deep loops": "{% for a in [1] %}" * 30 + "{% endfor %}" * 30,
    "long number": "{{ " + "9" * 10_000 + " }}",
    "long int": "{{ ('9' * 4000) | int }}",
    "long text": "x" * 200_000,
    "include": "{% include 'x' %}",
    "import": "{% import 'x' as y %}",
    "block": "{% block a %}{% endblock %}",
    "filter block": "{% filter upper %}a{% endfilter %}",
    "set block": "{% set a %}x{% endset %}",
    "attribute paths": (
        "{% for a in range(1000) %}{% set b = check | map(attribute='a.' * 10000, default=1) %}"
        "{% endfor %}"
    ),
}


@pytest.mark.timeout(40)
@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS.keys())
def test_work_and_space_are_bounded(text: str) -> None:
    """No text runs long or grows large; it is refused with a message."""
    with pytest.raises(PermanentError):
        TEXTS.render(text, NAMES)


RENDERED = {
    "plain": ("hello", "hello"),
    "text": ("{{ inputs.ticker }}!", "ACME!"),
    "list": ("{{ gather.facts }}", '["b", "a", "c"]'),
    "rows": ("{{ check }}", '[{"supported": true, "score": 3}, {"supported": false, "score": 1}]'),
    "null": ("{{ nothing }}", "null"),
    "bool": ("{{ 1 == 1 }}", "true"),
    "number": ("{{ 2.0 }} {{ 3 }}", "2.0 3"),
    "no markup": ("{{ '<b>' }}", "<b>"),
    "other scripts": ("{{ ['ä'] }}", '["ä"]'),
    "loop": ("{% for f in gather.facts %}{{ loop.index }}{{ f }} {% endfor %}", "1b 2a 3c "),
    "loop over pairs": ("{% for k, v in {'a': 1} | items %}{{ k }}={{ v }}{% endfor %}", "a=1"),
    "loop with a condition": ("{% for n in [1, 2, 3] if n > 1 %}{{ n }}{% endfor %}", "23"),
    "loop over nothing": ("{% for n in [] %}{% else %}none{% endfor %}", "none"),
    "call in a loop": ("{% for n in range(2) %}{{ range(n) | list }}{% endfor %}", "[][0]"),
    "condition": ("{% if nothing %}a{% elif inputs.limit %}b{% endif %}", "b"),
    "tags on their own lines": ("a\n  {% if 1 %}\nb\n  {% endif %}\nc\n", "a\nb\nc"),
    "raw": ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
    "remark": ("a{# never seen #}b", "ab"),
    "with": ("{% with a = 1 %}{{ a }}{% endwith %}", "1"),
    "cycle": ("{% for n in [1, 2] %}{{ loop.cycle('a', 'b') }}{% endfor %}", "ab"),
}


@pytest.mark.parametrize(("text", "expected"), RENDERED.values(), ids=RENDERED.keys())
def test_template_renders(text: str, expected: str) -> None:
    """Text stays text; everything else renders as JSON."""
    assert TEXTS.render(text, NAMES) == expected


def test_fill_keeps_types() -> None:
    """A lone pair of braces gives the value itself, wherever it stands."""
    template: Any = {
        "list": "{{ gather.facts }}",
        "spaced": " {{ nothing }}\n",
        "text": "v {{ nothing }}",
        "two": "{{ 1 }}{{ 2 }}",
        "braces": "{{ {'a': '}}'} }}",
        "deep": [1, None, {"a": "{{ check.rows | length }}"}],
        "tag": "{% if 1 %}{{ 1 }}{% endif %}",
    }
    assert TEXTS.fill(template, NAMES) == {
        "list": ["b", "a", "c"],
        "spaced": None,
        "text": "v null",
        "two": "12",
        "braces": {"a": "}}"},
        "deep": [1, None, {"a": 3}],
        "tag": "1",
    }


def test_values_are_copies() -> None:
    """What comes out shares nothing with what went in."""
    found = TEXTS.evaluate("gather.facts", NAMES)
    found.append("x")
    assert NAMES["gather"]["facts"] == ["b", "a", "c"]


def test_one_evaluation_does_not_pay_for_another() -> None:
    """The bound is one evaluation's, however many came before it."""
    text = "{% for a in range(90000) %}{% endfor %}"
    for _ in range(40):
        assert TEXTS.render(text, {}) == ""


def test_evaluations_see_only_their_own_names() -> None:
    """A compiled text keeps nothing of the names that it was given before."""
    assert [TEXTS.evaluate("a * 2", {"a": number}) for number in range(5)] == [0, 2, 4, 6, 8]
    with pytest.raises(PermanentError, match="unknown name 'a'; known are: b"):
        TEXTS.evaluate("a * 2", {"b": 1})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text("aé\"'{}%\n", max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab_", max_size=3), inner),
    max_leaves=8,
)


@given(json_values)
def test_lone_braces_give_any_value_back(value: Any) -> None:
    """A value goes through a lone pair of braces unchanged."""
    assert TEXTS.fill("{{ x }}", {"x": value}) == value


PIECES = """gather .facts .__class__ ['__mro__'] () (1) ('attr','__class__') 'a' 10**9 [ ] { }
: , range ( ) .format .rows check {{ }} {% %} - . 1 loop self _ ' " \\ ~ * + | map list string for
in if else is and not endfor endif set"""
pieces = st.sampled_from(PIECES.split())


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(pieces, max_size=12).map(" ".join))
def test_any_text_gives_json_or_a_permanent_error(text: str) -> None:
    """Nothing but plain values and one kind of error comes out."""
    for method in (TEXTS.evaluate, TEXTS.render, TEXTS.fill):
        try:
            found = method(text, NAMES)
        except PermanentError:
            continue
        assert isinstance(found, dict | list | str | int | float | bool | None)
        assert "<class" not in str(found)
        assert "object at 0x" not in str(found)
