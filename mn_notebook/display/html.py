"""Shows runs and workflows as HTML that stays true, and safe, in a saved notebook.

Whatever a viewer takes away (classes, styles, drawings), headings and tables still tell all.
"""

from collections.abc import Sequence

from mn_notebook.display import asks, controls
from mn_notebook.display import facts as say
from mn_notebook.display.markup import (
    code,
    coloured,
    escaped,
    heading,
    label,
    named,
    note,
    page,
    paragraph,
    pre,
    prose,
    quiet,
    scrolled,
    table,
    whole,
)
from mn_notebook.display.scopes import scope_title, scopes, scopes_left
from mn_notebook.display.svg import outline_graph, run_graph, scope_graph
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


def run_html(picture: RunPicture) -> str:
    """Show a run with its graph, its steps, what it waits for and what comes next."""
    return page(
        heading(picture.workflow, f"{picture.title} · {picture.short_id}".strip(" ·")),
        _status(picture),
        _stamp(picture),
        scrolled(run_graph(picture)),
        _steps(picture, picture.reuses),
        *(_scope(scope, picture) for _, scope in scopes(picture)),
        paragraph(escaped(scopes_left(picture))),
        *map(_approval, picture.approvals[: asks.MAX_APPROVALS]),
        paragraph(escaped(asks.further(picture))),
        _waits(picture),
        _permissions(picture),
        _error(picture),
        _output(picture),
        _next(picture),
    )


def runs_html(rows: Sequence[RunLine], *, more: int = 0) -> str:
    """Show a list of runs as a table; ``more`` older ones are counted."""
    heads = ("Status", "Workflow", "Run", "Started", "Took", "Steps", "Cost", "Waiting", "From")
    return page(
        paragraph(f"<b>{escaped(say.runs_summary(rows, more, say.MAX_RUNS))}</b>"),
        table(heads, map(_run_cells, rows[: say.MAX_RUNS])) if rows else "",
        paragraph(f"<b>Next:</b> {code(say.runs_command(rows))}"),
    )


def definition_html(defn: WorkflowOutline) -> str:
    """Show a defined workflow: its graph, its inputs, its steps and what it may do."""
    return page(
        heading(defn.name, " · ".join(say.outline_facts(defn))),
        paragraph(escaped(defn.about)),
        *(note("wait", f"<b>Warning:</b> {escaped(warning)}") for warning in defn.warnings),
        scrolled(outline_graph(defn)),
        _inputs(defn),
        _outline_steps(defn),
        _listed("A run of it", defn.may_do),
        _listed("What it costs", say.costs(defn)),
        paragraph(f"<b>Next:</b> {code(say.run_command(defn))}"),
    )


def _status(picture: RunPicture) -> str:
    sign = f"{say.ICONS[picture.status]} {words.one_line(picture.status_text or picture.status)}"
    status = coloured(say.TONES[picture.status], sign)
    spent = " · ".join([say.cost(picture), *say.usage(picture)])
    about = escaped(" · ".join(say.facts(picture)))
    return paragraph(f"{status} · {about}<br>{escaped(spent[:1].upper() + spent[1:])}")


def _stamp(picture: RunPicture) -> str:
    return note("wait", f"<b>{escaped(say.STAMP)}</b>") if picture.scripted else ""


def _scope(scope: PictureScope, picture: RunPicture) -> str:
    """Show a subworkflow as the run itself is shown."""
    return "\n".join(
        (
            label(escaped(scope_title(scope))),
            scrolled(scope_graph(scope)),
            _steps(scope, picture.reuses),
        )
    )


def _steps(drawing: RunPicture | PictureScope, reuses: str | None) -> str:
    if not drawing.nodes:
        return paragraph("No steps yet.")
    heads = ("Step", "Status", "Detail", "After", "Attempts", "Model", "Tokens", "Cost")
    before = say.before(drawing.edges)
    rows = (
        _step_cells(node, before.get(node.name, []), reuses) for node in say.steps(drawing.nodes)
    )
    return table(heads, rows) + paragraph(prose(say.steps_left(drawing)))


def _step_cells(node: PictureNode, before: Sequence[str], reuses: str | None) -> Sequence[str]:
    detail = escaped(say.details(node, reuses))
    if node.error:
        detail += f"<br>{coloured('bad', 'Error:')} {escaped(words.one_line(node.error, 300))}"
    return (
        f"<b>{escaped(node.name)}</b>",
        coloured(say.TONES[node.status], say.marked(node.status)),
        detail,
        escaped(", ".join(before)),
        str(node.attempts),
        escaped(node.model or say.NOTHING),
        whole(say.tokens(node.tokens_in, node.tokens_out)),
        whole(say.node_cost(node)),
    )


