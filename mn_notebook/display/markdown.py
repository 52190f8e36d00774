"""Shows runs and workflows as Markdown, for exports and for viewers that show no HTML."""

import re
from collections.abc import Iterable, Sequence

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

_SPECIAL = re.compile(r"([\\`*_\[\]|~$#!])")
_START = re.compile(r"^(\d+(?=[.)])|(?=[-+=]))")
"""Where a line would begin a list or underline a heading."""
_TICKS = re.compile(r"`+")


def run_markdown(picture: RunPicture) -> str:
    """Show a run with its steps, what it waits for and what comes next."""
    return _joined(
        f"#### {_text(say.title(picture.workflow, picture.title))} · {_code(picture.short_id)}",
        _status(picture),
        f"**{_text(say.STAMP)}**" if picture.scripted else "",
        _steps(picture, picture.reuses),
        *(_scope(scope, picture) for _, scope in scopes(picture)),
        _text(scopes_left(picture)),
        *map(_approval, picture.approvals[: asks.MAX_APPROVALS]),
        _text(asks.further(picture)),
        _waits(picture),
        _permissions(picture),
        f"**✗ Error**\n\n{_block(say.error(picture.error))}" if picture.error else "",
        _output(picture),
        _next(picture),
        _could(picture),
        _text(say.standing(picture)),
    )


def runs_markdown(rows: Sequence[RunLine], *, more: int = 0) -> str:
    """Show a list of runs as a table; ``more`` older ones are counted."""
    heads = ("Status", "Workflow", "Run", "Started", "Took", "Steps", "Cost", "Waiting", "From")
    return _joined(
        f"**{_text(say.runs_summary(rows, more, say.MAX_RUNS))}**",
        _table(heads, map(_run_cells, rows[: say.MAX_RUNS])) if rows else "",
        f"**Next:** {_code(say.runs_command(rows))}",
    )


def definition_markdown(defn: WorkflowOutline) -> str:
    """Show a defined workflow: its inputs, its steps and what it may do."""
    return _joined(
        f"#### {_text(say.title(defn.name, ''))}",
        _text(" · ".join(say.outline_facts(defn))),
        _line(defn.about),
        *(f"**Warning:** {_text(warning)}" for warning in defn.warnings),
        _inputs(defn),
        _outline_steps(defn),
        _listed("A run of it", defn.may_do),
        _listed("What it costs", say.costs(defn)),
        f"**Next:** {_code(say.run_command(defn))}",
    )


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"


def _text(text: str) -> str:
    """Escape a text of any origin within a line: neither markup nor a formula."""
    return _escaped(words.one_line(text))


def _escaped(line: str) -> str:
    safe = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", safe)


def _line(text: str) -> str:
    """Escape a text of any origin that begins a line."""
    return _START.sub(r"\1\\", _text(text), count=1)


def _prose(text: str) -> str:
    return "".join(_code(part) if is_code else _escaped(part) for part, is_code in say.prose(text))


def _code(text: str, *, in_table: bool = False) -> str:
    """Write a text as code, with a fence longer than any that it holds."""
    line = words.one_line(text) or " "
    fence = "`" * (1 + max((len(ticks) for ticks in _TICKS.findall(line)), default=0))
    space = " " if "`" in line else ""
    safe = line.replace("|", r"\|") if in_table else line
    return f"{fence}{space}{safe}{space}{fence}"


def _block(text: str) -> str:
    fence = "`" * max(3, 1 + max((len(ticks) for ticks in _TICKS.findall(text)), default=0))
    return f"{fence}text\n{text}\n{fence}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _status(picture: RunPicture) -> str:
    status = f"{say.ICONS[picture.status]} {picture.status_text or picture.status}"
    spent = " · ".join([say.cost(picture), *say.usage(picture)])
    about = _text(" · ".join(say.facts(picture)))
    return f"**{_text(status)}** · {about}\n\n{_text(spent[:1].upper() + spent[1:])}"


def _scope(scope: PictureScope, picture: RunPicture) -> str:
    """Show a subworkflow as the run itself is shown."""
    return f"##### {_text(scope_title(scope))}\n\n{_steps(scope, picture.reuses)}"


def _steps(drawing: RunPicture | PictureScope, reuses: str | None) -> str:
    if not drawing.nodes:
        return "No steps yet."
    heads = ("Step", "Status", "Detail", "After", "Attempts", "Model", "Tokens", "Cost")
    before = say.before(drawing.edges)
    rows = (
        _step_cells(node, before.get(node.name, []), reuses) for node in say.steps(drawing.nodes)
    )
    return f"{_table(heads, rows)}\n\n{_prose(say.steps_left(drawing))}".rstrip()


