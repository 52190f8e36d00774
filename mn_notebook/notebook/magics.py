"""``%mn`` and ``%%mn``: they read what was typed, call a verb and show its answer."""

import re
import sys
from collections.abc import Callable
from typing import Any

from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand

from mn_notebook.domain.ids import RunId
from mn_notebook.errors import UsageError
from mn_notebook.notebook.bundle import Shown
from mn_notebook.notebook.errors import ShownError, calmly, require_success
from mn_notebook.notebook.others import others_told
from mn_notebook.notebook.session import Notebook
from mn_notebook.verbs.define import define
from mn_notebook.verbs.parser import Help, Typed, parse, split
from mn_notebook.verbs.results import MOVING, Resumed, Said, Started, runs_of

PROGRAM = "%mn"
_CELL_USAGE = "expected `%%mn workflow NAME`, and the workflow's text below"
_QUESTION = re.compile(r"^(\s*%mn\s+[\w-]+)\s*\?\s*$")


@magics_class
class MnMagics(Magics):
    """The magics of one shell."""

    def __init__(self, shell: Any, find: Callable[[], Notebook]) -> None:
        """Serve ``shell``; ``find`` returns its notebook."""
        super().__init__(shell=shell)
        self._find = find

    @no_var_expand
    @line_cell_magic
    def mn(self, line: str, cell: str | None = None) -> Shown | None:
        """Run workflows: ``%mn`` lists the verbs, ``%mn VERB?`` explains one."""
        with calmly():
            if cell is not None:
                return self._cell(line, cell)
            typed = parse(split(line), program=PROGRAM)
            if isinstance(typed, Help):
                return Shown(Said(typed.text))
            return self._do(typed)

    def _cell(self, line: str, cell: str) -> Shown:
        tokens = split(line)
        if len(tokens) != 2 or tokens[0] != "workflow":
            raise UsageError(_CELL_USAGE)
        return Shown(define(self._find().session, tokens[1], cell, first_line=2))

    def _do(self, typed: Typed) -> Shown | None:
        notebook = self._find()
        if typed.verb not in MOVING:
            return Shown(typed.call(notebook.session))
        return self._move(typed, notebook)

    def _move(self, typed: Typed, notebook: Notebook) -> Shown | None:
        """Start or go on with runs: their views are in the cell already."""
        try:
            result = typed.call(notebook.session)
        except KeyboardInterrupt:
            message = "Detached: what was started goes on in the background; `%mn runs` lists it"
            raise ShownError(message) from None
        notes = result.notes if isinstance(result, Resumed) else ()
        pictures = runs_of(result)
        if typed.verb == "run" and (others := others_told(notebook.session, pictures)):
            sys.stdout.write(f"{others}\n")
        given = typed.arguments.arguments
        waited = given.get("wait") or given.get("stay") or notebook.session.face.waits
        for picture in pictures:
            notebook.views.flush(RunId(picture.run_id))
            if waited and not notes:
                require_success(picture)
        if notes or not pictures:
            return Shown(Said("\n".join(notes) or "No run is interrupted."))
        return Shown(Said(result.forecast)) if isinstance(result, Started) else None


def explain_questions(lines: list[str]) -> list[str]:
    """Turn ``%mn VERB?`` into ``%mn VERB --help``, before IPython takes it for its own help."""
    return [_QUESTION.sub(r"\1 --help\n", line) if "?" in line else line for line in lines]
