"""What a journal says of people's words, which a run's state does not keep."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from mn_notebook.domain.events import (
    ApprovalDecided,
    ApprovalExpired,
    LeaseTaken,
    Recorded,
    RunCancelRequested,
    RunPauseRequested,
    RunReopened,
    RunResumed,
    StepInterrupted,
    StepIterated,
    StepSkipped,
)
from mn_notebook.domain.ids import ProcessId, StepPath
from mn_notebook.domain.words import one_line

_LONGEST = 160

FACT_KINDS = frozenset(
    kind.model_fields["kind"].default
    for kind in (
        ApprovalDecided,
        ApprovalExpired,
        LeaseTaken,
        RunCancelRequested,
        RunPauseRequested,
        RunReopened,
        RunResumed,
        StepInterrupted,
        StepIterated,
        StepSkipped,
    )
)
"""The kinds of events that tell them: of a long journal nothing else has to be read."""


@dataclass
class Facts:
    """Who wanted what, and why; the last word counts."""

    paused: str = ""
    """By whom, why and when, as the rest of a sentence."""
    cancelled: str = ""
    reopened: str = ""
    decided: dict[StepPath, ApprovalDecided] = field(default_factory=dict)
    expired: set[StepPath] = field(default_factory=set)
    skipped: dict[StepPath, StepSkipped] = field(default_factory=dict)
    judged: dict[StepPath, StepIterated] = field(default_factory=dict)
    interrupted: dict[StepPath, StepInterrupted] = field(default_factory=dict)
    owner: ProcessId | None = None
    taken_over_at: datetime | None = None
    """When the owner took the run from another process."""
    cut_off: str = ""
    """Why what the process before had under way did not end."""


def facts_of(events: Iterable[Recorded]) -> Facts:
    """Gather what people wanted from the facts of a journal."""
    facts = Facts()
    for recorded in events:
        _take(facts, recorded)
    return facts


def _take(facts: Facts, recorded: Recorded) -> None:
    event = recorded.event
    match event:
        case RunPauseRequested():
            facts.paused = asked(event.by, event.because)
        case RunResumed():
            facts.paused = ""
        case RunCancelRequested():
            facts.cancelled = asked(event.by, event.because)
        case RunReopened():
            facts.reopened = asked(event.by, "")
        case ApprovalDecided():
            facts.decided[event.path] = event
        case ApprovalExpired():
            facts.expired.add(event.path)
        case StepSkipped():
            facts.skipped[event.path] = event
        case StepIterated():
            facts.judged[event.path] = event
        case LeaseTaken() | StepInterrupted():
            _take_change(facts, event, recorded.at)
        case _:
            pass


def _take_change(facts: Facts, event: LeaseTaken | StepInterrupted, at: datetime) -> None:
    """Note a change of the run's owner, and what it cut off."""
    if isinstance(event, LeaseTaken):
        if facts.owner not in (None, event.owner):
            facts.taken_over_at, facts.cut_off = at, ""
        facts.owner = event.owner
        return
    facts.interrupted[event.path] = event
    if facts.taken_over_at is not None and not (facts.cut_off or event.on_purpose):
        facts.cut_off = event.because


def asked(by: str, because: str) -> str:
    """Say who wanted something, and why: ``by ann, because it is late``."""
    reason = f", because {one_line(because, _LONGEST)}" if because else ""
    return f"by {one_line(by, 60)}{reason}"
