"""May a model call begin now? What the breakers, rates and paces of a store say together.

Everything that they know is a few small rows, by key, that all processes of a store share. The
functions here are given the rows that concern a call and return those that change: whoever calls
them does so inside one transaction, so that two processes together keep a limit like one.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from mn_notebook.domain.breakers import (
    FIRST_COOLDOWN_SECONDS,
    LONGEST_COOLDOWN_SECONDS,
    Breaker,
)
from mn_notebook.domain.rates import MINUTE, PACE_MINUTES, Pace, Window

Row = Mapping[str, JsonValue]
Rows = Mapping[str, Row | None]
"""By key; None: there is no such row, or it is not needed any more."""

LATE_SECONDS = 1.0
"""Who comes so long after its place asks for another one: limits are about when calls begin."""
_PUT_BACK_SECONDS = 1.0
"""A clock that is behind a row by more than this was put back."""
_REMEMBERED_SECONDS = 600.0
"""So long after its cool-down an open breaker still lets only one try."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A declared limit that a call is under."""

    key: str
    words: str
    """What it is, for people: ``the rate of 'openai' (60 requests a minute)``."""
    requests: int | None
    tokens: int | None
    seconds: float = MINUTE


@dataclass(frozen=True, slots=True)
class Place:
    """When a call may begin, as it was told."""

    at: float
    epoch: int = 0
    """Of the pace that it was given under; 0: there was none."""
    tokens: float = 0.0
    """So many were reckoned with."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A call that somebody wants to make."""

    who: str
    server: str
    model: str
    """As ``provider/model``."""
    limits: tuple[Limit, ...] = ()
    tokens: float = 0.0
    """An estimate."""
    place: Place | None = None
    """What it was told before."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the keys of the rows that concern it."""
        return (
            breaker_key(self.server),
            pace_key(self.model),
            *(limit.key for limit in self.limits),
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody is told who wants to make a call."""

    at: float
    """When it may begin, or when to ask again."""
    limit: str = ""
    """What holds it back, for people."""
    begins: bool = False
    """It may begin now."""
    place: Place | None = None
    behind_a_probe: bool = False
    """It waits for the end of another call, which may come at any time before ``at``."""


def breaker_key(server: str) -> str:
    """Name the row of a server's breaker."""
    return f"breaker:{server}"


def pace_key(model: str) -> str:
    """Name the row of a model's pace."""
    return f"pace:{model}"


def is_about_trouble(key: str) -> bool:
    """Tell whether a row is there only while something is wrong."""
    return key.startswith(("breaker:", "pace:"))


def admit(rows: Rows, ask: Ask, now: float, *, minute: float = MINUTE) -> tuple[Rows, Answer]:
    """Return the changed rows, and whether the call may begin, or when.

    A call that has a place keeps it, unless the pace was lowered since or it comes too late; it
    then gets another one for it.
    """
    breaker = _breaker(rows, ask, now)
    if breaker is not None:
        wait = breaker.seconds_to_wait(ask.who, now=now)
        if wait > 0:
            return {}, _held_back(ask, now + wait, breaker.is_probing(now=now))
    pace, changed = _pace(rows, ask, now, minute)
    place, limit, booked = _placed(rows, ask, pace, now, minute)
    changed = {**changed, **booked}
    if place.at > now:
        return changed, Answer(place.at, limit, place=place)
    if breaker is not None:
        probed = breaker.asked(ask.who, now=now)
        changed = {**changed, breaker_key(ask.server): breaker_row(probed, now)}
    return changed, Answer(now, begins=True, place=place)


def _held_back(ask: Ask, until: float, probing: bool) -> Answer:  # noqa: FBT001 - of one caller
    words = f"the breaker of {ask.server!r}, whose calls fail"
    return Answer(until, words, place=ask.place, behind_a_probe=probing)


def _breaker(rows: Rows, ask: Ask, now: float) -> Breaker | None:
    row = rows.get(breaker_key(ask.server))
    return None if row is None else Breaker.read(row).shifted(_put_back(row, now))


def _pace(rows: Rows, ask: Ask, now: float, minute: float) -> tuple[Pace | None, Rows]:
    pace = pace_of(rows.get(pace_key(ask.model)), now)
    if pace is not None and pace.is_over(now, minute):
        return None, {pace_key(ask.model): None}
    return pace, {}


def _placed(
    rows: Rows, ask: Ask, pace: Pace | None, now: float, minute: float
) -> tuple[Place, str, Rows]:
    """Return the call's place, what decided when it is, and the rows in which it was taken."""
    known = ask.place
    epoch = 0 if pace is None else pace.epoch
    if known is not None and known.epoch == epoch and now - known.at <= LATE_SECONDS:
        return known, _said(ask, pace), {}
    windows = [(limit, *_windows(rows.get(limit.key), now)) for limit in ask.limits]
    if known is not None:
        windows = [
            (
                one,
                calls.corrected(-1, known.at, seconds=one.seconds),
                tokens.corrected(-known.tokens, known.at, seconds=one.seconds),
            )
            for one, calls, tokens in windows
        ]
    at, words = _free(ask, pace, windows, now, minute)
    changed: dict[str, Row | None] = {
        limit.key: _window_row(limit, calls, tokens, ask.tokens, at, now)
        for limit, calls, tokens in windows
    }
    if pace is not None:
        taken = pace.with_entry(at, now=now, minute=minute)
        changed[pace_key(ask.model)] = pace_row(taken, now, minute)
    return Place(at, epoch, ask.tokens), words, changed


def _said(ask: Ask, pace: Pace | None) -> str:
    return _said_of_pace(ask) if pace is not None else ", ".join(one.words for one in ask.limits)


def _said_of_pace(ask: Ask) -> str:
    return f"the pace of {ask.model!r}, whose server said that calls come too fast"


def _windows(row: Row | None, now: float) -> tuple[Window, Window]:
    if row is None:
        return Window(), Window()
    back = _put_back(row, now)
    calls, tokens = Window.read(row.get("requests")), Window.read(row.get("tokens"))
    return calls.shifted(back), tokens.shifted(back)


def _free(
    ask: Ask,
    pace: Pace | None,
    windows: list[tuple[Limit, Window, Window]],
    now: float,
    minute: float,
) -> tuple[float, str]:
    """Return the first time at which everything has room, and what moved it there."""
    at, words, moved = now, "", True
    while moved:
        moved = False
        if pace is not None and (then := pace.earliest(at, minute)) > at:
            at, words, moved = then, _said_of_pace(ask), True
        for limit, calls, tokens in windows:
            if (then := _earliest(limit, calls, tokens, ask.tokens, at)) > at:
                at, words, moved = then, limit.words, True
    return at, words


def _earliest(limit: Limit, calls: Window, tokens: Window, amount: float, at: float) -> float:
    if limit.requests is not None:
        at = calls.earliest(1, now=at, at_most=limit.requests, seconds=limit.seconds)
    if limit.tokens is not None:
        at = tokens.earliest(amount, now=at, at_most=limit.tokens, seconds=limit.seconds)
    return at


def _window_row(
    limit: Limit, calls: Window, tokens: Window, amount: float, at: float, now: float
) -> Row:
    row: dict[str, JsonValue] = {"at": now, "until": at + limit.seconds}
    if limit.requests is not None:
        row["requests"] = calls.with_entry(1, at, now=now, seconds=limit.seconds).stored()
    if limit.tokens is not None:
        row["tokens"] = tokens.with_entry(amount, at, now=now, seconds=limit.seconds).stored()
    return row


# --- what became of calls ----------------------------------------------------------------------


def slowed(
    row: Row | None,
    now: float,
    *,
    began_at: float,
    seen_per_minute: float,
    retry_after: float | None,
    minute: float = MINUTE,
) -> Row:
    """Return the row of a model's pace after its server said that calls come too fast."""
    known = pace_of(row, now)
    if known is None:
        pace = Pace.first(
            now=now, seen_per_minute=seen_per_minute, retry_after=retry_after, minute=minute
        )
    else:
        pace = known.lowered(now=now, began_at=began_at, retry_after=retry_after, minute=minute)
    return pace_row(pace, now, minute)


def opened(
    row: Row | None, who: str, now: float, *, too_many: bool, minute: float = MINUTE
) -> Row | None:
    """Return the row of a breaker after a failure that may pass; ``too_many`` in a row open it."""
    scale = minute / MINUTE
    if row is None:
        first = Breaker.opened(now=now, cooldown=FIRST_COOLDOWN_SECONDS * scale)
        return breaker_row(first, now) if too_many else None
    known = Breaker.read(row).shifted(_put_back(row, now))
    longest = LONGEST_COOLDOWN_SECONDS * scale
    return breaker_row(known.failed(who, now=now, longest=longest), now)


def given_up(row: Row | None, who: str, now: float) -> Row | None:
    """Return the row of a breaker after a call was stopped before it had an outcome."""
    if row is None:
        return None
    return breaker_row(Breaker.read(row).shifted(_put_back(row, now)).given_up(who), now)


def settled(rows: Rows, limits: tuple[Limit, ...], place: Place, tokens: float, now: float) -> Rows:
    """Return the rows of limits of tokens after it is known how many a call really used."""
    changed: dict[str, Row | None] = {}
    for limit in limits:
        row = rows.get(limit.key)
        if limit.tokens is not None and row is not None:
            _, window = _windows(row, now)
            more = tokens - place.tokens
            corrected = window.corrected(more, place.at, seconds=limit.seconds)
            changed[limit.key] = {**row, "at": now, "tokens": corrected.stored()}
    return changed


def returned(rows: Rows, limits: tuple[Limit, ...], place: Place, now: float) -> Rows:
    """Return the rows of limits after a place was not wanted any more."""
    changed: dict[str, Row | None] = {}
    for limit in limits:
        row = rows.get(limit.key)
        if row is not None:
            calls, tokens = _windows(row, now)
            left: dict[str, JsonValue] = {**row, "at": now}
            fewer, less = -1, -place.tokens
            calls = calls.corrected(fewer, place.at, seconds=limit.seconds)
            tokens = tokens.corrected(less, place.at, seconds=limit.seconds)
            left |= {"requests": calls.stored(), "tokens": tokens.stored()}
            changed[limit.key] = left
    return changed


# --- rows --------------------------------------------------------------------------------------


def pace_of(row: Row | None, now: float) -> Pace | None:
    """Return the pace that a row holds."""
    return None if row is None else Pace.read(row).shifted(_put_back(row, now))


def pace_row(pace: Pace, now: float, minute: float = MINUTE) -> Row:
    """Return the row of a pace."""
    over = max(pace.lowered_at, pace.closed_until, pace.next_at) + PACE_MINUTES * minute
    return {**pace.stored(), "at": now, "until": over}


def breaker_row(breaker: Breaker, now: float) -> Row:
    """Return the row of a breaker."""
    over = max(breaker.until, breaker.probe_until) + _REMEMBERED_SECONDS
    return {**breaker.stored(), "at": now, "until": over}


def _put_back(row: Row, now: float) -> float:
    """Return by how much the clock was put back since a row was written, or 0."""
    at = row.get("at")
    if not isinstance(at, int | float) or not math.isfinite(at) or at - now < _PUT_BACK_SECONDS:
        return 0.0
    return float(at) - now
