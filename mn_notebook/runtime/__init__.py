"""A process that owns runs and advances them in the background."""

from mn_notebook.runtime.owning import Runtime
from mn_notebook.runtime.wiring import open_runtime

__all__ = ["Runtime", "open_runtime"]
