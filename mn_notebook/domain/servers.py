"""What a workflow says of a server whose tools it uses, and how it names those tools."""

import re
from functools import cached_property
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from mn_notebook.domain.ids import content_hash

PREFIX = "mcp:"
SERVER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""The name of an environment variable."""
HEADER_VALUE = re.compile(rf"(?:(?:Bearer|Basic|Token) )?({VARIABLE.pattern})")
"""What a header is made of: a variable's name, after the word for its kind where one is needed."""
DEFAULT_TIMEOUT_SECONDS = 60.0

_SERVED = re.compile(rf"{PREFIX}({SERVER_NAME.pattern})(?:/([A-Za-z0-9_.\-/]{{1,128}}))?")


class Server(BaseModel):
    """How a server of the Model Context Protocol is reached: by a command, or by an address.

    It holds names of environment variables, never their values.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    command: tuple[str, ...] = ()
    """What starts it; it speaks through its standard input and output."""
    url: str = ""
    """Where it is reached by streamable HTTP."""
    env: tuple[str, ...] = ()
    """Environment variables that it is given, by name; others it does not see."""
    headers: dict[str, str] = Field(default_factory=dict)
    """HTTP headers, each with the name of the variable that holds its value."""
    timeout_seconds: float = Field(default=DEFAULT_TIMEOUT_SECONDS, gt=0)
    """Of one call."""
    check: dict[str, str] = Field(default_factory=dict)
    """By tool, the function that is asked, with a call's key, whether the call happened."""

    @cached_property
    def hash(self) -> str:
        """What names this very way of reaching it; what holds for its calls does not count."""
        return content_hash(self.model_dump(mode="json", exclude={"timeout_seconds", "check"}))[:16]

    @property
    def place(self) -> str:
        """Say in a line where it is."""
        return " ".join(self.command) or self.url

    @property
    def variables(self) -> tuple[str, ...]:
        """Return the names of the environment variables that it needs."""
        return (*self.env, *(variable_of(value) for value in self.headers.values()))


class Served(NamedTuple):
    """A name such as ``mcp:time/get_current_time``; without a tool it means all of the server's."""

    server: str
    tool: str | None

    @property
    def text(self) -> str:
        """Return the name as a workflow says it."""
        return f"{PREFIX}{self.server}" if self.tool is None else served(self.server, self.tool)


def is_served(name: str) -> bool:
    """Tell whether a tool's name means one of a server."""
    return name.startswith(PREFIX)


def served(server: str, tool: str) -> str:
    """Name a tool of a server as a workflow does."""
    return f"{PREFIX}{server}/{tool}"


def read_served(name: str) -> Served | None:
    """Return what a name means, or None where it names no server's tool.

    >>> read_served("mcp:time/get_current_time")
    Served(server='time', tool='get_current_time')
    >>> read_served("mcp:time").tool is None, read_served("search") is None
    (True, True)
    """
    found = _SERVED.fullmatch(name)
    return None if found is None else Served(found[1], found[2])


def variable_of(value: str) -> str:
    """Return the name of the variable in what a header is made of.

    >>> variable_of("Bearer WIKI_TOKEN")
    'WIKI_TOKEN'
    """
    found = HEADER_VALUE.fullmatch(value)
    return value if found is None else found[1]
