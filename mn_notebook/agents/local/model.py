"""A model whose file is there, and the address at which it answers."""

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from mn_notebook.agents.local.catalog import LocalProfile, own_profile
from mn_notebook.errors import PermanentError

_MAGIC = b"GGUF"


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model that can be started: its file was there a moment ago."""

    profile: LocalProfile
    """What is known of it."""

    path: Path
    """Its file."""

    digest: str
    """Which bytes: its sha256, or for a file of the user's own a sum of its path, size and age."""

    @property
    def name(self) -> str:
        """What workflows and the server call it."""
        return self.profile.name


@dataclass(frozen=True, slots=True)
class LocalModelStatus:
    """A model that could be used here, and whether it is there."""

    profile: LocalProfile
    """What is known of it."""

    path: Path
    """Where its file is, or would be."""

    installed: bool
    """Whether it can be started."""

    bytes_here: int
    """What it takes on the disk, finished or not."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model answers, for any client of the OpenAI protocol.

    Good until the server dies; then a call fails to connect, and the next `LocalModels.endpoint`
    gives another one.
    """

    base_url: str
    """Address with version, on the loopback interface."""

    api_key: str = field(repr=False)
    """Without it the server refuses."""

    model_name: str
    """What to ask for."""

    context_tokens: int
    """How many tokens of prompt and answer together a request may have."""


def own_model(path: Path) -> LocalModel:
    """Describe a model file of the user's own.

    Raises:
        PermanentError: There is no such file, or it is not a GGUF file.
    """
    try:
        path = path.expanduser().resolve(strict=True)
        status = path.stat()
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError as error:
        raise PermanentError(
            f"MN_MODEL_PATH is {str(path)!r}, which cannot be read: {error.strerror}. Let it name "
            "a GGUF file, or unset it."
        ) from error
    if magic != _MAGIC:
        raise PermanentError(
            f"MN_MODEL_PATH is {str(path)!r}, which is not a GGUF file: it begins with {magic!r}. "
            "Let it name one, or unset it."
        )
    identity = f"{path}\n{status.st_size}\n{status.st_mtime_ns}"
    profile = own_profile(path, content_bytes=status.st_size)
    return LocalModel(profile, path, sha256(identity.encode()).hexdigest())
