"""Shows runs and workflows as HTML that stays true, and safe, in a saved notebook.

Whatever a viewer takes away (classes, styles, drawings), headings and tables still tell all.
"""

from collections.abc import Iterable, Sequence
from html import escape

from mn_notebook.display import facts as say
from mn_notebook.display.svg import COLOURS, outline_graph, run_graph
from mn_notebook.domain import words
from mn_notebook.domain.outline import WorkflowOutline
from mn_notebook.domain.picture import PictureApproval, PictureCall, PictureNode, RunPicture
from mn_notebook.domain.runline import RunLine

_ROOT = (
    "font-family:system-ui,-apple-system,'Segoe UI','DejaVu Sans',sans-serif;"
    "font-size:13px;line-height:1.45"
)
_LINE = "border:0 solid rgba(128,136,144,.35);border-bottom-width:1px"
_CELL = f"text-align:left;vertical-align:top;padding:4px 14px 4px 0;background:none;{_LINE}"
_TABLE = "border-collapse:collapse;border:none;margin:6px 0;font-size:12.5px;color:inherit"
_NAME = "text-align:left;vertical-align:top;padding:8px 12px 2px 0;background:none;border:none"
_VALUE = "text-align:left;padding:2px 0;background:none;border:none"
_PRE = (
    "margin:0;padding:6px 9px;white-space:pre-wrap;overflow-wrap:anywhere;font-size:12px;"
    "color:inherit;background:rgba(128,136,144,.12);border-radius:4px"
)


def run_html(picture: RunPicture) -> str:
    """Show a run with its graph, its steps, what it waits for and what comes next."""
    return _root(
        _heading(picture.workflow, f"{picture.title} · {picture.short_id}".strip(" ·")),
        _status(picture),
        _stamp(picture),
        _graph(run_graph(picture)),
        _steps(picture),
        *map(_approval, picture.approvals[: say.MAX_APPROVALS]),
        _paragraph(_text(say.further(picture))),
        _error(picture),
        _output(picture),
        _next(picture),
    )


def runs_html(rows: Sequence[RunLine]) -> str:
    """Show a list of runs as a table."""
    heads = ("Status", "Workflow", "Run", "Started", "Took", "Steps", "Cost", "Waiting", "From")
    return _root(
        _paragraph(f"<b>{_text(say.runs_summary(rows))}</b>"),
        _table(heads, map(_run_cells, rows)) if rows else "",
        _paragraph(f"<b>Next:</b> {_code(say.runs_command(rows))}"),
    )


def definition_html(defn: WorkflowOutline) -> str:
    """Show a defined workflow: its graph, its inputs, its steps and what it may do."""
    return _root(
        _heading(defn.name, " · ".join(say.outline_facts(defn))),
        _paragraph(_text(defn.about)),
        *(_note("wait", f"<b>Warning:</b> {_text(warning)}") for warning in defn.warnings),
        _graph(outline_graph(defn)),
        _inputs(defn),
        _outline_steps(defn),
        _may_do(defn),
        _paragraph(f"<b>Next:</b> {_code(say.run_command(defn))}"),
    )


def _root(*parts: str) -> str:
    """Wrap a display; the classes keep a notebook from reading dollars as formulas."""
    inner = "\n".join(part for part in parts if part)
    return f'<div class="tex2jax_ignore mathjax_ignore" style="{_ROOT}">\n{inner}\n</div>'


def _text(text: str) -> str:
    """Escape a text of any origin, so that it is neither markup nor a formula."""
    safe = escape(words.plain(text), quote=True)
    return safe.replace("\\", "<span>\\</span>").replace("$", "<span>$</span>")


def _code(text: str) -> str:
    looks = "color:inherit;background:rgba(128,136,144,.15);padding:1px 5px;border-radius:3px"
    return f'<code style="{looks}">{escape(words.one_line(text), quote=True)}</code>'


def _prose(text: str) -> str:
    return "".join(_code(part) if is_code else _text(part) for part, is_code in say.prose(text))


