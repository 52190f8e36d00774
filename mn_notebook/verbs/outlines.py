"""Says what a workflow is before it runs: its graph, and what it may do and ask."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from mn_notebook.agents.tools import REGISTRY
from mn_notebook.domain.ids import StepName
from mn_notebook.domain.judging import Foreseen, fitting, foresee, rule_words
from mn_notebook.domain.outline import OutlineInput, OutlineNode, OutlineTool, WorkflowOutline
from mn_notebook.domain.servers import is_served
from mn_notebook.domain.step_pictures import NODE_HEIGHT, NODE_WIDTH
from mn_notebook.domain.words import one_line, plural
from mn_notebook.domain.workflow import (
    AgentStep,
    ApproveStep,
    AskStep,
    Effect,
    PythonStep,
    Rule,
    Step,
    ToolStep,
    WaitStep,
    Workflow,
    WorkflowStep,
)
from mn_notebook.errors import Problem
from mn_notebook.verbs.called import all_steps
from mn_notebook.verbs.most_calls import most_calls
from mn_notebook.verbs.outline_graphs import outline_graph

SHORT_HASH = 8
MAX_WARNINGS = 20
MAX_NAMED = 20
"""How many tools or functions a sentence names; the rest is counted."""

ToolsOf = Callable[[str], tuple[OutlineTool, ...]]


def unknown_server(name: str) -> tuple[OutlineTool, ...]:
    """Return what is known of the tools of a server that nobody asks: they may write."""
    return (OutlineTool(name=name, effect="write"),)


def outline_of(
    workflow: Workflow,
    warnings: Iterable[Problem] = (),
    policy: Sequence[Rule] = (),
    *,
    served: ToolsOf = unknown_server,
) -> WorkflowOutline:
    """Return what a face shows of a workflow; what it calls counts as far as it is linked.

    ``policy`` are the user's own rules, ``served`` tells which tools of servers a name means.
    """
    foreseen = Foresight(workflow, policy, served)
    asks = foreseen.asks_person

    def node_of(step: Step, place: tuple[float, float]) -> OutlineNode:
        return OutlineNode(
            name=step.name,
            kind=step.kind,
            detail=_detail(step),
            tools=foreseen.tools(step),
            asks_person=asks(step),
            x=place[0],
            y=place[1],
            width=NODE_WIDTH,
            height=NODE_HEIGHT,
        )

    drawn = outline_graph(workflow, node_of, asks)
    return WorkflowOutline(
        name=workflow.name,
        group=workflow.group,
        about=workflow.about,
        version=workflow.hash[:SHORT_HASH],
        inputs=tuple(
            OutlineInput(name=name, type=field.type_text, default=_default(field))
            for name, field in workflow.inputs.items()
        ),
        nodes=drawn.nodes,
        edges=drawn.plan.edges,
        width=drawn.plan.width,
        height=drawn.plan.height,
        warnings=_warnings(tuple(warnings)),
        may_do=(*_may_do(workflow, foreseen), *_rules(workflow, policy)),
        max_model_calls=most_calls(workflow),
    )


def _warnings(found: Sequence[Problem]) -> tuple[str, ...]:
    left = len(found) - MAX_WARNINGS
    more = (f"and {plural(left, 'more warning')}",) if left > 0 else ()
    return (*map(_warning, found[:MAX_WARNINGS]), *more)


def _warning(warning: Problem) -> str:
    return f"line {warning.line}: {warning.message}"


def _default(field: Any) -> str | None:
    if field.required:
        return None
    return field.default if isinstance(field.default, str) else one_line(repr(field.default), 80)


def _detail(step: Step) -> str:
    if step.for_each is not None:
        return one_line(f"{step.kind} · for each of {step.for_each.over}", 60)
    match step:
        case ToolStep(tool=name) | PythonStep(function=name):
            return one_line(f"{step.kind} · {name}", 60)
        case ApproveStep(authorises=str(name)):
            return one_line(f"asks before {name}", 60)
        case ApproveStep():
            return "asks a person"
        case AgentStep():
            models = ", then ".join(filter(None, (step.model, *step.ladder)))
            return one_line(f"agent · {models}", 60) if models else "agent"
        case AskStep():
            return "asks a person to fill in a form"
        case WaitStep(signal=str(name)):
            return one_line(f"waits for the signal {name}", 60)
        case WaitStep():
            return one_line(f"waits {step.duration or f'until {step.until}'}", 60)
        case WorkflowStep(workflow=name):
            return one_line(f"workflow · {name}", 60)


def _tools(step: Step, served: ToolsOf) -> tuple[OutlineTool, ...]:
    found: list[OutlineTool] = []
    for name in tool_names(step):
        own = OutlineTool(name=name, effect=effect_of(name))
        found += served(name) if is_served(name) else (own,)
    return tuple(found)


def tool_names(step: Step) -> tuple[str, ...]:
    """Return the tools that a step may call."""
    match step:
        case AgentStep(tools=tools):
            return tuple(use.tool for use in tools)
        case ToolStep(tool=name):
            return (name,)
        case _:
            return ()


def effect_of(tool: str) -> Effect:
    """Return what a tool does to the world at most; of an unknown one the worst is assumed."""
    known = REGISTRY.get(tool)
    return "write" if known is None else known.effect


def _authorised(workflow: Workflow) -> set[StepName]:
    return {
        step.authorises
        for step in workflow.steps
        if isinstance(step, ApproveStep) and step.authorises is not None
    }


class Foresight:
    """Says which calls of a workflow will be asked about, as far as that is known before a run."""

    def __init__(self, workflow: Workflow, policy: Sequence[Rule], served: ToolsOf) -> None:
        """Read the rules of a workflow and those of the user."""
        self._served = served
        self._rules = (*workflow.policy, *policy)
        self._groups = (workflow.group,)
        self._authorised = _authorised(workflow)

    def asks_person(self, step: Step) -> bool:
        """Tell whether a person may be asked at a step."""
        if isinstance(step, ApproveStep | AskStep):
            return True
        authorised = step.name in self._authorised
        tools = [(tool.name, tool.effect) for tool in self.tools(step)]
        if isinstance(step, PythonStep) and step.effect == "write":
            tools.append((step.function, step.effect))
        found = {self.of(name, effect, authorised=authorised) for name, effect in tools}
        return not found.isdisjoint({"asks", "sometimes asks"})

    def tools(self, step: Step) -> tuple[OutlineTool, ...]:
        """Return the tools that a step may call, with what they do at most."""
        return _tools(step, self._served)

    def of(self, name: str, effect: Effect, *, authorised: bool = False) -> Foreseen:
        """Say what is known of a tool's calls."""
        called = name.rpartition(":")[2]
        rules = fitting(self._rules, called, effect, self._groups, name)
        return foresee(rules, effect, authorised=authorised)


