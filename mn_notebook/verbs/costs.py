"""Says what a run will cost before it begins."""

from collections.abc import Mapping

from pydantic import JsonValue

from mn_notebook.clock import SystemClock
from mn_notebook.domain.budgets import filled
from mn_notebook.domain.inputs import checked_inputs
from mn_notebook.domain.messages import ModelProfile
from mn_notebook.domain.preview_words import with_words
from mn_notebook.domain.previews import CostPreview, DailyLeft
from mn_notebook.domain.workflow import AgentStep, Budget, Workflow
from mn_notebook.errors import MnError, ModelMissing
from mn_notebook.ports import ModelClient
from mn_notebook.runtime.models import configured_models, local_models
from mn_notebook.store.days import left_today
from mn_notebook.verbs.called import family
from mn_notebook.verbs.cost_bounds import ProfileOf, bound_of
from mn_notebook.verbs.known_before import fans_of
from mn_notebook.verbs.most_calls import ladder_of
from mn_notebook.verbs.past_costs import Wanted, compared
from mn_notebook.verbs.session import Session

_SHORT_HASH = 8


def cost_preview(
    session: Session,
    workflow: Workflow,
    origin: str,
    inputs: Mapping[str, JsonValue] | None = None,
    *,
    budget: Budget | None = None,
    full: bool = False,
) -> CostPreview | None:
    """Return what a run is expected to cost; None where it asks no model.

    The runs before it tell, else the definition does: nothing is asked of any model.

    Args:
        session: Whose store it is.
        workflow: What is run, with all that it calls.
        origin: The notebook, or file, that it belongs to.
        inputs: What it is given, checked; None: that is not known yet.
        budget: What is said for this run alone.
        full: Look at the definition also where there are runs to go by.

    Raises:
        StoreError: the store cannot be read.
    """
    if not workflow.asks_models:
        return None
    profile_of = _profiles(session)
    profiles = _profiles_of(workflow, profile_of)
    known = [profile for profile in profiles if profile is not None]
    fans, unknown = ({}, ()) if inputs is None else fans_of(workflow, inputs)
    wanted = Wanted(
        workflow,
        origin,
        models=frozenset(one.name for one in known) if len(known) == len(profiles) else None,
        scripted=any(one.scripted for one in known),
        fans=fans,
        unknown=unknown,
    )
    before = compared(session.client, wanted, session.traces)
    is_enough = before.past is not None and not before.past.is_unlike and not full
    return with_words(
        CostPreview(
            workflow=workflow.name,
            version=workflow.hash[:_SHORT_HASH],
            models=tuple(sorted({one.name for one in known})),
            scripted=wanted.scripted,
            budget=filled(budget, workflow.budget, session.client.granted),
            daily=_left_today(session, workflow),
            past=before.past,
            unfinished=before.unfinished,
            left_out=before.left_out,
            bound=None if is_enough else bound_of(workflow, inputs, profile_of),
        )
    )


def _left_today(session: Session, workflow: Workflow) -> tuple[DailyLeft, ...]:
    """Return what is left of the budgets by the day; nothing is read where there are none."""
    budgets = session.settings.by_class
    if not budgets:
        return ()
    client = session.client
    return left_today(client.store.reader, budgets, workflow.group, client.clock.now())


def foresee(
    session: Session,
    workflow: Workflow,
    origin: str,
    inputs: Mapping[str, JsonValue],
    budget: Budget | None,
    *,
    once: bool,
) -> None:
    """Tell whoever looks what a run will cost, just before it begins.

    A run never fails for want of it: what is wrong with its inputs, or with the store, it says
    itself.

    Args:
        session: Whose face is told.
        workflow: What is run, with all that it calls.
        origin: The notebook, or file, that it belongs to.
        inputs: What it is given.
        budget: What is said for this run alone.
        once: Not where it was told of this version before: a program may start many runs.
    """
    tell = session.face.foreseen
    if tell is None or not workflow.asks_models or (once and workflow.hash in session.foretold):
        return
    try:
        found = cost_preview(
            session, workflow, origin, checked_inputs(workflow, inputs), budget=budget
        )
    except MnError:
        return
    if found is not None:
        session.foretold.add(workflow.hash)
        tell(found)


def _profiles(session: Session) -> ProfileOf:
    """Return how models are found, each looked for once; none is started."""
    found: dict[str | None, ModelProfile | None] = {}
    models: list[ModelClient] = []

    def profile_of(model: str | None) -> ModelProfile | None:
        if model not in found:
            if not models:
                models.append(_models(session))
            try:
                found[model] = models[0].profile(model)
            except ModelMissing:
                found[model] = None
        return found[model]

    return profile_of


def _models(session: Session) -> ModelClient:
    if session.runtime is not None:
        return session.runtime.models
    settings = session.settings
    return configured_models(settings, local_models(settings), SystemClock())


def _profiles_of(workflow: Workflow, profile_of: ProfileOf) -> list[ModelProfile | None]:
    """Return the models that a workflow asks, and those of what it calls; None: none is there."""
    names = {
        name
        for one in family(workflow)
        for step in one.steps
        if isinstance(step, AgentStep)
        for name in (*ladder_of(one, step), *filter(None, [step.long_results.model]))
    }
    return [profile_of(name) for name in names]
