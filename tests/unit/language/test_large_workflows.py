"""Workflows of thousands of steps are checked like small ones."""

import pytest

from mn_notebook.domain.workflow import Workflow
from mn_notebook.errors import DefinitionError
from mn_notebook.language import Catalog, parse_cell
from mn_notebook.language import needs as needs_of

STEPS = 1_500
"""More than calls may be nested."""


def parsed(text: str) -> Workflow:
    return parse_cell("big", text, Catalog(tools=None, functions=None, types={})).workflow


def chain(steps: int = STEPS) -> str:
    first = ["steps:", "  s0: {python: work}"]
    use = "{{python: work, args: {{x: '{{{{ s{} }}}}'}}}}"
    return "\n".join([*first, *(f"  s{n}: {use.format(n - 1)}" for n in range(1, steps))])


def test_a_long_chain_with_a_join_is_checked() -> None:
    """A join asks of all steps before it whether they may end otherwise: without recursion."""
    join = f"\n  end: {{python: work, needs: [s{STEPS - 1}], join: all_done}}"
    checked = parse_cell("big", chain() + join, Catalog(tools=None, functions=None, types={}))
    (warning,) = checked.warnings
    assert "`join: all_done` changes nothing here" in warning.message


def test_a_join_sees_an_outcome_at_the_far_end_of_a_chain() -> None:
    """A condition of the first step lets the last one end without a value."""
    text = chain().replace("s0: {python: work}", "s0: {python: work, on_failure: continue}")
    join = f"\n  end: {{python: work, needs: [s{STEPS - 1}], join: all_done}}"
    checked = parse_cell("big", text + join, Catalog(tools=None, functions=None, types={}))
    assert checked.warnings == ()


def test_needs_stand_in_the_order_of_the_text() -> None:
    """However they are written; the hash of a workflow depends on it."""
    steps = "\n".join(f"  s{n}: {{python: work}}" for n in range(30))
    end = "  end: {python: work, needs: [s20, s3, s11], args: {x: '{{ s7 }}'}}"
    assert parsed(f"steps:\n{steps}\n{end}").steps[-1].needs == ("s3", "s7", "s11", "s20")


def test_the_needs_of_a_step_are_found_without_a_look_at_all_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As many places are compared as names are used."""
    looked = []

    class Counted(dict):  # type: ignore[type-arg]
        def __iter__(self):
            looked.append(len(self))
            return super().__iter__()

    uses_of = needs_of.uses_of
    monkeypatch.setattr(needs_of, "uses_of", lambda draft, drafts: uses_of(draft, Counted(drafts)))
    parsed(chain(20))
    assert looked == []


def test_a_circle_of_thousands_of_steps_is_one_problem() -> None:
    """It is found and told once."""
    text = chain().replace("s0: {python: work}", f"s0: {{python: work, needs: [s{STEPS - 1}]}}")
    with pytest.raises(DefinitionError) as raised:
        parsed(text)
    (problem,) = raised.value.problems
    assert "wait for each other" in problem.message
