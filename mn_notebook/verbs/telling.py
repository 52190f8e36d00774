"""Tells an event of a journal as one line for people."""

from collections.abc import Callable, Mapping
from typing import Any

from mn_notebook.domain.budget_words import budget_text, why_reached
from mn_notebook.domain.events import ErrorInfo, Recorded
from mn_notebook.domain.sketches import size_text
from mn_notebook.domain.tables import shown_value
from mn_notebook.domain.values import Stored
from mn_notebook.domain.words import duration, instant, money, one_line, plural

_LONGEST = 160

Words = Callable[[Any], str]


def told(recorded: Recorded) -> str:
    """Write an event as its number, its time, its place and what happened.

    Texts of models and people in it are made harmless and cut.
    """
    event = recorded.event
    place = getattr(event, "path", "")
    said = WORDS[event.kind](event)
    where = f"{place}: " if place else ""
    at = recorded.at.strftime("%H:%M:%S")
    return f"{recorded.seq:>4}  {at}  {one_line(where + said, _LONGEST)}"


def _value(stored: Stored) -> str:
    if stored.sketch is not None:
        return f"a table of {size_text(stored.sketch.rows, stored.sketch.width)}"
    if stored.artifact is not None:
        return f"{plural(stored.size, 'byte')}, artifact {stored.artifact[:12]}"
    return one_line(repr(shown_value(stored)), 80)


def _error(error: ErrorInfo) -> str:
    return one_line(error.message, 120)


def _because(event: Any) -> str:
    return f" because {one_line(event.because, 80)}" if event.because else ""


def _attempt(event: Any) -> str:
    item = "" if getattr(event, "item", None) is None else f" of item {event.item}"
    return f"attempt {event.attempt}{item}"


def _answered(event: Any) -> str:
    usage = event.usage
    used = "" if usage is None else f", {usage.input_tokens} in, {usage.output_tokens} out"
    cost = _price(event)
    took = duration(event.latency_seconds)
    return f"{event.call_id}: {event.model} answered in {took}{used}, {cost}"


def _model_asked(event: Any) -> str:
    model = one_line(event.model, 60)
    if event.about is not None:
        return f"{model} for a summary of {event.about}"
    if event.climbed:
        return f"{model}, up the ladder: {one_line(event.climbed, 100)}"
    return f"{model} again, for a malformed answer" if event.reask else model


def _taken_over(event: Any) -> str:
    of_run = f" of run {event.of_run[:4]}" if event.of_run else ""
    return f"taken over from {event.of_call}{of_run}"


def _saved(event: Any) -> str:
    usd = event.price.usd
    return "" if event.scripted or usd is None else f", {money(usd)} saved"


def _shortened(event: Any) -> str:
    whole = f"{event.call_id}: of {event.characters:,} characters the model is shown"
    if event.summary is not None:
        return f"{whole} a summary"
    why = f", because {event.because}" if event.because else ""
    return f"{whole} the first {event.first:,} and the last {event.last:,}{why}"


def _price(event: Any) -> str:
    price = event.price.usd
    return "scripted" if event.scripted else "price unknown" if price is None else money(price)


def _failed(event: Any) -> str:
    if event.put_off:
        return f"{_attempt(event)} was put off: {_error(event.error)}; no attempt is used up"
    final = "" if event.final else "; it may be tried again"
    which = _attempt(event)
    if not event.attempt:  # It could not even begin.
        which = "" if event.item is None else f"item {event.item}"
    return f"{which} failed: {_error(event.error)}{final}".lstrip()


def _decided(event: Any) -> str:
    said = event.decision.replace("_", " ")
    edited = " with edited arguments" if event.calls else ""
    always = ", always in this run" if event.always else ""
    return f"{said}{edited}{always} by {event.by} ({event.via}){_because(event)}"


def _asked(event: Any) -> str:
    two = ""
    if event.needed > 1:
        two = f" ({len(event.given) + 1} of {event.needed} approvals)"
    return f"asks a person{two}: {one_line(event.prompt, 120)}"


def _judged(event: Any) -> str:
    becomes = "is refused" if event.verdict == "refuse" else "is not simply allowed"
    return f"{event.call_id}: {event.tool} {becomes}{_because(event)}"


def _reopened(event: Any) -> str:
    which = "" if event.paths is None else f": {', '.join(event.paths)}"
    return f"{event.by} reopened the run{which}"


def _succeeded(event: Any) -> str:
    taken = f" (taken over from {event.reused_from}, unpaid)" if event.reused_from else ""
    return f"succeeded{taken}: {_value(event.output)}"


def _iterated(event: Any) -> str:
    if event.holds:
        return "the condition holds"
    return "the condition does not hold yet" if event.again else "the bound is reached"


def _skipped(event: Any) -> str:
    given = "" if event.output is None else f", with {_value(event.output)} instead"
    by = f" by {event.by}" if event.by else ""
    return f"skipped{by}{given}{_because(event)}"


def _undo_requested(event: Any) -> str:
    but = f", but for {', '.join(event.leave)}" if event.leave else ""
    return f"{event.by} wants undone what the run did{but}{_because(event)}"


