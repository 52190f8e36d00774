"""Reckons what a run will use from the definition of its workflow alone."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import JsonValue

from mn_notebook.agents.budgets import CHARACTERS_PER_TOKEN, estimate_of
from mn_notebook.agents.prices import FREE_PROVIDERS
from mn_notebook.agents.tools import REGISTRY
from mn_notebook.domain.ids import StepName
from mn_notebook.domain.messages import Estimate, Message, ModelProfile, ModelRequest, ToolSpec
from mn_notebook.domain.past_runs import Fan
from mn_notebook.domain.policies import retry_of
from mn_notebook.domain.previews import Bound, Reckoned, StepReckoned
from mn_notebook.domain.turns import (
    MAX_ANSWER_TOKENS,
    MAX_REASKS,
    Agent,
    AskModel,
    Transcript,
    next_move,
)
from mn_notebook.domain.workflow import (
    AgentStep,
    ApproveStep,
    Step,
    Workflow,
    WorkflowStep,
)
from mn_notebook.engine.inputs import expanded
from mn_notebook.engine.people import between
from mn_notebook.errors import PermanentError
from mn_notebook.language.expressions import SandboxedExpressions
from mn_notebook.verbs.past_costs import asks_models

ProfileOf = Callable[[str | None], ModelProfile | None]
"""How a model is spoken to; None: no model answers to that name here."""

_SAMPLE = 50
"""The prompts of so many items are rendered; the others are taken to be as long."""
_PRIME = 7_919
_TOOL_CHARACTERS = 8_000
"""What an agent is told of a tool's result at most."""
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
        once=_sum([(step.units or 0, step.once) for step in known]),
        most=_sum([(limit, used) for limit, used in most if limit is not None])
        if all(limit is not None for limit, _ in most)
        else None,
        free=bool(units) and all(unit.free for unit in units),
        unpriced=tuple(sorted(name for name, unit in models.items() if name and unit.unpriced)),
        longer=tuple(dict.fromkeys(name for unit in units for name in unit.longer)),
    )


def most_calls(workflow: Workflow) -> int | None:
    """Return how many model calls a run can make at the very most, every retry included.

    None: a list may have any number of items. Nothing is rendered or priced for it.
    """
    names = _base(workflow, given_or_defaults(workflow, None))
    redone = _redone(workflow)
    total = 0
    for step in workflow.steps:
        calls = _most_of_unit(workflow, step)
        if calls == 0:
            continue
        items = None if step.for_each is None else _items(step, names)
        units = _limit(step, items)
        if units is None or calls is None:
            return None
        total += units * calls * _repeated(step) * redone.get(step.name, 1)
    return total


def _most_of_unit(workflow: Workflow, step: Step) -> int | None:
    if isinstance(step, AgentStep):
        return _longest(step) * retry_of(step, "read").attempts
    if isinstance(step, WorkflowStep) and step.workflow in workflow.children:
        return most_calls(workflow.children[step.workflow])
    return 0


def _longest(step: AgentStep) -> int:
    """Return how many calls an attempt can make."""
    return (step.turns if step.tools else 1) + MAX_REASKS


def _repeated(step: Step) -> int:
    return step.repeat.at_most if step.repeat is not None else 1


def fans_of(
    workflow: Workflow, inputs: Mapping[str, JsonValue]
) -> tuple[dict[str, Fan], tuple[str, ...]]:
    """Return the steps of a graph that ask models for each item of a list.

    First those whose number of items the inputs tell, then those of which nobody knows it yet.
    """
    names = _base(workflow, inputs)
    fans, unknown = {}, []
    for step in workflow.steps:
        if step.for_each is None or not asks_models(workflow, step):
            continue
        items = _items(step, names)
        if items is None:
            unknown.append(step.name)
        else:
            at_once = min(step.for_each.concurrency, workflow.max_concurrency)
            fans[str(step.name)] = Fan(len(items), at_once)
    return fans, tuple(unknown)


