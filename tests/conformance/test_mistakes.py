"""Every way to get a workflow wrong has its message, which says what to type.

Each file of ``mistakes/`` holds one mistake, and the text beside it what the checker says. With
``MN_REWRITE=1`` the texts are written anew; read what changed.
"""

import os
from pathlib import Path

import pytest

from mn_notebook.domain.workflow import Schema
from mn_notebook.errors import DefinitionError
from mn_notebook.language import Catalog, parse_cell

FOLDER = Path(__file__).parent / "mistakes"
FILES = sorted(FOLDER.glob("*.yaml"))


def a_tool(required: list[str], **properties: str) -> Schema:
    return {
        "type": "object",
        "properties": {name: {"type": kind} for name, kind in properties.items()},
        "required": [*required],
        "additionalProperties": False,
    }


LETTER: Schema = {
    "title": "Letter",
    "type": "object",
    "properties": {"to": {"type": "string"}, "text": {"type": "string"}},
}
DEEP_CHECK = """\
inputs:
  name: str
  depth: {type: int, default: 2}
outputs:
  verdict: "{{ check }}"
steps:
  check: {agent: "Look at {{ inputs.name }}, {{ inputs.depth }} times."}
"""
CATALOG = Catalog(
    tools={"search": "read", "send_mail": "write"},
    tool_parameters={
        "search": a_tool(["query"], query="string", limit="integer", region="string"),
        "send_mail": a_tool(["to", "body"], to="string", body="string"),
    },
    functions={"count_them"},
    types={"Letter": LETTER},
    workflows={
        "deep_check": parse_cell("deep_check", DEEP_CHECK).workflow,
        "calls_back": parse_cell("calls_back", "steps: {a: {workflow: mistake}}").workflow,
    },
)


def said(text: str) -> str:
    """Return what the checker says, a line for each problem and each warning."""
    try:
        lines = [f"warning: {warning}" for warning in parse_cell("mistake", text, CATALOG).warnings]
    except DefinitionError as wrong:
        lines = [str(problem) for problem in wrong.problems]
    return "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_mistake_is_explained(path: Path) -> None:
    """The message is the one that was agreed on."""
    found, beside = said(path.read_text()), path.with_suffix(".txt")
    if os.environ.get("MN_REWRITE"):
        beside.write_text(found)
    assert found == beside.read_text()
    assert found


def test_no_message_is_left_over() -> None:
    """Every text belongs to a mistake, and there are enough of them."""
    assert {path.stem for path in FOLDER.glob("*.txt")} == {path.stem for path in FILES}
    assert len(FILES) > 100


def test_every_mistake_is_said_once() -> None:
    """No two files show the same message."""
    texts = [path.with_suffix(".txt").read_text() for path in FILES]
    assert len(set(texts)) == len(texts)
