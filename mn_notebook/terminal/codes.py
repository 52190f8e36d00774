"""What the command ends with; docs/terminal.md says it in a table."""

from mn_notebook.domain.picture import RunPicture
from mn_notebook.verbs.results import MOVING, Report, Result, Undoing, runs_of

OK, FAILED, MISTAKE, WAITS, INTERRUPTED = 0, 1, 2, 3, 130


def exit_code(verb: str, result: Result) -> int:
    """Return how the command ends when a verb has answered."""
    if isinstance(result, Report):
        return OK if result.healthy else FAILED
    if isinstance(result, Undoing):
        return FAILED if result.stopped else OK
    if verb not in MOVING:
        return OK
    codes = {_code_of(picture) for picture in runs_of(result)}
    return next((code for code in (FAILED, WAITS) if code in codes), OK)


def _code_of(picture: RunPicture) -> int:
    if picture.status in ("failed", "cancelled"):
        return FAILED
    return OK if picture.status == "succeeded" else WAITS
