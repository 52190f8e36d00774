"""One session for each notebook: opened by ``%load_ext``, closed with the kernel."""

import atexit
import sys
from typing import Any

from mn_notebook.domain.previews import CostPreview
from mn_notebook.domain.words import plain
from mn_notebook.notebook.actions import Actions
from mn_notebook.notebook.live import LiveViews
from mn_notebook.notebook.publisher import Publisher
from mn_notebook.notebook.shell import running_shell
from mn_notebook.settings import MnSettings
from mn_notebook.verbs.session import Face, Session


class Notebook:
    """What belongs to one interactive shell, or to one Python program."""

    def __init__(self, session: Session, shell: Any = None) -> None:
        """Put the parts of a notebook together around ``session``."""
        self.session = session
        self.shell = shell
        self.publisher = Publisher(session)
        self.actions = Actions(session, self.publisher)
        self.views = LiveViews(session, self.publisher, self.actions.act)
        if shell is not None:
            session.face = Face(shown=self.views.show, foreseen=_say, waits=session.settings.wait)

    def after_cell(self, *_: object) -> None:
        """Tell runs that wait for code that a cell has run."""
        runtime = self.session.runtime
        if runtime is not None:
            runtime.unblock()

    def close(self) -> None:
        """Stop the views and the engine; every run can be gone on with."""
        self.views.close()
        self.publisher.close()
        self.session.close()


def _say(preview: CostPreview) -> None:
    """Say in the running cell what the run costs that begins now."""
    sys.stdout.write(f"{plain(preview.line)}\n")


_notebooks: dict[int, Notebook] = {}
"""By the id of the shell; 0: a Python program without one."""


def open_notebook(shell: Any) -> tuple[Notebook, bool]:
    """Return the notebook of a shell and whether it was opened now; its engine is running.

    Raises:
        StoreError: the store cannot be opened.
    """
    known = _notebooks.get(id(shell))
    if known is not None and known.session.runtime is not None and known.session.runtime.is_alive:
        return known, False
    settings = MnSettings(parent=shell)
    session = Session(settings, via="notebook", namespace=shell.user_ns)
    if known is not None:
        session.definitions = known.session.definitions
    session.engine()
    notebook = Notebook(session, shell)
    _notebooks[id(shell)] = notebook
    shell.events.register("post_run_cell", notebook.after_cell)
    atexit.register(notebook.close)
    return notebook, True


def close_notebook(shell: Any) -> None:
    """Stop the engine of a shell's notebook; its runs go on when it is opened again."""
    notebook = _notebooks.pop(id(shell), None)
    if notebook is None:
        return
    shell.events.unregister("post_run_cell", notebook.after_cell)
    atexit.unregister(notebook.close)
    notebook.close()


def current_notebook() -> Notebook:
    """Return the notebook of the running shell, opened if it is not yet; else that of the program.

    Raises:
        StoreError: the store cannot be opened.
    """
    shell = running_shell()
    if shell is not None:
        return open_notebook(shell)[0]
    known = _notebooks.get(0)
    if known is not None and known.session.runtime is not None and known.session.runtime.is_alive:
        return known
    main = sys.modules.get("__main__")
    session = Session(MnSettings(), via="python", namespace=vars(main) if main else {})
    session.engine()
    notebook = _notebooks[0] = Notebook(session)
    atexit.register(notebook.close)
    return notebook