def given_or_defaults(
    workflow: Workflow, inputs: Mapping[str, JsonValue] | None
) -> Mapping[str, JsonValue]:
    """Return inputs as far as they are known: those that are given, else the defaults."""
    if inputs is not None:
        return inputs
    return {name: field.default for name, field in workflow.inputs.items() if not field.required}


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
        self._names = _base(workflow, inputs)
        self._redone = _redone(workflow)

    def units(self) -> Iterator[_Unit]:
        """Yield them in the order of the text."""
        for step in self._workflow.steps:
            if isinstance(step, AgentStep):
                yield self._agent(step)
            elif isinstance(step, WorkflowStep) and asks_models(self._workflow, step):
                yield from self._called(step)

    def _agent(self, step: AgentStep) -> _Unit:
        profile = self._profile_of(step.model or self._workflow.model)
        items = self._items(step)
        prompts, longer = self._prompts(step, items)
        times = self._times(step)
        once, most = _agent_use(step, profile or _NOBODY, prompts, times=times)
        first = once.usd
        if self._is_fallback(step):
            once = Reckoned(calls=0, tokens=0, usd=Decimal(0))
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
            limit=_limit(step, items),
            free=profile is not None and profile.provider in FREE_PROVIDERS,
            unpriced=profile is not None and first is None,
            longer=longer,
        )

    def _called(self, step: WorkflowStep) -> Iterator[_Unit]:
        child = self._workflow.children[step.workflow]
        items = self._items(step)
        given = None
        if step.for_each is None and not step.uses:
            given = _filled(step.args, self._names)
        inputs = given if isinstance(given, dict) else None
        outer = 1 if step.for_each is None else None if items is None else len(items)
        limit, times = _limit(step, items), self._times(step)
        for unit in _Graph(child, given_or_defaults(child, inputs), self._profile_of).units():
            told = unit.told
            once = told.once
            if self._is_fallback(step):
                once = Reckoned(calls=0, tokens=0, usd=Decimal(0))
            yield _Unit(
                told.model_copy(
                    update={
                        "step": f"{step.name}/{told.step}",
                        "units": _product(outer, told.units),
                        "over": told.over if step.for_each is None else step.for_each.over,
                        "once": once,
                        "most": _times(told.most, times),
                    }
                ),
                limit=_product(limit, unit.limit),
                free=unit.free,
                unpriced=unit.unpriced,
                longer=tuple(f"{step.name}/{name}" for name in unit.longer),
            )

    def _items(self, step: Step) -> list[JsonValue] | None:
        return None if step.for_each is None else _items(step, self._names)

    def _times(self, step: Step) -> int:
        """Return how often a unit can be done: its iterations, and its redos."""
        return _repeated(step) * self._redone.get(step.name, 1)

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
                    for index in _spread(len(items))
                ]
            rendered = [_rendered(step.prompt, one) for one in each]
            found = [text for text in rendered if text is not None]
            if found:
                return found, ()
        length, longer = max((len(_as_text(item)) for item in items or ()), default=0), []
        inputs = names["inputs"]
        for name in _INPUT.findall(step.prompt):
            length += len(_as_text(inputs[name])) if name in inputs else 0
            longer += [] if name in inputs else ["the inputs"]
        if for_each is not None and items is None and not step.uses:
            longer.append("the inputs")
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
        return None if units is None else round(units * MAX_ANSWER_TOKENS * CHARACTERS_PER_TOKEN)


def _agent_use(
    step: AgentStep,
    profile: ModelProfile,
    prompts: Sequence[str],
    *,
    times: int,
) -> tuple[Reckoned, Reckoned]:
    """Return what a unit uses if all goes well, and if nothing does."""
    said = round(MAX_ANSWER_TOKENS * CHARACTERS_PER_TOKEN)
    turn = said + (_TOOL_CHARACTERS if step.tools else 0)
    # An iteration, or a rejection, may name the answer before it and what a person said.
    again = 2 * said if times > 1 else 0
    length = sum(map(len, prompts)) // len(prompts)

    def reckoned(*texts: str) -> Reckoned:
        return _mean([_estimate(profile, _request(step, profile, text)) for text in texts])

    def after(characters: int) -> Reckoned:
        """Reckon a call that is sent so much more than the prompt."""
        return reckoned(" " * (length + characters))

    once = reckoned(*prompts)
    if step.tools:
        once = _sum([(1, once), (1, after(turn))])
    calls = _longest(step)
    # Each call is longer than the one before, by as much at most.
    middle = _sum([(1, after(again)), (1, after((calls - 1) * turn + again))])
    all_calls = calls * retry_of(step, "read").attempts * times
    most = Reckoned(
        calls=all_calls,
        tokens=None if middle.tokens is None else middle.tokens * all_calls // 2,
        usd=None if middle.usd is None else round(middle.usd * all_calls / 2, 9),
    )
    return once, most


_NOBODY = ModelProfile(name="", provider="")
"""Stands for the model where none is configured."""


