"""Shows runs and workflows as plain text, for terminals and for ``repr``."""

from collections.abc import Iterable, Sequence
from textwrap import wrap
from unicodedata import east_asian_width

from mn_notebook.display import asks, controls
from mn_notebook.display import facts as say
from mn_notebook.display.scopes import scope_title, scopes, scopes_left
from mn_notebook.domain import words
from mn_notebook.domain.outline import WorkflowOutline
from mn_notebook.domain.picture import (
    PictureApproval,
    PictureCall,
    PictureNode,
    PictureScope,
    RunPicture,
)
from mn_notebook.domain.runline import RunLine

_NARROWEST = 40


def run_text(picture: RunPicture, *, width: int = 80, program: str = "%mn") -> str:
    """Show a run in lines of at most ``width``; the last line is the next command worth typing.

    ``program`` is what is typed before a verb where this is shown.
    What is approved is shown in full: a long word of a call may make a line longer.
    """
    width = max(width, _NARROWEST)
    return _joined(
        _head(picture, width),
        _wrapped(say.STAMP, width) if picture.scripted else [],
        _steps(picture, picture.reuses, width),
        *(_scope(depth, scope, picture, width) for depth, scope in scopes(picture)),
        _wrapped(_typed(program, scopes_left(picture)), width),
        *(_approval(approval, width) for approval in picture.approvals[: asks.MAX_APPROVALS]),
        _wrapped(_typed(program, asks.further(picture)), width),
        _waits(picture, width),
        _permissions(picture, width),
        _block("Error:", say.error(picture.error), width) if picture.error else [],
        _output(picture, width),
        _wrapped(say.standing(picture), width),
        _could(picture, program),
        [*_wrapped(f"Next: {picture.next}", width), _typed(program, say.command(picture))],
    )


def runs_text(rows: Sequence[RunLine], *, more: int = 0, width: int = 80) -> str:
    """Show a list of runs, two lines each; the last line is the next command worth typing."""
    width = max(width, _NARROWEST)
    lines = [line for row in rows for line in _run_lines(row, width)]
    return _joined([say.runs_summary(rows, more)], lines, [say.runs_command(rows)])


def definition_text(defn: WorkflowOutline, *, width: int = 80) -> str:
    """Show a defined workflow; the last line is the command that runs it."""
    width = max(width, _NARROWEST)
    head = [*_wrapped(say.title(defn.name, ""), width)]
    head += _wrapped(" · ".join(say.outline_facts(defn)), width)
    return _joined(
        head,
        _wrapped(defn.about, width),
        [line for text in defn.warnings for line in _wrapped(f"Warning: {text}", width, "  ")],
        _inputs(defn, width),
        _outline_steps(defn, width),
        [line for text in defn.may_do for line in _wrapped(f"- {text}", width, "  ")],
        [line for text in say.costs(defn) for line in _wrapped(f"- {text}", width, "  ")],
        [say.run_command(defn)],
    )


def _joined(*blocks: Iterable[str]) -> str:
    return "\n\n".join(text for block in blocks if (text := "\n".join(block)))


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Make a text of any origin harmless and break it into lines; further lines are indented."""
    return wrap(words.one_line(text), width, subsequent_indent=indent, break_on_hyphens=False)


def _cells(text: str) -> int:
    """Say how many places a text takes in a terminal."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _columns(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Align all columns but the last, which goes on below where the line ends."""
    widths = [max(map(_cells, column)) for column in zip(*rows, strict=True)][:-1]
    return [line for row in rows for line in _row(row, widths, width)]


def _row(row: Sequence[str], widths: Sequence[int], width: int) -> list[str]:
    first = "  ".join(
        cell + " " * (room - _cells(cell)) for cell, room in zip(row[:-1], widths, strict=True)
    )
    indent = _cells(first) + 2
    if width - indent < _NARROWEST // 2:
        return [first.rstrip(), *(f"    {line}" for line in _wrapped(row[-1], width - 4))]
    lines = _wrapped(row[-1], width - indent) or [""]
    return [f"{first}  {lines[0]}".rstrip(), *(" " * indent + line for line in lines[1:])]


def _head(picture: RunPicture, width: int) -> list[str]:
    status = f"{say.ICONS[picture.status]} {picture.status_text or picture.status}"
    spent = [say.cost(picture), *say.usage(picture)]
    return [
        *_wrapped(f"{say.title(picture.workflow, picture.title)} · run {picture.short_id}", width),
        *_wrapped(" · ".join([status, *say.facts(picture)]), width, "  "),
        *_wrapped(" · ".join(spent), width, "  "),
    ]


def _scope(depth: int, scope: PictureScope, picture: RunPicture, width: int) -> list[str]:
    """Show a subworkflow as the run itself, further to the right the deeper it lies."""
    indent = min(2 * depth + 2, width - _NARROWEST)
    room = max(width - indent, _NARROWEST)
    lines = [*_wrapped(scope_title(scope), room, "  "), *_steps(scope, picture.reuses, room)]
    return [f"{' ' * indent}{line}".rstrip() for line in lines]


def _steps(drawing: RunPicture | PictureScope, reuses: str | None, width: int) -> list[str]:
    if not drawing.nodes:
        return ["No steps yet."]
    before = say.before(drawing.edges)
    shown = say.steps(drawing.nodes)
    rows = [_step_row(node, before.get(node.name, []), reuses) for node in shown]
    faults = [line for node in shown for line in _faults(node, width)]
    left = _wrapped(say.steps_left(drawing), width)
    return [*_columns(rows, width), *faults, *left]


