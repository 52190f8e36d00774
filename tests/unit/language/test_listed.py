"""A list that is written out gives exactly its values."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import mn_notebook as mn
from mn_notebook.language import parse_cell
from mn_notebook.language.expressions import SandboxedExpressions

TEXTS = st.text(st.characters(exclude_categories=["Cs"])).filter(
    lambda text: "{{" not in text and "{%" not in text
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def items_of(over: str) -> Any:
    return SandboxedExpressions().evaluate(over, {})


@given(st.lists(VALUES, max_size=5))
def test_written_list_gives_its_values(values: list[Any]) -> None:
    """Whatever JSON can hold, quotes, escapes and characters of all planes included."""
    text = f"steps:\n  s:\n    for_each: {json.dumps(values)}\n    approve: Go?\n"
    for_each = parse_cell("w", text).workflow.steps[0].for_each
    assert for_each is not None
    assert items_of(for_each.over) == values


def test_python_gives_a_list_as_it_is() -> None:
    """It stands in the text as a list."""
    flow = mn.Workflow("w", inputs={"third": str})
    flow.approve("s", "Visit {{ item }}?", for_each=["eu", "us", "{{ inputs.third }}"])
    step = flow.check().workflow.steps[0]
    assert step.for_each is not None
    assert step.for_each.over == '["eu", "us", (inputs.third)]'
    assert '"[' not in flow.text()
