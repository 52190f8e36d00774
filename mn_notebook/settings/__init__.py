"""How the program is set up: traitlets, with the environment as their defaults.

A family of settings is a module; `MnSettings` joins them. Only `environment` reads the environment.
"""

import getpass
import os
import socket
from pathlib import Path

import platformdirs
from traitlets import Bool, Enum, Integer, Unicode, default
from traitlets.config import Configurable

from mn_notebook.errors import UsageError
from mn_notebook.settings.budgets import BudgetSettings
from mn_notebook.settings.environment import environment, is_yes, read, secrets_file
from mn_notebook.settings.models import ModelSettings
from mn_notebook.settings.notices import NoticeSettings
from mn_notebook.settings.tools import ToolSettings

__all__ = ["MnSettings", "environment", "secrets_file"]


class MnSettings(ModelSettings, BudgetSettings, ToolSettings, NoticeSettings, Configurable):
    """Settings of `mn_notebook`; in a notebook also ``%config MnSettings.store = "…"``."""

    store = Unicode(
        help="Where the store is: a path or sqlite:///PATH. Default: MN_STORE, else one per user."
    ).tag(config=True)
    durability = Enum(
        ("full", "normal"),
        help=(
            "full: a commit is on the disk before anything depends on it. normal: faster, survives "
            "the death of a process, but the last commits may be lost when the machine loses its "
            "power, and what they recorded may then be done again. Default: MN_DURABILITY, else "
            "full."
        ),
    ).tag(config=True)
    notebook = Unicode(
        help="Which notebook this kernel belongs to. Default: MN_NOTEBOOK, else what Jupyter says."
    ).tag(config=True)
    user = Unicode(help="Who decides, in the journal. Default: MN_USER, else the login.").tag(
        config=True
    )
    wait = Bool(
        help=(
            "Whether `%mn run` waits for the end. Default: MN_WAIT, else only where nobody looks "
            "at the notebook, as under nbclient."
        )
    ).tag(config=True)
    max_attempts = Integer(
        64, min=1, help="The most attempts that this process has under way at once."
    ).tag(config=True)

    @default("store")
    def _store(self) -> str:
        folder = Path(platformdirs.user_data_dir("mn_notebook", appauthor=False))
        return read("MN_STORE") or str(folder / "store.db")

    @default("durability")
    def _durability(self) -> str:
        said = read("MN_DURABILITY") or "full"
        if said not in ("full", "normal"):
            message = f"MN_DURABILITY: expected full or normal, found {said!r}"
            raise UsageError(message)
        return said

    @default("notebook")
    def _notebook(self) -> str:
        named = read("MN_NOTEBOOK", "JPY_SESSION_NAME")
        return os.path.abspath(named) if named else os.getcwd()  # noqa: PTH100, PTH109 - may not exist

    @default("user")
    def _user(self) -> str:
        named = read("MN_USER")
        if named:
            return named
        try:
            return getpass.getuser()
        except (OSError, KeyError, ImportError):  # no entry for this user, as in containers
            return "unknown"

    @default("wait")
    def _wait(self) -> bool:
        said = environment().get("MN_WAIT")
        if said is not None:
            return is_yes(said)
        return not self.is_attended()

    def is_attended(self) -> bool:
        """Tell whether somebody sits before this kernel, as far as the environment shows."""
        signs = ("JPY_SESSION_NAME", "VSCODE_PID", "VSCODE_CWD", "COLAB_RELEASE_TAG")
        return any(sign in environment() for sign in signs)

    def variable(self, name: str) -> str | None:
        """Return an environment variable that somebody named, for the server that needs it."""
        return environment().get(name)

    @property
    def host(self) -> str:
        """Return this machine's name."""
        return socket.gethostname()