def _estimate(profile: ModelProfile, request: ModelRequest) -> Estimate:
    if profile is not _NOBODY:
        return estimate_of(profile, request)
    # Of no model there is no price, and no list is loaded to look for it.
    free = profile.model_copy(update={"provider": next(iter(FREE_PROVIDERS))})
    return estimate_of(free, request).model_copy(update={"usd": None})


def _request(step: AgentStep, profile: ModelProfile, prompt: str) -> ModelRequest:
    """Return what a model is asked first."""
    agent = Agent(
        prompt=prompt,
        tools=_specs(step),
        output=step.output,
        turns=step.turns,
        tool_mode=profile.tool_mode,
        model=profile.name,
    )
    move = next_move(agent, Transcript())
    if isinstance(move, AskModel):
        return move.request
    return ModelRequest(model=profile.name, messages=(Message(role="user", content=prompt),))


def _specs(step: AgentStep) -> tuple[ToolSpec, ...]:
    """Return the tools that are known here, as a model sees them."""
    known = [(use, REGISTRY.get(use.tool)) for use in step.tools]
    return tuple(tool.spec(use.bound) for use, tool in known if tool is not None)


def _mean(estimates: Sequence[Estimate]) -> Reckoned:
    tokens = sum(estimate.tokens for estimate in estimates)
    prices = [estimate.usd for estimate in estimates if estimate.usd is not None]
    known = len(prices) == len(estimates)
    usd = round(sum(prices, Decimal(0)) / len(estimates), 9) if known else None
    return Reckoned(calls=1, tokens=-(-tokens // len(estimates)), usd=usd)


def _sum(used: Sequence[tuple[int, Reckoned]]) -> Reckoned:
    """Add up, each so many times; what is unknown of one is unknown of all."""
    calls = sum(times * one.calls for times, one in used)
    tokens, usd = 0, Decimal(0)
    known_tokens = known_usd = True
    for times, one in used:
        if not times:
            continue
        known_tokens = known_tokens and one.tokens is not None
        known_usd = known_usd and one.usd is not None
        tokens += times * (one.tokens or 0)
        usd += times * (one.usd or Decimal(0))
    return Reckoned(
        calls=calls, tokens=tokens if known_tokens else None, usd=usd if known_usd else None
    )


def _times(one: Reckoned, times: int) -> Reckoned:
    return _sum([(times, one)])


def _product(one: int | None, other: int | None) -> int | None:
    if one == 0 or other == 0:
        return 0
    return None if one is None or other is None else one * other


def _limit(step: Step, items: Sequence[JsonValue] | None) -> int | None:
    """Return how many units a step can have at the very most; None: nobody has bounded them."""
    for_each = step.for_each
    if for_each is None:
        return 1
    if items is not None:
        return len(items)
    # The most items that a list may have at all say nothing of how many it will have.
    return for_each.first


def _base(workflow: Workflow, inputs: Mapping[str, JsonValue]) -> dict[str, Any]:
    """Return the names that are known before a run begins."""
    return {
        "inputs": dict(inputs),
        "run": {"id": "", "workflow": workflow.name},
        "previous": None,
        "feedback": None,
    }


_EXPRESSIONS = SandboxedExpressions()


def _items(step: Step, names: dict[str, Any]) -> list[JsonValue] | None:
    try:
        return expanded(step, names, _EXPRESSIONS)[0]
    except PermanentError:
        return None  # It follows from what is not known yet; or the run will say what is wrong.


def _rendered(prompt: str, names: dict[str, Any]) -> str | None:
    try:
        return _EXPRESSIONS.render(prompt, names)
    except PermanentError:
        return None


def _filled(args: Mapping[str, JsonValue], names: dict[str, Any]) -> JsonValue:
    try:
        return _EXPRESSIONS.fill(dict(args), names)
    except PermanentError:
        return None


def _spread(items: int) -> list[int]:
    """Return places of so many items that are spread over all of them, in no even rhythm.

    Every tenth of a list may be of one kind: rows that were sorted, or were put together in turn.
    """
    if items <= _SAMPLE:
        return list(range(items))
    block = items // _SAMPLE
    return [index * items // _SAMPLE + index * _PRIME % block for index in range(_SAMPLE)]


def _as_text(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _redone(workflow: Workflow) -> dict[StepName, int]:
    """Return how often rejections can have a step done, where they can at all."""
    times: dict[StepName, int] = {}
    for asking in workflow.steps:
        redo = asking.on_reject if isinstance(asking, ApproveStep) else None
        if redo is not None:
            for name in between(workflow, redo.target, asking.name):
                times[name] = times.get(name, 1) * (1 + redo.at_most)
    return times