def _step_cells(node: PictureNode, before: Sequence[str], reuses: str | None) -> Sequence[str]:
    detail = _text(say.details(node, reuses))
    if node.error:
        detail += f" **Error:** {_text(words.one_line(node.error, 300))}"
    return (
        f"**{_text(node.name)}**",
        _text(say.marked(node.status)),
        detail,
        _text(", ".join(before)),
        str(node.attempts),
        _text(node.model or say.NOTHING),
        say.tokens(node.tokens_in, node.tokens_out),
        _text(say.node_cost(node)),
    )


def _approval(approval: PictureApproval) -> str:
    return _joined(
        f"##### {asks.sign(approval)} {_text(approval.prompt)}",
        _text(asks.asked(approval)),
        *map(_call, approval.calls),
        _named([(asks.field_name(field), say.shown(field.value)) for field in approval.fields]),
        _named(asks.budget(approval)),
        _text(asks.asks_for(approval)),
        f"**Evidence:** {_text(approval.evidence)}" if approval.evidence else "",
        "\n\n".join(
            _text(one) for one in (asks.agent_said(approval), *asks.reasons(approval)) if one
        ),
        f"{_text(asks.meaning(approval))} To decide, type {_code(approval.command)}",
        _text(asks.choices(approval)),
    ).rstrip("\n")


def _call(call: PictureCall) -> str:
    named = _named(asks.arguments(call)) or "without arguments"
    return f"**{_text(call.tool)}** · {_text(asks.call_facts(call))}\n\n{named}"


def _named(pairs: Iterable[tuple[str, str]]) -> str:
    return "\n\n".join(f"{_line(name)}:\n\n{_block(value)}" for name, value in pairs)


def _waits(picture: RunPicture) -> str:
    lines = [
        f"- {_text(told)}{f': {_code(command)}' if command else ''}"
        for told, command in asks.waits(picture)
    ]
    return "**Waits**\n\n" + "\n".join(lines) if lines else ""


def _permissions(picture: RunPicture) -> str:
    lines = [
        f"- {_text(told)}{f': {_code(command)}' if command else ''}"
        for told, command in asks.permissions(picture)
    ]
    return "**Always allowed**\n\n" + "\n".join(lines) if lines else ""


def _could(picture: RunPicture) -> str:
    lines = " · ".join(map(_code, controls.could(picture)))
    return f"You could: {lines}" if lines else ""


def _output(picture: RunPicture) -> str:
    pairs = say.output(picture)
    if not pairs:
        return ""
    shown = _named(pairs) if pairs[0][0] else _block(pairs[0][1])
    return f"**Output**\n\n{shown}\n\n{_text(say.output_note(picture))}".rstrip("\n")


def _next(picture: RunPicture) -> str:
    sequel = say.sequel(picture)
    return f"**Next:** {_prose(picture.next)} {_code(sequel) if sequel else ''}".rstrip()


def _run_cells(line: RunLine) -> Sequence[str]:
    return (
        _text(f"{say.ICONS[line.status]} {line.status_text or line.status}"),
        f"**{_text(line.workflow)}** {_text(say.title('', line.title))}".rstrip(),
        _code(line.short_id, in_table=True),
        words.moment(line.created_at),
        say.took(line),
        f"{words.count(line.steps_done)} of {words.count(line.steps_total)}",
        _text(say.line_cost(line)),
        words.plural(line.waiting, "approval") if line.waiting else say.NOTHING,
        _text(line.origin),
    )


def _inputs(defn: WorkflowOutline) -> str:
    rows = [
        (f"**{_text(entry.name)}**", _code(entry.type, in_table=True), _default(entry.default))
        for entry in defn.inputs
    ]
    return _table(("Input", "Type", "Default"), rows) if rows else ""


def _default(text: str | None) -> str:
    return "must be given" if text is None else _code(text or '""', in_table=True)


def _outline_steps(defn: WorkflowOutline) -> str:
    before = say.before(defn.edges)
    rows = [
        (
            f"**{_text(node.name)}**",
            _text(node.kind),
            _text(say.outline_detail(node)),
            _text(", ".join(before.get(node.name, []))),
            _text(say.tools(node) or say.NOTHING),
            "◆ yes" if node.asks_person else "no",
        )
        for node in defn.nodes
    ]
    heads = ("Step", "Kind", "Detail", "After", "Tools (effect)", "Asks a person")
    return _table(heads, rows) if rows else "No steps yet."


def _listed(head: str, sentences: Sequence[str]) -> str:
    if not sentences:
        return ""
    return f"**{head}**\n\n" + "\n".join(f"- {_text(sentence)}" for sentence in sentences)
