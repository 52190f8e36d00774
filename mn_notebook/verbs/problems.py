"""Shows what is wrong in a workflow's text beside the line that it is wrong in."""

from collections.abc import Iterator
from contextlib import contextmanager

from mn_notebook.domain.words import plain, plural
from mn_notebook.errors import DefinitionError, Problem

_LONGEST_LINE = 160
_TAB = "    "


class ShownDefinitionError(DefinitionError):
    """A definition's problems as text, each with its line and a mark below the place."""

    def __init__(self, error: DefinitionError, text: str, *, where: str, first_line: int) -> None:
        super().__init__(error.problems, name=error.name)
        self.args = (shown_problems(error, text, where=where, first_line=first_line),)


@contextmanager
def explained(text: str, *, where: str, first_line: int = 1) -> Iterator[None]:
    """Let a `DefinitionError` about ``text`` show the lines that it is about."""
    try:
        yield
    except ShownDefinitionError:
        raise  # It is about another text, which a workflow of this one calls.
    except DefinitionError as fault:
        raise ShownDefinitionError(fault, text, where=where, first_line=first_line) from fault


def shown_problems(error: DefinitionError, text: str, *, where: str, first_line: int = 1) -> str:
    """Write every problem of a definition with its line and column, and a mark below the place."""
    lines = text.splitlines()
    name = f"workflow {error.name!r}" if error.name else "the workflow"
    head = f"{name} has {plural(len(error.problems), 'problem')}:"
    blocks = [_problem(problem, lines, where, first_line) for problem in error.problems]
    return "\n".join([head, *blocks])


def _problem(problem: Problem, lines: list[str], where: str, first_line: int) -> str:
    at = f"{where}, line {problem.line}, column {problem.column}: {plain(problem.message)}"
    number = problem.line - first_line
    if not 0 <= number < len(lines):
        return at
    line = plain(lines[number]).replace("\t", _TAB)[:_LONGEST_LINE]
    before = plain(lines[number][: problem.column - 1]).replace("\t", _TAB)
    gutter = f"{problem.line:>5} | "
    if len(before) >= _LONGEST_LINE:
        return f"{at}\n{gutter}{line}"
    return f"{at}\n{gutter}{line}\n{' ' * len(gutter)}{' ' * len(before)}^"
