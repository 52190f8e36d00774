"""How often something may be called: a limit that is declared, and a pace that a server taught us.

Both are values that are told what happened and say when the next call may begin. Whoever asks gets
a place at once, now or later, and keeps it: nobody has to ask again. Places come in the order of
asking, but for those that lie far ahead for the sake of another limit: what is free before them is
for those who can use it. Times are seconds of one clock that all processes of a store share.
"""

from bisect import insort
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from pydantic import JsonValue

MINUTE = 60.0
_PARTS = 60
"""Into so many parts a window is divided; what falls into one of them is remembered together."""
_SAME_MOMENT = 1e-6
"""Who waited as long as it was told is not sent away for a rounding error."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A limit that somebody declared, for all models, or providers, that fit its pattern together.

    >>> Rate("openai", requests=60).fits("openai", "gpt-5.4"), Rate("gpt-*").fits("x", "gpt-5.4")
    (True, True)
    >>> Rate("openai/gpt-*").fits("openai", "o9"), Rate("o*/o*").fits("openai", "o9")
    (False, True)
    """

    pattern: str
    """Of a provider, of a model, or of ``provider/model``; ``*`` stands for anything."""
    requests: int | None = None
    tokens: int | None = None
    seconds: float = MINUTE

    def fits(self, provider: str, model: str) -> bool:
        """Tell whether it limits calls of a model."""
        said = (provider, model, f"{provider}/{model}")
        return any(fnmatchcase(one, self.pattern) for one in said)


Entry = tuple[float, float]
"""When, and how much."""


