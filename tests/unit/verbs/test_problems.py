"""Problems beside their lines."""

from mn_notebook.errors import DefinitionError, Problem
from mn_notebook.verbs.problems import shown_problems


def test_problem_is_shown_below_its_line() -> None:
    """The mark stands below the place, also after tabs, and first lines are counted."""
    error = DefinitionError((Problem("odd", 3, 3), Problem("far", 99, 1)), name="w")
    shown = shown_problems(error, "a: 1\n\tb: 2", where="cell", first_line=2)
    assert shown.splitlines() == [
        "workflow 'w' has 2 problems:",
        "cell, line 3, column 3: odd",
        "    3 |     b: 2",
        "             ^",
        "cell, line 99, column 1: far",
    ]


def test_hostile_line_is_harmless() -> None:
    """A control character in the text is shown as its code."""
    shown = shown_problems(
        DefinitionError((Problem("odd", 1, 1),)), "\x1b[2J" + "x" * 500, where="f.yaml"
    )
    assert "\x1b" not in shown
    assert max(map(len, shown.splitlines())) < 200
