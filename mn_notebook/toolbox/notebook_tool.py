"""A tool that runs a notebook with parameters, in a kernel of its own, and keeps what it did."""

import asyncio
import importlib
import os
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mn_notebook.agents.calling import NotKept
from mn_notebook.agents.tools import ToolRegistry
from mn_notebook.domain.workflow import Effect
from mn_notebook.errors import MnError, PermanentError, UsageError
from mn_notebook.toolbox.folder import MEGABYTE, Folder
from mn_notebook.toolbox.making import prefixed, put
from mn_notebook.toolbox.notebook_text import (
    SETUP,
    outputs_of,
    with_parameters,
    without_secrets,
    without_tables,
)

MOST_BYTES = 50 * MEGABYTE
SUCCEEDED = "succeeded"
_STATE = "mn_notebook"
"""The key of an executed copy's metadata that says how it ended."""


def notebooks(
    folder: str | Path,
    *,
    effect: Effect = "write",
    executed: str = "executed",
    max_seconds: float = 600,
    prefix: str = "",
    registry: ToolRegistry | None = None,
) -> tuple[str, ...]:
    """Put the tool ``run_notebook`` into the box, and return its name.

    It runs a notebook of the folder in a kernel of its own, which ends with the call. A notebook
    may do anything that its author wrote, so it is a ``write`` unless you know better. The executed
    copy is kept whole; after a crash it tells whether the notebook had come to its end.

    Args:
        folder: where the notebooks are; they work there, too.
        effect: what the notebooks of this folder do to the world at most.
        executed: the folder below it for the executed copies.
        max_seconds: how long a notebook may run before its kernel is ended.
        prefix: put before the tool's name, for a second folder.
        registry: where the tool is known; default: to everybody in this process.

    Raises:
        UsageError: the folder is not there, or there is no such effect.
    """
    if effect not in ("read", "idempotent", "write"):
        message = f"expected an effect: read, idempotent or write, found {effect!r}"
        raise UsageError(message)
    tool = NotebookTool(Folder.at(folder), executed, max_seconds)
    about = {"path": f"Relative to the folder {tool.folder.path.name!r}."}
    name = prefixed(prefix, "run_notebook")
    check = tool.check if effect == "write" else None
    put(registry, tool.run_notebook, name=name, effect=effect, about=about, check=check)
    return (name,)


@dataclass(frozen=True, slots=True)
class NotebookTool:
    """The tool, over one folder."""

    folder: Folder
    executed: str
    max_seconds: float

    async def run_notebook(
        self,
        path: str,
        parameters: dict[str, Any] | None = None,
        *,
        idempotency_key: str,
    ) -> dict[str, Any]:
        """Run a notebook and return its outputs: those of the cells that are tagged mn-output.

        Args:
            path: the notebook.
            parameters: values for the names that its cell tagged parameters sets.
            idempotency_key: names the call, and the executed copy.
        """
        if not path.endswith(".ipynb"):
            message = f"expected a notebook such as 'report.ipynb', found {path!r}"
            raise PermanentError(message)
        notebook = _read(self.folder.read(path, max_bytes=MOST_BYTES), path)
        with_parameters(notebook, parameters or {})
        kept_as = self._kept_as(path, idempotency_key)
        try:
            await _executed(notebook, self.folder.path, path, self.max_seconds)
            outputs = outputs_of(notebook)
        except BaseException as fault:
            ended = f"failed: {str(fault) or type(fault).__name__}"
            with suppress(MnError):  # Why it failed says more than that there is no copy.
                self._keep(notebook, kept_as, idempotency_key, ended)
            raise
        try:
            self._keep(notebook, kept_as, idempotency_key, SUCCEEDED)
        except MnError as fault:
            message = f"the notebook came to its end, and no copy could be kept: {fault}"
            raise NotKept(message) from fault
        return {"outputs": outputs, "executed": kept_as}

    def check(self, key: str) -> Any:
        """Return what a call gave that came to its end.

        Raises:
            PermanentError: nothing says so; then a part of the notebook may have been done.
        """
        for path, _ in self.folder.files(self.executed):
            if path.endswith(f"-{_short(key)}.ipynb"):
                notebook = _read(self.folder.read(path, max_bytes=MOST_BYTES), path)
                state = notebook.metadata.get(_STATE, {})
                if state.get("key") == key and state.get("ended") == SUCCEEDED:
                    return {"outputs": outputs_of(notebook), "executed": path}
        message = "no executed copy says that the notebook came to its end; look what it has done"
        raise PermanentError(message)

    def _kept_as(self, path: str, key: str) -> str:
        name = path.rpartition("/")[2].removesuffix(".ipynb")
        return f"{self.executed}/{name}-{_short(key)}.ipynb"

    def _keep(self, notebook: Any, path: str, key: str, ended: str) -> None:
        nbformat: Any = importlib.import_module("nbformat")
        without_tables(notebook)
        notebook.metadata[_STATE] = {"key": key, "ended": ended}
        content = nbformat.writes(without_secrets(notebook))
        self.folder.write(path, content.encode(), replaces=True)


def _short(key: str) -> str:
    return key.removeprefix("mn-")[:16]


def _read(content: bytes, path: str) -> Any:
    nbformat: Any = importlib.import_module("nbformat")
    try:
        return nbformat.reads(content.decode(), as_version=4)
    except Exception as fault:
        first = str(fault).partition("\n")[0]
        message = f"{path!r} cannot be read as a notebook: {first}"
        raise PermanentError(message) from fault


async def _executed(notebook: Any, folder: Path, path: str, seconds: float) -> None:
    """Execute a notebook cell by cell; its kernel has ended on return, however that comes.

    Raises:
        PermanentError: a cell fails, or the kernel dies.
        TimeoutError: it takes longer than it may.
    """
    import nbclient
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    client: Any = nbclient.NotebookClient(
        notebook,
        timeout=None,
        shutdown_kernel="immediate",
        resources={"metadata": {"path": str((folder / path).parent)}},
    )
    limit = asyncio.timeout(seconds)
    started = client.async_setup_kernel(env=_environment(path), stderr=subprocess.DEVNULL)
    try:
        async with limit, started:
            client.kc.execute(SETUP, silent=True, store_history=False)
            for at, cell in enumerate(notebook.cells):
                await client.async_execute_cell(cell, at)
    except TimeoutError as fault:
        raise _too_long(path, seconds) from fault
    except CellExecutionError as fault:
        message = f"a cell of {path!r} failed: {fault.ename}: {fault.evalue}"
        raise PermanentError(message) from fault
    except DeadKernelError as fault:
        if limit.expired():  # We have ended it ourselves.
            raise _too_long(path, seconds) from fault
        message = f"the kernel of {path!r} died while it ran"
        raise ConnectionError(message) from fault


def _too_long(path: str, seconds: float) -> TimeoutError:
    return TimeoutError(f"{path!r} ran longer than {seconds:g} seconds, and its kernel was ended")


def _environment(path: str) -> Mapping[str, str]:
    """Return the environment of a kernel that is not the one of this notebook."""
    own = {name: value for name, value in os.environ.items() if name != "MN_NOTEBOOK"}
    return {**own, "JPY_SESSION_NAME": path}


__all__ = ["NotebookTool", "notebooks"]
