"""Draws a run while it goes on: a few lines that fit the window."""

from rich.cells import cell_len
from rich.console import Group
from rich.text import Text

from mn_notebook.display.asks import waits
from mn_notebook.display.facts import cost
from mn_notebook.domain.picture import RunPicture
from mn_notebook.domain.words import count, duration, one_line, plural
from mn_notebook.verbs.here import approval_here, line_here

_SIGNS = {"succeeded": "✓", "failed": "✗", "running": "▶", "waiting": "◆", "in_doubt": "?"}
_LIVE = ("running", "retrying", "waiting", "in_doubt", "failed")
"""Steps that are shown first where there is no room for all."""


def drawn(picture: RunPicture, width: int, height: int) -> Group:
    """Draw a run in at most ``height`` lines, what matters most above; steps are cut, not broken.

    What a person would type is never cut.
    """
    spent = "scripted model" if picture.scripted else cost(picture)
    head = [
        f"{one_line(picture.workflow, 60)} · run {picture.short_id} · {picture.status_text}",
        f"  {count(picture.steps_done)} of {plural(picture.steps_total, 'step')} · "
        f"{duration(picture.work_seconds)} of work · {plural(picture.calls, 'call')} · {spent}",
    ]
    room = height - len(head) - _SPARE
    asked = _asked(picture, width, max(1, room - _FEWEST_STEPS))
    steps = _step_lines(picture, max(1, room - sum(lines for _, lines in asked)))
    return Group(_cut("\n".join(head)), *(text for text, _ in asked), _cut("\n".join(steps)))


_SPARE = 2
"""Lines that stay free: the prompt before, and the cursor below."""
_FEWEST_STEPS = 3
"""So many steps are shown, however many people are asked."""


def _asked(picture: RunPicture, width: int, room: int) -> list[tuple[Text, int]]:
    """Return what waits for somebody, with the line to type, as far as it fits into ``room``."""
    questions = [(one.prompt, approval_here(one).command) for one in picture.approvals]
    moved = [(told, line_here(command)) for told, command in waits(picture) if command]
    shown: list[tuple[Text, int]] = []
    total = len(questions) + len(moved) + picture.approvals_cut
    for told, command in (*questions, *moved):
        text, lines = _question(one_line(told, 200), one_line(command), width)
        left = total - len(shown)
        if sum(size for _, size in shown) + lines + (left > 1) > room and shown:
            shown.append((_cut(f"  ◆ {left} more: mn approvals"), 1))
            break
        shown.append((text, lines))
    return shown


def _question(told: str, command: str, width: int) -> tuple[Text, int]:
    """Write a question and the line that answers it on one line, or on two where it is narrow."""
    beside = f"  ◆ {told}  {command}"
    if cell_len(beside) <= width:
        return _cut(beside), 1
    first, below = _cut(f"  ◆ {told}"), f"    {command}"
    text = Text.assemble(_shortened(first, width), "\n", below, overflow="fold")
    return text, 1 + max(1, -(-cell_len(below) // width))


def _shortened(text: Text, width: int) -> Text:
    text.truncate(width, overflow="ellipsis")
    return text


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
