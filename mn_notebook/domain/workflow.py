"""What a workflow is: its inputs, its steps and what each step needs, as one canonical value.

Text and builder both end here. Needs are complete (written ones and those inferred from templates),
durations are seconds, types are JSON Schema; templates and expressions stay as text, because only
the language evaluates them.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from mn_notebook.domain.ids import StepName, WorkflowHash, content_hash
from mn_notebook.domain.servers import Server

Schema = dict[str, JsonValue]
"""A JSON Schema."""

Effect = Literal["read", "idempotent", "write"]


class Declared(BaseModel):
    """A frozen part of a workflow; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class InputField(Declared):
    """An input of a workflow."""

    json_schema: Schema
    type_text: str
    """The type as it was written, such as ``list[str]``."""
    required: bool
    default: JsonValue = None
    about: str = ""


class Retry(Declared):
    """How often a step is tried, and how long it waits between attempts."""

    attempts: int = Field(ge=1, le=100)
    """The first try included."""
    backoff_seconds: float = Field(default=2.0, ge=0)
    """Before the second attempt; it doubles with each further one."""
    max_backoff_seconds: float = Field(default=60.0, ge=0)


JoinRule = Literal[
    "all_success",
    "all_done",
    "one_success",
    "one_done",
    "one_failed",
    "none_failed_min_one_success",
    "quorum_success",
]


class Join(Declared):
    """Over which outcomes of its needs a step starts; see `mn_notebook.domain.joins`."""

    rule: JoinRule = "all_success"
    quorum: int | float | None = None
    """Of ``quorum_success``: a whole number of needs, or a share of them; None: more than half."""


class Repeat(Declared):
    """A step is done again until an expression over its output holds."""

    until: str
    """An expression; the step's own name is the output of the iteration that has just ended."""
    at_most: int = Field(ge=1, le=1000)
    """The most iterations; after the last one the step goes on with what it has."""


class Redo(Declared):
    """A rejection sends the work back to an earlier step."""

    target: StepName
    at_most: int = Field(default=3, ge=1, le=100)
    """So often; a further rejection stands."""


class ForEach(Declared):
    """One attempt chain for each item of a list."""

    over: str
    """An expression that gives a list."""
    item_name: str = "item"
    key: str | None = None
    """An expression over the item that identifies it; default: its index."""
    concurrency: int = Field(default=4, ge=1)
    max_items: int = Field(default=1000, ge=1)
    on_error: Literal["fail", "collect", "quorum"] = "fail"
    quorum: float | None = Field(default=None, gt=0, le=1)
    """The share of items that must succeed when ``on_error`` is ``quorum``."""
    first: int | None = Field(default=None, ge=1)
    """Only so many of the first items are done; for trying a step on a sample."""


class ToolUse(Declared):
    """A tool that an agent may call, with arguments that the model neither sees nor sets."""

    tool: str
    bound: dict[str, JsonValue] = Field(default_factory=dict)
    """Templates by argument name."""


class LongResults(Declared):
    """What an agent is shown of a tool's result that is long."""

    over: int = Field(default=8_000, ge=200)
    """Characters that a result may have before something is done; about so many are left of it."""
    then: Literal["cut", "summarise", "fail"] = "cut"
    model: str | None = None
    """Who summarises; None: the model that the step asks first."""


class Cache(Declared):
    """Whose answers a step takes over instead of making the same call again."""

    scope: Literal["off", "run", "store"]
    """``run``: those of the same run; ``store``: those of other runs as well."""
    max_age_seconds: float | None = Field(default=None, gt=0)
    """How old they may be, of another run; None: of any age."""


class Expiry(Declared):
    """What becomes of a question that nobody answers."""

    after_seconds: float = Field(gt=0)
    then: Literal["reject", "skip", "escalate", "wait"] = "reject"
    to: str = ""
    """Whom ``escalate`` names."""


class Rule(Declared):
    """What a policy says about some tool calls. All rules are read: see `domain.judging`."""

    tool: str = "*"
    """A pattern over the tool's name, as of file names."""
    effect: Effect | None = None
    """Only calls of this effect; None: of any."""
    group: str = "*"
    """A pattern over the class of the workflow."""
    when: str | None = None
    """An expression over ``args``, ``cost`` (USD that the run has cost) and ``run``; None: always.
    """
    approvals: int | None = Field(default=None, ge=0, le=2)
    """So many people have to allow the call first."""
    deny: bool = False
    """The call is never made."""
    because: str = ""
    """Why, for those who are asked or refused."""
    expires: Expiry | None = None
    """What becomes of the question when nobody answers; None: it waits."""

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if self.deny == (self.approvals is not None):
            message = "a rule says either `approvals` or `deny: true`"
            raise ValueError(message)
        return self


