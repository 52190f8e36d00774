"""Draws the graph of a run or of a workflow as inline SVG that reads on light and on dark."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from mn_notebook.display import facts
from mn_notebook.display.facts import Tone
from mn_notebook.domain import words
from mn_notebook.domain.outline import OutlineNode, WorkflowOutline
from mn_notebook.domain.picture import PictureEdge, PictureNode, PictureScope, RunPicture

COLOURS: Mapping[Tone, str] = {
    "good": "#1f8a54",
    "busy": "#3179d0",
    "wait": "#a36c00",
    "bad": "#d9433f",
    "quiet": "#767e87",
}
"""Each about as far from white as from #111."""
_FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"
_WRITES = "write"
"""What a box says of a step that may change the world, whatever room is left for the rest."""
_PAD = 12.0
_LETTER = 6.0
"""The usual width of a letter of the small text."""
_BOLD_LETTER = 7.7
_FITS = 1100.0
"""A wider graph is not shrunk: it scrolls."""
_SMALLEST = 0.7
"""No graph is shrunk more than this: its words could not be read."""


@dataclass(frozen=True, slots=True)
class _Box:
    x: float
    y: float
    width: float
    height: float
    name: str
    detail: str
    aside: str
    """The small text on the right: a cost."""
    sign: str
    tone: Tone
    is_open: bool = False
    """Nothing happened here yet."""
    is_stack: bool = False
    """It stands for many items."""


def run_graph(picture: RunPicture) -> str:
    """Draw the steps of a run; an empty run gives no graph."""
    return _steps(picture.workflow, picture)


def scope_graph(scope: PictureScope) -> str:
    """Draw the steps of a subworkflow as those of a run."""
    return _steps(scope.path, scope)


def _steps(name: str, drawing: RunPicture | PictureScope) -> str:
    boxes = [
        _Box(
            x=node.x,
            y=node.y,
            width=node.width,
            height=node.height,
            name=node.name,
            detail=_detail(node),
            aside="" if node.cost_usd is None or node.reused else words.money(node.cost_usd),
            sign=_sign(node),
            tone=facts.TONES[node.status],
            is_open=node.status in {"pending", "skipped", "cancelled"},
            is_stack=node.items is not None,
        )
        for node in drawing.nodes
    ]
    told = ", ".join(f"{node.name} {node.status.replace('_', ' ')}" for node in drawing.nodes)
    return _svg(f"{name}: {told}", boxes, drawing.edges, drawing.width, drawing.height)


def _detail(node: PictureNode) -> str:
    if node.reused:
        return "taken over, unpaid"
    return f"{node.stand_in} stands in" if node.stand_in else node.detail


def _sign(node: PictureNode) -> str:
    """Write a step's state, after the iteration that it is in."""
    if node.iteration <= 1 and node.at_most is None:
        return facts.ICONS[node.status]
    bound = "" if node.at_most is None else f"/{node.at_most}"
    return f"↻{node.iteration}{bound} {facts.ICONS[node.status]}"


def outline_graph(outline: WorkflowOutline) -> str:
    """Draw the steps of a workflow; no steps give no graph."""
    boxes = [
        _Box(
            x=node.x,
            y=node.y,
            width=node.width,
            height=node.height,
            name=node.name,
            detail=_told(node),
            aside=_WRITES if _writes(node) else "",
            sign=facts.ICONS["waiting"] if node.asks_person else "",
            tone="wait" if node.asks_person else "busy" if node.kind == "agent" else "quiet",
        )
        for node in outline.nodes
    ]
    told = ", ".join(f"{node.name} ({node.kind})" for node in outline.nodes)
    return _svg(f"{outline.name}: {told}", boxes, outline.edges, outline.width, outline.height)


def _writes(node: OutlineNode) -> bool:
    return any(tool.effect == "write" for tool in node.tools)


def _told(node: OutlineNode) -> str:
    """Say what a step does; beside the mark of a write there is no room for its kind."""
    return facts.outline_detail(node) if _writes(node) and node.kind == "tool" else node.detail


