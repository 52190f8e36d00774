"""Where secrets are looked for: the environment, a file of the user's, the keyring."""

import importlib
import importlib.util
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mn_notebook.errors import SecretMissing
from mn_notebook.secrecy import known
from mn_notebook.settings import environment, secrets_file

SERVICE = "mn_notebook"
"""What this package is called in a keyring."""
_SOUNDS_SECRET = re.compile(
    r"(?:^|_)(?:API_?KEY|ACCESS_?KEY|SECRET_?KEY|PRIVATE_?KEY|TOKEN|SECRET|PASSWORD|PASSWD"
    r"|PASSPHRASE)(?:_|$)",
    re.IGNORECASE,
)
_LOOKS_SECRET = re.compile(r"(?=.*\d)(?![/~.])(?!\w+://)\S{16,}")
"""At least 16 characters with a digit, and neither a path nor an address. Placeholders such as
``not-needed`` are words of everyday texts, and would be struck out of them."""
_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
_FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def find(name: str) -> str:
    """Return the value of a secret: the first of the places that has it decides.

    Raises:
        SecretMissing: none has it; the message says where was looked, and how to put it there.
    """
    value = environment().get(name)
    if value and _is_text(value):
        return value
    file = _file()
    if file.values.get(name):
        return file.values[name]
    ring = _in_keyring(name)
    if ring.value:
        return ring.value
    from difflib import get_close_matches  # which only those need who have lost their way

    near = get_close_matches(name, [*found_in_environment(), *file.values], n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise SecretMissing(
        f"there is no secret {name!r}: looked in the environment, in a file ({file.said}) and in "
        f"the keyring ({ring.said}){hint}; put a line {name}=… into the file, or "
        f"`keyring set {SERVICE} {name}`, or set it in the environment before the kernel starts"
    )


def know_what_is_declared() -> None:
    """Redact, from now on, what is said to be secret before anybody has asked for it.

    That is every value of the user's file, and what the environment calls a key, a token or a
    password and looks like one. Reads the environment and a file; asks no keyring.
    """
    for name, value in found_in_environment().items():
        known.remember(name, value)
    for name, value in _file().values.items():
        known.remember(name, value)


def found_in_environment() -> dict[str, str]:
    """Return what the environment has that is called, and looks like, a secret."""
    return {
        name: value
        for name, value in environment().items()
        if _SOUNDS_SECRET.search(name) and _LOOKS_SECRET.fullmatch(value) and _is_text(value)
    }


def found_in_file() -> tuple[tuple[str, ...], str, bool]:
    """Return the names in the user's file, what is to be said of it, and whether it is in order."""
    file = _file()
    return tuple(sorted(file.values)), file.said, not file.fault


def keyring_is_there() -> bool:
    """Tell whether the package that speaks to the system's keyring is installed."""
    return importlib.util.find_spec("keyring") is not None


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:  # bytes that are not UTF-8, as the environment may have them
        return False
    return True


# --- the file ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _File:
    values: Mapping[str, str]
    said: str
    fault: bool = False


def _file() -> _File:
    named = secrets_file()
    if not named:
        return _File({}, "MN_SECRETS names none")
    path = Path(named).expanduser()
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            return _File({}, f"{path} is no file", fault=True)
        if _is_open_to_others(mode):
            said = f"{path} is open to others and was not read: `chmod 600 {path}`"
            return _File({}, said, fault=True)
        return _File(dict(_read(path.read_text(encoding="utf-8-sig"))), str(path))
    except FileNotFoundError:
        return _File({}, f"{path} is not there", fault=True)
    except (OSError, UnicodeDecodeError) as fault:
        reason = getattr(fault, "strerror", None) or "it is not UTF-8 text"
        return _File({}, f"{path} cannot be read: {reason}", fault=True)


def _is_open_to_others(mode: int) -> bool:
    return os.name == "posix" and bool(mode & _FOR_OTHERS)


def _read(text: str) -> Iterator[tuple[str, str]]:
    """Read lines of ``NAME=value``; a line that is none of them says nothing, as in a shell."""
    for line in text.splitlines():
        found = _LINE.fullmatch(line.strip())
        if found is not None:
            yield found[1], _unquoted(found[2])


def _unquoted(text: str) -> str:
    r"""Return what a line says; inside double quotes ``\n`` begins a new line.

    >>> _unquoted('"a\\nb"') == "a" + chr(10) + "b", _unquoted("plain # and all")
    (True, 'plain # and all')
    """
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return text[1:-1].replace("\\n", "\n").replace('\\"', '"')
    if len(text) >= 2 and text[0] == text[-1] == "'":
        return text[1:-1]
    return text


# --- the keyring -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Ring:
    value: str | None
    said: str


def _in_keyring(name: str) -> _Ring:
    if not keyring_is_there():
        return _Ring(None, 'not installed: pip install "mn-notebook[keyring]"')
    try:
        keyring: Any = importlib.import_module("keyring")
        value = keyring.get_password(SERVICE, name)
    except Exception as fault:  # noqa: BLE001 - each system's keyring fails in its own way
        return _Ring(None, f"it cannot be asked: {type(fault).__name__}")
    return _Ring(value, f"service {SERVICE}")
