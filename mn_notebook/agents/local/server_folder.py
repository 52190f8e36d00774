"""The folder in which the users of one model's server find it, and it finds them."""

import os
import platform
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mn_notebook.errors import PermanentError

_LAYOUT = 1
"""Part of the folder's name: programs that disagree about its files never meet in it."""


class ServerState(BaseModel):
    """A server that is ready."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pid: int
    """Its process."""

    port: int
    """Where it listens, on the loopback interface only."""

    api_key: str = Field(repr=False)
    """Without it the server answers nobody; known only to the owner of the folder."""

    model_name: str
    """What the server calls its model."""

    model_digest: str
    """Which file it has loaded."""

    context_tokens: int
    """How many tokens of prompt and answer together one request may have."""


@dataclass(frozen=True, slots=True)
class ServerFolder:
    """The files through which a server and its users meet; private to one account of one machine.

    Every file may be stale after a crash and none is believed for itself: a server lives while
    ``server_lock`` is locked, a user while its file in ``users`` is.
    """

    path: Path

    @property
    def turn_lock(self) -> Path:
        """Held by whoever starts, joins, replaces or ends the server: one at a time."""
        return self.path / "turn.lock"

    @property
    def server_lock(self) -> Path:
        """Held by the server while it lives; contains its pid."""
        return self.path / "server.lock"

    @property
    def users(self) -> Path:
        """Contains a locked file for each process that uses the server."""
        return self.path / "users"

    @property
    def log(self) -> Path:
        """What the server said."""
        return self.path / "server.log"

    def make(self) -> None:
        """Make the folder, closed to everybody else.

        Raises:
            PermanentError: It cannot be made, somebody else owns it, or others may read it.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.mkdir(exist_ok=True, mode=0o700)
            _require_private(self.path)
            self.users.mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise PermanentError(
                f"The folder {str(self.path)!r}, where a local model meets its users, "
                f"cannot be made: {error.strerror}. Make it writable, or choose another place."
            ) from error

    def read_state(self) -> ServerState | None:
        """Read what a ready server said of itself; None before that, or if unreadable."""
        try:
            return ServerState.model_validate_json(self._state.read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def write_state(self, state: ServerState) -> None:
        """Say that the server is ready; seen whole or not at all."""
        draft = self.path / "state.draft"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with os.fdopen(os.open(draft, flags, 0o600), "w") as file:
            file.write(state.model_dump_json())
        draft.replace(self._state)

    def forget_state(self) -> None:
        """Remove what a server said of itself."""
        self._state.unlink(missing_ok=True)

    @property
    def _state(self) -> Path:
        return self.path / "state.json"


def server_folder(runtime_folder: Path, *, model_name: str, model_digest: str) -> ServerFolder:
    """Choose the folder for a model: the same for all who mean these bytes on this machine."""
    identity = f"{_LAYOUT}\n{platform.node()}\n{model_digest}"
    suffix = sha256(identity.encode()).hexdigest()[:12]
    return ServerFolder(runtime_folder / f"{model_name[:40]}-{suffix}")


def _require_private(folder: Path) -> None:
    status = folder.lstat()
    if status.st_uid != os.getuid() or status.st_mode & 0o077 or folder.is_symlink():
        raise PermanentError(
            f"{str(folder)!r} must be a folder that only you can open, because the key of the "
            "local model is kept there. Remove it, or close it with `chmod 700`."
        )
