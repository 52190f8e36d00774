"""What all events are, and how each of them says why something failed."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Fact(BaseModel):
    """What all events are: frozen, closed, and of a version."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    VERSION: ClassVar[int] = 1


class ErrorInfo(BaseModel):
    """Why something failed, in words a person can act on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str
    """``timeout``, ``cancelled``, or the name of the exception."""
    message: str
    permanent: bool = False
    """Trying again cannot help."""
    retry_after_seconds: float | None = None
    later: bool = False
    """The other side refused it, undone, and asked for it later."""
    detail: str = ""
    """The end of a traceback, for a function of the user's."""
    still_acting: bool = False
    """What failed cannot be stopped, and may act still: nobody tries it again beside itself."""
