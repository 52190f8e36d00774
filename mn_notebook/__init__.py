"""A durable runtime for AI workflows that lives in a Jupyter notebook."""

from typing import TYPE_CHECKING, Any

from mn_notebook._version import __version__
from mn_notebook.agents.tools import tool
from mn_notebook.errors import (
    DefinitionError,
    MnError,
    PermanentError,
    RunError,
    StoreError,
    TransientError,
    UsageError,
)

__all__ = [
    "DefinitionError",
    "MnError",
    "PermanentError",
    "RunError",
    "StoreError",
    "TransientError",
    "UsageError",
    "__version__",
    "tool",
]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Tell JupyterLab where the built extension lies."""
    return [{"src": "labextension", "dest": "mn-notebook"}]
