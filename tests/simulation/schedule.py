"""What goes wrong, when, and in which order: all of it decided by one seed.

The harness asks at each crossing of a port. Whether a fault strikes there depends on the seed and
on the number of the crossing alone, so that a schedule can be shortened by leaving faults out.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from random import Random
from typing import Final, Literal, TypeVar

T = TypeVar("T")

Fault = Literal[
    "crash before a commit",
    "crash after a commit",
    "crash before a call",
    "crash after a call",
    "a rival takes over",
    "a lost reply",
    "a child that dies",
    "a slow commit",
    "a slow call",
    "a full disk",
    "an unclear commit",
    "an unreadable store",
    "an artifact refused",
    "a stale look into the inbox",
    "a lost wake-up",
    "a command sent twice",
    "a late command",
]

MOST: Final[dict[Fault, int]] = {
    "crash before a commit": 5,
    "crash after a commit": 5,
    "crash before a call": 4,
    "crash after a call": 4,
    "a rival takes over": 6,
    "a lost reply": 3,
    "a child that dies": 2,
    "a slow commit": 60,
    "a slow call": 30,
    "a full disk": 12,
    "an unclear commit": 12,
    "an unreadable store": 8,
    "an artifact refused": 4,
    "a stale look into the inbox": 20,
    "a lost wake-up": 6,
    "a command sent twice": 4,
    "a late command": 6,
}
"""How often a fault strikes in one schedule at most: it has to end, and with the same result."""

RATES: Final[dict[Fault, tuple[float, ...]]] = {
    "crash before a commit": (0.0, 0.02, 0.08),
    "crash after a commit": (0.0, 0.02, 0.08),
    "crash before a call": (0.0, 0.03, 0.1),
    "crash after a call": (0.0, 0.03, 0.1),
    "a rival takes over": (0.0, 0.05, 0.3),
    "a lost reply": (0.0, 0.1, 0.3),
    "a child that dies": (0.0, 0.2),
    "a slow commit": (0.0, 0.1, 0.4),
    "a slow call": (0.0, 0.1, 0.4),
    "a full disk": (0.0, 0.05, 0.2),
    "an unclear commit": (0.0, 0.05, 0.2),
    "an unreadable store": (0.0, 0.005, 0.02),
    "an artifact refused": (0.0, 0.2),
    "a stale look into the inbox": (0.0, 0.2, 0.8),
    "a lost wake-up": (0.0, 0.3),
    "a command sent twice": (0.0, 0.3, 0.8),
    "a late command": (0.0, 0.3),
}
"""The odds at one crossing; each schedule draws its own weather from them."""


@dataclass(frozen=True)
class Strike:
    """A fault that has happened."""

    crossing: int
    fault: Fault
    where: str

    def __str__(self) -> str:
        return f"{self.crossing}: {self.fault}, {self.where}"


class Schedule:
    """Decides for one simulated world."""

    def __init__(
        self,
        seed: int | str,
        *,
        without: Collection[int] = (),
        rates: dict[Fault, float] | None = None,
        most: dict[Fault, int] | None = None,
    ) -> None:
        """Draw the weather of a seed; at the crossings ``without`` nothing strikes."""
        self._seed = f"{seed}".encode()
        self._without = frozenset(without)
        weather = Random(f"weather {seed}")
        drawn = {fault: weather.choice(choices) for fault, choices in RATES.items()}
        self._rates: dict[Fault, float] = drawn if rates is None else rates
        self._most = most or MOST
        self.owners = weather.choice((1, 1, 2, 2, 3))
        """How many processes live on the store at once."""
        self.crossing = 0
        self.struck: list[Strike] = []
        self.counts: Counter[Fault] = Counter()
        self.calm = False
        """Nothing strikes any more: what is left has to come to its end."""

    def strikes(self, fault: Fault, where: str) -> bool:
        """Tell whether a fault strikes at this crossing; it is noted."""
        self.crossing += 1
        rate = self._rates.get(fault, 0.0)
        if self.calm or not rate or self.crossing in self._without:
            return False
        if self.counts[fault] >= self._most[fault] or self._chance(self.crossing) >= rate:
            return False
        self.counts[fault] += 1
        self.struck.append(Strike(self.crossing, fault, where))
        return True

    def pick(self, choices: Sequence[T]) -> T:
        """Choose one of several ways in which things may go well."""
        self.crossing += 1
        return choices[int(self._chance(self.crossing) * len(choices))]

    def _chance(self, crossing: int) -> float:
        digest = blake2b(self._seed + b"/%d" % crossing, digest_size=7).digest()
        return int.from_bytes(digest, "big") / 2**56
