"""A notebook in memory: cells that define functions as those of a kernel are defined."""

import itertools
import linecache
from typing import Any

_numbers = itertools.count()


class Cells:
    """The namespace of a notebook, and the cells that have run in it."""

    def __init__(self) -> None:
        self.namespace: dict[str, Any] = {"__name__": "__main__", "In": [""]}

    def run(self, text: str) -> None:
        """Run a cell."""
        file = f"<cell of a test {next(_numbers)}>"
        self.namespace["In"].append(text)
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
        exec(compile(text, file, "exec", dont_inherit=True), self.namespace)

    def __getitem__(self, name: str) -> Any:
        return self.namespace[name]
