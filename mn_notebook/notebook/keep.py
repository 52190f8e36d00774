"""The store as a file, from Python: ``mn.backup``, ``mn.restore``, ``mn.prune``."""

import os

from mn_notebook.notebook.bundle import Shown
from mn_notebook.notebook.quiet import quietly
from mn_notebook.notebook.session import current_notebook
from mn_notebook.verbs import keep


def backup(file: str | os.PathLike[str], /) -> Shown:
    """Copy the whole store, with its artifacts, into one file; runs may go on meanwhile.

    Raises:
        UsageError: the file is there already.
        StoreError: the store is damaged, or the file cannot be written.
    """
    with quietly():
        return Shown(keep.backup(current_notebook().session, os.fspath(file)))


def restore(file: str | os.PathLike[str], /) -> Shown:
    """Bring back a backup as the store, or the runs of an archive into it.

    Raises:
        UsageError: the file is neither.
        StoreBusy: a living process, this kernel included, uses the store that would be replaced.
    """
    with quietly():
        return Shown(keep.restore(current_notebook().session, os.fspath(file)))


def prune(*runs: str, older: str = "", to: str | os.PathLike[str] = "", yes: bool = False) -> Shown:
    """Take runs that have ended out of the store, for good or into an archive.

    Without ``yes`` it only says what would be taken out.

    Raises:
        UsageError: a run has not ended, or nothing says which runs are meant.
    """
    with quietly():
        session = current_notebook().session
        return Shown(keep.prune(session, *runs, older=older, to=os.fspath(to), yes=yes))
