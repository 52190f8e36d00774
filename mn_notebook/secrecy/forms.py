"""The texts by which a secret can be recognised when it is not written as it is."""

import base64
import html
import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

_LONG_LINE = 32
"""A line of a key file is recognised by itself when it is as long as this."""
_KEY_FILE = "-----BEGIN "
_LEFT_BY_CLIENTS = "!#$%&'()*+,/:;=?@[]~"
"""What HTTP clients leave as it is in an address that they are given whole."""


def forms_of(value: str) -> tuple[str, ...]:
    """Return a value as it is and as encodings have it, the longest first.

    They are: with or without the space around it, as JSON and Python quote it, as addresses quote
    it, as HTML does, and in Base64 wherever in a longer text it stands. Each form is also one
    inside of JSON.

    >>> forms_of("abcdefgh1234")[-1]
    'abcdefgh1234'
    >>> "%2Fb" in " ".join(forms_of("/b/c/d/e/f"))
    True
    """
    plain = {value, value.strip(), *_lines(value)}
    found = {form for text in plain for form in (text, *_quoted(text), *_base64(text))}
    found |= {form for text in found for form in _as_json(text)}
    return tuple(sorted(found, key=lambda form: (-len(form), form)))


def telling(forms: Iterable[str]) -> tuple[str, ...]:
    """Return the fewest forms of which one is in every text that has any of them."""
    kept: list[str] = []
    for form in sorted(set(forms), key=len):
        if not any(shorter in form for shorter in kept):
            kept.append(form)
    return tuple(kept)


def _lines(value: str) -> Iterator[str]:
    """Return the lines of a key file, which are often written one by one."""
    if _KEY_FILE in value:
        for line in value.splitlines():
            if len(line.strip()) >= _LONG_LINE and not line.startswith("-----"):
                yield line.strip()


def _quoted(text: str) -> Iterator[str]:
    yield from _as_json(text)
    yield repr(text)[1:-1]
    yield html.escape(text)
    yield html.escape(text, quote=False)
    for form in (
        quote(text, safe=""),
        quote(text),
        quote_plus(text),
        quote(text, safe=_LEFT_BY_CLIENTS),
    ):
        yield form
        yield _with_small_letters(form)


def _with_small_letters(form: str) -> str:
    """Return an address with its escapes in small letters, as some write them."""
    head, *rest = form.split("%")
    return "%".join([head, *(part[:2].lower() + part[2:] for part in rest)])


def _as_json(text: str) -> Iterator[str]:
    for only_ascii in (False, True):
        yield json.dumps(text, ensure_ascii=only_ascii)[1:-1]


def _base64(text: str) -> Iterator[str]:
    """Return what all Base64 texts share whose content has the value somewhere inside.

    So the header of basic authentication is recognised, whoever the user is.
    """
    content = text.encode()
    for before in range(3):
        whole = base64.b64encode(bytes(before) + content).decode().rstrip("=")
        unsure_before = (0, 2, 3)[before]
        unsure_after = 1 if (before + len(content)) % 3 else 0
        middle = whole[unsure_before : len(whole) - unsure_after]
        yield middle
        yield middle.replace("+", "-").replace("/", "_")