_AFTERWARDS: Mapping[Foreseen, str] = {
    "free": "",
    "asks": ", each call after a person's approval",
    "sometimes asks": ", some calls after a person's approval",
    "denied": ", which the policy denies",
}


def _may_do(workflow: Workflow, foreseen: Foresight) -> tuple[str, ...]:
    said = []
    steps = list(all_steps(workflow))
    for effect in _EFFECTS:
        names = {
            tool.name for step in steps for tool in foreseen.tools(step) if tool.effect == effect
        }
        for becomes, after in _AFTERWARDS.items():
            these = sorted(name for name in names if foreseen.of(name, effect) == becomes)
            if these:
                tools = plural(len(these), f"{effect} tool")
                free = ", without asking anybody" if effect == "write" and not after else after
                said.append(f"calls {tools}: {_named(these)}{free}")
    people = sum(isinstance(step, ApproveStep | AskStep) for step in steps)
    if people:
        said.append(f"asks a person at {plural(people, 'step')}")
    signals = sorted(workflow.signals)
    if signals:
        said.append(f"waits for {plural(len(signals), 'signal')}: {_named(signals)}")
    code = sorted({step.function for step in steps if isinstance(step, PythonStep)})
    if code:
        said.append(f"runs {plural(len(code), 'Python function')}: {_named(code)}")
    return tuple(said)


_EFFECTS: tuple[Effect, ...] = ("write", "idempotent", "read")


def _rules(workflow: Workflow, policy: Sequence[Rule]) -> tuple[str, ...]:
    """Return the rules that hold, in words."""
    named = (("its policy", workflow.policy), ("your policy", policy))
    return tuple(
        f"{whose}: {one_line(rule_words(rule), 160)}" for whose, rules in named for rule in rules
    )


def _named(names: Sequence[str]) -> str:
    left = len(names) - MAX_NAMED
    return ", ".join((*names[:MAX_NAMED], *((f"{left} more",) if left > 0 else ())))
