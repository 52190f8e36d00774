"""A journal in words: one line for each fact that a workflow's author cares about."""

import json
import math
import re
from datetime import datetime
from typing import Any

from mn_notebook.domain import events as e
from mn_notebook.domain.budget_words import budget_text, used_of, whose
from mn_notebook.domain.events import Recorded
from mn_notebook.domain.values import NOTHING, Stored
from mn_notebook.engine.values import Values


def facts_of(events: list[Recorded], values: Values) -> list[str]:
    """Return the lines of a journal."""
    told = [fact_of(recorded, values) for recorded in events]
    return [line for line in told if line]


def fact_of(recorded: Recorded, values: Values) -> str:
    """Return an event in words; '' when it is none of an author's business."""
    event = recorded.event
    return (
        _of_attempt(event, recorded.at, values)
        or _of_step(event, values)
        or _of_saving(event)
        or _of_calls(event, values)
        or _of_people(event, recorded.at, values)
        or _of_trust(event)
        or _of_time(event, recorded.at, values)
        or _of_run(event)
        or _of_undoing(event)
    )


def _said(stored: Stored | None, values: Values) -> str:
    return json.dumps(values.load(stored or NOTHING), ensure_ascii=False)


def _lasts(start: datetime, end: datetime) -> str:
    seconds = max(0, math.ceil((end - start).total_seconds() - 1e-6))
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _of_attempt(event: Any, at: datetime, values: Values) -> str:
    match event:
        case e.StepStarted(attempt=1):
            return f"started {event.path}"
        case e.StepStarted():
            return f"started {event.path}, attempt {event.attempt}"
        case e.StepSucceeded(reused_from=None):
            return f"succeeded {event.path} {_said(event.output, values)}"
        case e.StepSucceeded():
            return f"reused {event.path} {_said(event.output, values)}"
        case e.StepFailed():
            verb = "failed" if event.final else "attempt failed:"
            verb = "put off" if event.put_off else verb
            return f"{verb} {event.path}: {event.error.message}"
        case e.LimitWaited():
            return f"held back {event.path} for {_lasts(at, event.until)}: {event.limit}"
        case e.StepInterrupted(on_purpose=True):
            return f"stopped {event.path}: {event.because}"
        case e.StepRetryScheduled():
            return f"next attempt of {event.path} in {_lasts(at, event.at)}"
        case _:
            return ""


def _of_step(event: Any, values: Values) -> str:
    match event:
        case e.StepExpanded():
            return f"expanded {event.path}: {', '.join(event.keys) or 'no items'}"
        case e.StepIterated():
            again = "again" if event.again else "the bound is reached"
            return f"judged {event.path}: {'it holds' if event.holds else again}"
        case e.StepsRedone():
            return f"sent back by {event.path}: {', '.join(event.nodes)}"
        case e.StepSkipped(output=None):
            by = f" by {event.by}" if event.by else ""
            return f"skipped {event.path}{by}: {event.because}"
        case e.StepSkipped():
            given = _said(event.output, values)
            return f"skipped {event.path} by {event.by} with {given}: {event.because}"
        case e.StepWaiting():
            return f"held up {event.path}: {event.because}"
        case _:
            return ""


def _of_saving(event: Any) -> str:
    match event:
        case e.ModelRequested(climbed=climbed) if climbed:
            return f"asked the model {event.model} for {event.path}: {climbed}"
        case e.ModelRequested(about=about) if about is not None:
            return f"asked the model for a summary of what a tool gave {event.path}"
        case e.ModelReused():
            return f"took over an answer for {event.path}"
        case e.ToolReused():
            return f"took over what {event.tool} gave for {event.path}"
        case e.ToolShortened():
            how = "cut" if event.summary is None else "summarised"
            return f"{how} what a tool gave {event.path}: {event.characters} characters"
        case _:
            return ""


def _of_calls(event: Any, values: Values) -> str:
    match event:
        case e.ModelRequested():
            again = ", once more" if event.reask else ""
            return f"asked the model for {event.path}{again}"
        case e.ToolJudged(verdict="refuse"):
            return f"refused {event.tool} {_said(event.args, values)} for {event.path}"
        case e.ModelFailed():
            return f"the model failed {event.path}: {event.error.message}"
        case e.ToolStarted():
            return f"called {event.tool} {_said(event.args, values)} for {event.path}"
        case e.ToolFailed():
            return f"the call for {event.path} failed: {event.error.message}"
        case e.ToolInDoubt():
            return f"in doubt: the call for {event.path}"
        case e.ToolAsked():
            return f"the call for {event.path} asks: {event.prompt}"
        case e.ToolSettled():
            return f"settled by {event.by}: the call for {event.path} {event.outcome}"
        case _:
            return ""


_ASKED = {
    "budget": "asked for more at",
    "call": "asked leave for",
    "in_doubt": "asked what became of",
    "crashing": "asked for",
}


