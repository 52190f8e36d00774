"""Says amounts, lengths of time and untrusted texts in the words that every face uses."""

import re
from datetime import UTC, datetime
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

_SMALLEST = Decimal("0.0001")
_CENT = Decimal("0.01")
_UNSHOWN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


def money(amount_usd: Decimal | None) -> str:
    """Write an amount in dollars, exactly enough to compare small costs.

    >>> money(Decimal("0.07120")), money(Decimal("12.5")), money(None)
    ('$0.0712', '$12.50', 'unknown')
    """
    if amount_usd is None:
        return "unknown"
    if 0 < abs(amount_usd) < _SMALLEST:
        return f"less than ${_SMALLEST}"
    return _dollars(amount_usd, ROUND_HALF_UP)


def at_least(amount_usd: Decimal) -> str:
    """Write what was certainly spent: never more than the amount.

    >>> at_least(Decimal("0.00129"))
    'at least $0.0012'
    """
    return f"at least {_dollars(amount_usd, ROUND_DOWN)}"


def _dollars(amount: Decimal, rounding: str) -> str:
    exact = amount.quantize(_CENT if abs(amount) >= 1 else _SMALLEST, rounding=rounding)
    cents = exact.quantize(_CENT, rounding=ROUND_DOWN)
    sign = "-" if exact < 0 else ""
    return f"{sign}${abs(cents if cents == exact else exact.normalize()):,f}"


def duration(seconds: float) -> str:
    """Write a length of time in its two largest units.

    >>> duration(1.84), duration(188), duration(165_600)
    ('1.8 s', '3 min 8 s', '1 d 22 h')
    """
    if seconds < 9.95:
        return f"{max(seconds, 0.0):.1f} s".replace(".0 ", " ")
    left = round(seconds)
    parts: list[tuple[int, str]] = []
    for unit, size in _UNITS:
        parts.append((left // size, unit))
        left %= size
    while not parts[0][0]:
        parts.pop(0)
    return " ".join(f"{number} {unit}" for number, unit in parts[:2] if number)


def age(at: datetime, now: datetime) -> str:
    """Say how far a moment is from now: ``3 min 8 s ago``, ``in 1 d 22 h``, ``now``."""
    seconds = (now - at).total_seconds()
    if abs(seconds) < 1:
        return "now"
    return f"{duration(seconds)} ago" if seconds > 0 else f"in {duration(-seconds)}"


def moment(at: datetime) -> str:
    """Write a moment so that it stays true in a saved notebook.

    >>> moment(datetime(2026, 7, 3, 14, 2, tzinfo=UTC))
    '2026-07-03 14:02 UTC'
    """
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def instant(at: datetime) -> str:
    """Write a moment to the second, for what is near.

    >>> instant(datetime(2026, 7, 3, 14, 2, 9, tzinfo=UTC))
    '2026-07-03 14:02:09 UTC'
    """
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def count(number: int) -> str:
    """Write a number with its thousands apart: ``3,912``."""
    return f"{number:,}"


def plural(number: int, word: str, words: str | None = None) -> str:
    """Write a number of things.

    >>> plural(1, "step"), plural(1200, "step"), plural(2, "retry", "retries")
    ('1 step', '1,200 steps', '2 retries')
    """
    return f"{number:,} {word if number == 1 else words or word + 's'}"


def bar(share: float, cells: int = 10) -> str:
    """Draw how much of something is used, in characters; never full before it is.

    >>> bar(0.41), bar(0.999), bar(1.2)
    ('████░░░░░░', '█████████░', '██████████')
    """
    full = min(max(int(share * cells), 0), cells)
    return "█" * full + "░" * (cells - full)


def plain(text: str) -> str:
    r"""Make an untrusted text harmless: no control, no direction override, no broken half.

    Line breaks and tabs stay. What is taken out is shown as its code, so that nothing is hidden.

    >>> plain("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    return _UNSHOWN.sub(_code, text.replace("\r\n", "\n"))


def _code(found: re.Match[str]) -> str:
    number = ord(found.group())
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"


def one_line(text: str, width: int | None = None) -> str:
    """Make an untrusted text harmless and one line of at most ``width`` characters."""
    line = " ".join(plain(text).split())
    return line if width is None or len(line) <= width else line[: max(width - 1, 0)].rstrip() + "…"
