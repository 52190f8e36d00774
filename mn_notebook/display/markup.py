"""Writes the pieces of HTML that a saved notebook keeps; every text in them is escaped."""

from collections.abc import Iterable, Sequence
from html import escape

from mn_notebook.display import facts as say
from mn_notebook.display.svg import COLOURS
from mn_notebook.domain import words

_ROOT = (
    "font-family:system-ui,-apple-system,'Segoe UI','DejaVu Sans',sans-serif;"
    "font-size:13px;line-height:1.45"
)
_LINE = "border:0;border-bottom:1px solid rgba(128,136,144,.35)"
_CELL = f"text-align:left;vertical-align:top;padding:4px 14px 4px 0;background:none;{_LINE}"
_TABLE = "border-collapse:collapse;border:none;margin:6px 0;font-size:12.5px;color:inherit"
_NAME = "text-align:left;vertical-align:top;padding:8px 12px 2px 0;background:none;border:none"
_VALUE = "text-align:left;padding:2px 0;background:none;border:none"
_PRE = (
    "margin:0;padding:6px 9px;white-space:pre-wrap;overflow-wrap:anywhere;font-size:12px;"
    "color:inherit;background:rgba(128,136,144,.12);border-radius:4px"
)


def page(*parts: str) -> str:
    """Wrap a display; the classes keep a notebook from reading dollars as formulas."""
    inner = "\n".join(part for part in parts if part)
    return f'<div class="tex2jax_ignore mathjax_ignore" style="{_ROOT}">\n{inner}\n</div>'


def escaped(text: str) -> str:
    """Escape a text of any origin, so that it is neither markup nor a formula."""
    safe = escape(words.plain(text), quote=True)
    return safe.replace("\\", "<span>\\</span>").replace("$", "<span>$</span>")


def code(text: str) -> str:
    """Write a text of any origin as code, in one line."""
    looks = "color:inherit;background:rgba(128,136,144,.15);padding:1px 5px;border-radius:3px"
    return f'<code style="{looks}">{escape(words.one_line(text), quote=True)}</code>'


def prose(text: str) -> str:
    """Write a sentence in which backticks mark code."""
    return "".join(code(part) if is_code else escaped(part) for part, is_code in say.prose(text))


def pre(text: str) -> str:
    """Show a text as it is, with its lines."""
    return f'<pre style="{_PRE}">{escape(text, quote=True)}</pre>'


def paragraph(inner: str) -> str:
    """Write a paragraph; of nothing, nothing."""
    return f'<p style="margin:6px 0">{inner}</p>' if inner else ""


def heading(name: str, aside: str) -> str:
    """Begin a display with a name and what goes with it."""
    told = quiet(say.title(aside, ""))
    looks = "margin:4px 0;font-size:15px;font-weight:600"
    return f'<h4 style="{looks}">{escaped(say.title(name, ""))} {told}</h4>'


def quiet(text: str) -> str:
    """Write a text that stands back."""
    return f'<span style="font-weight:400;font-size:13px;opacity:.8">{escaped(text)}</span>'


def label(inner: str) -> str:
    """Begin a part of a display."""
    looks = "margin:8px 0 4px;font-size:13px;font-weight:600;font-style:normal"
    return f'<h5 style="{looks}">{inner}</h5>'


def coloured(tone: say.Tone, text: str) -> str:
    """Write a word that says a state; the colour says nothing more."""
    return f'<b style="color:{COLOURS[tone]};white-space:nowrap">{escaped(text)}</b>'


def whole(text: str) -> str:
    """Keep a short text, such as an amount, on one line."""
    return f'<span style="white-space:nowrap">{escaped(text)}</span>'


def note(tone: say.Tone, inner: str) -> str:
    """Set something apart that must not be missed."""
    looks = f"border-left:4px solid {COLOURS[tone]};background:{COLOURS[tone]}1a;color:inherit"
    return f'<blockquote style="margin:8px 0;padding:6px 12px;{looks}">{inner}</blockquote>'


def scrolled(svg: str) -> str:
    """Let a wide drawing be scrolled."""
    return f'<div style="overflow-x:auto;margin:8px 0">{svg}</div>' if svg else ""


def table(heads: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table of pieces that are HTML already."""
    top = "".join(f'<th align="left" style="{_CELL}">{head}</th>' for head in heads)
    body = "\n".join(f'<tr style="background:none">{"".join(map(_cell, row))}</tr>' for row in rows)
    head = f"<thead><tr>{top}</tr></thead>"
    framed = f'<table style="{_TABLE}">{head}<tbody>\n{body}\n</tbody></table>'
    return f'<div style="overflow-x:auto">{framed}</div>'


def _cell(inner: str) -> str:
    return f'<td align="left" valign="top" style="{_CELL}">{inner}</td>'


def named(pairs: Sequence[tuple[str, str]]) -> str:
    """Show values by name; a table keeps them together where styles are taken away."""
    rows = "\n".join(
        f'<tr style="background:none">'
        f'<td align="left" valign="top" style="{_NAME}">{escaped(name)}</td>'
        f'<td align="left" style="{_VALUE}">{pre(value)}</td></tr>'
        for name, value in pairs
    )
    return f'<table style="{_TABLE}"><tbody>\n{rows}\n</tbody></table>' if rows else ""
