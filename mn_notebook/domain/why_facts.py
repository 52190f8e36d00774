"""What a journal says of people's words, which a run's state does not keep."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from mn_notebook.domain.events import (
    ApprovalDecided,
    ApprovalExpired,
    Recorded,
    RunCancelRequested,
    RunPauseRequested,
    RunReopened,
    RunResumed,
    StepIterated,
    StepSkipped,
)
from mn_notebook.domain.ids import StepPath
from mn_notebook.domain.words import one_line

_LONGEST = 160


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
        case _:
            pass


def asked(by: str, because: str) -> str:
    """Say who wanted something, and why: ``by ann, because it is late``."""
    reason = f", because {one_line(because, _LONGEST)}" if because else ""
    return f"by {one_line(by, 60)}{reason}"
