"""What a server process is told when it is started."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

EXIT_TAKEN = 3
"""How a server process ends that finds another one at work."""


class ServerOrder(BaseModel):
    """What to serve, and how; contains no secret, because it travels on the command line."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    folder: Path
    """Where the server meets its users."""

    model_path: Path
    """The file to load."""

    model_name: str
    """What the server calls it."""

    model_digest: str
    """Which file it is."""

    context_tokens: int
    """How many tokens prompt and answer together may have."""

    threads: int
    """How many threads work at one answer."""

    slots: int
    """How many answers are generated side by side."""
