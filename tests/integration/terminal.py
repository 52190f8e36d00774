"""A terminal over a store of its own: verbs in processes, or in this one."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from mn_notebook.agents import folders
from mn_notebook.cli import main

ROOT = Path(__file__).parents[2]
PAUSE = threading.Event()


class Terminal:
    """A folder and a store; a run gets a process of its own, other verbs are done in this one."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "mn_notebook", *arguments],
            cwd=self.folder,
            env=dict(os.environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def process(self, *arguments: str, code: int = 0) -> str:
        """Do a verb in a process of its own."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=50)
        assert process.returncode == code, (process.returncode, out, err)
        assert "Traceback" not in err
        return out + err

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """Do a verb in this process."""
        self._capsys.readouterr()
        assert main(list(arguments)) == code
        told = self._capsys.readouterr()
        return told.out + told.err

    def json(self, *arguments: str, code: int = 0) -> list[Any]:
        return [json.loads(line) for line in self(*arguments, "--json", code=code).splitlines()]

    def wait_until(self, status: str, *, seconds: float = 30) -> str:
        """Wait for the newest run to have a status and return its short id."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            lines = self.json("runs")[0]["runs"]
            if lines and lines[0]["status"] == status:
                return str(lines[0]["short_id"])
            PAUSE.wait(0.1)
        raise AssertionError(f"no run became {status}")


def furnish(folder: Path, monkeypatch: pytest.MonkeyPatch, **files: str) -> None:
    """Make a folder the one that `mn` works in, with a store, a model and files of its own.

    A file is named without its ending: what begins with ``workflow:`` is a workflow.
    """
    monkeypatch.chdir(folder)
    for name in [name for name in os.environ if name.startswith("MN_")]:
        monkeypatch.delenv(name)
    for name, value in (
        ("MN_STORE", str(folder / "store.db")),
        ("MN_MODEL", "scripted:note"),
        ("OPENAI_API_KEY", "sk-very-secret"),
        ("PYTHONPATH", str(ROOT)),
        ("COLUMNS", "100"),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "path", list(sys.path))
    # Each test is a process of its own, as far as modules beside a workflow's file go.
    monkeypatch.setattr(folders, "_named", {})
    monkeypatch.setattr(folders, "_folders", [])
    for name in [name for name, text in files.items() if not text.startswith("workflow:")]:
        monkeypatch.delitem(sys.modules, name, raising=False)
    for name, text in files.items():
        ending = "yaml" if text.startswith("workflow:") else "py"
        (folder / f"{name}.{ending}").write_text(text)