def _of_trust(event: Any) -> str:
    match event:
        case e.ApprovalDelegated():
            return f"{event.by} handed {event.path} to {event.to}"
        case e.PermissionGranted():
            return f"{event.by} allows {event.tool} always"
        case e.PermissionRevoked():
            return f"{event.by} takes back that {event.tool} is always allowed"
        case _:
            return ""


def _of_people(event: Any, at: datetime, values: Values) -> str:
    match event:
        case e.ApprovalRequested():
            calls = [f"{call.tool} {_said(call.args, values)}" for call in event.calls]
            about = f" about {'; '.join(calls)}" if calls else ""
            until = f", for {_lasts(at, event.expires_at)}" if event.expires_at else ""
            return f"{_ASKED.get(event.subject, 'asked at')} {event.path}{about}{until}"
        case e.ApprovalDecided(decision="answer"):
            instead = (
                "" if event.value == NOTHING else f" instead with {_said(event.value, values)}"
            )
            return f"{event.by} answered {event.path}{instead}"
        case e.ApprovalDecided(decision="approve"):
            edits = _said(event.edits, values)
            return f"{event.by} approved {event.path}" + (
                f" with {edits}" if edits not in ("{}", "null") else ""
            )
        case e.ApprovalDecided(decision="happened" | "not_happened"):
            return ""  # The call's settlement tells it.
        case e.ApprovalDecided():
            because = f": {event.because}" if event.because else ""
            return f"{event.by} decided {event.path}, {event.decision}{because}"
        case e.ApprovalExpired():
            return f"nobody answered {event.path}"
        case e.ApprovalEscalated():
            return f"escalated {event.path}" + (f" to {event.to}" if event.to else "")
        case e.ApprovalClosed():
            return f"withdrew the question of {event.path}"
        case _:
            return ""


def _of_time(event: Any, at: datetime, values: Values) -> str:
    match event:
        case e.TimerSet():
            verb = "sleeps" if event.purpose == "wait" else "has time"
            return f"{event.path} {verb}: {_lasts(at, event.at)}"
        case e.TimerFired():
            return f"the time of {event.path} is over"
        case e.SignalAwaited():
            return f"{event.path} waits for the signal {event.name}"
        case e.SignalReceived():
            return f"{event.by} sent the signal {event.name} {_said(event.value, values)}"
        case _:
            return ""


def _of_run(event: Any) -> str:
    match event:
        case e.RunPauseRequested():
            return f"{event.by} asked for a pause"
        case e.RunPaused():
            return "paused"
        case e.RunResumed():
            return f"{event.by} resumed the run"
        case e.RunCancelRequested():
            return f"{event.by} cancelled the run"
        case e.BudgetReached():
            used = used_of(event.unit, event.counted, event.limit)
            return f"{whose(event)} is used up at {event.path}: {used}"
        case e.BudgetRaised():
            model = f" and {event.model}" if event.model else ""
            return f"{event.by} gave the {event.level} {budget_text(event.budget)}{model}"
        case e.RunReopened():
            paths = ", ".join(event.paths) if event.paths is not None else "all that failed"
            return f"{event.by} reopened the run: {paths}"
        case _:
            return ""


def _of_undoing(event: Any) -> str:
    match event:
        case e.UndoRequested():
            but = f", but for {', '.join(event.leave)}" if event.leave else ""
            return f"{event.by} wants it undone{but}"
        case e.UndoDeclined():
            return f"{event.by} leaves it as it is"
        case e.CompensationStarted():
            return f"undoing {event.path}"
        case e.CompensationSucceeded():
            return f"undone {event.path}"
        case e.CompensationFailed():
            return f"not undone {event.path}: {event.error.message}"
        case e.CompensationInDoubt():
            return f"in doubt: the undoing of {event.path}"
        case _:
            return ""


PASSING = (
    "held back ",
    "undoing ",
    "started ",
    "attempt failed: ",
    "put off ",
    "next attempt of ",
    "stopped ",
    "asked the model ",
    "took over ",
    "asked what became of ",
    "the model failed ",
    "called ",
    "the call for ",
    "in doubt: ",
    "settled ",
    "the run's budget is used up ",
    "the budget of ",
    "asked for more at ",
    "ann gave the ",
)
"""Facts that a crash may add or change; all others stand whatever happens."""


def lasting(facts: list[str]) -> list[str]:
    """Return the facts that no crash may change, each once, sorted."""
    # A call that is lost counts, so that a budget is used up sooner, and somewhere else.
    passing = (fact.startswith(PASSING) or _GIVEN.search(fact) for fact in facts)
    return sorted({fact for fact, passes in zip(facts, passing, strict=True) if not passes})


_GIVEN = re.compile(r'approved \S+ with \{"(calls|time)": ')
