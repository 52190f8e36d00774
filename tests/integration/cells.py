"""Cells of an interactive shell of this process."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

PAUSE = threading.Event()


class Cells:
    """A shell, and what its cells said."""

    def __init__(self, shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
        self.shell = shell
        self._capsys = capsys

    def __call__(self, cell: str) -> Any:
        """Run a cell that must succeed and return its value."""
        self._capsys.readouterr()
        ran = self.shell.run_cell(cell)
        assert ran.success, self._capsys.readouterr()
        return ran.result

    def fails(self, cell: str) -> str:
        """Run a cell that must fail and return what it said."""
        self._capsys.readouterr()
        assert not self.shell.run_cell(cell).success
        told = self._capsys.readouterr()
        assert "Traceback" not in told.out + told.err
        return told.out + told.err

    def says(self, cell: str) -> str:
        """Run a cell that must succeed and return what it printed."""
        self(cell)
        return self._capsys.readouterr().out

    def define(self, text: str, name: str = "brief") -> Any:
        return self(f"%%mn workflow {name}\n{text}")

    def wait(self, status: str) -> Any:
        """Wait for the newest run to have a status and return it."""
        run = self("mn.runs[-1]")
        end = time.monotonic() + 20
        while run.status != status and time.monotonic() < end:
            PAUSE.wait(0.02)
        assert run.status == status
        return run


def open_cells(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    code: str,
) -> Cells:
    """Open a shell over a store of its own, with the extension loaded and ``code`` run."""
    monkeypatch.setenv("MN_STORE", str(folder / "store.db"))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(folder / "jupyter"))
    monkeypatch.setenv("MN_NOTEBOOK", str(folder / "brief.ipynb"))
    monkeypatch.setenv("MN_WAIT", "0")
    monkeypatch.chdir(folder)
    shell: Any = InteractiveShell.instance()
    cells = Cells(shell, capsys)
    cells("%load_ext mn_notebook")
    cells(code)
    return cells


def close_cells(cells: Cells) -> None:
    """Unload the extension and forget the shell."""
    cells.shell.run_cell("%unload_ext mn_notebook")
    InteractiveShell.clear_instance()
