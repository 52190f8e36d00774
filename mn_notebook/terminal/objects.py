"""Writes what the command says as JSON: one object a line, which says by ``type`` what it is."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pydantic_core import to_json, to_jsonable_python

from mn_notebook.domain.events import Recorded
from mn_notebook.domain.previews import CostPreview
from mn_notebook.domain.words import plain
from mn_notebook.errors import DefinitionError, MnError
from mn_notebook.terminal.codes import code_of_fault
from mn_notebook.verbs.here import said_here
from mn_notebook.verbs.results import Result, RunList, RunLog


def result_line(result: Result, *, verb: str, exit_code: int, run_status: str | None = None) -> str:
    """Return the last line: what a verb answered, and how the command ends.

    ``run_status`` is how the run stands that the verb was about, where its answer does not say it.
    """
    standing = {} if run_status is None else {"run_status": run_status}
    return _line("result", {"verb": verb, "exit_code": exit_code, **standing, **_answer(result)})


def _answer(result: Result) -> dict[str, Any]:
    match result:
        case RunList(lines, more):
            return {"runs": lines, "more": more}
        case RunLog():
            # The events were written before, a line each.
            return {"run": result.run, "earlier": result.earlier, "unread": result.unread}
        case _:
            answer: dict[str, Any] = to_jsonable_python(result)
            return answer


def preview_line(preview: CostPreview) -> str:
    """Return what a run is expected to cost."""
    return _line("preview", preview.model_dump(mode="json"))


def event_line(recorded: Recorded) -> str:
    """Return one fact of a journal."""
    return _line("event", recorded.model_dump(mode="json"))


def text_line(text: str, *, verb: str) -> str:
    """Return what is said where no verb of a store was asked: the help, the version."""
    return _line("result", {"verb": verb, "exit_code": 0, "text": text})


def error_line(fault: MnError, *, verb: str) -> str:
    """Return why a verb could not answer; it goes to the error output."""
    problems = fault.problems if isinstance(fault, DefinitionError) else ()
    fields = {
        "verb": verb,
        "exit_code": code_of_fault(fault),
        "error": _name_of(fault),
        "message": said_here(plain(str(fault))),
        "problems": [asdict(problem) for problem in problems],
    }
    return _line("error", fields)


def _name_of(fault: MnError) -> str:
    """Return the name of the nearest error that is documented in ``mn_notebook.errors``."""
    public = (kind for kind in type(fault).__mro__ if kind.__module__ == MnError.__module__)
    return next(public).__name__


def detached_line(runs: Sequence[str], text: str, *, verb: str, exit_code: int) -> str:
    """Return that somebody let go of the command; it goes to the error output."""
    fields = {"verb": verb, "exit_code": exit_code, "runs": list(runs), "text": text}
    return _line("detached", fields)


def progress_line(percent: int, text: str) -> str:
    """Return how far something is that takes long; it goes to the error output."""
    return _line("progress", {"percent": percent, "text": text})


def _line(kind: str, fields: Mapping[str, Any]) -> str:
    # JSON has no infinity and no number that is none: they are written as texts.
    return to_json({"type": kind, **fields}, inf_nan_mode="strings").decode()
