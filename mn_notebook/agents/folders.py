"""Modules that lie beside a workflow's file can be imported; nothing else is found differently.

``sys.path`` stays as it is. A module that a workflow names comes from its file's folder even where
an installed one has the same name; what that module imports in turn is looked for in the folder
last. A process has one module of a name: a second file that means another one is refused.
"""

import importlib
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from mn_notebook.errors import PermanentError

_named: dict[str, str] = {}
"""The folder of each top-level module that some workflow names."""
_folders: list[str] = []


class _Finder:
    """Finds top-level modules in the folders that are given for their name."""

    def __init__(self, folders_of: Callable[[str], Sequence[str]]) -> None:
        self._folders_of = folders_of

    def find_spec(
        self, name: str, path: Any = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Say where a module is, or None; see `importlib.abc.MetaPathFinder`."""
        folders = [] if path is not None else self._folders_of(name)
        return PathFinder.find_spec(name, folders, target) if folders else None


_first = _Finder(lambda name: [_named[name]] if name in _named else [])
_last = _Finder(lambda _name: _folders)


def bring_folder(folder: Path, modules: Iterable[str]) -> None:
    """Let the named modules, and what lies beside them, be imported from a folder.

    Raises:
        PermanentError: this process has another module of that name already.
    """
    wanted = [name for name in sorted(set(modules)) if is_beside(folder, name)]
    for name in wanted:
        _require_free(folder, name)
    _register({**_named, **dict.fromkeys(wanted, str(folder))}, [*_folders, str(folder)])


def folders() -> tuple[dict[str, str], list[str]]:
    """Return what `bring_folder` has brought, for a child process."""
    return dict(_named), list(_folders)


def bring_again(named: dict[str, str], beside: list[str]) -> None:
    """Bring what another process has brought."""
    _register(named, beside)


def _register(named: dict[str, str], beside: list[str]) -> None:
    _named.update(named)
    _folders[:] = dict.fromkeys(beside)
    importlib.invalidate_caches()  # The file may be a second old.
    if _first not in sys.meta_path:
        sys.meta_path.insert(0, _first)
        sys.meta_path.append(_last)


def is_beside(folder: Path, name: str) -> bool:
    """Tell whether a module, or a package, of this name lies in a folder."""
    return (folder / f"{name}.py").is_file() or (folder / name / "__init__.py").is_file()


def _require_free(folder: Path, name: str) -> None:
    module = sys.modules.get(name)
    place = getattr(module, "__file__", None)
    elsewhere = _named.get(name, str(folder))
    if module is not None and place is not None and not Path(place).is_relative_to(folder):
        elsewhere = str(Path(place).parent)
    if elsewhere != str(folder):
        message = (
            f"the workflow means the module {name!r} in {str(folder)!r}, and this process has "
            f"another one, of {elsewhere!r}: rename one, or run the workflow in another process"
        )
        raise PermanentError(message)
