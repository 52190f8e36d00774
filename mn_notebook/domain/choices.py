"""Says what a person may decide about a question, and what each choice leads to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mn_notebook.domain.budget_words import cheaper_model
from mn_notebook.domain.events import ApprovalRequested
from mn_notebook.domain.state import RunState
from mn_notebook.domain.words import one_line, plural
from mn_notebook.domain.workflow import ApproveStep, Step, ToolStep


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that may be decided."""

    decision: str
    """As `RunClient.decide` is told; ``cheaper`` is an approval that names a model."""
    label: str
    leads_to: str
    """What follows, as half a sentence."""


def choices(state: RunState, request: ApprovalRequested) -> tuple[Choice, ...]:
    """Return what may be decided about a question, the likeliest first."""
    own = _CHOICES.get(request.subject)
    stop = Choice("stop", "Stop the run", "the run is cancelled; what was done stays done")
    return (*(own(state, request) if own is not None else ()), stop)


def _about_step(state: RunState, request: ApprovalRequested) -> tuple[Choice, ...]:
    step = state.step_of(request.path)
    then, back = "the run goes on", "what builds on it is skipped"
    if isinstance(step, ApproveStep) and step.authorises is not None:
        calls = plural(len(request.calls), "call")
        edited = ", or as your edits change it" if request.editable else ""
        then = f"{step.authorises} makes {calls}, exactly as shown{edited}"
        back = f"{step.authorises} is skipped"
    if isinstance(step, ApproveStep) and step.on_reject is not None:
        left = step.on_reject.at_most - state.progress[state.instances[request.path].node].redos
        if left > 0:
            back = f"{step.on_reject.target} is done anew, and sees what you say"
    return (Choice("approve", "Approve", then), Choice("reject", "Reject", back))


def _about_call(state: RunState, request: ApprovalRequested) -> tuple[Choice, ...]:
    tool = request.calls[0].tool if request.calls else "the tool"
    made = f"{tool} is called exactly as shown, or as you edit it"
    if len(request.given) + 1 < request.needed:
        made = "another person is asked as well, before anything is done"
    return (
        Choice("approve", "Approve", made),
        Choice("reject", "Reject", f"{tool} is not called; {_refused(state, request)}"),
        Choice("answer", "Answer instead", f"{tool} is not called; your answer is its result"),
    )


def _refused(state: RunState, request: ApprovalRequested) -> str:
    step: Step = state.step_of(request.path)
    return "the step fails" if isinstance(step, ToolStep) else "the agent is told what you say"


def _about_doubt(state: RunState, request: ApprovalRequested) -> tuple[Choice, ...]:
    tool = request.calls[0].tool if request.calls else "the tool"
    return (
        Choice("happened", "It happened", f"{tool} is not called again; say what it returned"),
        Choice("not_happened", "It did not", f"{tool} is called once more, with the same key"),
        Choice("reject", "Skip it", f"{tool} is not called again; {_skipped(state, request)}"),
    )


def _skipped(state: RunState, request: ApprovalRequested) -> str:
    step: Step = state.step_of(request.path)
    is_agent = not isinstance(step, ToolStep) and step.kind == "agent"
    return "the agent is told that nobody knows" if is_agent else "the step fails"


def _about_crash(_state: RunState, request: ApprovalRequested) -> tuple[Choice, ...]:
    return (
        Choice("approve", "Try once more", f"{request.path} begins another attempt"),
        Choice("reject", "Give up", "the step fails"),
    )


def _about_budget(state: RunState, request: ApprovalRequested) -> tuple[Choice, ...]:
    more = Choice("approve", "Give more", "that is the new limit, and the run goes on")
    if "unknown_price" in request.editable:
        more = Choice("approve", "Make such calls", "what they cost is not counted")
    stop = Choice(
        "reject",
        "Stop with what there is",
        "no model is asked any more; the other steps go on with what there is",
    )
    model = "" if state.reached is None else cheaper_model(state, state.reached)
    if not model:
        return (more, stop)
    with_it = "all further calls are made with that model; the limit stays"
    return (more, Choice("cheaper", f"Go on with {one_line(model, 60)}", with_it), stop)


def _about_form(_state: RunState, request: ApprovalRequested) -> tuple[Choice, ...]:
    then = f"{request.calls[0].tool} is told so" if request.calls else "the step fails"
    return (Choice("reject", "Decline", then),)


_CHOICES: Mapping[str, Callable[[RunState, ApprovalRequested], tuple[Choice, ...]]] = {
    "approve": _about_step,
    "call": _about_call,
    "in_doubt": _about_doubt,
    "crashing": _about_crash,
    "ask": _about_form,
    "budget": _about_budget,
}
