"""What the environment says.

This is the only module that reads it.
"""

import os
from collections.abc import Mapping


def environment() -> Mapping[str, str]:
    """Return the environment as it is now."""
    return os.environ


def read(*names: str) -> str:
    """Return what the first of some variables says that says anything; '' where none does."""
    return next(filter(None, map(os.environ.get, names)), "")


def is_yes(text: str) -> bool:
    """Tell whether what a variable says means yes; what is empty does not."""
    return text.strip().lower() not in ("", "0", "false", "no", "off")


def secrets_file() -> str:
    """Return the path of the user's file of secrets, or ''."""
    return read("MN_SECRETS")
