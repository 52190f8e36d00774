"""Draws a run while it goes on: a few lines that fit the window."""

from rich.console import Group
from rich.text import Text

from mn_notebook.display.facts import cost
from mn_notebook.domain.picture import RunPicture
from mn_notebook.domain.words import duration, one_line
from mn_notebook.terminal.here import approval_here

_SIGNS = {"succeeded": "✓", "failed": "✗", "running": "▶", "waiting": "◆", "in_doubt": "?"}
_LIVE = ("running", "retrying", "waiting", "in_doubt", "failed")
"""Steps that are shown first where there is no room for all."""


def drawn(picture: RunPicture, height: int) -> Group:
    """Draw a run in at most ``height`` lines, what matters most above; steps are cut, not broken.

    What a person would type is never cut.
    """
    spent = "scripted model" if picture.scripted else cost(picture)
    head = [
        f"{one_line(picture.workflow, 60)} · run {picture.short_id} · {picture.status_text}",
        f"  {picture.steps_done} of {picture.steps_total} steps · "
        f"{duration(picture.work_seconds)} of work · {picture.calls} calls · {spent}",
    ]
    asked = [
        f"  ◆ {one_line(approval.prompt, 80)}  {one_line(approval_here(approval).command)}"
        for approval in picture.approvals
    ]
    room = max(1, height - len(head) - 2 * len(asked) - 2)
    steps = _step_lines(picture, room)
    above = [_uncut("\n".join(asked))] if asked else []
    return Group(_cut("\n".join(head)), *above, _cut("\n".join(steps)))


def _step_lines(picture: RunPicture, room: int) -> list[str]:
    nodes, left = picture.nodes, 0
    if len(nodes) > room:
        first = sorted(nodes, key=lambda node: node.status not in _LIVE)  # else in their order
        left = len(nodes) - room
        nodes = tuple(first[:room])
    lines = [
        f"  {sign} {one_line(node.name, 32):<20} {one_line(node.detail, 60)}"
        for node in nodes
        for sign in [_SIGNS.get(node.status, "○")]
    ]
    return [*lines, *([f"  … and {left} more"] if left else [])]


def _cut(text: str) -> Text:
    return Text(text, no_wrap=True, overflow="ellipsis")


def _uncut(text: str) -> Text:
    return Text(text, overflow="fold")
