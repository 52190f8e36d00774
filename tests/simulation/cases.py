"""Workflows to be simulated, and how the world behaves towards their steps."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

from pydantic import JsonValue

from mn_notebook.domain.ids import StepName
from mn_notebook.domain.state import RunState
from mn_notebook.domain.workflow import (
    AgentStep,
    ApproveStep,
    AskStep,
    Expiry,
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
from mn_notebook.ports import CommandKind

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
    heals: bool = False
    """What failed for good before does so no more."""


@dataclass(frozen=True)
class Behaviour:
    """What the world does when a step reaches it."""

    transient: int = 0
    """So many tries fail in passing."""
    permanent_items: frozenset[str | None] = frozenset()
    """Items (None: the step itself) that always fail."""
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

    def of(self, step: str) -> Behaviour:
        return self.behaviours.get(step, Behaviour())

    def step(self, name: str) -> Step:
        """Find a step, here or in a subworkflow; all have names of their own."""
        return next(step for step in _all_steps(self.workflow) if step.name == name)


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


# --- generated ---------------------------------------------------------------------------------


class _Maker:
    """Makes one case; every choice comes from one seed."""

    def __init__(self, seed: int, size: int) -> None:
        self.chance = Random(seed)
        self.seed = seed
        self.size = size
        self.steps: list[Step] = []
        self.behaviours: dict[str, Behaviour] = {}
        self.plain: list[str] = []
        """Steps with one output, an object of value and n."""

    def case(self) -> Case:
        while len(self.steps) < self.size:
            self._add()
        return Case(
            workflow=workflow(*self.steps, max_concurrency=self.chance.choice((1, 2, 8))),
            behaviours=self.behaviours,
            seed=self.seed,
            tool_mode=self.chance.choice(("native", "native", "schema")),
            slow=self.chance.random() < 0.8,
        )

    def _add(self) -> None:
        name = f"s{len(self.steps) + 1}"
        makers: tuple[Callable[[str], None], ...] = (
            self._python,
            self._python,
            self._tool,
            self._tool,
            self._tool,
            self._agent,
            self._agent,
            self._approve,
        )
        self.chance.choice(makers)(name)

    def _needs(self, most: int = 3) -> tuple[str, ...]:
        known = [str(step.name) for step in self.steps]
        count = min(len(known), self.chance.choice((0, 1, 1, 2, most)))
        return tuple(sorted(self.chance.sample(known, count)))

    def _each(self) -> ForEach | None:
        if self.chance.random() > 0.25:
            return None
        count = self.chance.choice((0, 1, 2, 3, 4))
        over = "[" + ", ".join(str(number) for number in range(count)) + "]"
        on_error = self.chance.choice(("fail", "collect", "quorum"))
        return ForEach(
            over=over,
            key=self.chance.choice((None, "item")),
            concurrency=self.chance.choice((1, 2, 4)),
            on_error=on_error,
            quorum=0.5 if on_error == "quorum" else None,
        )

    def _common(self, for_each: ForEach | None) -> dict[str, Any]:
        more: dict[str, Any] = {"each": for_each}
        if self.plain and self.chance.random() < 0.2:
            more["when"] = f"{self.chance.choice(self.plain)}.n % 3 != 0"
        return more

    def _behave(self, name: str, for_each: ForEach | None, **more: Any) -> None:
        permanent: set[str | None] = set()
        if self.chance.random() < (0.3 if for_each is not None else 0.06):
            permanent.add("1" if for_each is not None else None)
        self.behaviours[name] = Behaviour(
            transient=self.chance.choice((0, 0, 0, 1, 2)),
            permanent_items=frozenset(permanent),
            large=self.chance.random() < 0.03,
            **more,
        )

    def _finish(self, step: Step) -> None:
        if step.when is not None:
            need = StepName(step.when.partition(".")[0])
            wanted = tuple(sorted({*step.needs, need}))
            step = step.model_copy(update={"needs": wanted})
        self.steps.append(step)
        if step.for_each is None and step.kind != "approve":
            self.plain.append(str(step.name))

    def _python(self, name: str) -> None:
        for_each = self._each()
        more = self._common(for_each)
        if self.chance.random() < 0.15:
            more["effect"] = "write"
        self._behave(name, for_each)
        self._finish(python(name, *self._needs(), retry=QUICK, **more))

    def _tool(self, name: str) -> None:
        for_each = self._each()
        which = self.chance.choice(("look", "put", "send", "post"))
        doubt = self.chance.choice((None, None, "happened", "not_happened"))
        self._behave(name, for_each, doubt=doubt if which in ("send", "post") else None)
        more = self._common(for_each)
        self._finish(tool(which, name, *self._needs(), retry=QUICK, **more))

    def _agent(self, name: str) -> None:
        for_each = self._each()
        tools = tuple(
            sorted(self.chance.sample(("look", "put", "send", "post"), self.chance.randrange(4)))
        )
        said = ("malformed", "unknown", "badargs") if tools else ("malformed",)
        turns: list[Turn] = []
        for _ in range(self.chance.randrange(3)):
            if tools and self.chance.random() < 0.7:
                count = self.chance.choice((1, 1, 2))
                turns.append(tuple(self.chance.choice(tools) for _ in range(count)))
            else:
                turns.append((self.chance.choice(said),))
        self._behave(name, for_each, turns=(*turns, ()))
        more = self._common(for_each)
        self._finish(agent(name, *self._needs(), tools=tools, retry=QUICK, **more))

    def _approve(self, name: str) -> None:
        needs = self._needs()
        shown = [need for need in needs if need in self.plain]
        edit = tuple(f"{need}.value" for need in shown[:1])
        decision: Decision = self.chance.choice(("approve", "approve", "reject", "edit", "absent"))
        if decision == "edit" and not edit:
            decision = "approve"
        expires = None
        if decision == "absent":
            expires = Expiry(after_seconds=self.chance.choice((3.0, 20.0)))
        elif self.chance.random() < 0.3:
            expires = Expiry(after_seconds=3600.0)
        self.behaviours[name] = Behaviour(decision=decision)
        follows = len(self.steps) + 1 < self.size and self.chance.random() < 0.6
        target = f"s{len(self.steps) + 2}"
        self._finish(
            approve(
                name,
                *needs,
                edit=edit,
                show=tuple(f"{need}.n" for need in shown),
                authorises=StepName(target) if follows else None,
                expires=expires,
            )
        )
        if follows:
            for_each = self._each()
            self._behave(target, for_each)
            which = self.chance.choice(("send", "post"))
            step = tool(which, target, *needs, name, each=for_each, retry=QUICK)
            text = "{{ " + (f"{name}.{edit[0]}" if edit else f"{name}.approved") + " }}"
            self._finish(step.model_copy(update={"args": {**step.args, "given": text}}))


def generated(seed: int, size: int) -> Case:
    """Return the case of a seed: ``size`` steps, or one more."""
    return _Maker(seed, size).case()