def _raised(event: Any) -> str:
    whose = f"the {event.level}" + (f" {one_line(event.where, 60)}" if event.where else "")
    given = event.budget.model_dump(exclude_none=True)
    more = f" gives {whose} {budget_text(event.budget)}" if given else ""
    model = f" lets all further calls be made with {one_line(event.model, 60)}"
    return f"{event.by}{more}{' and' if more and event.model else ''}{model if event.model else ''}"


def _to(event: Any) -> str:
    return f", for {event.to}" if event.to else ""


def _started_tool(event: Any) -> str:
    return f"{event.call_id}: calls {event.tool} ({event.effect}) with {_value(event.args)}"


WORDS: Mapping[str, Words] = {
    "run.created": lambda e: f"run of {e.workflow} created by {e.by}: {_value(e.inputs)}",
    "lease.taken": lambda e: f"process {e.owner[:6]} advances the run (fence {e.fence})",
    "run.started": lambda _: "run started",
    "run.cancel_requested": lambda e: f"{e.by} asked to stop the run{_because(e)}",
    "run.pause_requested": lambda e: f"{e.by} asked to pause the run{_because(e)}",
    "run.paused": lambda _: "run paused",
    "run.resumed": lambda e: f"{e.by} lets the run go on",
    "run.reopened": _reopened,
    "run.succeeded": lambda e: f"run succeeded: {_value(e.output)}",
    "run.failed": lambda e: f"run failed: {_error(e.error)}",
    "run.cancelled": lambda _: "run cancelled",
    "step.expanded": lambda e: plural(len(e.keys), "item"),
    "step.started": lambda e: f"{_attempt(e)} started",
    "step.succeeded": _succeeded,
    "step.iterated": _iterated,
    "step.redone": lambda e: (
        f"sends the work back to {e.target}: {one_line(e.feedback, 80)}; "
        f"{plural(len(e.nodes), 'step is', 'steps are')} done anew"
    ),
    "step.failed": _failed,
    "step.interrupted": lambda e: f"{_attempt(e)} interrupted{_because(e)}",
    "step.resumed": lambda e: f"{_attempt(e)} goes on",
    "step.retry_scheduled": lambda e: f"{_attempt(e)} starts at {e.at:%H:%M:%S}",
    "step.skipped": _skipped,
    "step.waiting": lambda e: f"waits{_because(e)}",
    "model.requested": lambda e: f"{e.call_id}: asks {_model_asked(e)}",
    "model.reused": lambda e: (
        f"{e.call_id}: would ask {_model_asked(e)}: {_taken_over(e)}{_saved(e)}"
    ),
    "model.responded": _answered,
    "model.failed": lambda e: f"{e.call_id}: the model failed: {_error(e.error)}",
    "tool.judged": _judged,
    "tool.started": _started_tool,
    "tool.succeeded": lambda e: f"{e.call_id}: returned {_value(e.output)}",
    "tool.failed": lambda e: f"{e.call_id}: failed: {_error(e.error)}",
    "tool.in_doubt": lambda e: f"{e.call_id}: in doubt: {one_line(e.evidence, 120)}",
    "tool.asked": lambda e: f"{e.call_id}: asks: {one_line(e.prompt, 120)}",
    "tool.reused": lambda e: f"{e.call_id}: would call {e.tool}: {_taken_over(e)}",
    "tool.shortened": _shortened,
    "tool.settled": lambda e: f"{e.call_id}: {e.outcome.replace('_', ' ')}, says {e.by}",
    "step.held": lambda e: f"{_attempt(e)} is let go of until {instant(e.until)}",
    "limit.waited": lambda e: f"waits for {e.limit}, until {instant(e.until)}",
    "note.added": lambda e: f"printed: {one_line(e.text, 120)}",
    "approval.requested": _asked,
    "approval.decided": _decided,
    "approval.expired": lambda _: "nobody decided in time",
    "approval.escalated": lambda e: "nobody decided in time; it is urgent" + _to(e),
    "approval.closed": lambda _: "nobody needs to decide any more",
    "approval.delegated": lambda e: f"{e.by} hands it to {one_line(e.to, 80)}{_because(e)}",
    "permission.granted": lambda e: f"{e.by} allows {e.tool} always in this run",
    "permission.revoked": lambda e: f"{e.by} takes back that {e.tool} is always allowed",
    "undo.requested": _undo_requested,
    "undo.declined": lambda e: f"{e.by} leaves what the run did as it is{_because(e)}",
    "compensation.started": lambda e: f"{e.call_id}: undoes the call of {e.tool}",
    "compensation.succeeded": lambda e: f"{e.call_id}: undone: {_value(e.output)}",
    "compensation.failed": lambda e: f"{e.call_id}: not undone: {_error(e.error)}",
    "compensation.in_doubt": lambda e: (
        f"{e.call_id}: whether it is undone is in doubt: {one_line(e.evidence, 100)}"
        + ("; it is repeated with the same key" if e.again else "")
    ),
    "timer.set": lambda e: (
        f"{'fails' if e.purpose == 'timeout' else 'waits'} at {e.at:%Y-%m-%d %H:%M:%S} UTC"
    ),
    "timer.fired": lambda _: "the time has come",
    "signal.awaited": lambda e: f"waits for the signal {e.name}",
    "budget.reached": why_reached,
    "budget.raised": _raised,
    "signal.received": lambda e: f"{e.by} sent the signal {e.name}: {_value(e.value)}",
}
"""What each kind of event says; a test holds it against the list of kinds."""
