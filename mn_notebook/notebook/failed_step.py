"""A step that failed, as a Python object that can be looked into."""

from collections.abc import Callable
from typing import Any

from typing_extensions import override

from mn_notebook.domain.events import ErrorInfo
from mn_notebook.domain.ids import RunId
from mn_notebook.notebook.quiet import quietly
from mn_notebook.runtime import Runtime


class FailedStep:
    """What stands where a step's output would: why there is none, and the call that failed."""

    def __init__(
        self, run_id: RunId, path: str, error: ErrorInfo | None, engine: Callable[[], Runtime]
    ) -> None:
        """Speak of the step at ``path``; ``engine`` knows the code."""
        self.path = path
        """The step's name, or ``step[item]``."""
        self.error = "" if error is None else error.message
        """Why it failed."""
        self.traceback = "" if error is None else error.detail
        """The end of the traceback, for a function of yours."""
        self._run_id = run_id
        self._engine = engine

    def call(self) -> tuple[Callable[..., Any], dict[str, Any]]:
        """Return the function and its arguments: ``fn, args = run["risky"].call()``.

        Then ``fn(**args)`` fails here as it did there, and ``%debug`` looks into it.

        Raises:
            UsageError: the step calls no function, or its code is not there; it says what to run.
        """
        with quietly():
            return self._engine().call_of(self._run_id, self.path)

    @override
    def __repr__(self) -> str:
        return f"<Step {self.path} failed: {self.error}>"
