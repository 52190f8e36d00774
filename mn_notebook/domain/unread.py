"""A run that a newer program wrote on, as far as this one can read it.

It can be looked at and not touched: whoever does not understand a journal decides nothing by it.
"""

from mn_notebook.domain.picture import PictureNode, RunPicture
from mn_notebook.domain.why import Explanation

READ_ONLY = "read-only here"


def sentence(head: int) -> str:
    """Say how far a journal was read, and what makes the rest readable."""
    return (
        f"A newer mn_notebook wrote what follows event {head} of its journal: it is shown as it "
        "stood there, and nothing can be asked of it here; upgrade mn-notebook to see the rest "
        "and to go on with it."
    )


def unread_picture(picture: RunPicture) -> RunPicture:
    """Return a picture that offers nothing to do, and says why.

    What was asked of a person up to there may have been decided since: it is not shown as open.
    """
    scopes = tuple(
        scope.model_copy(update={"nodes": _untouchable(scope.nodes)}) for scope in picture.scopes
    )
    return picture.model_copy(
        update={
            "status_text": f"{picture.status} · {READ_ONLY}",
            "nodes": _untouchable(picture.nodes),
            "scopes": scopes,
            "approvals": (),
            "waits": (),
            "actions": (),
            "next": sentence(picture.rev),
        }
    )


def _untouchable(nodes: tuple[PictureNode, ...]) -> tuple[PictureNode, ...]:
    return tuple(node.model_copy(update={"actions": ()}) for node in nodes)


def unread_explanation(explained: Explanation, head: int) -> Explanation:
    """Return an explanation that offers no command that would touch the run, and says why."""
    return explained.model_copy(update={"next": sentence(head), "commands": ()})
