"""Names commands as a terminal types them: ``mn`` where a notebook says ``%mn``."""

from dataclasses import replace

from mn_notebook.domain.picture import (
    PictureApproval,
    PictureNode,
    PicturePermission,
    PictureScope,
    PictureWait,
    RunPicture,
)
from mn_notebook.domain.why import Explanation
from mn_notebook.verbs.results import Approvals, Result, Resumed, Started, Waiting


def typed_here(result: Result) -> Result:
    """Return a result whose commands can be pasted into a terminal."""
    match result:
        case RunPicture():
            return _picture_here(result)
        case Started(run=run):
            return replace(result, run=_picture_here(run))
        case Resumed(runs=runs, notes=notes):
            pictures = tuple(map(_picture_here, runs))
            return replace(result, runs=pictures, notes=tuple(map(said_here, notes)))
        case Explanation():
            return _explanation_here(result)
        case Approvals(waiting=waiting):
            return replace(result, waiting=tuple(map(_waiting_here, waiting)))
        case _:
            return result


def said_here(text: str) -> str:
    """Return a sentence that names commands.

    >>> said_here("run `%mn models` first")
    'run `mn models` first'
    """
    return text.replace("`%mn ", "`mn ").replace("`%mn`", "`mn`")


def line_here(line: str) -> str:
    """Return a line that is a command and nothing else.

    >>> line_here("%mn show 9tj8"), line_here("%mn")
    ('mn show 9tj8', 'mn')
    """
    return line[1:] if line.startswith("%mn ") or line == "%mn" else line


def approval_here(approval: PictureApproval) -> PictureApproval:
    """Return what is asked, with the command that a terminal types."""
    return approval.model_copy(update={"command": line_here(approval.command)})


def _explanation_here(explanation: Explanation) -> Explanation:
    return explanation.model_copy(
        update={
            "did": tuple(map(said_here, explanation.did)),
            "why": tuple(map(said_here, explanation.why)),
            "next": said_here(explanation.next),
            "commands": tuple(
                command.model_copy(update={"line": line_here(command.line)})
                for command in explanation.commands
            ),
        }
    )


def _picture_here(picture: RunPicture) -> RunPicture:
    return picture.model_copy(
        update={
            "next": said_here(picture.next),
            "error": None if picture.error is None else said_here(picture.error),
            "nodes": tuple(map(_node_here, picture.nodes)),
            "scopes": tuple(map(_scope_here, picture.scopes)),
            "approvals": tuple(map(approval_here, picture.approvals)),
            "waits": tuple(map(_wait_here, picture.waits)),
            "permissions": tuple(map(_permission_here, picture.permissions)),
        }
    )


def _wait_here(wait: PictureWait) -> PictureWait:
    return wait.model_copy(update={"command": line_here(wait.command)})


def _permission_here(permission: PicturePermission) -> PicturePermission:
    return permission.model_copy(update={"command": line_here(permission.command)})


def _scope_here(scope: PictureScope) -> PictureScope:
    return scope.model_copy(update={"nodes": tuple(map(_node_here, scope.nodes))})


def _node_here(node: PictureNode) -> PictureNode:
    return node.model_copy(update={"error": said_here(node.error)}) if node.error else node


def _waiting_here(waiting: Waiting) -> Waiting:
    return replace(waiting, approval=approval_here(waiting.approval))