class Budget(Declared):
    """The most that may be spent; None: nothing is said of it."""

    usd: Decimal | None = Field(default=None, ge=0)
    tokens: int | None = Field(default=None, ge=0)
    """In and out together."""
    calls: int | None = Field(default=None, ge=0)
    """Model calls, those that failed or were lost included; not tool calls."""
    seconds: float | None = Field(default=None, gt=0)
    """Of the time in which something is under way."""
    unknown_price: Literal["block", "allow"] | None = None
    """Whether a call is made of which nobody knows what it costs."""


class StepFields(Declared):
    """What every kind of step may say."""

    name: StepName
    needs: tuple[StepName, ...] = ()
    """All steps that must have ended before this one starts: written and inferred."""
    uses: tuple[StepName, ...] = ()
    """Those of ``needs`` whose values its texts name."""
    when: str | None = None
    """An expression; false: the step is skipped."""
    for_each: ForEach | None = None
    repeat: Repeat | None = None
    join: Join = Field(default_factory=Join)
    on_failure: Literal["fail", "continue", "skip"] = "fail"
    """What a final failure means: the end of the run, an outcome that joins may follow, or as if
    the step had been skipped."""
    fallback: StepName | None = None
    """A step that is done only when this one has failed; its value stands for this one's."""
    retry: Retry | None = None
    """None: the default for the kind and effect of the step."""
    timeout_seconds: float | None = Field(default=300.0, gt=0)
    """Of an attempt; of a `wait` or a `workflow`, of the whole, and None unless it is written."""
    line: int = 0
    """Where the step begins in its text, for messages; 0 when it has none."""


class AgentStep(StepFields):
    """A model works on a prompt, with tools, until it has the output asked for."""

    kind: Literal["agent"] = "agent"
    prompt: str
    model: str | None = None
    """None: the workflow's default, else the configured model."""
    ladder: tuple[str, ...] = ()
    """Models that are asked after ``model``, each when the one before it will not do."""
    unsure: str | None = None
    """An expression over ``output``; where it holds, the next model of the ladder is asked."""
    tools: tuple[ToolUse, ...] = ()
    turns: int = Field(default=8, ge=1, le=100)
    """The most model calls of one attempt, re-asks for malformed output not counted."""
    output: Schema | None = None
    """None: the output is the answer's text."""
    budget: Budget | None = None
    """Of all attempts, items and iterations of the step together."""
    cache: Cache | None = None
    """None: where ``names_item``, items that ask exactly the same share an answer."""
    names_item: bool = False
    """Its prompt, or what it gives its tools, differs from item to item. It follows from these and
    is no part of the workflow's hash."""
    long_results: LongResults = Field(default_factory=LongResults)


class ToolStep(StepFields):
    """One call of a tool with arguments that the workflow gives."""

    kind: Literal["tool"] = "tool"
    tool: str
    args: dict[str, JsonValue] = Field(default_factory=dict)
    output: Schema | None = None
    cache: Cache | None = None
    """None: it is called each time."""


class PythonStep(StepFields):
    """A function of the notebook, or ``package.module:function``."""

    kind: Literal["python"] = "python"
    function: str
    args: dict[str, JsonValue] = Field(default_factory=dict)
    effect: Effect = "idempotent"
    isolation: Literal["thread", "process"] = "thread"
    """``process``: in a child process of its own, which a timeout can kill."""
    output: Schema | None = None


class ApproveStep(StepFields):
    """A person approves, edits or rejects what the step shows."""

    kind: Literal["approve"] = "approve"
    prompt: str
    authorises: StepName | None = None
    """The tool step whose rendered calls the decision authorises (``for:``)."""
    show: tuple[str, ...] = ()
    """Expressions whose values are shown."""
    edit: tuple[str, ...] = ()
    """Expressions whose values are shown and may be changed: plain paths such as ``draft.text``."""
    expires: Expiry | None = None
    on_reject: Redo | None = None


class AskStep(StepFields):
    """A person fills in a typed form; its values are the step's output."""

    kind: Literal["ask"] = "ask"
    prompt: str
    fields: Schema
    """A JSON Schema of an object: the fields of the form."""
    expires: Expiry | None = None


class WaitStep(StepFields):
    """Time has to pass, or somebody has to send a signal; exactly one of the three is set."""

    kind: Literal["wait"] = "wait"
    duration: str | None = None
    """Such as ``24h``, or a template that gives that or a number of seconds."""
    until: str | None = None
    """An ISO date or time, or a template that gives one; without a zone it is UTC."""
    signal: str | None = None
    """The name of a signal; what was sent with it is the step's output."""
    timeout_seconds: float | None = Field(default=None, gt=0)