def _step_row(node: PictureNode, before: Sequence[str], reuses: str | None) -> Sequence[str]:
    cost = say.node_cost(node)
    said = [
        say.details(node, reuses),
        f"after {', '.join(before)}" if before else "",
        words.plural(node.attempts, "attempt") if node.attempts > 1 else "",
        node.model or "",
    ]
    told = " · ".join(part for part in said if part)
    status = say.marked(node.status)
    return (status, words.one_line(node.name, 32), "" if cost == say.NOTHING else cost, told)


def _faults(node: PictureNode, width: int) -> list[str]:
    if not node.error:
        return []
    return _wrapped(f"✗ {node.name}: {words.one_line(node.error, 300)}", width, "  ")


def _approval(approval: PictureApproval, width: int) -> list[str]:
    lines = [*_wrapped(f"{asks.sign(approval)} {approval.prompt}", width, "  ")]
    lines += _indented(_wrapped(asks.asked(approval), width - 2))
    for call in approval.calls:
        lines += _indented(_call(call, width - 2))
    for name, told in asks.budget(approval):
        lines += _indented(_wrapped(f"{name}: {told}", width - 2, "  "))
    for field in approval.fields:
        lines += _indented(_block(f"{asks.field_name(field)}:", say.shown(field.value), width - 2))
    lines += _indented(_wrapped(asks.asks_for(approval), width - 2, "  "))
    if approval.evidence:
        lines += _indented(_wrapped(f"evidence: {approval.evidence}", width - 2, "  "))
    for told in (asks.agent_said(approval), *asks.reasons(approval)):
        lines += _indented(_wrapped(told, width - 2, "  "))
    lines += _indented(_wrapped(asks.meaning(approval), width - 2))
    lines += _indented(_wrapped(asks.choices(approval), width - 2))
    return [*lines, f"  to decide: {words.one_line(approval.command)}"]


def _call(call: PictureCall, width: int) -> list[str]:
    lines = _wrapped(f"{call.tool} · {asks.call_facts(call)}", width, "  ")
    for name, value in asks.arguments(call):
        lines += _indented(_block(f"{name}:", value, width - 2))
    return lines


def _waits(picture: RunPicture, width: int) -> list[str]:
    lines = []
    for told, command in asks.waits(picture):
        lines += _wrapped(f"{say.ICONS['waiting']} {told}", width, "  ")
        lines += [f"  {command}"] if command else []
    return lines


def _permissions(picture: RunPicture, width: int) -> list[str]:
    lines = []
    for told, command in asks.permissions(picture):
        lines += _wrapped(f"! {told}", width, "  ")
        lines += [f"  {command}"] if command else []
    return lines


def _typed(program: str, said: str) -> str:
    """Name the commands of a line of this package as they are typed here."""
    return said.replace("%mn ", f"{program} ")


def _could(picture: RunPicture, program: str) -> list[str]:
    lines = [_typed(program, line) for line in controls.could(picture)]
    return ["You could:", *_indented(lines)] if lines else []


def _block(label: str, text: str, width: int) -> list[str]:
    """Show a text after its label, or below it when it needs more than the line."""
    if "\n" not in text and _cells(label) + 1 + _cells(text) <= width:
        return [f"{label} {text}"]
    lines = [part for line in text.split("\n") for part in _kept(line, width - 2)]
    return [label, *_indented(lines)]


def _kept(line: str, width: int) -> list[str]:
    """Break a line without losing a space or a letter of it."""
    if _cells(line) <= width:
        return [line]
    return wrap(
        line,
        width,
        replace_whitespace=False,
        expand_tabs=False,
        drop_whitespace=False,
        break_on_hyphens=False,
    )


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"  {line}".rstrip() for line in lines]


def _output(picture: RunPicture, width: int) -> list[str]:
    lines = []
    for name, value in say.output(picture):
        lines += _block(f"{name}:" if name else "Output:", value, width)
    if lines and picture.output_cut:
        lines += _wrapped(say.output_note(picture), width)
    return lines


def _run_lines(line: RunLine, width: int) -> list[str]:
    first = f"{say.ICONS[line.status]} {line.short_id} · {say.title(line.workflow, line.title)}"
    done = f"{words.count(line.steps_done)} of {words.plural(line.steps_total, 'step')}"
    said = [line.status_text or line.status, done, say.line_cost(line)]
    if line.waiting:
        said.append(f"{words.plural(line.waiting, 'approval')} waiting")
    said += [words.moment(line.created_at), line.origin or "unknown origin"]
    told = " · ".join(said)
    return [*_wrapped(first, width, "  "), *_indented(_wrapped(told, width - 2, "  "))]


def _inputs(defn: WorkflowOutline, width: int) -> list[str]:
    rows = [
        (
            f"input {words.one_line(entry.name)}",
            words.one_line(entry.type),
            _default(entry.default),
        )
        for entry in defn.inputs
    ]
    return _columns(rows, width) if rows else []


def _default(text: str | None) -> str:
    return "must be given" if text is None else f"default {text or repr('')}"


def _outline_steps(defn: WorkflowOutline, width: int) -> list[str]:
    before = say.before(defn.edges)
    rows = []
    for node in defn.nodes:
        said = [
            node.detail,
            f"after {', '.join(before[node.name])}" if node.name in before else "",
            say.tools(node),
            "asks a person" if node.asks_person else "",
        ]
        told = " · ".join(filter(None, said))
        rows.append((words.one_line(node.kind), words.one_line(node.name, 32), told))
    return _columns(rows, width) if rows else ["No steps yet."]
