"""A workflow's text becomes a file that is the same workflow."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mn_notebook.errors import DefinitionError
from mn_notebook.language import parse_cell, parse_file, with_examples

SOURCES = {
    "simple": "inputs: {x: str}\nsteps:\n  a: {agent: '{{ inputs.x }}'}\n",
    "no final line end": "inputs: {x: str}\nsteps:\n  a:\n    agent: |\n      {{ inputs.x }}",
    "kept line ends": "inputs: {x: str}\nsteps:\n  a:\n    agent: |+\n      {{ inputs.x }}\n\n\n",
    "comments": (
        "# top\ninputs:  # in\n  x: str\n\n# before steps\nsteps:\n  a:  # the step\n"
        "    agent: '{{ inputs.x }}'\n# the end\n"
    ),
    "markers": (
        "%YAML 1.2\n---\n# c\ninputs: {x: str}\nsteps:\n  a: {agent: '{{ inputs.x }}'}\n...\n"
    ),
    "braces": "{inputs: {x: str}, steps: {a: {agent: '{{ inputs.x }}', tools: [b]}}}",
    "indented": "  inputs: {x: str}\n  steps:\n    a: {agent: '{{ inputs.x }}'}\n",
    "other examples": (
        "inputs: {x: str}\nexamples:\n- x: old\n- {x: older}\n# steps\nsteps:\n"
        "  a: {agent: '{{ inputs.x }}'}\n"
    ),
    "named": "workflow: w\ninputs: {x: str}\nsteps:\n  a: {agent: '{{ inputs.x }}'}\n",
    "line ends of another system": (
        "inputs: {x: str}\r\nsteps:\r\n  a: {agent: '{{ inputs.x }}'}\r\n"
    ),
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_file_is_the_same_workflow(source: str) -> None:
    """The hash does not change on the way to a file and back."""
    before = parse_cell("w", source)
    file = with_examples(source, "w", {"x": "new"})
    after = parse_file(file)
    assert file.lstrip().startswith("workflow: w\n")
    assert after.workflow.hash == before.workflow.hash
    assert after.examples == ({"x": "new"},)


def test_comments_are_kept() -> None:
    """Every remark of the text stands in the file."""
    file = with_examples(SOURCES["comments"], "w", {"x": "a"})
    for remark in ("# top", "# in", "# before steps", "# the step", "# the end"):
        assert remark in file


def test_remarks_around_removed_keys_are_kept() -> None:
    """What stands behind the name, or below old examples, is not lost."""
    source = "workflow: old  # why\n" + SOURCES["other examples"]
    file = with_examples(source, "new", {"x": "a"})
    assert file.startswith("workflow: new  # why\n")
    assert "\n# steps\nsteps:" in file
    assert "older" not in file


def test_file_reads_well() -> None:
    """The name is on top, the examples at the end."""
    assert with_examples("steps: {a: {agent: x}}", "w", [{}, {}]) == (
        "workflow: w\nsteps: {a: {agent: x}}\nexamples:\n  - {}\n  - {}\n"
    )
    assert with_examples("steps: {a: {agent: x}}\n", "w", []) == (
        "workflow: w\nsteps: {a: {agent: x}}\n"
    )


def test_twice_is_once() -> None:
    """Exporting an exported text changes nothing."""
    once = with_examples(SOURCES["comments"], "w", {"x": "a"})
    assert with_examples(once, "w", {"x": "a"}) == once


def test_wrong_text_is_refused() -> None:
    """What is no YAML cannot be written again."""
    with pytest.raises(DefinitionError):
        with_examples("a: {{ x }}", "w", {})


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=20), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(values)
def test_any_value_survives_as_an_example(value: Any) -> None:
    """Whatever characters a value has, YAML gives it back."""
    source = "inputs: {x: any}\nsteps: {a: {agent: '{{ inputs.x }}'}}\n"
    assert parse_file(with_examples(source, "w", {"x": value})).examples == ({"x": value},)
