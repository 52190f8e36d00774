"""When a wait for time ends."""

from datetime import UTC, datetime, timedelta

from pydantic import JsonValue

from mn_notebook.domain.durations import parse_duration, parse_moment
from mn_notebook.errors import PermanentError


def ends_at(rendered: dict[str, JsonValue], now: datetime) -> datetime:
    """Return the moment that a wait's rendered input names.

    Raises:
        PermanentError: it is neither a duration nor a moment.
    """
    what = "wait" if "duration" in rendered else "until"
    said = rendered.get("duration", rendered.get("until"))
    try:
        if what == "until":
            return parse_moment(str(said))
        return (now + timedelta(seconds=_seconds(said))).astimezone(UTC)
    except (ValueError, OverflowError) as fault:
        message = f"{what}: {fault}, found {said!r}"
        raise PermanentError(message) from fault


def _seconds(said: JsonValue) -> float:
    if isinstance(said, int | float) and not isinstance(said, bool):
        if said < 0:
            message = "expected a number of seconds that is not negative"
            raise ValueError(message)
        return float(said)
    return parse_duration(str(said).strip())
