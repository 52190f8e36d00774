"""Arguments of a run: text to values, by the types of the inputs."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from mn_notebook.errors import UsageError
from mn_notebook.language import parse_file
from mn_notebook.verbs.inputs import read_inputs

WORKFLOW = parse_file(
    """workflow: w
inputs:
  text: str
  maybe: str?
  word: up | down
  day: date
  n: int
  x: float
  on: bool
  names: list[str]
  any: any
  number: int?
steps:
  one:
    python: a:b
    args: {all: "{{ inputs }}"}
"""
).workflow
VARIABLES = {"frame": [{"a": 1}], "odd": object()}


def read(*arguments: str) -> dict[str, JsonValue]:
    return read_inputs(WORKFLOW, arguments, VARIABLES.__getitem__)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("text=12", "12"),
        ("text=", ""),
        ("text=a=b: c", "a=b: c"),
        ("text=null", "null"),
        ("maybe=12", "12"),
        ("maybe=null", None),
        ("word=up", "up"),
        ("day=2026-01-02", "2026-01-02"),
        ("n=12", 12),
        ("x=1e3", 1000.0),
        ("on=true", True),
        ("on=yes", True),
        ("on=No", False),
        ("names=[a, b]", ["a", "b"]),
        ('names=["a: b"]', ["a: b"]),
        ("any={a: 2026-01-02}", {"a": "2026-01-02"}),
        ("number=", None),
        ("number=3", 3),
        ("text=@@ann", "@ann"),
        ("text=::x", ":x"),
        ("any=:frame", [{"a": 1}]),
        ("unknown=12", "12"),
    ],
)
def test_value_is_read_by_the_type_of_its_input(argument: str, value: JsonValue) -> None:
    """Texts stay texts; all else is YAML, of which JSON is a part."""
    assert list(read(argument).values()) == [value]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["n"], "found 'n' alone: no space stands around the =; the inputs of 'w': text: str"),
        (["m"], "expected name=value, found 'm'; the inputs of 'w': text: str"),
        (["=3"], "expected name=value"),
        (["n=1", "n=2"], "given twice"),
        (["names=[a"], "input 'names': expected list"),
        (["any=:odd"], "input 'any'"),
    ],
)
def test_mistakes_name_the_input(arguments: list[str], said: str) -> None:
    """What is wrong is said with the input's name and what would be right."""
    with pytest.raises(UsageError, match=re.escape(said)):
        read(*arguments)


@given(st.text())
def test_any_text_is_a_value_or_a_mistake(text: str) -> None:
    """Whatever somebody types is understood or refused, never a crash."""
    for name in ("text", "names", "any"):
        try:
            read(f"{name}={text}")
        except (UsageError, KeyError):
            continue


@given(st.text().filter(lambda text: not text.startswith(("@", ":"))))
def test_text_arrives_as_it_was_typed(text: str) -> None:
    """An input that is a text gets exactly what was typed."""
    assert read(f"text={text}") == {"text": text}
