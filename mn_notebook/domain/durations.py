"""Durations such as ``5m`` or ``1h30m``, and moments such as ``2026-11-25``."""

import re
from datetime import UTC, datetime

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_PART = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|s|m|h|d|w)", re.ASCII)
_WHOLE = re.compile(rf"(?:{_PART.pattern})+", re.ASCII)
_UNITS = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
_FRACTIONS = (("s", 1.0), ("ms", 0.001), ("m", 60.0), ("h", 3600.0), ("d", 86400.0))
_LONGEST_SECONDS = 10 * 366 * 86400.0


def parse_duration(text: str) -> float:
    """Return the seconds that a duration means.

    >>> [parse_duration(text) for text in ("500ms", "1h30m", "2d")]
    [0.5, 5400.0, 172800.0]

    Raises:
        ValueError: the text is no duration, or one of more than ten years.
    """
    if not _WHOLE.fullmatch(text):
        message = "expected a duration such as 30s, 5m, 1h30m or 2d"
        if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text):
            message += f"; write {text}s for seconds"
        raise ValueError(message)
    total = sum(float(amount) * _SECONDS[unit] for amount, unit in _PART.findall(text))
    if total > _LONGEST_SECONDS:
        raise ValueError("expected a duration of at most ten years")
    return total


def duration_text(seconds: float) -> str:
    """Return a duration as it is written.

    >>> [duration_text(seconds) for seconds in (5400, 172800, 0.5)]
    ['1h30m', '2d', '0.5s']
    """
    if seconds == int(seconds) and seconds > 0:
        rest, parts = int(seconds), []
        for unit, size in _UNITS:
            amount, rest = divmod(rest, size)
            parts += [f"{amount}{unit}"] if amount else []
        return "".join(parts)
    for unit, length in _FRACTIONS:
        text = f"{seconds / length:.9f}".rstrip("0").rstrip(".") + unit
        if parse_duration(text) == seconds:
            return text
    return f"{seconds:.9f}s"


def parse_moment(text: str) -> datetime:
    """Return the moment that an ISO date or time names, in UTC unless it says otherwise.

    >>> parse_moment("2026-11-25").isoformat()
    '2026-11-25T00:00:00+00:00'
    >>> parse_moment("2026-11-25T08:30:00+01:00").isoformat()
    '2026-11-25T07:30:00+00:00'

    Raises:
        ValueError: the text is neither.
    """
    try:
        found = datetime.fromisoformat(text.strip())
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        message = "expected a date or time such as 2026-11-25 or 2026-11-25T08:30:00+01:00"
        raise ValueError(message) from None
