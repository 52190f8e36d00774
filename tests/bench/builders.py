"""Builds runs and sessions as the benchmark would have measured them."""

from typing import Any

from benchmarks.results import Run, Session

MACHINE = {"processor": "a processor", "cores": "2"}


def a_run(subject: str = "mn", job: str = "chain", disk: str = "2ms", **more: Any) -> Run:
    """Return a run in round 0 that was steady and quiet."""
    figures = {"steps_per_second": 400.0, "ratio_to_bare": 0.9}
    given = {"round": 0, "at": "2026-01-01", "figures": figures, "bare_before": 450.0}
    return Run(job=job, disk=disk, subject=subject, **{**given, "bare_after": 450.0, **more})


def a_session(*runs: Run, **more: Any) -> Session:
    """Return a session of these runs."""
    given: dict[str, Any] = {
        "began_at": "2026-01-01T00:00:00+00:00",
        "commit": "abc1234",
        "command": "python -m benchmarks",
        "machine": MACHINE,
        "is_tiny": False,
        "versions": {"mn": {"mn-notebook": "9.9"}},
    }
    return Session(**{**given, "runs": list(runs), **more})