def _svg(
    told: str,
    boxes: Sequence[_Box],
    edges: Iterable[PictureEdge],
    width: float,
    height: float,
) -> str:
    if not boxes:
        return ""
    idle = {box.name for box in boxes if box.is_open}
    arrows = "".join(_arrow(edge, is_open=edge.target in idle) for edge in edges)
    drawn = f'<g opacity="0.6" fill="none" stroke="currentColor" stroke-width="1.4">{arrows}</g>'
    fits = f"max-width:100%;min-width:{_SMALLEST * width:.0f}px;height:auto"
    fit = fits if width <= _FITS else "max-width:none"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{_attribute(told)}" '
        f'fill="currentColor" font-family="{_FONT}" style="{fit}">'
        f"{drawn}{''.join(map(_box, boxes))}</svg>"
    )


def _arrow(edge: PictureEdge, *, is_open: bool) -> str:
    if len(edge.points) < 2:
        return ""
    x, y = edge.points[-1]
    dashes = ' stroke-dasharray="4 3"' if is_open else ""
    return (
        f'<path d="{_way(edge.points)}"{dashes}/><path d="M{x - 7:g} {y - 4:g}L{x:g} {y:g}'
        f'L{x - 7:g} {y + 4:g}Z" fill="currentColor" stroke="none"/>'
    )


def _way(points: Sequence[tuple[float, float]]) -> str:
    """Draw level stretches straight and the others as gentle curves."""
    way = [f"M{points[0][0]:g} {points[0][1]:g}"]
    for (x, y), (to_x, to_y) in pairwise(points):
        middle = (x + to_x) / 2
        level = y == to_y
        curve = f"C{middle:g} {y:g} {middle:g} {to_y:g} {to_x:g} {to_y:g}"
        way.append(f"L{to_x:g} {to_y:g}" if level else curve)
    return "".join(way)


def _box(box: _Box) -> str:
    colour = COLOURS[box.tone]
    middle, right = box.y + box.height / 2, box.x + box.width - _PAD
    room = int((box.width - 2 * _PAD) / _LETTER)
    fits = len(box.aside) + len(box.detail) <= room - 1
    aside = box.aside if fits or box.aside == _WRITES else ""
    detail = words.one_line(box.detail, room - (len(aside) + 1 if aside else 0))
    return "".join(
        (
            f"<g><title>{_attribute(f'{box.name}: {box.detail}')}</title>",
            _stack(box, colour) if box.is_stack else "",
            _frame(box, colour),
            _label(
                box.x + _PAD,
                middle - 4,
                words.one_line(box.name, int((box.width - 32) / _BOLD_LETTER) - len(box.sign)),
                'font-weight="600"',
            ),
            _label(
                right, middle - 4, box.sign, f'text-anchor="end" fill="{colour}" font-weight="700"'
            ),
            _label(box.x + _PAD, middle + 13, detail, 'font-size="11" opacity="0.8"'),
            _label(right, middle + 13, aside, 'font-size="11" opacity="0.8" text-anchor="end"'),
            "</g>",
        )
    )


def _frame(box: _Box, colour: str) -> str:
    fill = f'fill="{colour}" fill-opacity="0.13"'
    looks = 'fill="none" stroke-dasharray="4 3"' if box.is_open else fill
    return (
        f'<rect x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}" rx="6" '
        f'stroke="{colour}" stroke-width="1.5" {looks}/>'
    )


def _stack(box: _Box, colour: str) -> str:
    left, top = box.x + 5, box.y
    right, bottom = box.x + box.width, box.y + box.height - 5
    return (
        f'<path d="M{left:g} {top:g}v-1q0 -3 3 -3H{right + 1:g}q3 0 3 3V{bottom - 3:g}q0 3 -3 3h-1"'
        f' fill="none" stroke="{colour}" stroke-width="1.2" opacity="0.8"/>'
    )


def _label(x: float, y: float, text: str, looks: str) -> str:
    if not text:
        return ""
    size = "" if "font-size" in looks else ' font-size="12"'
    return f'<text x="{x:g}" y="{y:g}"{size} {looks}>{_text(text)}</text>'


def _text(text: str) -> str:
    """Escape a text; a dollar stands alone, or a notebook takes what follows for a formula."""
    return escape(words.one_line(text)).replace("$", "<tspan>$</tspan>")


def _attribute(text: str) -> str:
    return escape(words.one_line(text, 1000), quote=True)
