"""The verb that says what a run may spend: before its budget is used up, or when it asks."""

from collections.abc import Mapping

from pydantic import JsonValue

from mn_notebook.domain.budget_words import budget_text, read_amount, spent_of
from mn_notebook.domain.budgets import counted_until
from mn_notebook.domain.events import ApprovalRequested
from mn_notebook.domain.fold_budgets import question_of
from mn_notebook.domain.state import RunState
from mn_notebook.domain.workflow import Budget
from mn_notebook.errors import UsageError
from mn_notebook.ports import RunLine
from mn_notebook.verbs.asking import asked
from mn_notebook.verbs.decide import decide
from mn_notebook.verbs.follow import taken_up
from mn_notebook.verbs.options import Flag
from mn_notebook.verbs.results import Decided
from mn_notebook.verbs.session import Session

CHEAPER = "cheaper"
"""As a model: the one that the workflow, or the settings, name for it."""


def budget(  # noqa: PLR0913 - each is an option that somebody types
    session: Session,
    run: str,
    usd: str | None = None,
    /,
    *,
    calls: str | None = None,
    tokens: str | None = None,
    time: str | None = None,
    step: str = "",
    model: str = "",
    cheaper: Flag = False,
    stop: Flag = False,
    allow_unknown_price: Flag = False,
    because: str = "",
) -> Decided:
    """Say what a run may spend in all, before its budget is used up or when it asks.

    The amounts are the new limits, not what is added. With another model all further calls are made
    with that one, from the next attempt of a step on. It works from anywhere, also while the
    process that owns the run is busy or gone.

    Args:
        session: Whose store it is.
        run: The run's id, or its beginning.
        usd: How many dollars.
        calls: How many model calls.
        tokens: How many tokens, in and out together.
        time: For how long something may be under way, such as 2h; waiting for people is free.
        step: Of this step alone, which asks a model or runs a workflow.
        model: The model of all further calls.
        cheaper: The model that the workflow, or the settings, name as the cheaper one.
        stop: Stop with what there is: where the run asks, no model is asked any more.
        allow_unknown_price: Make calls of which nobody knows what they cost.
        because: Why, for the journal.
    """
    said = {"usd": usd, "calls": calls, "tokens": tokens, "time": time}
    given = {word: value for word, value in said.items() if value is not None}
    if allow_unknown_price:
        given["unknown_price"] = "allow"
    line = session.client.run(run)
    if stop and (given or model or cheaper or step):
        raise UsageError("--stop goes alone: it gives nothing more")
    if stop:
        return _stop(session, line, because)
    return budget_with(
        session, line, given, step=step, model=CHEAPER if cheaper else model, because=because
    )


def budget_with(
    session: Session,
    line: RunLine,
    given: Mapping[str, JsonValue],
    *,
    step: str = "",
    model: str = "",
    because: str = "",
) -> Decided:
    """Say what a run may spend, as `budget` does.

    Raises:
        UsageError: a value does not fit, or the run has ended.
    """
    state = session.client.state(line.run_id)
    if not given and not model:
        spent = ", ".join(_spent(session, line, state))
        message = (
            f"say how much: dollars, --calls, --tokens or --time, or another --model; run "
            f"{line.run_id[:4]} has used {spent or 'no budget'}"
        )
        raise UsageError(message)
    model = _cheaper(session, state) if model == CHEAPER else model
    read = {word: _read(word, value) for word, value in given.items()}
    request = question_of(state)
    if request is not None and not step and _answers(request, read):
        edits: dict[str, JsonValue] = {**read, **({"model": model} if model else {})}
        if model and not read:
            edits |= _as_it_is(state, request)
        return decide(session, line.run_id, request, "approve", edits=edits, because=because)
    command_id = session.client.budget(
        line.run_id, read, step=step, model=model, because=because, via=session.via
    )
    applied = taken_up(session, line.run_id, command_id)
    return asked(
        session,
        line.run_id,
        step,
        "budget",
        applied=applied,
        done=_done(session, line, step, model),
        later="It holds",
    )


def _spent(session: Session, line: RunLine, state: RunState) -> tuple[str, ...]:
    """Say what a run has used; where its process is gone, as far as its journal knows."""
    client = session.client
    return spent_of(state, counted_until(state, client.owner(line), client.clock.now()))


def _read(word: str, value: JsonValue) -> JsonValue:
    try:
        read_amount(word, value)
    except ValueError as fault:
        raise UsageError(str(fault)) from fault
    return str(value)


def _answers(request: ApprovalRequested, read: Mapping[str, JsonValue]) -> bool:
    """Tell whether what is said is what a run asks, and no more than that."""
    return read.keys() <= {*request.editable}


def _as_it_is(state: RunState, request: ApprovalRequested) -> dict[str, JsonValue]:
    """Return the limit that is used up, so that another model does not raise it as well."""
    reached = state.reached
    if reached is None or reached.level in ("class", "day") or reached.unit == "price":
        return {}
    word = request.editable[0]
    limit = f"{reached.limit}s" if word == "time" else str(reached.limit)
    return {word: limit}


def _cheaper(session: Session, state: RunState) -> str:
    named = state.cheaper or session.client.cheaper
    if not named:
        message = (
            "nobody has named a cheaper model: say it with --model, or in the workflow as "
            "`defaults: {cheaper: …}`, or as MN_CHEAPER_MODEL"
        )
        raise UsageError(message)
    return named


def _done(session: Session, line: RunLine, step: str, model: str) -> str:
    state = session.client.state(line.run_id)
    whole = state.raised.get(("step", step)) if step else state.budget
    what = f"{step} of run {line.run_id[:4]}" if step else f"Run {line.run_id[:4]}"
    may = f"{what} may spend {budget_text(whole or Budget())}"
    spent = "" if step else f"; so far {', '.join(_spent(session, line, state))}"
    with_model = f" Further calls are made with {model}." if model else ""
    return f"{may}{spent}.{with_model}"


def _stop(session: Session, line: RunLine, because: str) -> Decided:
    request = question_of(session.client.state(line.run_id))
    if request is None:
        short = line.run_id[:4]
        message = (
            f"run {short} does not ask about its budget: `{session.program} cancel {short}` stops "
            "it where it is"
        )
        raise UsageError(message)
    return decide(session, line.run_id, request, "reject", because=because)
