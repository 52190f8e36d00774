"""Problems and warnings, gathered so that all of them can be shown at once."""

from mn_notebook.errors import Problem
from mn_notebook.language.tree import Mark


class Findings:
    """What is wrong, and what is only strange, in one text."""

    def __init__(self) -> None:
        self._problems: dict[Problem, None] = {}
        self._warnings: dict[Problem, None] = {}

    def problem(self, mark: Mark, message: str) -> None:
        """Add something that makes the workflow impossible."""
        self._problems[Problem(message, mark.line, mark.column)] = None

    def warning(self, mark: Mark, message: str) -> None:
        """Add something that is probably not meant."""
        self._warnings[Problem(message, mark.line, mark.column)] = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems in the order of the text, each once."""
        return _in_order(self._problems)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The warnings in the order of the text, each once."""
        return _in_order(self._warnings)


def _in_order(found: dict[Problem, None]) -> tuple[Problem, ...]:
    return tuple(sorted(found, key=lambda problem: (problem.line, problem.column)))
