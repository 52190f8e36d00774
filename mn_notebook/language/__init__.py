"""The workflow language: text to workflow and back, and what its expressions mean."""

from mn_notebook.domain.type_words import type_text
from mn_notebook.language.catalog import Catalog, Checked
from mn_notebook.language.checker import parse_cell, parse_file
from mn_notebook.language.examples import with_examples
from mn_notebook.language.expressions import SandboxedExpressions
from mn_notebook.language.references import references
from mn_notebook.language.rows import StepRows
from mn_notebook.language.types import parse_type
from mn_notebook.language.written import written

__all__ = [
    "Catalog",
    "Checked",
    "SandboxedExpressions",
    "StepRows",
    "parse_cell",
    "parse_file",
    "parse_type",
    "references",
    "type_text",
    "with_examples",
    "written",
]
