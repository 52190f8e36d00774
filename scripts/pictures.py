"""Takes the README's pictures: the quickstart, with the real model, in a real JupyterLab.

    python scripts/pictures.py

Needs what `make test` needs, and the model of the quickstart. Takes some minutes.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Locator, expect

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.ui.lab import NotebookPage, open_notebook, running_browser, running_lab  # noqa: E402

IMAGES = ROOT / "docs" / "images"
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
WAIT_MS = 400_000


def main() -> None:
    """Run the quickstart once, and take each picture in both themes."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        os.environ["MN_STORE"] = str(folder / "store.db")
        with running_lab(folder) as lab, running_browser() as browser:
            shutil.copytree(ROOT / "notebooks", lab.root, dirs_exist_ok=True)
            options = {"viewport": {"width": 1280, "height": 1400}, "device_scale_factor": 1.5}
            notebook = open_notebook(browser, lab, "quickstart.ipynb", **options)
            take_all(notebook)


def take_all(notebook: NotebookPage) -> None:
    """Go the way of a reader through the notebook."""
    cells = tagged(notebook)
    for index in cells["setup"]:
        notebook.run_cell(index)
    workflow = notebook.cell(cells["setup"][-1])
    take("workflow", notebook, workflow.locator(".jp-OutputArea-output").last)
    (run,) = cells["run"]
    notebook.run_cell(run)
    view = notebook.view(run)
    expect(view).to_contain_text("3 of 8", timeout=WAIT_MS)
    take("run", notebook, view)
    expect(view).to_contain_text("waiting for a person", timeout=WAIT_MS)
    notebook.page.wait_for_timeout(1_000)
    take("approval", notebook, view)


def tagged(notebook: NotebookPage) -> dict[str, list[int]]:
    """Return the positions of the cells by their tags."""
    tags: list[list[str]] = notebook.page.evaluate(
        """() => window.jupyterapp.shell.currentWidget.content.widgets.map(
            cell => cell.model.type === 'code' ? cell.model.getMetadata('tags') ?? [] : [])"""
    )
    found: dict[str, list[int]] = {}
    for index, names in enumerate(tags):
        for name in names:
            found.setdefault(name, []).append(index)
    return found


def take(name: str, notebook: NotebookPage, shown: Locator) -> None:
    """Take one picture in both themes."""
    for theme, label in THEMES.items():
        notebook.execute("apputils:change-theme", {"theme": label})
        notebook.page.wait_for_timeout(1_500)
        shown.scroll_into_view_if_needed()
        shown.screenshot(path=IMAGES / f"{name}-{theme}.png", animations="disabled")


if __name__ == "__main__":
    main()
