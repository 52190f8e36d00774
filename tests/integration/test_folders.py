"""Code that lies beside a workflow's file is found, and nobody else's imports change."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from mn_notebook.agents import folders
from mn_notebook.agents.folders import bring_folder
from mn_notebook.agents.isolation import call_isolated
from mn_notebook.client import NewRun
from mn_notebook.errors import PermanentError
from mn_notebook.verbs.control import run_with
from mn_notebook.verbs.session import Session
from tests.integration.house import House, workflow_of

HELPERS = """
import os
from beside_common import SIGN

def score(text):
    from beside_late import shout
    return shout(text) + SIGN

def pid():
    from beside_late import shout
    return [os.getpid(), shout("x")]
"""


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    """Leave no module and no folder of a test behind."""
    path, finders = list(sys.path), list(sys.meta_path)
    yield
    assert sys.path == path, "nobody else's imports change"
    sys.meta_path[:] = finders
    folders._named.clear()
    folders._folders.clear()
    for name in [name for name in sys.modules if name.startswith("beside_")]:
        del sys.modules[name]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "beside_helpers.py").write_text(HELPERS)
    (tmp_path / "flows" / "beside_common.py").write_text("SIGN = '!'\n")
    (tmp_path / "flows" / "beside_late.py").write_text(
        "def shout(text):\n    return text.upper()\n"
    )
    package = tmp_path / "flows" / "beside_package"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "inner.py").write_text("def work():\n    return 'inner'\n")
    return tmp_path / "flows"


FLOW = """
inputs: {text: str}
steps:
  score: {python: "beside_helpers:score", args: {text: "{{ inputs.text }}"}}
  inner: {python: "beside_package.inner:work"}
"""


def test_workflow_of_a_file_uses_what_lies_beside_it(folder: Path, tmp_path: Path) -> None:
    """Modules and packages, what they import, at once and when they are called."""
    file = folder / "flow.yaml"
    file.write_text(f"workflow: brief\n{FLOW}")
    house = House(tmp_path)
    session = Session(house.settings(), namespace={})
    try:
        run_id = run_with(session, str(file), {"text": "hey"})
        session.engine().wait(run_id, until=lambda line: line.status in ("succeeded", "failed"))
        state = session.client.state(run_id)
        assert session.client.values.load(state.output) == {"score": "HEY!", "inner": "inner"}
    finally:
        session.close()


def test_run_of_a_file_goes_on_in_another_process(folder: Path, tmp_path: Path) -> None:
    """Whoever takes it over finds the folder by the run's origin."""
    file = folder / "flow.yaml"
    file.write_text(FLOW)
    house = House(tmp_path)
    try:
        client = house.client()
        run_id = client.start(NewRun(workflow_of(FLOW), FLOW, str(file), {"text": "hey"}))
        kernel = house.kernel()
        assert kernel.runtime.resume(run_id)
        assert kernel.until(run_id).status == "succeeded"
    finally:
        house.close()


async def test_child_process_finds_it_too(folder: Path) -> None:
    """Isolation changes nothing about what is found."""
    bring_folder(folder, ["beside_helpers"])
    helpers: Any = importlib.import_module("beside_helpers")
    pid, text = cast("list[Any]", (await call_isolated(helpers.pid, {})).value)
    assert (pid != helpers.pid()[0], text) == (True, "X")


def test_only_what_the_workflow_names_comes_before_what_is_installed(folder: Path) -> None:
    """A file that happens to be called like a module of the library hides nothing."""
    (folder / "tabnanny.py").write_text("MINE = True\n")
    bring_folder(folder, ["beside_helpers"])
    sys.modules.pop("tabnanny", None)
    found: Any = importlib.import_module("tabnanny")
    assert not hasattr(found, "MINE")


def test_second_module_of_a_name_is_refused(folder: Path, tmp_path: Path) -> None:
    """A process has one module of a name: the other file's code is never used instead."""
    bring_folder(folder, ["beside_helpers"])
    other = tmp_path / "other"
    other.mkdir()
    (other / "beside_helpers.py").write_text("def score(text):\n    return 'wrong'\n")
    with pytest.raises(PermanentError, match="rename one, or run the workflow in another process"):
        bring_folder(other, ["beside_helpers"])
    assert importlib.import_module("beside_helpers").__file__ == str(folder / "beside_helpers.py")
    bring_folder(folder, ["beside_helpers"])


def test_module_that_is_imported_already_is_not_replaced(folder: Path) -> None:
    """The standard library's, for one: whoever has it, keeps it."""
    (folder / "json.py").write_text("def loads(text):\n    return 'wrong'\n")
    with pytest.raises(PermanentError, match="the module 'json'"):
        bring_folder(folder, ["json"])
