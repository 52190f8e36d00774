"""What is asked when a budget is used up, and what follows from the answer."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from pydantic import JsonValue

from mn_notebook.domain.budget_words import (
    FIELDS,
    amount,
    cheaper_model,
    left_to_do,
    read_amount,
    spenders,
    spent_of,
    suggested,
    why_reached,
    word_of,
)
from mn_notebook.domain.budgets import place_of, uses
from mn_notebook.domain.durations import duration_text
from mn_notebook.domain.events import (
    ApprovalClosed,
    ApprovalDecided,
    ApprovalRequested,
    BudgetRaised,
    BudgetReached,
    StepSkipped,
    StepStarted,
)
from mn_notebook.domain.fold_budgets import question_of
from mn_notebook.domain.ids import ApprovalId, AttemptToken, CommandId, NodePath, StepPath
from mn_notebook.domain.state import RunState
from mn_notebook.domain.words import plural
from mn_notebook.domain.workflow import AgentStep, Budget, Step, WorkflowStep
from mn_notebook.engine.move import AnyEvent
from mn_notebook.engine.values import Values
from mn_notebook.errors import UsageError
from mn_notebook.ports import InboxCommand

_MODEL = "model"


def question(
    state: RunState, reached: BudgetReached, approval_id: ApprovalId, now: datetime, values: Values
) -> ApprovalRequested:
    """Return what a person is asked when a budget is used up.

    Approving gives as much as the field says, which can be edited; naming a ``model`` lets all
    further calls be made with that one; rejecting stops with what there is.
    """
    instance = state.instances.get(reached.path)
    word, edit = word_of(reached), [word_of(reached), _MODEL]
    shown: dict[str, JsonValue] = {"spent": "; ".join(spent_of(state, now)) or "nothing bounds it"}
    shown["on"] = spenders(state) or "nothing yet"
    shown["left"] = _left(state, reached)
    shown[word] = _offered(state, reached)
    shown[_MODEL] = state.model
    return ApprovalRequested(
        approval_id=approval_id,
        path=reached.path,
        attempt=0 if instance is None else instance.attempt,
        subject="budget",
        prompt=_prompt(state, reached),
        shown=values.keep(shown),
        editable=tuple(edit),
        expires_at=reached.until,
    )


def _prompt(state: RunState, reached: BudgetReached) -> str:
    because = why_reached(reached)
    ways = ["make such calls all the same" if reached.unit == "price" else "give more"]
    if cheaper := cheaper_model(state, reached):
        ways.append(f"go on with {cheaper}")
    ways.append("stop with what there is")
    asked = f"{', '.join(ways[:-1])}{',' if len(ways) > 2 else ''} or {ways[-1]}?"
    return f"{because[:1].upper()}{because[1:]}. {asked[:1].upper()}{asked[1:]}"


def _left(state: RunState, reached: BudgetReached) -> str:
    units, usd, calls, _ = left_to_do(state, reached)
    cost = "" if reached.unit == "price" else f" for about {amount('usd', usd)}"
    return f"{plural(calls, 'call')}{cost}, in {plural(units, 'step or item', 'steps or items')}"


def _offered(state: RunState, reached: BudgetReached) -> JsonValue:
    if reached.unit == "price":
        return "allow"
    offer = suggested(state, reached)
    if reached.unit == "usd":
        return float(offer)
    return duration_text(float(offer)) if reached.unit == "seconds" else int(offer)


def granted(request: ApprovalRequested, edits: JsonValue, values: Values) -> tuple[Budget, str]:
    """Return what an approval gives, edits included: the limits that it sets, and a model.

    Raises:
        UsageError: a value does not fit its field.
    """
    shown = values.load(request.shown)
    said = dict(shown) if isinstance(shown, dict) else {}
    if isinstance(edits, dict):
        said.update(edits)
    fields = {word: said[word] for word in FIELDS if word in request.editable and word in said}
    return read_fields(fields), str(said.get(_MODEL) or "")


def read_fields(said: dict[str, JsonValue]) -> Budget:
    """Return the budget that words and values such as ``{usd: 2, time: 2h}`` say.

    Raises:
        UsageError: a value does not fit its word.
    """
    try:
        return Budget.model_validate(
            {FIELDS[word]: read_amount(word, value) for word, value in said.items()}
        )
    except ValueError as fault:
        raise UsageError(str(fault)) from fault


def checked_decision(
    state: RunState, request: ApprovalRequested, edits: JsonValue, values: Values
) -> None:
    """Refuse an approval that would let the run ask again at once.

    Raises:
        UsageError: a value does not fit its field, or is not more than what is used up.
    """
    budget, model = granted(request, edits, values)
    reached = state.reached
    if reached is None or reached.unit == "price" or model != state.model:
        return
    field = reached.unit
    given = getattr(budget, field)
    least = reached.counted + (_needed(reached) if field != "seconds" else 0)
    if given is not None and (given < least or (field == "seconds" and given <= least)):
        message = (
            f"{word_of(reached)}={_plainly(given)} is not enough: counted already: "
            f"{amount(field, reached.counted)}; with the next call: {amount(field, least)}"
        )
        raise UsageError(message)


def _needed(reached: BudgetReached) -> Decimal:
    call = reached.estimate
    if reached.unit == "calls":
        return Decimal(1)
    if call is None:
        return Decimal(0)
    return Decimal(call.tokens) if reached.unit == "tokens" else call.usd or Decimal(0)


def _plainly(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def checked_grant(
    state: RunState,
    level: str,
    where: str,
    said: Mapping[str, JsonValue],
    model: str,
    now: datetime,
) -> dict[str, JsonValue]:
    """Return words and values of a budget as they are sent to a run's owner.

    Raises:
        UsageError: nothing is said, a value does not fit, or it is less than what is counted.
    """
    budget = read_fields(dict(said))
    if not said and not model:
        raise UsageError("say how much: usd, calls, tokens or time, or name a model")
    if level == "step" and not isinstance(_step_at(state, where), AgentStep | WorkflowStep):
        names = ", ".join(node for node in state.nodes if _asks_models(state, node)) or "none"
        raise UsageError(f"{where!r} is no step that asks a model; such steps: {names}")
    place = place_of(state, level, where)
    for use in uses(state, place, now) if place is not None else ():
        given = getattr(budget, use.unit)
        if given is not None and Decimal(str(given)) < use.counted:
            counted = amount(use.unit, use.counted)
            raise UsageError(f"counted already: {counted}; expected at least so much")
    return {word: str(value) for word, value in said.items()}


def _step_at(state: RunState, where: str) -> Step | None:
    return state.step_at(NodePath(where)) if where in state.progress else None


def _asks_models(state: RunState, node: NodePath) -> bool:
    return isinstance(state.step_at(node), AgentStep | WorkflowStep)


def decided(
    state: RunState,
    request: ApprovalRequested,
    fact: ApprovalDecided,
    command: InboxCommand,
    values: Values,
) -> tuple[AnyEvent, ...]:
    """Return what a decision about a budget comes to."""
    edits = command.body.get("edits")
    if fact.decision != "approve" or state.reached is None:
        return (fact,)
    try:
        budget, model = granted(request, edits, values)
    except UsageError:
        # Whoever wrote it did not look at it. Nobody has stopped the run: it is asked anew.
        return (ApprovalClosed(approval_id=request.approval_id, path=request.path),)
    raised = _raised(state.reached, budget, model, command, None)
    return (raised, fact.model_copy(update={"edits": values.keep(edits)}))


def _raised(
    reached: BudgetReached,
    budget: Budget,
    model: str,
    command: InboxCommand,
    command_id: CommandId | None,
) -> BudgetRaised:
    return BudgetRaised(
        level=reached.level,
        where=reached.where,
        budget=budget,
        model=model,
        by=command.by,
        via=command.via,
        because=str(command.body.get("because") or ""),
        day=reached.day,
        command_id=command_id,
    )


def raised(state: RunState, command: InboxCommand) -> tuple[AnyEvent, ...]:
    """Return what a person's word about a budget comes to, whether or not it is used up."""
    if state.ended:
        return ()
    body = command.body
    said = body.get("budget")
    level = body.get("level")
    event = BudgetRaised(
        level="step" if level == "step" else "workflow" if level == "workflow" else "run",
        where=str(body.get("where") or ""),
        budget=read_fields(said) if isinstance(said, dict) else Budget(),
        model=str(body.get("model") or ""),
        by=command.by,
        via=command.via,
        because=str(body.get("because") or ""),
        command_id=command.id,
    )
    return (event, *withdrawn(state))


def withdrawn(state: RunState) -> tuple[ApprovalClosed, ...]:
    """Return that nobody needs to decide about the budget any more."""
    asked = question_of(state)
    if asked is None:
        return ()
    return (ApprovalClosed(approval_id=asked.approval_id, path=asked.path),)


def left_undone(
    state: RunState, step: Step, started: StepStarted
) -> tuple[StepStarted, StepSkipped] | None:
    """Return that a unit of work is not done because nobody wants to pay for it, or None.

    An iteration that is not done leaves what the one before it gave.
    """
    if not state.stopped_short or not isinstance(step, AgentStep):
        return None
    before = state.instances.get(_iteration_before(started)) if started.iteration > 1 else None
    skipped = StepSkipped(
        path=started.path,
        because=state.stopped_short,
        output=None if before is None else before.output,
    )
    return started.model_copy(update={"token": AttemptToken("")}), skipped


def _iteration_before(started: StepStarted) -> StepPath:
    whole = started.path.removesuffix(f"#{started.iteration}")
    return StepPath(whole if started.iteration == 2 else f"{whole}#{started.iteration - 1}")
