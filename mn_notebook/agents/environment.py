"""What code was run with: the version of Python, and of the packages that it imports."""

import importlib.metadata
import platform
import re
import sys
from collections.abc import Iterable
from functools import lru_cache


def environment_of(imports: Iterable[str]) -> dict[str, str]:
    """Return the version of Python and of each distribution that the statements import from.

    >>> sorted(environment_of(["import json", "from pydantic import BaseModel"]))
    ['pydantic', 'python']
    """
    modules = {name for text in imports for name in _modules(text)}
    found = {"python": platform.python_version()}
    for module in sorted(modules - set(sys.stdlib_module_names)):
        found.update(_distribution(module))
    return found


def _modules(statements: str) -> list[str]:
    return re.findall(r"^(?:import|from) (\w+)", statements, re.MULTILINE)


def _distribution(module: str) -> dict[str, str]:
    try:
        return {module: importlib.metadata.version(module)}
    except importlib.metadata.PackageNotFoundError:
        names = _by_module().get(module, ())
        return {name: importlib.metadata.version(name) for name in names}


@lru_cache(maxsize=1)
def _by_module() -> dict[str, tuple[str, ...]]:
    """Return the distributions of each module; it takes a while, and is asked for seldom."""
    found = importlib.metadata.packages_distributions()
    return {module: tuple(dict.fromkeys(names)) for module, names in found.items()}