def _pre(text: str) -> str:
    return f'<pre style="{_PRE}">{escape(text, quote=True)}</pre>'


def _paragraph(inner: str) -> str:
    return f'<p style="margin:6px 0">{inner}</p>' if inner else ""


def _heading(name: str, aside: str) -> str:
    quiet = _quiet(say.title(aside, ""))
    return f'<h4 style="margin:4px 0;font-size:15px">{_text(say.title(name, ""))} {quiet}</h4>'


def _quiet(text: str) -> str:
    return f'<span style="font-weight:400;font-size:13px;opacity:.8">{_text(text)}</span>'


def _label(inner: str) -> str:
    return f'<h5 style="margin:8px 0 4px;font-size:13px;font-style:normal">{inner}</h5>'


def _coloured(tone: say.Tone, text: str) -> str:
    return f'<b style="color:{COLOURS[tone]};white-space:nowrap">{_text(text)}</b>'


def _whole(text: str) -> str:
    """Keep a short text, such as an amount, on one line."""
    return f'<span style="white-space:nowrap">{_text(text)}</span>'


def _note(tone: say.Tone, inner: str) -> str:
    looks = f"border-left:4px solid {COLOURS[tone]};background:{COLOURS[tone]}1a;color:inherit"
    return f'<blockquote style="margin:8px 0;padding:6px 12px;{looks}">{inner}</blockquote>'


def _graph(svg: str) -> str:
    return f'<div style="overflow-x:auto;margin:8px 0">{svg}</div>' if svg else ""


