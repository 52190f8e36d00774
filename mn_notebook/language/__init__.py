"""The workflow language: text to workflow and back, and what its expressions mean.

A process that only goes on with runs evaluates expressions, and reads no workflow's text: what does
that, and the YAML library under it, is imported when somebody asks for it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mn_notebook.domain.type_words import type_text
    from mn_notebook.language.catalog import Catalog, Checked
    from mn_notebook.language.checker import parse_cell, parse_file
    from mn_notebook.language.examples import with_examples
    from mn_notebook.language.expressions import SandboxedExpressions
    from mn_notebook.language.rows import StepRows
    from mn_notebook.language.types import parse_type

__all__ = [
    "Catalog",
    "Checked",
    "SandboxedExpressions",
    "StepRows",
    "parse_cell",
    "parse_file",
    "parse_type",
    "type_text",
    "with_examples",
]

_HOMES = {
    "Catalog": "mn_notebook.language.catalog",
    "Checked": "mn_notebook.language.catalog",
    "SandboxedExpressions": "mn_notebook.language.expressions",
    "StepRows": "mn_notebook.language.rows",
    "parse_cell": "mn_notebook.language.checker",
    "parse_file": "mn_notebook.language.checker",
    "parse_type": "mn_notebook.language.types",
    "type_text": "mn_notebook.domain.type_words",
    "with_examples": "mn_notebook.language.examples",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for."""
    home = _HOMES.get(name)
    if home is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(home), name)
