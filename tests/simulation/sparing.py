"""Calls that are spared, and models that are asked one after the other: generated, and judged."""

from random import Random
from typing import TYPE_CHECKING, Any

from mn_notebook.domain.events import (
    ModelRequested,
    ModelResponded,
    ModelReused,
    StepStarted,
    ToolReused,
    ToolStarted,
    ToolSucceeded,
)
from mn_notebook.domain.workflow import AgentStep, Cache, ForEach, Step, ToolStep
from tests.simulation.invariants import require
from tests.simulation.witness import Seen

if TYPE_CHECKING:
    from mn_notebook.domain.ids import CallId

RUN = Cache(scope="run")


def spared(step: Step, seed: int) -> Step:
    """Let some steps share calls or climb; by chances of their own, so that other choices stay."""
    chance = Random(f"sparing of {step.name} of {seed}")
    more: dict[str, Any] = {}
    if isinstance(step, AgentStep | ToolStep) and step.for_each is not None:
        more["for_each"] = _with_twins(step.for_each, chance)
    if isinstance(step, AgentStep):
        more["names_item"] = step.for_each is not None
        if chance.random() < 0.3:
            more |= {"model": "small", "ladder": chance.choice((("large",), ("larger", "large")))}
            more["unsure"] = chance.choice((None, "output.n % 2 == 0", "output.nothing > 1"))
    if isinstance(step, AgentStep | ToolStep) and chance.random() < 0.3:
        more["cache"] = RUN
    return step.model_copy(update=more) if more else step


def _with_twins(for_each: ForEach, chance: Random) -> ForEach:
    """Let some items be the same, where nothing has to tell them apart."""
    if for_each.key is not None or chance.random() < 0.5:
        return for_each
    count = for_each.over.count(",") + 1
    over = "[" + ", ".join(str(number // 2) for number in range(count)) + "]"
    return for_each.model_copy(update={"over": over if count > 1 else for_each.over})


def what_is_taken_over_was_given(seen: Seen) -> None:
    """A call that was not made has the outcome of one that was, and that had asked the same.

    It is one of the same run, and of a step that may share; what a call takes over has been
    journaled before, or at the latest with the end of the step that made it. Nothing is taken over
    that does something.
    """
    asked: dict[CallId, str] = {}
    given: dict[CallId, Any] = {}
    keys: dict[CallId, str] = {}
    for recorded in seen.events:
        match recorded.event:
            case ModelRequested() as begun:
                asked[begun.call_id] = begun.request_hash
            case ToolStarted() as called:
                keys[called.call_id] = called.args_hash
            case ModelResponded() as answered:
                given[answered.call_id] = answered.message
            case ToolSucceeded() as returned:
                given[returned.call_id] = returned.output
            case _:
                pass
    for recorded in seen.events:
        match recorded.event:
            case ModelReused() as event:
                same = asked.get(event.of_call) == event.request_hash
                require(same, f"{event.call_id} took over an answer to something else")
                same = given.get(event.of_call) == event.message
                require(same, f"{event.call_id} took over what {event.of_call} never gave")
                require(event.call_id not in asked, f"{event.call_id} was announced and spared")
            case ToolReused() as read:
                same = keys.get(read.of_call) == read.args_hash
                require(same, f"{read.call_id} took over what other arguments gave")
                same = given.get(read.of_call) == read.output
                require(same, f"{read.call_id} took over what {read.of_call} never gave")
                require(read.effect == "read", f"{read.call_id} is no read, and was spared")
                require(read.call_id not in keys, f"{read.call_id} was announced and spared")
            case _:
                pass


def ladders_are_climbed_step_by_step(seen: Seen) -> None:
    """Within a pass over a step it goes up only, a rung at a time, each time with a reason."""
    at: dict[str, int] = {}
    for recorded in seen.events:
        match recorded.event:
            case StepStarted(attempt=1) as started:
                at[started.path] = 0
            case ModelRequested(about=None) | ModelReused(about=None) as event:
                before = at.get(event.path, 0)
                # What was asked and never answered leaves the agent where it was.
                require(event.rung <= before + 1, f"{event.call_id} skipped a model")
                climbs = event.rung > before
                require(not climbs or event.climbed, f"{event.call_id} went up without a reason")
                at[event.path] = event.rung
            case _:
                pass
