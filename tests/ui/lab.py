"""A real JupyterLab and a page of it in a real browser."""

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, sync_playwright

ROOT = Path(__file__).parents[2]
PICTURES = Path(__file__).parent / "pictures"
MIME_TYPE = "application/vnd.mn-notebook.run+json"
CHROMIUM = "/usr/bin/chromium"
START_SECONDS = 60

_SETTINGS = {
    "@jupyterlab/apputils-extension/notification.jupyterlab-settings": {"fetchNews": "false"},
    "@jupyterlab/docmanager-extension/plugin.jupyterlab-settings": {"autosave": False},
    "@jupyterlab/notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"},
}


class Lab:
    """A JupyterLab server with a configuration, a token and a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "work"
        self.root.mkdir(parents=True)
        self._token = secrets.token_hex(16)
        self._port = _free_port()
        settings = folder / "settings"
        for name, values in _SETTINGS.items():
            path = settings / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values))
        environment = {
            **os.environ,
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTERLAB_SETTINGS_DIR": str(settings),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
            "IPYTHONDIR": str(folder / "ipython"),
            "PYTHONPATH": str(ROOT),
        }
        self._log = (folder / "lab.log").open("w")
        self._process = subprocess.Popen(
            [
                sys.executable,
                *("-m", "jupyter", "lab", "--no-browser", "--allow-root", "--ip=127.0.0.1"),
                f"--port={self._port}",
                "--ServerApp.port_retries=0",
                f"--IdentityProvider.token={self._token}",
                f"--ServerApp.root_dir={self.root}",
                "--LabApp.expose_app_in_browser=True",
            ],
            env=environment,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self._wait()

    def stop(self) -> None:
        """End the server and its kernels."""
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def write_notebook(self, name: str, cells: Sequence[str]) -> None:
        """Put a notebook with these code cells into the server's folder."""
        code: dict[str, Any] = {
            "cell_type": "code",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = {
            "cells": [
                {**code, "id": f"cell-{index}", "source": cell} for index, cell in enumerate(cells)
            ],
            "metadata": {"kernelspec": kernel},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        (self.root / name).write_text(json.dumps(notebook))

    def address(self, name: str) -> str:
        """Where a notebook opens in a fresh workspace."""
        return f"http://127.0.0.1:{self._port}/lab/tree/{name}?token={self._token}&reset"

    def _wait(self) -> None:
        status = f"http://127.0.0.1:{self._port}/api/status?token={self._token}"
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with urllib.request.urlopen(status, timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)  # noqa: TID251 - waits for another process
        self.stop()
        log = (self.folder / "lab.log").read_text()
        raise RuntimeError(f"JupyterLab did not start. Its log:\n{log}")


class NotebookPage:
    """An open notebook, driven through the application and not by keys."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def run_cell(self, index: int, *, wait: bool = True) -> None:
        """Run one cell, and by default wait until it is done."""
        self.page.evaluate(
            """async ([index, wait]) => {
                const { shell, commands } = window.jupyterapp;
                shell.currentWidget.content.activeCellIndex = index;
                shell.currentWidget.content.deselectAll();
                const done = commands.execute('notebook:run-cell');
                if (wait) await done;
            }""",
            [index, wait],
        )

    def cell(self, index: int) -> Locator:
        """One cell with its outputs."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index)

    def view(self, index: int) -> Locator:
        """The view of the run that a cell shows."""
        return self.cell(index).locator(".mn-run")

    def execute(self, command: str, arguments: dict[str, Any] | None = None) -> None:
        """Run a command of JupyterLab."""
        self.page.evaluate(
            "([command, args]) => window.jupyterapp.commands.execute(command, args)",
            [command, arguments or {}],
        )

    def restart_kernel(self) -> None:
        """Restart the notebook's kernel, without the question whether to."""
        self.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
        )
        self.wait_until_idle()

    def wait_until_idle(self) -> None:
        """Wait until there is a kernel and it has nothing to do."""
        self.page.wait_for_function(
            """() => {
                const context = window.jupyterapp.shell.currentWidget?.sessionContext;
                return context?.isReady && context.kernelDisplayStatus === 'idle';
            }""",
            timeout=60_000,
        )


@contextlib.contextmanager
def running_lab(folder: Path) -> Iterator[Lab]:
    """A server for as long as the block runs."""
    lab = Lab(folder)
    try:
        yield lab
    finally:
        lab.stop()


@contextlib.contextmanager
def running_browser() -> Iterator[Browser]:
    """A browser for as long as the block runs."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--disable-gpu",
                "--disable-background-networking",
            ],
        )
        try:
            yield browser
        finally:
            browser.close()


def open_notebook(browser: Browser, lab: Lab, name: str, **options: Any) -> NotebookPage:
    """Open a notebook and wait until its kernel can take a cell."""
    page = browser.new_page(**{"viewport": {"width": 1440, "height": 1000}, **options})
    page.goto(lab.address(name))
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.evaluate(
        """async () => {
            const app = window.jupyterapp;
            await app.restored;
            const panel = app.shell.currentWidget;
            await panel.context.ready;
            await panel.revealed;
            await panel.sessionContext.ready;
            app.shell.collapseLeft();
        }"""
    )
    notebook = NotebookPage(page)
    notebook.wait_until_idle()
    return notebook


def load_picture(name: str) -> dict[str, Any]:
    """One of the pictures kept beside the tests."""
    picture: dict[str, Any] = json.loads((PICTURES / f"{name}.json").read_text())
    return picture


def show_picture(name: str, folder: Path = PICTURES) -> str:
    """The code of a cell that displays a picture as the product does."""
    return (
        "import json, pathlib\n"
        "from IPython.display import display\n"
        f"picture = json.loads(pathlib.Path({str(folder / (name + '.json'))!r}).read_text())\n"
        f"display({{{MIME_TYPE!r}: {{'run_id': picture['run_id'], 'picture': picture}}, "
        "'text/plain': 'a run'}, raw=True)"
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def focused(where: Locator) -> Locator:
    """Give an element the focus for good: JupyterLab may still take it for a cell that has run."""
    page, steady = where.page, 0
    for _ in range(100):
        is_there = bool(where.evaluate("element => element === document.activeElement"))
        steady = steady + 1 if is_there else 0
        if steady == 5:
            return where
        if not is_there:
            where.focus()
        page.wait_for_timeout(100)
    raise AssertionError("the focus does not stay")
