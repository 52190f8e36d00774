"""A process that owns the runs of a store and asks a model server; it is there to be killed."""

import sys
from pathlib import Path

from mn_notebook.agents.tools import ToolRegistry
from mn_notebook.clock import SystemClock
from mn_notebook.runtime import open_runtime
from mn_notebook.runtime.models import configured_models, local_models
from mn_notebook.settings import MnSettings


def settings_of(folder: Path) -> MnSettings:
    """Return the settings of everybody who has to do with a store."""
    return MnSettings(
        store=str(folder / "store.db"), notebook=str(folder / "a.ipynb"), user="ann", model="m"
    )


def main(folder: Path, base_url: str) -> None:
    """Own what is there, until somebody ends it."""
    settings = settings_of(folder)
    settings.base_url = base_url
    models = configured_models(settings, local_models(settings), SystemClock())
    open_runtime(settings, namespace={}, registry=ToolRegistry(), models=models)
    print("up", flush=True)  # noqa: T201 - for who waits for it
    sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