class WorkflowStep(StepFields):
    """Another workflow, journaled in the same run; its outputs are the step's output."""

    kind: Literal["workflow"] = "workflow"
    workflow: str
    args: dict[str, JsonValue] = Field(default_factory=dict)
    """Its inputs, as templates."""
    timeout_seconds: float | None = Field(default=None, gt=0)
    budget: Budget | None = None
    """Of all that happens inside, over all attempts, items and iterations of the step."""


Step = Annotated[
    AgentStep | ToolStep | PythonStep | ApproveStep | AskStep | WaitStep | WorkflowStep,
    Field(discriminator="kind"),
]


class Workflow(Declared):
    """The declared graph. Its hash names it for ever; what it does not hold cannot change a run."""

    name: str
    group: str
    """The class that metrics are grouped by."""
    about: str = ""
    inputs: dict[str, InputField] = Field(default_factory=dict)
    outputs: dict[str, JsonValue] = Field(default_factory=dict)
    """Templates by output name; a lone ``{{ }}`` keeps its type. Empty: the outputs are those of
    the steps that no other step needs."""
    model: str | None = None
    ladder: tuple[str, ...] = ()
    """Models that are asked after ``model``, of steps that name none."""
    tools: tuple[str, ...] = ()
    """Declared tools, ``name`` or ``package.module:name``; a step gets only what it lists."""
    servers: dict[str, Server] = Field(default_factory=dict)
    """Servers whose tools its steps name as ``mcp:SERVER/TOOL``; others are in the user's file."""
    max_concurrency: int = Field(default=8, ge=1)
    """How many attempts of a run may be under way at once."""
    calls_per_minute: int | None = Field(default=None, ge=1)
    """How many model calls of a run may begin within any minute."""
    policy: tuple[Rule, ...] = ()
    """Rules over the tool calls of its steps, and of the workflows that it calls."""
    budget: Budget | None = None
    """The most that a run of it may spend, or each time that another workflow calls it."""
    cheaper: str | None = None
    """The model that a run goes on with when a person would rather not raise its budget."""
    steps: tuple[Step, ...]
    children: dict[str, "Workflow"] = Field(default_factory=dict)
    """The workflows that its `workflow` steps name, as they stood when a run of it was asked for.
    Empty until then."""

    @cached_property
    def hash(self) -> WorkflowHash:
        """What identifies this version of the workflow; positions in its text do not count."""
        body = self.model_dump(
            mode="json",
            exclude_defaults=True,  # so that a field that is added later leaves old names alone
            exclude={"steps": {"__all__": {"line", "names_item"}}, "children": True},
        )
        body["kinds"] = [step.kind for step in self.steps]  # they are defaults, too
        if self.children:
            body["children"] = {name: child.hash for name, child in self.children.items()}
        return WorkflowHash(content_hash(body)[:32])

    @cached_property
    def index(self) -> Mapping[StepName, int]:
        """The position of each step."""
        return {step.name: position for position, step in enumerate(self.steps)}

    @cached_property
    def dependents(self) -> Mapping[StepName, tuple[int, ...]]:
        """The positions of the steps that need a step."""
        found: dict[StepName, list[int]] = {step.name: [] for step in self.steps}
        for position, step in enumerate(self.steps):
            for need in step.needs:
                found[need].append(position)
        return {name: tuple(positions) for name, positions in found.items()}

    @cached_property
    def fallback_of(self) -> Mapping[StepName, StepName]:
        """The step that each fallback stands in for."""
        return {step.fallback: step.name for step in self.steps if step.fallback is not None}

    @cached_property
    def calls(self) -> tuple[str, ...]:
        """The names of the workflows that its steps call, each once."""
        called = (step.workflow for step in self.steps if isinstance(step, WorkflowStep))
        return tuple(dict.fromkeys(called))

    @cached_property
    def asks_models(self) -> bool:
        """Whether a step of it, or of a workflow below it, asks a model."""
        own = any(isinstance(step, AgentStep) for step in self.steps)
        return own or any(child.asks_models for child in self.children.values())

    @cached_property
    def signals(self) -> frozenset[str]:
        """The signals that it or a workflow below it may wait for."""
        own = {step.signal for step in self.steps if isinstance(step, WaitStep) and step.signal}
        return frozenset(own.union(*(child.signals for child in self.children.values())))

    def asking(self, step: "Step") -> "Step":
        """Return a step with the models that it asks: its own, or those of the workflow."""
        if not isinstance(step, AgentStep) or step.model or not self.model:
            return step
        return step.model_copy(update={"model": self.model, "ladder": self.ladder})

    def linked(self, children: Mapping[str, "Workflow"]) -> "Workflow":
        """Return the workflow with the workflows that its steps call."""
        # Not by model_copy, which would bring along what is cached here, such as the hash.
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return Workflow.model_construct(**{**fields, "children": dict(children)})

    def step(self, name: StepName) -> Step:
        """Return a step by its name.

        Raises:
            KeyError: the workflow has no such step.
        """
        return self.steps[self.index[name]]
