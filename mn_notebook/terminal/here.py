"""Names commands as a terminal types them: ``mn`` where a notebook says ``%mn``."""

from dataclasses import replace

from mn_notebook.domain.picture import PictureApproval, RunPicture
from mn_notebook.domain.why import Explanation
from mn_notebook.verbs.results import Approvals, Result, Resumed, Started, Waiting


def typed_here(result: Result) -> Result:
    """Return a result whose commands can be pasted into a terminal."""
    match result:
        case RunPicture():
            return _picture_here(result)
        case Started(run=run):
            # What is expected was said before the run began.
            return replace(result, run=_picture_here(run), forecast="")
        case Resumed(runs=runs):
            return replace(result, runs=tuple(map(_picture_here, runs)))
        case Explanation():
            return _explanation_here(result)
        case Approvals(waiting=waiting):
            return replace(result, waiting=tuple(map(_waiting_here, waiting)))
        case _:
            return result


def _explanation_here(explanation: Explanation) -> Explanation:
    lines = tuple(
        command.model_copy(update={"line": command.line.removeprefix("%")})
        for command in explanation.commands
    )
    said = explanation.next.replace("`%mn ", "`mn ")
    return explanation.model_copy(update={"next": said, "commands": lines})


def _picture_here(picture: RunPicture) -> RunPicture:
    return picture.model_copy(
        update={
            "next": picture.next.replace("`%mn ", "`mn "),
            "approvals": tuple(map(approval_here, picture.approvals)),
        }
    )


def approval_here(approval: PictureApproval) -> PictureApproval:
    """Return what is asked, with the command that a terminal types."""
    return approval.model_copy(update={"command": approval.command.removeprefix("%")})


def _waiting_here(waiting: Waiting) -> Waiting:
    return replace(waiting, approval=approval_here(waiting.approval))
