"""What a call printed, as a fact of the journal."""

from mn_notebook.domain.events import AttemptEvent, NoteAdded
from mn_notebook.domain.ids import StepPath


def note(path: StepPath, printed: str) -> tuple[AttemptEvent, ...]:
    """Return the fact that something was printed, or nothing."""
    return (NoteAdded(path=path, text=printed),) if printed.strip() else ()
