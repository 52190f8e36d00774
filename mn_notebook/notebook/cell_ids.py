"""Notices the ids of cells as they run: JupyterLab tells them, and IPython forgets them."""

from typing import Any

from IPython.core.getipython import get_ipython

from mn_notebook.agents.cells import remember_cell

EVENT = "pre_run_cell"


def notice(info: Any) -> None:
    """Keep the id of the cell that is about to run under the number that it gets."""
    shell = get_ipython()
    cell_id = getattr(info, "cell_id", None)
    if shell is not None and info.store_history and isinstance(cell_id, str):
        # Versions of IPython count at different moments; the place in `In` is the same in all.
        remember_cell(len(shell.user_ns["In"]), cell_id)


def watch(shell: Any) -> None:
    """Begin to notice; a second time changes nothing."""
    if notice not in shell.events.callbacks[EVENT]:
        shell.events.register(EVENT, notice)


def unwatch(shell: Any) -> None:
    """Stop noticing."""
    if notice in shell.events.callbacks[EVENT]:
        shell.events.unregister(EVENT, notice)
