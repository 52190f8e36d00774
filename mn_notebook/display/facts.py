"""Says what every static display says of a run: the same words as HTML, Markdown or plain text."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Literal

from pydantic import JsonValue

from mn_notebook.domain import words
from mn_notebook.domain.outline import OutlineNode, WorkflowOutline
from mn_notebook.domain.picture import (
    PictureEdge,
    PictureItems,
    PictureNode,
    PictureScope,
    RunPicture,
)
from mn_notebook.domain.runline import RunLine
from mn_notebook.domain.statuses import RunStatus, StepStatus

Tone = Literal["good", "busy", "wait", "bad", "quiet"]
Status = RunStatus | StepStatus

STAMP = (
    "Scripted model: its answers were written beforehand, so this run proves nothing about a real "
    "model."
)
NOTHING = "-"
"""Stands where there is nothing to say."""
MAX_STEPS = 48
"""How many steps of a graph a table lists; the rest is counted."""
MAX_BEFORE = 12
"""How many of the steps that one comes after are named; the rest is counted."""
MAX_RUNS = 60
"""How many runs a list shows; the rest is counted."""
_MAX_OUTPUT = 4000
_MAX_NAMES = 20
MAX_LINE = 160
_MAX_KEY = 24
_FEW = 2
_MAX_ERROR = 2000
_MAX_JSON_LINE = 64

ICONS: Mapping[Status, str] = {
    "queued": "○",
    "pending": "○",
    "running": "▶",
    "retrying": "↻",
    "waiting": "◆",
    "in_doubt": "?",
    "paused": "‖",
    "succeeded": "✓",
    "failed": "✗",
    "skipped": "»",
    "cancelled": "■",
}
TONES: Mapping[Status, Tone] = {
    "queued": "quiet",
    "pending": "quiet",
    "running": "busy",
    "retrying": "wait",
    "waiting": "wait",
    "in_doubt": "bad",
    "paused": "wait",
    "succeeded": "good",
    "failed": "bad",
    "skipped": "quiet",
    "cancelled": "quiet",
}
_CALM: tuple[Tone, ...] = ("good", "quiet")


def title(workflow: str, told: str) -> str:
    """Name a run or a workflow in one line."""
    return " · ".join(words.one_line(part, MAX_LINE) for part in (workflow, told) if part)


def marked(status: Status) -> str:
    """Write a status as its sign and its word: ``✓ succeeded``."""
    return f"{ICONS[status]} {status.replace('_', ' ')}"


def facts(picture: RunPicture) -> list[str]:
    """List what there is to say of a run as a whole, after its status."""
    said = [
        f"{words.count(picture.steps_done)} of {words.plural(picture.steps_total, 'step')}",
        f"{words.duration(picture.work_seconds)} of work",
        f"started {words.moment(picture.created_at)}",
    ]
    if picture.finished_at:
        said.append(f"finished {words.moment(picture.finished_at)}")
    if picture.workflow_version:
        said.append(f"version {words.one_line(picture.workflow_version, MAX_LINE)}")
    if picture.spared:
        said.append(picture.spared)
    if picture.reuses:
        said.append(f"takes over what is unchanged from run {words.one_line(picture.reuses[:4])}")
    if picture.owner == "gone":
        said.append("the process that advanced it is gone")
    return said


def cost(picture: RunPicture) -> str:
    """Say what a run cost, never more certainly than it is known."""
    spent = _spent(picture.cost_usd, picture.cost_floor_usd, called=picture.calls > 0)
    if picture.budget_usd is None:
        return spent
    if picture.reserved_usd:
        spent += f" and {words.money(picture.reserved_usd)} reserved"
    joint = " of a budget of " if picture.cost_usd is not None else "; budget "
    return f"{spent}{joint}{words.money(picture.budget_usd)}"


def _spent(known: Decimal | None, floor: Decimal, *, called: bool) -> str:
    if known is not None:
        return f"cost {words.money(known)}"
    if called or floor:
        return f"cost unknown: {words.at_least(floor)}"
    return "no call was made"


def line_cost(line: RunLine) -> str:
    """Say what a run in a list cost, and of how much; or that its model was a scripted one."""
    if line.scripted and not line.cost_floor_usd:
        return "scripted"
    known = line.cost_usd is not None
    if not known and not line.cost_floor_usd:
        spent = "unknown"
    else:
        spent = words.money(line.cost_usd) if known else words.at_least(line.cost_floor_usd)
    if line.budget_usd is None:
        return spent
    joint = " of " if known else "; budget "
    return f"{spent}{joint}{words.money(line.budget_usd)}"


def node_cost(node: PictureNode) -> str:
    """Say what a step cost; a dash if there was nothing to pay."""
    if node.reused:
        return "unpaid"
    if node.cost_usd is None and not (node.tokens_in or node.tokens_out):
        return NOTHING
    return words.money(node.cost_usd)


def tokens(tokens_in: int, tokens_out: int) -> str:
    """Write tokens given and answered; a dash if there were none."""
    if not (tokens_in or tokens_out):
        return NOTHING
    return f"{words.count(tokens_in)} in, {words.count(tokens_out)} out"


def usage(picture: RunPicture) -> list[str]:
    """List the calls and tokens of a run; empty before the first call."""
    if not picture.calls:
        return []
    used = tokens(picture.tokens_in, picture.tokens_out)
    calls = words.plural(picture.calls, "call")
    return [calls] if used == NOTHING else [calls, f"tokens {used}"]


def details(node: PictureNode, reuses: str | None = None) -> str:
    """Say in one line how a step stands, with what a newcomer should see."""
    parts = [words.one_line(node.detail, MAX_LINE)]
    # A detail may say already how items and iterations stand.
    parts += [told for told in (iteration(node), *_items(node)) if told not in parts[0]]
    if node.calls_workflow:
        parts.append(f"runs workflow {words.one_line(node.calls_workflow, MAX_LINE)}")
    if node.reused:
        origin = f" from run {words.one_line(reuses[:4])}" if reuses else ""
        parts.append(f"taken over{origin}, unpaid")
    if node.stand_in:
        parts.append(f"its fallback {words.one_line(node.stand_in, MAX_LINE)} stands in")
    return " · ".join(part for part in parts if part)


def _items(node: PictureNode) -> list[str]:
    if node.items is None:
        return []
    items = node.items
    numbers = [("failed", items.failed), ("waiting", items.waiting), ("skipped", items.skipped)]
    if node.stands_for:
        begun = items.succeeded + items.running + sum(number for _, number in numbers)
        numbers = [
            ("succeeded", items.succeeded),
            *numbers,
            ("running", items.running),
            ("not begun", items.total - begun),
        ]
    told = [f"{words.count(number)} {word}" for word, number in numbers if number]
    return [*told, *_telling(items)]


def _telling(items: PictureItems) -> list[str]:
    """Name the items that somebody may want to look at: ``50 running: [850] [851] …``."""
    keys: dict[StepStatus, list[str]] = {}
    for item in items.telling:
        keys.setdefault(item.status, []).append(f"[{words.one_line(item.key, _MAX_KEY)}]")
    if items.total < _FEW:
        return []
    totals = {"failed": items.failed, "waiting": items.waiting, "running": items.running}
    return [_named_items(status, found, totals.get(status, 0)) for status, found in keys.items()]


def _named_items(status: StepStatus, found: Sequence[str], total: int) -> str:
    number = f"{words.count(total)} " if total > len(found) else ""
    more = " …" if number else ""
    return f"{number}{status.replace('_', ' ')}: {' '.join(found)}{more}"


def iteration(node: PictureNode) -> str:
    """Say in which iteration a step is; empty for one that is done once."""
    if node.iteration <= 1 and node.at_most is None:
        return ""
    bound = "" if node.at_most is None else f" of at most {words.count(node.at_most)}"
    return f"iteration {words.count(node.iteration)}{bound}"


def steps(nodes: Sequence[PictureNode]) -> list[PictureNode]:
    """Choose the steps that a table lists, in their order: work and trouble before the rest."""
    ranks = sorted(range(len(nodes)), key=lambda at: TONES[nodes[at].status] in _CALM)
    return [nodes[at] for at in sorted(ranks[:MAX_STEPS])]


def steps_left(drawing: RunPicture | PictureScope) -> str:
    """Count the steps that a table does not list singly; empty if it lists all.

    It says where they are, too.
    """
    put_together = sum(node.stands_for for node in drawing.nodes)
    rows_left = max(len(drawing.nodes) - MAX_STEPS, 0)
    where = "`.steps` of the run lists all"
    if put_together:
        total = sum(max(node.stands_for, 1) for node in drawing.nodes)
        said = f"{words.count(put_together)} of {words.plural(total, 'step')} are put together here"
        more = f", and {words.plural(rows_left, 'row')} left out" if rows_left else ""
        return f"{said}{more}: {where}"
    return f"{words.plural(rows_left, 'more step')}: {where}" if rows_left else ""


def before(edges: Iterable[PictureEdge]) -> dict[str, list[str]]:
    """Say for each step which ones it comes after: a table must tell what the graph shows."""
    sources: dict[str, list[str]] = {}
    for edge in edges:
        sources.setdefault(edge.target, []).append(edge.source)
    return {target: _first(names) for target, names in sources.items()}


def _first(names: list[str]) -> list[str]:
    left = len(names) - MAX_BEFORE
    return [*names[:MAX_BEFORE], f"{words.count(left)} more"] if left > 0 else names


def error(text: str) -> str:
    """Make an error message harmless; its end is cut when it is very long."""
    return _cut(words.plain(text).strip(), _MAX_ERROR)


def prose(text: str) -> list[tuple[str, bool]]:
    """Part a sentence into words and, between backticks, code (True)."""
    parts = words.one_line(text).split("`")
    if len(parts) % 2 == 0:
        return [("`".join(parts), False)]
    return [(part, index % 2 == 1) for index, part in enumerate(parts) if part]


def sequel(picture: RunPicture) -> str:
    """Give the next command, unless the sentence about what comes next already names it."""
    following = command(picture)
    return "" if following in words.one_line(picture.next) else following


def shown(value: JsonValue) -> str:
    """Write a value to be read: a text as it is, unless it could be taken for another value."""
    if isinstance(value, str) and not _is_ambiguous(value):
        return words.plain(value)
    short = json.dumps(value, ensure_ascii=False)
    if len(short) > _MAX_JSON_LINE:
        short = json.dumps(value, ensure_ascii=False, indent=2)
    return words.plain(short)


def _is_ambiguous(text: str) -> bool:
    if not text or text != text.strip():
        return True
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def output(picture: RunPicture) -> list[tuple[str, str]]:
    """List the output of a run by name, cut for reading; without names it is one nameless text."""
    if picture.output is None:
        return []
    if isinstance(picture.output, dict) and 0 < len(picture.output) <= _MAX_NAMES:
        share = _MAX_OUTPUT // len(picture.output)
        pairs = picture.output.items()
        return [(words.one_line(name), _cut(shown(value), share)) for name, value in pairs]
    return [("", _cut(shown(picture.output), _MAX_OUTPUT))]


def output_note(picture: RunPicture) -> str:
    """Say that more output exists than the picture holds; empty if not."""
    if not picture.output_cut:
        return ""
    return f"Cut for display; all of it: `.output` of run {words.one_line(picture.short_id)}"


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return f"{text[:limit].rstrip()} … ({words.count(len(text) - limit)} more characters)"


def standing(picture: RunPicture) -> str:
    """Say of an unfinished run that a saved display is a moment of it; empty for a finished one."""
    if picture.status in {"succeeded", "failed", "cancelled"}:
        return ""
    return f"As it stood at event {words.count(picture.rev)} of its journal."


def command(picture: RunPicture) -> str:
    """Find the next command worth typing: a decision, what ``next`` names, or a look."""
    if picture.approvals:
        return words.one_line(picture.approvals[0].command)
    named = re.findall(r"`(%?mn [^`]+)`|(%mn [^`]+?)[.\s]*$", words.one_line(picture.next))
    if named:
        return str(named[-1][0] or named[-1][1])
    stuck = picture.status in {"failed", "cancelled", "paused"}
    return f"%mn {'why' if stuck else 'show'} {words.one_line(picture.short_id)}"


def runs_summary(lines: Sequence[RunLine], more: int = 0, shown: int | None = None) -> str:
    """Count runs and those that wait for a person; ``more`` are older, ``shown`` are listed."""
    waiting = sum(line.waiting > 0 for line in lines)
    said = words.plural(len(lines) + more, "run")
    listed = len(lines) if shown is None else min(shown, len(lines))
    if listed < len(lines) + more:
        said += f", the newest {words.count(listed)} are listed"
    if not waiting:
        return said
    return f"{said} · {words.count(waiting)} {'waits' if waiting == 1 else 'wait'} for a person"


def runs_command(lines: Iterable[RunLine]) -> str:
    """Find the next command worth typing after a list of runs."""
    lines = list(lines)
    if not lines:
        return "%mn run WORKFLOW name=value"
    if any(line.waiting for line in lines):
        return "%mn approvals"
    return f"%mn show {words.one_line(lines[0].short_id)}"


def took(line: RunLine) -> str:
    """Say how long a finished run was under way, waiting included."""
    if line.finished_at is None:
        return NOTHING
    return words.duration((line.finished_at - line.created_at).total_seconds())


def run_command(outline: WorkflowOutline) -> str:
    """Write the command that starts a run, with the inputs that must be given."""
    given = [f"{entry.name}=VALUE" for entry in outline.inputs if entry.default is None]
    return words.one_line(" ".join(["%mn run", outline.said or outline.name, *given]))


def outline_facts(outline: WorkflowOutline) -> list[str]:
    """List what there is to say of a workflow as a whole."""
    ceiling = outline.max_model_calls
    # What a run of it costs says better what bounds it.
    calls = "no ceiling on model calls" if outline.preview is None else ""
    if ceiling is not None:
        calls = f"at most {words.plural(ceiling, 'model call')}" if ceiling else "no model calls"
    group = f"class {outline.group}" if outline.group else ""
    steps = words.plural(sum(max(node.stands_for, 1) for node in outline.nodes), "step")
    so_far = outline.preview.so_far if outline.preview is not None else ""
    said = (f"version {outline.version}", group, steps, calls, so_far)
    return [words.one_line(part) for part in said if part]


def costs(outline: WorkflowOutline) -> tuple[str, ...]:
    """Say what a run of a workflow is expected to cost."""
    return outline.preview.told if outline.preview is not None else ()


def outline_detail(node: OutlineNode) -> str:
    """Say of a step what its kind, which stands beside it, does not say already."""
    detail = words.one_line(node.detail)
    return "" if detail == node.kind else detail.removeprefix(f"{node.kind} · ")


def tools(node: OutlineNode) -> str:
    """List the tools of a step with what they do to the world."""
    return words.one_line(", ".join(f"{tool.name} ({tool.effect})" for tool in node.tools))
