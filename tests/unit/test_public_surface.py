"""What `import mn_notebook` gives, and what it does not load."""

import json
import subprocess
import sys

import pytest

import mn_notebook
from mn_notebook import errors

SURFACE = {
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
}


def test_surface_is_sorted_and_complete() -> None:
    """About twenty names, in order, each once: a new one is a decision."""
    assert list(mn_notebook.__all__) == sorted(mn_notebook.__all__)
    assert set(mn_notebook.__all__) == SURFACE
    assert len(mn_notebook.__all__) <= 25


@pytest.mark.parametrize("name", sorted(SURFACE - {"check", "preview", "run", "runs", "Run"}))
def test_name_is_there_and_documented(name: str) -> None:
    """Everything public says what it is."""
    found = getattr(mn_notebook, name)
    assert found is not None
    assert isinstance(found, str) or found.__doc__


def test_unknown_name_is_an_attribute_error() -> None:
    """``hasattr`` and star imports work as everywhere."""
    assert not hasattr(mn_notebook, "no_such_name")


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """The modules that a fresh process has after the import."""
    program = "import json, sys, mn_notebook; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30
    )
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(
    "module",
    [
        *("openai", "IPython", "ipywidgets", "anywidget", "jupyter_server", "tornado", "nbclient"),
        *("sqlalchemy", "sqlmodel"),
    ],
)
def test_import_loads_no_heavy_room(module: str, loaded: set[str]) -> None:
    """Neither the model's vendor, nor a server, nor a database, nor a terminal."""
    assert module not in loaded


@pytest.mark.parametrize("module", ["cyclopts", "pandas", "nbformat", "xllamacpp"])
def test_import_loads_no_heavy_library(module: str, loaded: set[str]) -> None:
    """What only some need, only some load."""
    assert module not in loaded


def test_no_face_loads_the_definitions_of_the_tables() -> None:
    """A kernel whose store is there already, and a terminal, wait for no SQLAlchemy."""
    faces = "mn_notebook.notebook.extension, mn_notebook.notebook.magics, mn_notebook.cli"
    program = f"import sys, {faces}; print({{m[:7] for m in sys.modules if m[:3] == 'sql'}})"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout.strip() == "{'sqlite3'}"


def test_every_error_is_in_the_tree_of_the_docstring() -> None:
    """One tree, drawn where it is defined."""
    drawn = errors.__doc__ or ""
    for name, kind in vars(errors).items():
        if isinstance(kind, type) and issubclass(kind, Exception) and kind is not Exception:
            assert name in drawn, name
            assert issubclass(kind, errors.MnError)


def test_package_is_marked_as_typed() -> None:
    """Checkers read our annotations."""
    from pathlib import Path

    assert (Path(mn_notebook.__file__).parent / "py.typed").exists()
