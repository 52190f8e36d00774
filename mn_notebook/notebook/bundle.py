"""A run as a notebook saves it: one picture, in every form that a viewer may understand."""

from html import escape
from typing import Any

from typing_extensions import override

from mn_notebook.display import (
    definition_html,
    definition_markdown,
    run_html,
    run_markdown,
    run_text,
    runs_html,
    runs_markdown,
)
from mn_notebook.domain.picture import RunPicture
from mn_notebook.domain.words import plural
from mn_notebook.notebook import shell
from mn_notebook.verbs.results import Defined, Result, RunList
from mn_notebook.verbs.showing import as_text

MIME_TYPE = "application/vnd.mn-notebook.run+json"
WIDGET_TYPE = "application/vnd.jupyter.widget-view+json"

MAX_TEXT = 100_000
"""Characters of a text in a notebook; more goes to a terminal, or into a table."""

Bundle = dict[str, Any]


def picture_json(picture: RunPicture) -> dict[str, Any]:
    """Return a picture as JSON values."""
    return picture.model_dump(mode="json")


def run_bundle(picture: RunPicture) -> Bundle:
    """Return a run as it is saved, without anything that needs a kernel."""
    return {
        MIME_TYPE: {"run_id": picture.run_id, "picture": picture_json(picture)},
        "text/html": run_html(picture),
        "text/markdown": run_markdown(picture),
        "text/plain": run_text(picture),
    }


def result_bundle(result: Result) -> Bundle:
    """Return what a verb answered as a notebook shows it."""
    match result:
        case RunPicture():
            return run_bundle(result)
        case RunList(lines, more):
            rich = {
                "text/html": runs_html(lines, more=more),
                "text/markdown": runs_markdown(lines, more=more),
            }
        case Defined():
            rich = _defined(result)
        case _:
            rich = {}
    return {**rich, "text/plain": bounded(as_text(result))}


def bounded(text: str) -> str:
    """Return a text as a notebook keeps it: what is asked for in thousands of lines is cut."""
    if len(text) <= MAX_TEXT:
        return text
    kept = text[:MAX_TEXT].rpartition("\n")[0]
    left = text.count("\n") - kept.count("\n")
    return f"{kept}\n{plural(left, 'more line')}: a terminal shows all"


def _defined(result: Defined) -> Bundle:
    notes = "".join(f"<p>{escape(note)}</p>" for note in result.notes)
    told = "".join(f"\n\n{note}" for note in result.notes)
    outlines = (result.outline, *result.children)
    return {
        "text/html": "".join(map(definition_html, outlines)) + notes,
        "text/markdown": "\n\n".join(map(definition_markdown, outlines)) + told,
    }


class Shown:
    """A verb's answer as the value of a cell."""

    def __init__(self, result: Result) -> None:
        """Show ``result``."""
        self.result = result

    @override
    def __repr__(self) -> str:
        return shell.said(as_text(shell.typed(self.result)))

    def _repr_mimebundle_(self, **_options: object) -> Bundle:
        return result_bundle(self.result)
