"""Loads the extension into a shell, and takes it out again; both may be done twice."""

import sys
from typing import Any

from mn_notebook.notebook.cell_ids import unwatch, watch
from mn_notebook.notebook.comm import register_comm
from mn_notebook.notebook.completion import IDENTIFIER, make_matcher
from mn_notebook.notebook.errors import calmly
from mn_notebook.notebook.magics import MnMagics, explain_questions
from mn_notebook.notebook.outgoing import leave_outgoing, redact_outgoing
from mn_notebook.notebook.session import Notebook, close_notebook, open_notebook
from mn_notebook.notebook.welcome import interrupted_runs, welcome
from mn_notebook.settings import MnSettings
from mn_notebook.verbs.session import Session


def load(shell: Any) -> None:
    """Make the magics known, go on with what was interrupted, and say so in one line."""
    redact_outgoing(shell)
    with calmly():
        interrupted = _interrupted(shell)
        notebook, opened = open_notebook(shell)
        _register(shell, notebook)
        if opened:
            sys.stdout.write(welcome(notebook.session, interrupted) + "\n")


def _interrupted(shell: Any) -> Any:
    """Look before the engine takes over what it finds."""
    looking = Session(MnSettings(parent=shell), via="notebook")
    try:
        return interrupted_runs(looking)
    finally:
        looking.close()


def _register(shell: Any, notebook: Notebook) -> None:
    def find() -> Notebook:
        return open_notebook(shell)[0]

    shell.register_magics(MnMagics(shell, find))
    matchers = shell.Completer.custom_matchers
    if all(getattr(known, "matcher_identifier", "") != IDENTIFIER for known in matchers):
        matchers.append(make_matcher(find))
    if explain_questions not in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.append(explain_questions)
    watch(shell)
    register_comm(shell, notebook.actions.subscribe, notebook.actions.act)


def unload(shell: Any) -> None:
    """Stop the engine and take the completions back; every run can be gone on with."""
    close_notebook(shell)
    leave_outgoing(shell)
    unwatch(shell)
    matchers = shell.Completer.custom_matchers
    matchers[:] = [
        known for known in matchers if getattr(known, "matcher_identifier", "") != IDENTIFIER
    ]
    if explain_questions in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.remove(explain_questions)
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop("mn", None)