def _approval(approval: PictureApproval) -> str:
    tone = asks.tone(approval)
    fields = [(asks.field_name(field), say.shown(field.value)) for field in approval.fields]
    parts = (
        label(f"{coloured(tone, asks.sign(approval))} {escaped(words.one_line(approval.prompt))}"),
        paragraph(escaped(asks.asked(approval))),
        *map(_call, approval.calls),
        named(fields),
        named(asks.budget(approval)),
        paragraph(escaped(asks.asks_for(approval))),
        paragraph(f"<b>Evidence:</b> {escaped(approval.evidence)}" if approval.evidence else ""),
        paragraph(escaped(asks.agent_said(approval))),
        *(paragraph(escaped(told)) for told in asks.reasons(approval)),
        paragraph(f"{escaped(asks.meaning(approval))} To decide, type {code(approval.command)}"),
        paragraph(escaped(asks.choices(approval))),
    )
    return note(tone, "\n".join(part for part in parts if part))


def _call(call: PictureCall) -> str:
    effect = coloured("bad" if call.effect == "write" else "quiet", call.effect)
    head = [f"<b>{escaped(call.tool)}</b>", effect, escaped(asks.key_fact(call))]
    return paragraph(" · ".join(filter(None, head))) + (
        named(asks.arguments(call)) or paragraph("without arguments")
    )


def _waits(picture: RunPicture) -> str:
    lines = (
        f"<li>{escaped(told)}{f': {code(command)}' if command else ''}</li>"
        for told, command in asks.waits(picture)
    )
    items = "".join(lines)
    if not items:
        return ""
    return f'{label("Waits")}<ul style="margin:4px 0;padding-left:22px">{items}</ul>'


def _permissions(picture: RunPicture) -> str:
    items = "".join(
        f"<li>{escaped(told)}{f': {code(command)}' if command else ''}</li>"
        for told, command in asks.permissions(picture)
    )
    if not items:
        return ""
    return f'{label("Always allowed")}<ul style="margin:4px 0;padding-left:22px">{items}</ul>'


def _error(picture: RunPicture) -> str:
    if not picture.error:
        return ""
    return note("bad", label(coloured("bad", "✗ Error")) + pre(say.error(picture.error)))


def _output(picture: RunPicture) -> str:
    pairs = say.output(picture)
    if not pairs:
        return ""
    shown = named(pairs) if pairs[0][0] else pre(pairs[0][1])
    return label("Output") + shown + paragraph(escaped(say.output_note(picture)))


def _next(picture: RunPicture) -> str:
    sequel = say.sequel(picture)
    parts = [prose(picture.next), code(sequel) if sequel else ""]
    standing = say.standing(picture)
    moment = f"<br>{quiet(standing)}" if standing else ""
    could = " · ".join(map(code, controls.could(picture)))
    ways = f"<br>You could: {could}" if could else ""
    return note("busy", f"<b>Next:</b> {' '.join(filter(None, parts))}{ways}{moment}")


def _run_cells(line: RunLine) -> Sequence[str]:
    status = f"{say.ICONS[line.status]} {words.one_line(line.status_text or line.status)}"
    return (
        coloured(say.TONES[line.status], status),
        f"<b>{escaped(line.workflow)}</b> {escaped(say.title('', line.title))}",
        code(line.short_id),
        words.moment(line.created_at),
        whole(say.took(line)),
        whole(f"{words.count(line.steps_done)} of {words.count(line.steps_total)}"),
        whole(say.line_cost(line)),
        whole(words.plural(line.waiting, "approval") if line.waiting else say.NOTHING),
        escaped(words.one_line(line.origin)),
    )


def _inputs(defn: WorkflowOutline) -> str:
    if not defn.inputs:
        return ""
    rows = (
        (f"<b>{escaped(entry.name)}</b>", code(entry.type), _default(entry.default))
        for entry in defn.inputs
    )
    return table(("Input", "Type", "Default"), rows)


def _default(text: str | None) -> str:
    return "<i>must be given</i>" if text is None else code(text or '""')


def _outline_steps(defn: WorkflowOutline) -> str:
    before = say.before(defn.edges)
    rows = (
        (
            f"<b>{escaped(node.name)}</b>",
            escaped(node.kind),
            escaped(say.outline_detail(node)),
            escaped(", ".join(before.get(node.name, []))),
            escaped(say.tools(node) or say.NOTHING),
            coloured("wait", "◆ yes") if node.asks_person else "no",
        )
        for node in defn.nodes
    )
    heads = ("Step", "Kind", "Detail", "After", "Tools (effect)", "Asks a person")
    return table(heads, rows) if defn.nodes else paragraph("No steps yet.")


def _listed(head: str, sentences: Sequence[str]) -> str:
    if not sentences:
        return ""
    items = "".join(f"<li>{escaped(sentence)}</li>" for sentence in sentences)
    return f'{label(head)}<ul style="margin:4px 0;padding-left:22px">{items}</ul>'
