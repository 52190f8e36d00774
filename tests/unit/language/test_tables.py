"""What texts can do with a table."""

import re
from typing import Any

import pandas as pd
import pytest
from pydantic import JsonValue

from mn_notebook.domain.shapes import first_fault
from mn_notebook.domain.tables import SAMPLE_CHARACTERS, Table
from mn_notebook.errors import PermanentError
from mn_notebook.frames import table_of
from mn_notebook.language.expressions import SandboxedExpressions
from mn_notebook.language.types import parse_type

EXPRESSIONS = SandboxedExpressions()
SMALL = table_of(pd.DataFrame({"name": ["Acme", "Bolt", "Core"], "n": [3, 1, 2]}))
LONG = table_of(pd.DataFrame({"n": range(10_000), "s": "x"}))
HUGE = table_of(pd.DataFrame({"n": range(1_000_000), "s": "x", "b": True}))
NAMES: dict[str, Any] = {"inputs": {"t": SMALL, "long": LONG, "huge": HUGE}, "index": 1}


class Unreadable(Table):
    """A table of which no row may be read."""

    def records(self) -> list[JsonValue]:
        raise AssertionError


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("inputs.t | length", 3),
        ("inputs.t[index].name", "Bolt"),
        ("inputs.t[-1]", {"name": "Core", "n": 2}),
        ("inputs.t[:2]", [{"name": "Acme", "n": 3}, {"name": "Bolt", "n": 1}]),
        ("inputs.t[::-1][0].name", "Core"),
        ("inputs.t[2:1]", []),
        ("inputs.t | list", list(SMALL)),
        ("inputs.t | map(attribute='name') | list", ["Acme", "Bolt", "Core"]),
        ("inputs.t | selectattr('n', 'gt', 1) | map(attribute='name') | join(' ')", "Acme Core"),
        ("inputs.t | sum('n')", 6),
        ("(inputs.t | sort(attribute='n') | first).name", "Bolt"),
        ("(inputs.t | first).name", "Acme"),
        ("(inputs.t | last).name", "Core"),
        ("inputs.t[0] in inputs.t", True),
        ("inputs.t == inputs.t[:]", True),
        ("inputs.t != []", True),
        ("(inputs.t + inputs.t) | length", 6),
        ("([1] + inputs.t) | length", 4),
        ("(inputs.t * 2) | length", 6),
        ("1 if inputs.t else 2", 1),
        ("inputs.t is sequence", True),
        ("inputs.huge[999999].n", 999_999),
        ("inputs.huge[10:12] | length", 2),
        ("(inputs.huge | last).n", 999_999),
        ("inputs.huge | length", 1_000_000),
    ],
)
def test_table_is_the_list_of_its_records(expression: str, value: object) -> None:
    """In every expression; of a large one only what is asked for is read."""
    fresh = {"t": table_of(pd.DataFrame(list(SMALL))), "huge": HUGE}
    assert EXPRESSIONS.evaluate(expression, {**NAMES, "inputs": fresh}) == value


def test_loop_goes_over_rows() -> None:
    """In templates, too."""
    text = "{% for row in inputs.t %}{{ row.name }}={{ row.n }} {% endfor %}"
    assert EXPRESSIONS.render(text, NAMES) == "Acme=3 Bolt=1 Core=2 "


def test_lone_table_stays_a_table() -> None:
    """It is handed on, not copied, and not read; also inside other values."""
    unread = Unreadable(SMALL.source)
    names = {"inputs": {"t": unread}}
    assert EXPRESSIONS.evaluate("inputs.t", names) is unread
    args: JsonValue = {"a": "{{ inputs.t }}", "b": ["{{ inputs }}"]}
    filled: Any = EXPRESSIONS.fill(args, names)
    assert filled["a"] is unread
    assert filled["b"][0]["t"] is unread


def test_prompt_shows_columns_and_a_bounded_sample() -> None:
    """Not ten thousand rows."""
    text = EXPRESSIONS.render("Look: {{ inputs.long }}", NAMES)
    lines = text.splitlines()
    assert lines[0] == "Look: Table of 10,000 rows x 2 columns; columns: n: int, s: str"
    assert lines[1] == '{"n": 0, "s": "x"}'
    assert len(lines) == 22
    assert lines[-1] == "… and 9,980 more rows"


