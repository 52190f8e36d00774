"""Reckons what a run will use from the definition of its workflow alone."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from mn_notebook.agents.prices import FREE_PROVIDERS
from mn_notebook.domain.ids import StepName
from mn_notebook.domain.messages import ModelProfile
from mn_notebook.domain.previews import Bound, StepReckoned
from mn_notebook.domain.workflow import AgentStep, Step, Workflow, WorkflowStep
from mn_notebook.verbs.known_before import (
    as_text,
    asks_models,
    filled,
    given_or_defaults,
    known_items,
    most_units,
    names_before,
    rendered,
    sample_of,
)
from mn_notebook.verbs.most_calls import ladder_of, redone, repeated, summarises
from mn_notebook.verbs.unit_costs import (
    ANSWER_CHARACTERS,
    NOBODY,
    NOTHING,
    added,
    agent_use,
    multiplied,
)

ProfileOf = Callable[[str | None], ModelProfile | None]
"""How a model is spoken to; None: no model answers to that name here."""

_INPUTS = "the inputs"
_INPUT = re.compile(r"\binputs\.(\w+)")


def bound_of(
    workflow: Workflow, inputs: Mapping[str, JsonValue] | None, profile_of: ProfileOf
) -> Bound:
    """Return what a run of a workflow, with all that it calls, is reckoned to use.

    Args:
        workflow: What is run.
        inputs: What it is given, checked; None: nobody knows yet, and defaults count.
        profile_of: Says which model answers to a name.
    """
    units = list(_Graph(workflow, given_or_defaults(workflow, inputs), profile_of).units())
    steps = tuple(unit.told for unit in units)
    known = [step for step in steps if step.units is not None]
    most = [(unit.limit, unit.told.most) for unit in units]
    models = {unit.told.model: unit for unit in units}
    return Bound(
        steps=steps,
        once=added([(step.units or 0, step.once) for step in known]),
        most=added([(limit, used) for limit, used in most if limit is not None])
        if all(limit is not None for limit, _ in most)
        else None,
        free=bool(units) and all(unit.free for unit in units),
        unpriced=tuple(sorted(name for name, unit in models.items() if name and unit.unpriced)),
        longer=tuple(dict.fromkeys(name for unit in units for name in unit.longer)),
    )


@dataclass(frozen=True, slots=True)
class _Unit:
    told: StepReckoned
    limit: int | None
    """So many units there can be at the very most; None: any number."""
    free: bool
    unpriced: bool
    longer: tuple[str, ...]


class _Graph:
    """The steps of a workflow that ask models, and those of what it calls."""

    def __init__(
        self, workflow: Workflow, inputs: Mapping[str, JsonValue], profile_of: ProfileOf
    ) -> None:
        self._workflow = workflow
        self._profile_of = profile_of
        self._names = names_before(workflow, inputs)
        self._redone = redone(workflow)

    def units(self) -> Iterator[_Unit]:
        """Yield them in the order of the text."""
        for step in self._workflow.steps:
            if isinstance(step, AgentStep):
                yield self._agent(step)
            elif isinstance(step, WorkflowStep) and asks_models(self._workflow, step):
                yield from self._called(step)

    def _agent(self, step: AgentStep) -> _Unit:
        profiles = [self._profile_of(name) for name in ladder_of(self._workflow, step)]
        profile = profiles[0]
        items = self._items(step)
        prompts, longer = self._prompts(step, items)
        times = self._times(step)
        once, most = agent_use(step, [one or NOBODY for one in profiles], prompts, times=times)
        first = once.usd
        if self._is_fallback(step):
            once = NOTHING
        if longer:
            most = most.model_copy(update={"tokens": None, "usd": None})
        return _Unit(
            StepReckoned(
                step=step.name,
                model="" if profile is None else profile.name,
                units=1 if step.for_each is None else None if items is None else len(items),
                over="" if step.for_each is None else step.for_each.over,
                once=once,
                most=most,
            ),
            limit=None if summarises(step) else most_units(step, items),
            free=all(one is not None and one.provider in FREE_PROVIDERS for one in profiles),
            unpriced=profile is not None and first is None,
            longer=longer,
        )

    def _called(self, step: WorkflowStep) -> Iterator[_Unit]:
        child = self._workflow.children[step.workflow]
        items = self._items(step)
        given = None
        if step.for_each is None and not step.uses:
            given = filled(step.args, self._names)
        inputs = given if isinstance(given, dict) else None
        outer = 1 if step.for_each is None else None if items is None else len(items)
        limit, times = most_units(step, items), self._times(step)
        for unit in _Graph(child, given_or_defaults(child, inputs), self._profile_of).units():
            told = unit.told
            once = told.once
            if self._is_fallback(step):
                once = NOTHING
            yield _Unit(
                told.model_copy(
                    update={
                        "step": f"{step.name}/{told.step}",
                        "units": _product(outer, told.units),
                        "over": told.over if step.for_each is None else step.for_each.over,
                        "once": once,
                        "most": multiplied(told.most, times),
                    }
                ),
                limit=_product(limit, unit.limit),
                free=unit.free,
                unpriced=unit.unpriced,
                longer=tuple(_below(step, name) for name in unit.longer),
            )

    def _items(self, step: Step) -> list[JsonValue] | None:
        return None if step.for_each is None else known_items(step, self._names)

    def _times(self, step: Step) -> int:
        """Return how often a unit can be done: its iterations, and its redos."""
        return repeated(step) * self._redone.get(step.name, 1)

    def _is_fallback(self, step: Step) -> bool:
        return step.name in self._workflow.fallback_of

    def _prompts(
        self, step: AgentStep, items: Sequence[JsonValue] | None
    ) -> tuple[list[str], tuple[str, ...]]:
        """Return prompts as they will be, or as long, and the steps that may make them longer."""
        names = self._names
        for_each = step.for_each
        if not step.uses or (for_each is not None and items is not None):
            each: list[dict[str, Any]] = [names]
            if for_each is not None and items:
                each = [
                    {**names, for_each.item_name: items[index], "index": index}
                    for index in sample_of(len(items))
                ]
            texts = [rendered(step.prompt, one) for one in each]
            found = [text for text in texts if text is not None]
            if found:
                return found, ()
        length, longer = max((len(as_text(item)) for item in items or ()), default=0), []
        inputs = names["inputs"]
        for name in _INPUT.findall(step.prompt):
            length += len(as_text(inputs[name])) if name in inputs else 0
            longer += [] if name in inputs else [_INPUTS]
        if for_each is not None and items is None and not step.uses:
            longer.append(_INPUTS)
        for use in step.uses:
            known = self._answer_characters(use)
            if known is None:
                longer.append(str(use))
            length += known or 0
        return [step.prompt + " " * length], tuple(longer)

    def _answer_characters(self, name: StepName) -> int | None:
        """Return how long a step's value is at most; None: it can have any length."""
        step = self._workflow.step(name)
        if not isinstance(step, AgentStep):
            return None
        items = self._items(step)
        units = 1 if step.for_each is None else None if items is None else len(items)
        return None if units is None else units * ANSWER_CHARACTERS


def _below(step: Step, name: str) -> str:
    return f"{name} of {step.name}" if name.startswith(_INPUTS) else f"{step.name}/{name}"


def _product(one: int | None, other: int | None) -> int | None:
    if one == 0 or other == 0:
        return 0
    return None if one is None or other is None else one * other
