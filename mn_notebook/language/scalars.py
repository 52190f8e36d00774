"""The core schema of YAML 1.2: what an unquoted scalar means."""

import math
import re

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_LONGEST_NUMBER = 300
"""Longer runs of digits stay text: no workflow means them as numbers."""

ScalarValue = str | int | float | bool | None


def resolve_plain(text: str) -> ScalarValue:
    """Return the value of an unquoted scalar.

    Infinity and not-a-number stay text, because JSON has neither.

    >>> [resolve_plain(text) for text in ("yes", "true", "0o17", "1e3", "2026-01-31", "~")]
    ['yes', True, 15, 1000.0, '2026-01-31', None]
    """
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if len(text) > _LONGEST_NUMBER:
        return text
    if _INTEGER.fullmatch(text):
        return int(text) if text.lstrip("+-").isdigit() else int(text, 0)
    if _FLOAT.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) else text
    return text
