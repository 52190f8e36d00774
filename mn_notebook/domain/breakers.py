"""Circuit breakers: what fails again and again is left alone for a while, and then tried by one.

The pattern is Michael Nygard's ("Release It!"): *closed*, everything goes through; after so many
failures in a row *open*, nothing does; after a cool-down *half-open*, one call is let through as a
probe. Where it succeeds the breaker closes; where it fails the next cool-down is twice as long.
Here a call that is held back is not failed: it waits. Times are seconds of one clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pydantic import JsonValue

FAILURES_TO_OPEN = 5
"""So many failures in a row that may pass, each of a call that had begun after the one before was
known or not: a server that answers anything in between is not down."""
FIRST_COOLDOWN_SECONDS = 5.0
LONGEST_COOLDOWN_SECONDS = 60.0
PROBE_SECONDS = 60.0
"""A probe that has not ended by then keeps the others from trying no longer."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """One that is open, or half-open; one that is closed is none.

    >>> breaker = Breaker.opened(now=0.0)
    >>> breaker.seconds_to_wait("a", now=0.0)
    5.0
    >>> probed = breaker.asked("a", now=5.0)
    >>> probed.seconds_to_wait("a", now=5.0), probed.seconds_to_wait("b", now=5.0)
    (0.0, 60.0)
    >>> probed.failed("a", now=6.0).seconds_to_wait("a", now=6.0)
    10.0
    """

    until: float
    """Before that nothing is let through."""
    cooldown: float = FIRST_COOLDOWN_SECONDS
    probe: str = ""
    """Whose call is the probe; '' where there is none under way."""
    probe_until: float = 0.0

    @staticmethod
    def opened(*, now: float, cooldown: float = FIRST_COOLDOWN_SECONDS) -> "Breaker":
        """Return one that has just opened."""
        return Breaker(until=now + cooldown, cooldown=cooldown)

    def seconds_to_wait(self, who: str, *, now: float) -> float:
        """Return how long a call has to wait; 0: it may go through, as the probe."""
        if now < self.until:
            # Not longer than a cool-down, whatever a clock was put back to.
            return min(self.until - now, self.cooldown)
        if self.probe and self.probe != who and now < self.probe_until:
            return min(self.probe_until - now, PROBE_SECONDS)
        return 0.0

    def is_probing(self, *, now: float) -> bool:
        """Tell whether a probe is under way, so that its end is what is waited for."""
        return bool(self.probe) and self.until <= now < self.probe_until

    def asked(self, who: str, *, now: float) -> "Breaker":
        """Return the breaker with the call of ``who`` as its probe, where it may be one."""
        if self.seconds_to_wait(who, now=now) > 0:
            return self
        return replace(self, probe=who, probe_until=now + PROBE_SECONDS)

    def failed(
        self, who: str, *, now: float, longest: float = LONGEST_COOLDOWN_SECONDS
    ) -> "Breaker":
        """Return the breaker after a failure: that of its probe opens it for twice as long.

        Calls that had begun before it opened say nothing new.
        """
        if who != self.probe:
            return self
        return Breaker.opened(now=now, cooldown=min(longest, self.cooldown * 2))

    def given_up(self, who: str) -> "Breaker":
        """Return the breaker after its probe was stopped: another one may try at once."""
        return replace(self, probe="", probe_until=0.0) if who == self.probe else self

    def shifted(self, seconds: float) -> "Breaker":
        """Return the breaker as a clock sees it that was put back by so much."""
        return replace(self, until=self.until - seconds, probe_until=self.probe_until - seconds)

    def stored(self) -> dict[str, JsonValue]:
        """Return it as JSON."""
        return {
            "open_until": self.until,
            "cooldown": self.cooldown,
            "probe": self.probe,
            "probe_until": self.probe_until,
        }

    @staticmethod
    def read(stored: Mapping[str, JsonValue]) -> "Breaker":
        """Return what was stored."""
        return Breaker(
            until=_number(stored.get("open_until")),
            cooldown=_number(stored.get("cooldown")) or FIRST_COOLDOWN_SECONDS,
            probe=str(stored.get("probe") or ""),
            probe_until=_number(stored.get("probe_until")),
        )


def _number(found: JsonValue) -> float:
    return float(found) if isinstance(found, int | float) else 0.0
