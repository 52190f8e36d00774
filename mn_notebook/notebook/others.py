"""Says in the cell that starts a run which runs of the same workflow are not over yet."""

from collections.abc import Sequence

from mn_notebook.domain.picture import RunPicture
from mn_notebook.domain.words import one_line
from mn_notebook.verbs.follow import ENDED
from mn_notebook.verbs.session import Session

_MOST_LOOKED_AT = 50
_MOST_NAMED = 3


def others_told(session: Session, begun: Sequence[RunPicture]) -> str:
    """Name the older runs of this notebook that are not over; empty without any.

    A cell that is run again starts another run, and takes the view of the first one away.
    """
    new = {picture.run_id for picture in begun}
    workflows = {picture.workflow for picture in begun}
    going = [
        line
        for line in session.client.runs(origin=session.settings.notebook, most=_MOST_LOOKED_AT)
        if line.workflow in workflows and line.run_id not in new and line.status not in ENDED
    ]
    said = [
        f"Run {line.run_id[:4]} of {one_line(line.workflow, 60)} is not over yet "
        f"({'waiting for a person' if line.waiting else line.status}): %mn show {line.run_id[:4]}"
        for line in going[:_MOST_NAMED]
    ]
    left = len(going) - len(said)
    return "\n".join([*said, *([f"and {left} more: %mn runs"] if left else [])])
