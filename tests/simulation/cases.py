"""Workflows to be simulated, and how the world behaves towards their steps."""

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import JsonValue

from mn_notebook.domain.ids import StepName
from mn_notebook.domain.state import RunState
from mn_notebook.domain.workflow import (
    AgentStep,
    ApproveStep,
    AskStep,
    Budget,
    ForEach,
    InputField,
    PythonStep,
    Retry,
    Step,
    ToolStep,
    ToolUse,
    WaitStep,
    Workflow,
    WorkflowStep,
)
from mn_notebook.ports import Ceiling, CommandKind

VALUE: dict[str, JsonValue] = {
    "type": "object",
    "properties": {"value": {"type": "string"}, "n": {"type": "integer"}},
    "required": ["value", "n"],
    "additionalProperties": False,
}

Turn = tuple[str, ...]
"""What a model says in one turn: names of tools to call, or ``malformed``, ``unknown`` or
``badargs``; empty: the final answer."""


Decision = Literal["approve", "reject", "reject once", "edit", "absent"]
"""``approve`` answers a form, ``reject`` declines it."""


@dataclass(frozen=True)
class Control:
    """What somebody asks of the run, once, from another process."""

    kind: CommandKind
    when: Callable[[RunState], bool]
    """As soon as the journal on the disk says so."""
    body: Mapping[str, JsonValue] = field(default_factory=dict)
    again_seconds: float | None = None
    """After so long it is asked again, should it be time for it still."""
    heals: bool = False
    """What failed for good before does so no more."""


@dataclass(frozen=True)
class Behaviour:
    """What the world does when a step reaches it."""

    transient: int = 0
    """So many tries fail in passing."""
    permanent_items: frozenset[str | None] = frozenset()
    """Items (None: the step itself) that always fail."""
    deadly: int = 0
    """So many calls of its function end the process."""
    until_healed: bool = False
    """They fail until somebody has healed the world."""
    doubt: Literal["happened", "not_happened"] | None = None
    """The first try of a write ends with a broken connection, after or before it happened."""
    turns: tuple[Turn, ...] = ((),)
    decision: Decision = "approve"
    large: bool = False


@dataclass(frozen=True)
class Case:
    """A workflow, the behaviour of the world, and the seed of every delay."""

    workflow: Workflow
    behaviours: Mapping[str, Behaviour] = field(default_factory=dict)
    seed: int = 0
    tool_mode: Literal["native", "schema"] = "native"
    slow: bool = True
    """Calls and commits take time, so that steps overlap."""
    controls: tuple[Control, ...] = ()
    confluent: bool = True
    """It comes to the same whatever the schedule."""
    budget: Budget | None = None
    """The run's own; None: nothing bounds it."""
    ceilings: tuple[Ceiling, ...] = ()
    """What runs may spend on a day beside their own budgets."""

    def of(self, step: str) -> Behaviour:
        return self.behaviours.get(step, Behaviour())

    def has(self, name: str) -> bool:
        """Tell whether a step of this name is here or in a subworkflow."""
        return name in self._steps

    def step(self, name: str) -> Step:
        """Find a step, here or in a subworkflow; all have names of their own."""
        return self._steps[name]

    @functools.cached_property
    def _steps(self) -> Mapping[str, Step]:
        return {str(step.name): step for step in _all_steps(self.workflow)}


def _all_steps(flow: Workflow) -> Iterator[Step]:
    yield from flow.steps
    for child in flow.children.values():
        yield from _all_steps(child)


QUICK = Retry(attempts=12, backoff_seconds=0.5, max_backoff_seconds=1.0)


def names(*found: str) -> tuple[StepName, ...]:
    return tuple(StepName(name) for name in found)


def args(step: str, needs: tuple[StepName, ...], *, each: bool = False) -> dict[str, JsonValue]:
    """Arguments that name the step and hold all that it needs."""
    given = "{{ [" + ", ".join(needs) + "] }}" if needs else "none"
    return {"me": step, "item": "{{ item | string }}" if each else None, "given": given}


AGAIN = "{{ [previous, feedback] }}"
"""What differs from iteration to iteration."""


def child(*steps: Step, **more: Any) -> Workflow:
    """Return a subworkflow with the one input `item`, which its steps hand on."""
    handed = [_handed_on(step) for step in steps]
    taken = InputField(json_schema={}, type_text="any", required=False)
    return workflow(*handed, inputs={"item": taken}, **more)


def _handed_on(step: Step) -> Step:
    if not isinstance(step, PythonStep | ToolStep | WorkflowStep):
        return step
    item = "{{ inputs.item ~ '/' ~ item }}" if step.for_each else "{{ inputs.item | string }}"
    return step.model_copy(update={"args": {**step.args, "item": item}})


def calls(name: str, which: str, *needs: str, each: ForEach | None = None, **more: Any) -> Step:
    return WorkflowStep(
        name=StepName(name),
        workflow=which,
        args={"item": "{{ item | string }}" if each else name},
        needs=names(*needs),
        for_each=each,
        **more,
    )


def wait(name: str, *needs: str, **more: Any) -> WaitStep:
    return WaitStep(name=StepName(name), needs=names(*needs), **more)


def ask(name: str, *needs: str, **more: Any) -> AskStep:
    fields: dict[str, JsonValue] = {"type": "object", "properties": {"x": {"type": "string"}}}
    return AskStep(name=StepName(name), prompt="?", fields=fields, needs=names(*needs), **more)


def python(name: str, *needs: str, each: ForEach | None = None, **more: Any) -> PythonStep:
    needed = names(*needs)
    return PythonStep(
        name=StepName(name),
        function="work",
        args=args(name, needed, each=each is not None),
        needs=needed,
        uses=needed,
        for_each=each,
        **more,
    )


def tool(which: str, name: str, *needs: str, each: ForEach | None = None, **more: Any) -> ToolStep:
    needed = names(*needs)
    return ToolStep(
        name=StepName(name),
        tool=which,
        args=args(name, needed, each=each is not None),
        needs=needed,
        uses=needed,
        for_each=each,
        **more,
    )


def agent(
    name: str, *needs: str, tools: tuple[str, ...] = (), each: ForEach | None = None, **more: Any
) -> AgentStep:
    needed = names(*needs)
    given = " ".join("{{ " + need + " }}" for need in needs)
    item = "{{ item }}" if each is not None else ""
    return AgentStep(
        name=StepName(name),
        prompt=f"[{name}|{item}] {given}",
        tools=tuple(ToolUse(tool=one, bound={"me": name}) for one in tools),
        needs=needed,
        uses=needed,
        for_each=each,
        output=VALUE,
        **more,
    )


def approve(name: str, *needs: str, **more: Any) -> ApproveStep:
    needed = names(*needs)
    return ApproveStep(name=StepName(name), prompt="Go on?", needs=needed, uses=needed, **more)


def workflow(*steps: Step, **more: Any) -> Workflow:
    return Workflow(name="simulated", group="simulated", steps=steps, **more)


def each(over: str = "[0, 1, 2]", **more: Any) -> ForEach:
    return ForEach(over=over, **more)


def again(step: Any) -> Any:
    """Return a step that is given what its iterations differ in."""
    if step.kind == "agent":
        return step.model_copy(update={"prompt": f"{step.prompt} {AGAIN}"})
    return step.model_copy(update={"args": {**step.args, "given": AGAIN}})


def blind(step: Any) -> Any:
    """Return a step that is given nothing: what has ended when it starts is left to chance."""
    return step.model_copy(update={"args": {**step.args, "given": "none"}})
