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
from mn_notebook.secrecy.secrets import secret

if TYPE_CHECKING:
    from mn_notebook import toolbox
    from mn_notebook.language.builder import Workflow
    from mn_notebook.notebook.keep import backup, prune, restore
    from mn_notebook.notebook.previews import preview
    from mn_notebook.notebook.run import Run
    from mn_notebook.notebook.runs import Runs, check, run
    from mn_notebook.notebook.served import servers, trust

    runs: Runs

__all__ = [
    "DefinitionError",
    "MnError",
    "PermanentError",
    "Run",
    "RunError",
    "StoreError",
    "TransientError",
    "UsageError",
    "Workflow",
    "__version__",
    "backup",
    "check",
    "preview",
    "prune",
    "restore",
    "run",
    "runs",
    "secret",
    "servers",
    "tool",
    "toolbox",
    "trust",
]


def __getattr__(name: str) -> Any:
    """Import what needs a store, or reads texts, only when somebody asks for it."""
    if name == "Workflow":
        from mn_notebook.language.builder import Workflow

        return Workflow
    if name == "Run":
        from mn_notebook.notebook.run import Run

        return Run
    if name == "toolbox":
        import mn_notebook.toolbox

        return mn_notebook.toolbox
    if name in ("backup", "prune", "restore"):
        from mn_notebook.notebook import keep

        return getattr(keep, name)
    if name in ("servers", "trust"):
        from mn_notebook.notebook import served

        return getattr(served, name)
    if name == "preview":
        from mn_notebook.notebook.previews import preview

        return preview
    if name in ("check", "run", "runs"):
        from mn_notebook.notebook import runs as module

        return module.Runs() if name == "runs" else getattr(module, name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)


def load_ipython_extension(shell: Any) -> None:
    """Do what ``%load_ext mn_notebook`` does."""
    from mn_notebook.notebook.extension import load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """Do what ``%unload_ext mn_notebook`` does: stop the engine; every run can be gone on with."""
    from mn_notebook.notebook.extension import unload

    unload(shell)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Tell JupyterLab where the built extension lies."""
    return [{"src": "labextension", "dest": "mn-notebook"}]
