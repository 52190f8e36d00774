"""How much work there is in each job."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """The sizes of all jobs of one measurement."""

    chain: int = 500
    """Steps, one after the other."""
    runs: int = 200
    """Runs of the fan-out …"""
    run_steps: int = 10
    """… with so many steps each …"""
    at_once: int = 50
    """… and so many of them at once."""
    graph: int = 100
    """Steps of the graph: the first, those in the middle, the last."""
    waiting: int = 1_000
    """Runs that wait for a person …"""
    many_waiting: int = 10_000
    """… and many of them."""
    decisions: int = 20
    """Decisions of which each is timed."""
    idle_seconds: float = 10.0
    """How long nothing happens while processor time is counted."""
    writers: int = 50
    """Processes that write to one store at once."""
    bare_seconds: float = 0.5
    """How long bare commits are made before and after each run."""

    @property
    def middle(self) -> int:
        """Return how many steps the graph has in its middle."""
        return self.graph - 2


FULL = Sizes()
TINY = Sizes(
    chain=12,
    runs=6,
    run_steps=3,
    at_once=3,
    graph=8,
    waiting=6,
    many_waiting=8,
    decisions=2,
    idle_seconds=0.2,
    writers=3,
    bare_seconds=0.05,
)
"""For the tests, which ask whether it works, not how fast."""