@dataclass(frozen=True, slots=True)
class Window:
    """What began within the last while, and what has a place later, oldest first.

    In no stretch of ``seconds`` more than ``at_most`` begins, however calls are spread: two calls a
    minute may begin together, and the third then waits a minute. One part of sixty may be lost to
    remembering things together.

    >>> window, first = Window().booked(1, now=0, at_most=2, seconds=60)
    >>> window, second = window.booked(1, now=10, at_most=2, seconds=60)
    >>> window, third = window.booked(1, now=20, at_most=2, seconds=60)
    >>> window, fourth = window.booked(1, now=20, at_most=2, seconds=60)
    >>> first, second, third, fourth
    (0, 10, 60, 70)
    """

    entries: tuple[Entry, ...] = ()

    def earliest(self, amount: float, *, now: float, at_most: float, seconds: float) -> float:
        """Return when so much may begin; more than all that is allowed waits for an empty stretch.

        If need be before what was booked for later: who has a place there, because it waits for
        another limit as well, keeps its place, and takes nobody's time before it. Of calls that
        want the same none overtakes another.

        >>> window = Window(((0, 1), (60, 1)))
        >>> window.earliest(1, now=5, at_most=2, seconds=60)
        5
        >>> window.earliest(1, now=5, at_most=1, seconds=60)
        120
        """
        room = max(at_most - amount, 0.0) + _SAME_MOMENT
        if sum(much for _, much in self.entries) <= room:
            return now
        at = now
        for start, end in self._full(room, seconds):
            if at <= start + _SAME_MOMENT:
                break  # It, and all of these that follow, are about later.
            if at < end - _SAME_MOMENT:
                at = end
        return at

    def _full(self, room: float, seconds: float) -> Iterator[tuple[float, float]]:
        """Yield the times, in order, at which some stretch of time around has no room any more.

        A stretch has in it what may have begun in it; only those count that begin with something.
        """
        changes = sorted(
            change
            for when, much in self.entries
            for change in ((self._first(when, much, seconds) - seconds, much), (when, -much))
        )
        inside, full_from = 0.0, None
        for begin, much in changes:
            inside += much
            if inside > room and full_from is None:
                full_from = begin
            elif inside <= room and full_from is not None:
                yield full_from, begin + seconds
                full_from = None

    def _first(self, when: float, much: float, seconds: float) -> float:
        """Return when the first may have begun of what is remembered together."""
        part = seconds / _PARTS
        return min(when, int(when / part) * part) if much > 1 else when

    def with_entry(self, amount: float, at: float, *, now: float, seconds: float) -> "Window":
        """Return the window with a place taken, and without what has passed."""
        kept = [one for one in self.entries if one[0] > now - seconds + _SAME_MOMENT]
        part = seconds / _PARTS
        for position, (when, much) in enumerate(kept):
            if int(when / part) == int(at / part):
                kept[position] = (max(when, at), much + amount)
                return Window(tuple(kept))
        insort(kept, (at, amount))
        return Window(tuple(kept))

    def booked(
        self, amount: float, *, now: float, at_most: float, seconds: float
    ) -> tuple["Window", float]:
        """Take the next place for so much, and return when it is."""
        at = self.earliest(amount, now=now, at_most=at_most, seconds=seconds)
        return self.with_entry(amount, at, now=now, seconds=seconds), at

    def corrected(self, amount: float, at: float, *, seconds: float) -> "Window":
        """Return the window with so much more, or less, begun at a time when something did.

        What has passed out of it is not corrected any more.
        """
        part = seconds / _PARTS
        for position, (when, much) in enumerate(self.entries):
            if int(when / part) == int(at / part):
                left = (when, max(0.0, much + amount))
                rest = self.entries[position + 1 :]
                return Window((*self.entries[:position], *((left,) if left[1] else ()), *rest))
        return self

    def shifted(self, seconds: float) -> "Window":
        """Return the window as a clock sees it that was put back by so much."""
        return Window(tuple((when - seconds, much) for when, much in self.entries))

    def stored(self) -> JsonValue:
        """Return it as JSON."""
        return [[when, much] for when, much in self.entries]

    @staticmethod
    def read(stored: JsonValue) -> "Window":
        """Return what was stored; what is no window is an empty one."""
        if not isinstance(stored, list):
            return Window()
        pairs = [one for one in stored if isinstance(one, list) and len(one) == 2]
        return Window(tuple((_number(when), _number(much)) for when, much in pairs))


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a model may be called since its server said "too many requests" (HTTP 429).

    Additive increase, multiplicative decrease (Chiu and Jain, "Analysis of the Increase and
    Decrease Algorithms for Congestion Avoidance", 1989): such an answer halves the pace of all who
    call the model; after that it rises evenly, by a tenth of the pace at which the trouble began in
    every minute, until that is reached again and nothing is slowed down any more. Calls have even
    distances. What a server asked for (``Retry-After``) is waited for by everybody.
    """

    per_minute: float
    """When it was last lowered."""
    peak: float
    """How fast calls came when the trouble began; reached again, the pace is over."""
    lowered_at: float
    next_at: float = 0.0
    """The next free place of the line."""
    closed_until: float = 0.0
    """Until then the server wants no call."""
    epoch: int = 1
    """Grows when it is lowered: places that were given before are void."""
    ahead: tuple[float, ...] = ()
    """Places beyond the line, for the sake of other limits, in their order."""

    def now_per_minute(self, now: float, minute: float = MINUTE) -> float:
        """Return the pace at a time."""
        since = max(0.0, now - max(self.lowered_at, self.closed_until))
        return self.per_minute + self.peak / PACE_MINUTES * since / minute

    def is_over(self, now: float, minute: float = MINUTE) -> bool:
        """Tell whether nothing needs to be slowed down any more."""
        return now >= self.closed_until and self.now_per_minute(now, minute) >= self.peak

    def earliest(self, now: float, minute: float = MINUTE) -> float:
        """Return when the next call may begin: as far from those far ahead as from the line."""
        at = max(now, self.next_at, self.closed_until)
        for taken in self.ahead:
            apart = minute / self.now_per_minute(at, minute)
            if abs(at - taken) < apart - _SAME_MOMENT:
                at = taken + apart
        return at

    def with_entry(self, at: float, *, now: float, minute: float = MINUTE) -> "Pace":
        """Return the pace with a place taken: the next of the line, or one far ahead of it."""
        if at > self.earliest(now, minute) + _SAME_MOMENT:
            left = [taken for taken in self.ahead if taken > now - minute]
            insort(left, at)
            return replace(self, ahead=tuple(left))
        left = [taken for taken in self.ahead if taken > at]
        return replace(
            self, next_at=at + minute / self.now_per_minute(at, minute), ahead=tuple(left)
        )

    def lowered(
        self, *, now: float, began_at: float, retry_after: float | None, minute: float = MINUTE
    ) -> "Pace":
        """Return the pace after a call that began at a time was refused.

        A call that had begun before the pace was last lowered tells nothing new: it is halved once
        for all calls that were under way together.
        """
        closed = max(self.closed_until, _closed_until(now, retry_after))
        if began_at <= self.lowered_at:
            anew = 1 if closed > self.closed_until else 0
            return replace(self, closed_until=closed, epoch=self.epoch + anew)
        slower = max(LEAST_PACE, self.now_per_minute(now, minute) / 2)
        return replace(
            self,
            per_minute=slower,
            lowered_at=now,
            next_at=now + minute / slower,
            closed_until=closed,
            epoch=self.epoch + 1,
            ahead=(),
        )

    @staticmethod
    def first(
        *, now: float, seen_per_minute: float, retry_after: float | None, minute: float = MINUTE
    ) -> "Pace":
        """Return the pace after the first refusal, where calls had come so fast."""
        peak = max(seen_per_minute, FIRST_PACE)
        return Pace(
            per_minute=peak / 2,
            peak=peak,
            lowered_at=now,
            next_at=now + minute * 2 / peak,
            closed_until=_closed_until(now, retry_after),
        )

    def shifted(self, seconds: float) -> "Pace":
        """Return the pace as a clock sees it that was put back by so much."""
        return replace(
            self,
            lowered_at=self.lowered_at - seconds,
            next_at=self.next_at - seconds,
            closed_until=self.closed_until - seconds,
            ahead=tuple(taken - seconds for taken in self.ahead),
        )

    def stored(self) -> dict[str, JsonValue]:
        """Return it as JSON."""
        return {
            "per_minute": round(self.per_minute, 4),
            "peak": round(self.peak, 4),
            "lowered_at": self.lowered_at,
            "next_at": self.next_at,
            "closed_until": self.closed_until,
            "epoch": self.epoch,
            "ahead": list(self.ahead),
        }

    @staticmethod
    def read(stored: Mapping[str, JsonValue]) -> "Pace":
        """Return what was stored."""
        return Pace(
            per_minute=max(LEAST_PACE, _number(stored.get("per_minute"))),
            peak=max(LEAST_PACE, _number(stored.get("peak"))),
            lowered_at=_number(stored.get("lowered_at")),
            next_at=_number(stored.get("next_at")),
            closed_until=_number(stored.get("closed_until")),
            epoch=int(_number(stored.get("epoch"))),
            ahead=tuple(sorted(_number(one) for one in _list(stored.get("ahead")))),
        )


FIRST_PACE = 60.0
"""Calls a minute that a first refusal halves at least: one lone call says little."""
LEAST_PACE = 6.0
"""Calls a minute that are always tried: somebody has to find out when it goes on."""
PACE_MINUTES = 10.0
"""From standing still it takes so many minutes to the pace at which the trouble began."""
LONGEST_RETRY_AFTER_SECONDS = 3600.0
"""What a server asks for beyond this is not believed: nobody would look at it again for days."""


def _closed_until(now: float, retry_after: float | None) -> float:
    return now + min(retry_after, LONGEST_RETRY_AFTER_SECONDS) if retry_after else 0.0


def _list(found: JsonValue) -> list[JsonValue]:
    return found if isinstance(found, list) else []


def _number(found: JsonValue) -> float:
    return float(found) if isinstance(found, int | float) else 0.0
