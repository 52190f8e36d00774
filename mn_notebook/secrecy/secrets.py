"""What functions ask secrets with, and what others keep them out of texts with."""

import re
from typing import Any

from typing_extensions import override

from mn_notebook.errors import SecretMissing, UsageError
from mn_notebook.secrecy.known import SHORTEST, mark, redact, redact_text, remember

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")


class Secret(str):
    """A secret's value: a text like any other, but whoever shows it by itself sees its name."""

    name: str

    def __new__(cls, value: str, name: str) -> "Secret":
        """Take a value and what it is called."""
        made = super().__new__(cls, value)
        made.name = name
        return made

    @override
    def __repr__(self) -> str:
        return mark(self.name)

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return (Secret, (str(self), self.name))


def secret_or_none(name: str) -> str | None:
    """Return the value of a secret, or None where nobody has it; it is redacted from here on."""
    try:
        return str(secret(name))
    except (SecretMissing, UsageError):
        return None


def secret(name: str) -> str:
    """Return the value of a secret, looked up at this moment; from here on it is redacted.

    It is looked for in the environment, in the file that ``MN_SECRETS`` names, and in the keyring.
    Nothing of it is kept anywhere but in the memory of this process: after a crash the function
    that needs it asks again.

    Args:
        name: What it is called there, such as ``"GITHUB_TOKEN"``.

    Returns:
        The value as a text. Its ``repr`` is its name, so that it does not show by mistake.

    Raises:
        SecretMissing: it is nowhere, or so short that texts cannot be rid of it.
        UsageError: ``name`` is no name.
    """
    from mn_notebook.secrecy.sources import find

    said: Any = name
    if not isinstance(said, str) or not _NAME.fullmatch(said):
        # Whoever passes the value itself must not find it in a message.
        kind = type(said).__name__
        found = f"a text of {len(said)} characters" if isinstance(said, str) else f"a {kind}"
        message = f'expected the name of a secret, such as mn.secret("API_KEY"), found {found}'
        raise UsageError(message)
    value = find(name)
    if len(value.strip()) < SHORTEST:
        message = (
            f"the secret {name!r} has fewer than {SHORTEST} characters: so short a value cannot be "
            "struck out of what is written without destroying it; use a longer one"
        )
        raise SecretMissing(message)
    remember(name, value)
    return Secret(value, name)


resolve = secret
"""The same, for parts of this package that need what a user has named, such as for a header."""

__all__ = ["Secret", "redact", "redact_text", "remember", "resolve", "secret"]