def test_prompt_shows_all_of_a_small_table() -> None:
    """Nothing is left out then, and nothing says so."""
    assert EXPRESSIONS.render("{{ inputs.t }}", NAMES).splitlines() == [
        "Table of 3 rows x 2 columns; columns: name: str, n: int",
        '{"name": "Acme", "n": 3}',
        '{"name": "Bolt", "n": 1}',
        '{"name": "Core", "n": 2}',
    ]


def test_sample_is_bounded_in_characters() -> None:
    """Whatever is in the cells, and however many columns there are."""
    wide = pd.DataFrame({f"column {n}": ["x" * 300] * 30 for n in range(300)})
    text = EXPRESSIONS.render("{{ t }}", {"t": table_of(wide)})
    assert len(text) < SAMPLE_CHARACTERS + 7_000
    assert "and 100 more" in text
    assert "… (cut)" in text


def test_table_inside_another_value_is_sketched_in_a_prompt() -> None:
    """Its size, its columns and its first rows."""
    text = EXPRESSIONS.render("{{ inputs }}", {"inputs": {"t": LONG, "n": 3}})
    assert '"table": "10,000 rows x 2 columns"' in text
    assert len(text) < 400


def test_records_are_shown_when_they_are_asked_for() -> None:
    """By ``tojson``, ``list`` or a slice."""
    for text in ("{{ inputs.t | tojson }}", "{{ inputs.t | list }}", "{{ inputs.t[:] }}"):
        assert EXPRESSIONS.render(text, NAMES).count('"name"') == 3


@pytest.mark.parametrize(
    "expression",
    [
        "inputs.huge | list",
        "inputs.huge | selectattr('n') | list",
        "inputs.huge | tojson",
        "inputs.huge[:] | length",
        "inputs.huge[::-1] | length",
        "1 in inputs.huge",
        "inputs.huge == [1]",
        "(inputs.huge + [1]) | length",
    ],
)
def test_reading_a_huge_table_is_refused_before_it_is_read(expression: str) -> None:
    """A text must not hold the engine up; a python step may read what it likes."""
    names = {"inputs": {"huge": Unreadable(HUGE.source)}}
    with pytest.raises(PermanentError, match=r"steps; loop over fewer|more than \d+ items"):
        EXPRESSIONS.evaluate(expression, names)


def test_missing_field_of_a_table_names_its_columns() -> None:
    """And says how to get at a row."""
    said = "a table has no field 'nam'; loop over its rows, or take one with [0]; did you mean"
    with pytest.raises(PermanentError, match=re.escape(said)):
        EXPRESSIONS.evaluate("inputs.t.nam", NAMES)


@pytest.mark.parametrize(
    ("notation", "value", "fits"),
    [
        ("table", SMALL, True),
        ("table?", SMALL, True),
        ("table", Unreadable(HUGE.source), True),
        ("table", [{"a": 1}], True),
        ("table", [], True),
        ("table", "abc", False),
        ("table", [1], False),
        ("any", SMALL, True),
        ("list[any]", SMALL, True),
        ("list[int]", SMALL, False),
        ("str", SMALL, False),
        ("list[table]", [SMALL, [{"a": 1}]], True),
        ("list[table]", SMALL, False),
    ],
)
def test_value_of_type_table_is_a_table_or_a_list_of_records(
    notation: str, value: JsonValue, fits: bool
) -> None:
    """And a table is a list of records to every other type."""
    assert (first_fault(value, parse_type(notation)) is None) == fits


def test_table_in_a_field_is_checked_there() -> None:
    """Fields of type table take it unread; others see its records."""
    schema: dict[str, JsonValue] = {
        "type": "object",
        "properties": {"t": {"x-mn-type": "table"}, "n": {"type": "integer"}},
    }
    assert first_fault({"t": Unreadable(HUGE.source), "n": 3}, schema) is None
    assert first_fault({"t": 3}, schema) == 'at t: 3 is not of type "array"'
    assert "at n" in str(first_fault({"n": SMALL}, schema))
