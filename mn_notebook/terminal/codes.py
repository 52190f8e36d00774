"""What the command ends with; docs/terminal.md says it in a table."""

from mn_notebook.domain.picture import RunPicture
from mn_notebook.errors import DefinitionError, MnError, PermanentError, UnknownRun, UsageError
from mn_notebook.verbs.results import MOVING, Decided, Report, Result, Undoing, runs_of

OK, FAILED, MISTAKE, WAITS, INTERRUPTED = 0, 1, 2, 3, 130


def exit_code(verb: str, result: Result) -> int:
    """Return how the command ends when a verb has answered."""
    match result:
        case Report(healthy=healthy):
            return OK if healthy else FAILED
        case Undoing(stopped=stopped):
            return FAILED if stopped else OK
        case Decided(changed=changed):
            return OK if changed else FAILED
        case _:
            pass
    if verb not in MOVING:
        return OK
    codes = {_code_of(picture) for picture in runs_of(result)}
    return next((code for code in (FAILED, WAITS) if code in codes), OK)


def code_of_fault(fault: MnError) -> int:
    """Return how the command ends when a verb could not answer."""
    # What is wrong for good before anything has begun is something that a person mends.
    mistake = isinstance(fault, UsageError | DefinitionError | UnknownRun | PermanentError)
    return MISTAKE if mistake else FAILED


def _code_of(picture: RunPicture) -> int:
    if picture.status in ("failed", "cancelled"):
        return FAILED
    return OK if picture.status == "succeeded" else WAITS
