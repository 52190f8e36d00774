"""How a run stands and what moves it on, in a sentence."""

from mn_notebook.domain.budget_words import cheaper_model, why_reached
from mn_notebook.domain.fold_budgets import question_of
from mn_notebook.domain.people_pictures import command as approval_line
from mn_notebook.domain.state import Limited, RunState
from mn_notebook.domain.statuses import Owner, RunStatus
from mn_notebook.domain.undo_words import undo_next, undo_status
from mn_notebook.domain.words import instant, one_line, plural
from mn_notebook.domain.workflow import ApproveStep


def status_text(state: RunState, status: RunStatus, owner: Owner) -> str:
    """Return a run's status as people say it."""
    if state.undoing:
        return undo_status(state, owner)
    if status in ("queued", "running") and owner == "gone":
        return "interrupted: its process ended"
    if status == "waiting":
        return _waited_for(state)
    if status == "running" and state.cancel_requested:
        return "stopping"
    if status == "running" and state.pause_requested:
        return "pausing: what is under way ends first"
    if status == "succeeded" and state.partial:
        return "succeeded in part"
    if status == "running" and only_limited(state):
        return limit_text(first_limited(state))
    return str(status)


def limit_text(limited: Limited) -> str:
    """Say what limit a run waits for; the time first, where texts are cut."""
    return f"waiting until {instant(limited.until)} for {limited.limit}"


def _waited_for(state: RunState) -> str:
    if question_of(state) is not None:
        return "waiting for a person: a budget is used up"
    if state.approvals:
        return "waiting for a person"
    if _waiting_code(state):
        return "waiting for code"
    if state.limited:
        return limit_text(first_limited(state))
    return "waiting for a signal" if state.awaited else "waiting for its time"


def next_sentence(state: RunState, status: RunStatus, owner: Owner) -> str:
    """Say what happens next, and name the command worth typing."""
    about = undo_next(state, owner) if state.ended and state.undo.calls else ""
    return about or _next_sentence(state, status, owner)


def _next_sentence(state: RunState, status: RunStatus, owner: Owner) -> str:
    short = state.run_id[:4]
    if status == "succeeded":
        return _after_success(state)
    if status == "failed":
        return f"When the cause is mended, `%mn resume {short}` tries the failed steps again."
    if status == "paused":
        return f"It stays as it is until somebody resumes it: `%mn resume {short}`."
    if status == "cancelled":
        return f"It was stopped; `%mn log {short}` tells what was done until then."
    if owner == "gone":
        return (
            "Nothing is lost: it goes on when its notebook is open again, "
            f"or with `%mn resume {short}`."
        )
    if state.approvals:
        return _about_people(state)
    code = _waiting_code(state)
    if code:
        return f"It goes on by itself as soon as this is mended: {code}."
    if status == "waiting" or only_limited(state):
        return _about_time(state, short)
    return "It goes on by itself; what is finished is never done again."


def _about_time(state: RunState, short: str) -> str:
    if state.limited:
        limited = first_limited(state)
        return f"It goes on by itself at {instant(limited.until)}: it waits for {limited.limit}."
    if state.awaited:
        name = min(state.awaited)
        return f"It goes on when the signal {name!r} comes: `%mn signal {name} {short}`."
    return "It goes on by itself when its time has come."


def only_limited(state: RunState) -> bool:
    """Tell whether all that is under way waits for a limit."""
    return bool(state.limited) and all(path in state.limited for path in state.active)


def first_limited(state: RunState) -> Limited:
    """Return, of what waits for a limit, what goes on first."""
    return min(state.limited.values(), key=lambda one: (one.until, one.limit))


def _after_success(state: RunState) -> str:
    short = state.run_id[:4]
    if state.partial:
        return f"It ended with what there was: {state.partial}; `%mn rerun {short}` goes on."
    return f"It is done; `%mn export {short} FILE` keeps it as a workflow that runs again."


def _waiting_code(state: RunState) -> str:
    begun = (state.instances[path].node for path in (*state.due, *state.ready, *state.repeating))
    standing = (*state.frontier.values(), *state.fanning.values(), *begun)
    reasons = (state.progress[node].waiting_because for node in sorted(standing))
    return next((reason for reason in reasons if reason), "")


def _about_people(state: RunState) -> str:
    waiting = sorted(state.approvals.values(), key=lambda a: (a.requested_at, a.request.path))
    short = state.run_id[:4]
    budget = question_of(state)
    if budget is not None and state.reached is not None:
        because = why_reached(state.reached)
        line = approval_line(state, budget)
        gives = "makes such calls" if state.reached.unit == "price" else "raises it"
        cheaper = cheaper_model(state, state.reached)
        with_it = f"`%mn budget {short} --cheaper` goes on with {one_line(cheaper, 60)}"
        return (
            f"Nothing new begins, because {because}. `{line}` {gives}, "
            f"{with_it + ', ' if cheaper else ''}and "
            f"`%mn budget {short} --stop` ends it with what there is."
        )
    request = waiting[0].request
    if request.subject == "in_doubt":
        return (
            f"Nobody knows whether a call of {request.path!r} happened: "
            f"`%mn settle {short} {request.path}` tells the run."
        )
    if request.subject == "ask":
        return f"When you answer, the run goes on: `%mn answer {short} {request.path} …`."
    step = state.step_of(request.path)
    then = "the run goes on"
    if isinstance(step, ApproveStep) and step.authorises is not None:
        then = f"{step.authorises} makes {plural(len(request.calls), 'call')}, exactly as shown"
    elif request.subject == "call":
        then = "the call is made once, exactly as shown"
    more = (
        f" {plural(len(waiting) - 1, 'more decision waits', 'more decisions wait')}."
        if len(waiting) > 1
        else ""
    )
    return f"When you approve, {then}: `%mn approve {short} {request.path}`.{more}"
