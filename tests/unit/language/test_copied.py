"""A workflow in a file that was copied from elsewhere, with what does not belong to it."""

import pytest

from mn_notebook.errors import DefinitionError
from mn_notebook.language import parse_file

STEPS = 'steps:\n  gather: {python: "here:gather"}\n'


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        pytest.param(
            f"%%mn workflow brief\n{STEPS}",
            1,
            "this is the first line of a cell; in a file, write: `workflow: brief`",
            id="the first line of a cell",
        ),
        pytest.param(
            f"```yaml\nworkflow: brief\n{STEPS}```\n",
            1,
            "this line is Markdown's, and no part of the workflow; remove it",
            id="the fence around it",
        ),
        pytest.param(
            f"workflow: brief\n{STEPS}```\n",
            4,
            "this line is Markdown's, and no part of the workflow; remove it",
            id="the end of a fence",
        ),
        pytest.param(
            f"name: brief\n{STEPS}",
            1,
            "unknown key 'name' in a workflow; did you mean 'workflow'?",
            id="a name as others give it",
        ),
    ],
)
def test_what_was_copied_along_is_told(text: str, line: int, told: str) -> None:
    """The first problem is the line that does not belong there, and says what to do with it."""
    with pytest.raises(DefinitionError) as found:
        parse_file(text)
    assert (found.value.problems[0].line, found.value.problems[0].message) == (line, told)


@pytest.mark.parametrize("text", [f"workflow: brief\n{STEPS}", f"\ufeffworkflow: brief\r\n{STEPS}"])
def test_a_clean_copy_is_read(text: str) -> None:
    """Neither a mark at the beginning nor line ends of another system stand in the way."""
    assert parse_file(text).workflow.name == "brief"
