"""The nearest right word for a wrong one."""

import difflib
from collections.abc import Iterable

_MOST_LISTED = 8


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most like ``word``, or None when none is near.

    >>> nearest("promt", ["prompt", "tools"])
    'prompt'
    """
    options = sorted(set(known))
    folded = {option.casefold(): option for option in reversed(options)}
    found = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def hint(word: str, known: Iterable[str], *, nouns: str = "") -> str:
    """Return the tail of a message: the nearest known word, else the few that there are.

    >>> hint("tols", ["tools", "turns"])
    "; did you mean 'tools'?"
    >>> hint("x", ["tools", "turns"], nouns="keys")
    '; keys: tools, turns'
    """
    options = sorted(set(known))
    near = nearest(word, options)
    if near is not None:
        return f"; did you mean {near!r}?"
    if nouns and options:
        return f"; {nouns}: {listed(options)}"
    return ""


def listed(words: Iterable[str]) -> str:
    """Return words with commas, the rest counted when there are many.

    >>> listed("abcdefghijkl")
    'a, b, c, d, e, f, g, h and 4 more'
    """
    options = list(words)
    shown = ", ".join(options[:_MOST_LISTED])
    rest = len(options) - _MOST_LISTED
    return f"{shown} and {rest} more" if rest > 0 else shown


def either(words: Iterable[str]) -> str:
    """Return words of which one is to be chosen.

    >>> either(["fail", "continue", "skip"])
    'fail, continue or skip'
    """
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def article(noun: str) -> str:
    """Put ``a`` or ``an`` before a noun."""
    return f"an {noun}" if noun[:1] in "aeiou" else f"a {noun}"
