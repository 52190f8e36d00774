"""Pydantic models as types; those that cannot be any harm nobody who does not name them."""

from collections.abc import Callable

import pytest
from pydantic import BaseModel

from mn_notebook.errors import DefinitionError, UsageError
from mn_notebook.language import Catalog, parse_cell
from mn_notebook.language.builder import Workflow
from mn_notebook.language.model_types import Models, is_model


class Letter(BaseModel):
    """A letter."""

    subject: str


class Tree(BaseModel):
    """A tree of letters."""

    letter: Letter
    branches: "list[Tree]" = []


class Rule(BaseModel):
    """Nothing that JSON could hold."""

    applies: Callable[[str], bool]


class Unfinished(BaseModel):
    """Names a type that is nowhere."""

    kind: "Nowhere"  # type: ignore[name-defined]  # noqa: F821


NOTEBOOK = Models({model.__name__: model for model in (Letter, Tree, Rule, Unfinished)})
TEXT = """
inputs: {{given: "{kind}"}}
steps:
  one: {{approve: "{{{{ inputs.given }}}}?"}}
"""


def test_only_classes_of_models_are_models() -> None:
    """A model itself is a value."""
    assert is_model(Letter)
    assert not is_model(Letter(subject="Rent"))
    assert not is_model(int)


def test_model_that_cannot_be_a_type_harms_nobody() -> None:
    """Neither texts nor what is built, as long as they do not name it."""
    catalog = Catalog(types=NOTEBOOK)
    found = parse_cell("post", TEXT.format(kind="Letter"), catalog).workflow.inputs["given"]
    assert found.json_schema["required"] == ["subject"]
    flow = Workflow("post", inputs={"given": Tree})
    flow.approve("one", "{{ inputs.given }}?")
    schema = flow.check(catalog).workflow.inputs["given"].json_schema
    assert "branches" in str(schema)


@pytest.mark.parametrize("kind", ["Rule", "list[Rule]", "Unfinished?"])
def test_who_names_it_is_told_why_it_cannot_be(kind: str) -> None:
    """With the place in the text, and no traceback."""
    name = kind.removeprefix("list[").rstrip("]?")
    with pytest.raises(DefinitionError) as raised:
        parse_cell("post", TEXT.format(kind=kind), Catalog(types=NOTEBOOK))
    (problem,) = raised.value.problems
    assert problem.message.startswith(f"the pydantic model '{name}' cannot be a type: ")
    assert problem.line == 2
    assert "errors.pydantic.dev" not in problem.message


def test_who_builds_with_it_is_told_too() -> None:
    """At the line of Python that gives it."""
    with pytest.raises(UsageError, match="'Rule' cannot be a type"):
        Workflow("post", inputs={"given": Rule})
