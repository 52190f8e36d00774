"""The results as a file: every run of every session, with what it was measured on."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.machine import QUIET_CORES

STEADY = 1.6
"""By how much the rate of bare commits may change during a run that is not flagged."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one job by one subject."""

    job: str
    disk: str
    subject: str
    round: int
    at: str
    figures: dict[str, float]
    error: str = ""
    """Why there are no figures."""
    bare_before: float = 0.0
    """Bare commits per second right before, and right after."""
    bare_after: float = 0.0
    load: float = 0.0
    """The load average of the minute before."""
    others_cores: float = 0.0
    """How many cores others used meanwhile."""
    session: str = ""
    """When the session began that it belongs to."""

    @property
    def bare(self) -> float:
        """Return the rate of bare commits around the run; 0 where it was not measured."""
        return (self.bare_before + self.bare_after) / 2

    @property
    def is_steady(self) -> bool:
        """Tell whether the disk, and what else the machine did, stayed the same during the run."""
        rates = (self.bare_before, self.bare_after)
        return max(rates) <= STEADY * min(rates)

    @property
    def is_quiet(self) -> bool:
        """Tell whether hardly anybody else used the machine."""
        return self.others_cores <= QUIET_CORES


@dataclass(frozen=True, slots=True)
class Session:
    """What one call of the benchmark measured."""

    began_at: str
    commit: str
    command: str
    machine: dict[str, str]
    is_tiny: bool
    """It was asked whether the benchmark runs: its figures mean nothing."""
    versions: dict[str, dict[str, str]]
    """Of every package, by environment."""
    absent: dict[str, str] = field(default_factory=dict)
    """What could not be measured, and why."""
    runs: list[Run] = field(default_factory=list)
    profiles: dict[str, list[str]] = field(default_factory=dict)
    """Where the time went, by job and disk."""


def read(file: Path) -> list[Session]:
    """Return the sessions of a file; none where there is no file yet."""
    if not file.exists():
        return []
    sessions: list[dict[str, Any]] = json.loads(file.read_text())["sessions"]
    return [
        Session(**{**session, "runs": [Run(**run) for run in session["runs"]]})
        for session in sessions
    ]


def all_runs(sessions: Sequence[Session]) -> list[Run]:
    """Return the runs of all sessions, each knowing which one it belongs to."""
    return [replace(run, session=session.began_at) for session in sessions for run in session.runs]


def write(file: Path, sessions: Sequence[Session]) -> None:
    """Write a file as a whole: whoever dies meanwhile leaves the one before."""
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"sessions": [asdict(session) for session in sessions]}, indent=1)
    new = file.with_suffix(".new")
    new.write_text(text + "\n")
    new.replace(file)
