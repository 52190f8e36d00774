"""Times as the tables hold them."""

from datetime import UTC, datetime


def time_text(value: datetime) -> str:
    """Write a time as the tables hold it: UTC, microseconds, fixed width."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")