def _table(heads: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    top = "".join(f'<th align="left" style="{_CELL}">{head}</th>' for head in heads)
    body = "\n".join(f'<tr style="background:none">{"".join(map(_cell, row))}</tr>' for row in rows)
    head = f"<thead><tr>{top}</tr></thead>"
    return f'<table style="{_TABLE}">{head}<tbody>\n{body}\n</tbody></table>'


def _cell(inner: str) -> str:
    return f'<td align="left" valign="top" style="{_CELL}">{inner}</td>'


def _status(picture: RunPicture) -> str:
    sign = f"{say.ICONS[picture.status]} {words.one_line(picture.status_text or picture.status)}"
    status = _coloured(say.TONES[picture.status], sign)
    spent = " · ".join([say.cost(picture), *say.usage(picture)])
    about = _text(" · ".join(say.facts(picture)))
    return _paragraph(f"{status} · {about}<br>{_text(spent[:1].upper() + spent[1:])}")


def _stamp(picture: RunPicture) -> str:
    return _note("wait", f"<b>{_text(say.STAMP)}</b>") if picture.scripted else ""


def _steps(picture: RunPicture) -> str:
    if not picture.nodes:
        return _paragraph("No steps yet.")
    heads = ("Step", "Status", "Detail", "After", "Attempts", "Model", "Tokens", "Cost")
    before = say.before(picture.edges)
    return _table(heads, (_step_cells(node, before.get(node.name, [])) for node in picture.nodes))


def _step_cells(node: PictureNode, before: Sequence[str]) -> Sequence[str]:
    detail = _text(say.details(node))
    if node.error:
        detail += f"<br>{_coloured('bad', 'Error:')} {_text(words.one_line(node.error, 300))}"
    return (
        f"<b>{_text(node.name)}</b>",
        _coloured(say.TONES[node.status], say.marked(node.status)),
        detail,
        _text(", ".join(before)),
        str(node.attempts),
        _text(node.model or say.NOTHING),
        _whole(say.tokens(node.tokens_in, node.tokens_out)),
        _whole(say.node_cost(node)),
    )


def _approval(approval: PictureApproval) -> str:
    tone: say.Tone = "bad" if approval.kind == "in_doubt" else "wait"
    sign = say.ICONS["in_doubt" if approval.kind == "in_doubt" else "waiting"]
    fields = [(say.field_name(field), say.shown(field.value)) for field in approval.fields]
    parts = (
        _label(f"{_coloured(tone, sign)} {_text(words.one_line(approval.prompt))}"),
        _paragraph(_text(say.asked(approval))),
        *map(_call, approval.calls),
        _named(fields),
        _paragraph(f"<b>Evidence:</b> {_text(approval.evidence)}" if approval.evidence else ""),
        _paragraph(f"{say.meaning(approval)} To decide, type {_code(approval.command)}"),
    )
    return _note(tone, "\n".join(part for part in parts if part))


def _call(call: PictureCall) -> str:
    effect = _coloured("bad" if call.effect == "write" else "quiet", call.effect)
    head = [f"<b>{_text(call.tool)}</b>", effect, _text(say.key_fact(call))]
    return _paragraph(" · ".join(filter(None, head))) + (
        _named(say.arguments(call)) or _paragraph("without arguments")
    )


def _named(pairs: Sequence[tuple[str, str]]) -> str:
    """Show values by name; a table keeps them together where styles are taken away."""
    rows = "\n".join(
        f'<tr style="background:none">'
        f'<td align="left" valign="top" style="{_NAME}">{_text(name)}</td>'
        f'<td align="left" style="{_VALUE}">{_pre(value)}</td></tr>'
        for name, value in pairs
    )
    return f'<table style="{_TABLE}"><tbody>\n{rows}\n</tbody></table>' if rows else ""


def _error(picture: RunPicture) -> str:
    if not picture.error:
        return ""
    return _note("bad", _label(_coloured("bad", "✗ Error")) + _pre(say.error(picture.error)))


def _output(picture: RunPicture) -> str:
    pairs = say.output(picture)
    if not pairs:
        return ""
    shown = _named(pairs) if pairs[0][0] else _pre(pairs[0][1])
    return _label("Output") + shown + _paragraph(_text(say.output_note(picture)))


def _next(picture: RunPicture) -> str:
    sequel = say.sequel(picture)
    parts = [_prose(picture.next), _code(sequel) if sequel else ""]
    standing = say.standing(picture)
    quiet = f"<br>{_quiet(standing)}" if standing else ""
    return _note("busy", f"<b>Next:</b> {' '.join(filter(None, parts))}{quiet}")


def _run_cells(line: RunLine) -> Sequence[str]:
    status = f"{say.ICONS[line.status]} {words.one_line(line.status_text or line.status)}"
    return (
        _coloured(say.TONES[line.status], status),
        f"<b>{_text(line.workflow)}</b> {_text(say.title('', line.title))}",
        _code(line.short_id),
        words.moment(line.created_at),
        _whole(say.took(line)),
        _whole(f"{words.count(line.steps_done)} of {words.count(line.steps_total)}"),
        _whole(say.line_cost(line)),
        _whole(words.plural(line.waiting, "approval") if line.waiting else say.NOTHING),
        _text(words.one_line(line.origin)),
    )


def _inputs(defn: WorkflowOutline) -> str:
    if not defn.inputs:
        return ""
    rows = (
        (f"<b>{_text(entry.name)}</b>", _code(entry.type), _default(entry.default))
        for entry in defn.inputs
    )
    return _table(("Input", "Type", "Default"), rows)


def _default(text: str | None) -> str:
    return "<i>must be given</i>" if text is None else _code(text or '""')


def _outline_steps(defn: WorkflowOutline) -> str:
    before = say.before(defn.edges)
    rows = (
        (
            f"<b>{_text(node.name)}</b>",
            _text(node.kind),
            _text(words.one_line(node.detail)),
            _text(", ".join(before.get(node.name, []))),
            _text(say.tools(node) or say.NOTHING),
            _coloured("wait", "◆ yes") if node.asks_person else "no",
        )
        for node in defn.nodes
    )
    heads = ("Step", "Kind", "Detail", "After", "Tools (effect)", "Asks a person")
    return _table(heads, rows) if defn.nodes else _paragraph("No steps yet.")


def _may_do(defn: WorkflowOutline) -> str:
    if not defn.may_do:
        return ""
    items = "".join(f"<li>{_text(sentence)}</li>" for sentence in defn.may_do)
    return f'{_label("A run of it")}<ul style="margin:4px 0;padding-left:22px">{items}</ul>'
