"""Says what a person is asked, since when, and what silence will mean."""

from datetime import datetime

from mn_notebook.domain.state import OpenApproval, RunState
from mn_notebook.domain.words import age, moment, one_line, plural
from mn_notebook.domain.workflow import ApproveStep

_LONGEST = 160
_SILENT_NO = {"approve": "it counts as rejected", "call": "the call is not made"}


def question(state: RunState, asking: OpenApproval, now: datetime) -> str:
    """Say what a question is about, since when it is asked, and what becomes of it."""
    sentences = (
        f"{asking.request.path} {_asks(asking)}, asked {age(asking.requested_at, now)}: "
        f"{one_line(asking.request.prompt, _LONGEST)}",
        _why(asking),
        _means(state, asking),
        _silence(asking, now),
    )
    return " ".join(_ended(sentence) for sentence in sentences if sentence)


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "?", "!", "…")) else f"{sentence}."


def _asks(asking: OpenApproval) -> str:
    request = asking.request
    match request.subject:
        case "approve":
            return "waits for a person to approve or reject"
        case "ask":
            return "waits for a person to fill in a form"
        case "call":
            tools = ", ".join(sorted({call.tool for call in request.calls}))
            return f"waits for a person's word on a call of {tools or 'a tool'}"
        case "in_doubt":
            return "is in doubt: a call was begun and nobody knows whether it happened"
        case "budget":
            return "stands where a budget is used up, and nothing new begins before a person gives"
        case "crashing":
            return "took its process down again and again; a person says whether it is tried again"


def _why(asking: OpenApproval) -> str:
    """Say which rule wants a person's word, and how many still have to give it."""
    request = asking.request
    said = [one_line(request.because, _LONGEST)] if request.because else []
    if request.needed > 1:
        given = f", {', '.join(request.given)} gave one" if request.given else ""
        said.append(f"{plural(request.needed, 'approval')} of different people are needed{given}")
    if asking.delegated_to:
        said.append(f"it was handed to {one_line(asking.delegated_to, 60)}")
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}"


def _means(state: RunState, asking: OpenApproval) -> str:
    request = asking.request
    if request.subject == "in_doubt" and request.evidence:
        return f"What is known: {one_line(request.evidence, _LONGEST)}"
    step = state.step_of(request.path)
    if request.subject != "approve" or not isinstance(step, ApproveStep):
        return ""
    said = []
    if step.authorises is not None:
        said.append(f"approved, {step.authorises} makes exactly the calls that are shown")
    if step.on_reject is not None:
        done = state.progress[state.instances[request.path].node].redos
        left = step.on_reject.at_most - done
        said.append(
            f"rejected, {step.on_reject.target} is done anew ({plural(left, 'time')} left)"
            if left > 0
            else "a rejection stands, the work was sent back as often as it may be"
        )
    return "; ".join(said)[:1].upper() + "; ".join(said)[1:]


def _silence(asking: OpenApproval, now: datetime) -> str:
    request = asking.request
    if asking.escalated:
        to = f" to {one_line(request.to, 60)}" if request.to else ""
        return f"Nobody decided in time: it is escalated{to}, and stays open"
    if request.subject == "budget" and request.expires_at is not None:
        at = request.expires_at
        return f"A new day brings a new budget: it goes on by itself {age(at, now)}, {moment(at)}"
    if request.expires_at is None:
        return "It waits until somebody decides; silence never approves"
    then = {
        "reject": _SILENT_NO.get(request.subject, "the step fails"),
        "skip": "the step is skipped",
        "escalate": f"it is escalated{f' to {request.to}' if request.to else ''}, and stays open",
        "wait": "it stays open all the same",
    }[request.then]
    at = request.expires_at
    return f"If nobody decides by {moment(at)} ({age(at, now)}), {then}"
