"""Offers the static displays: what a notebook keeps of runs and workflows when nothing runs."""

from mn_notebook.display.html import definition_html, run_html, runs_html
from mn_notebook.display.markdown import definition_markdown, run_markdown, runs_markdown
from mn_notebook.display.text import definition_text, run_text, runs_text

__all__ = [
    "definition_html",
    "definition_markdown",
    "definition_text",
    "run_html",
    "run_markdown",
    "run_text",
    "runs_html",
    "runs_markdown",
    "runs_text",
]
