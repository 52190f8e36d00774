"""Says as lines to type what a person can do with a run."""

import re
import shlex

from mn_notebook.domain import words
from mn_notebook.domain.picture import PictureNode, RunAction, RunPicture

MAX_COMMANDS = 8
"""How many lines are offered: many steps may have failed."""


def could(picture: RunPicture) -> list[str]:
    """List the lines that move a run, its failed steps first.

    Every step that has not ended may be skipped: of these nothing is said, it would be too much.
    """
    nodes = [*picture.nodes, *(node for scope in picture.scopes for node in scope.nodes)]
    failed = [node for node in nodes if node.status == "failed"]
    steps = [line for node in failed for line in _step(picture, node)]
    whole = [_whole(picture, action) for action in picture.actions]
    return steps[: MAX_COMMANDS - len(whole)] + whole


def _whole(picture: RunPicture, action: RunAction) -> str:
    short = words.one_line(picture.short_id)
    return f"%mn undo {short} --keep" if action == "keep" else f"%mn {action} {short}"


def _step(picture: RunPicture, node: PictureNode) -> list[str]:
    step = f"{words.one_line(picture.short_id)} {_argument(node.path or node.name)}"
    ways = {"retry": f"%mn retry {step}", "skip": f'%mn skip {step} --because "…"'}
    return [ways[action] for action in node.actions]


def _argument(path: str) -> str:
    """Write a path as one argument of a line."""
    line = words.one_line(path)
    return shlex.quote(line) if re.search(r"[\s'\"`$\\]", line) else line
