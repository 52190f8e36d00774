"""What a workflow is: its inputs, its steps and what each step needs, as one canonical value.

Text and builder both end here. Needs are complete (written ones and those inferred from templates),
durations are seconds, types are JSON Schema; templates and expressions stay as text, because only
the language evaluates them.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from mn_notebook.domain.ids import StepName, WorkflowHash, content_hash

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


class ToolUse(Declared):
    """A tool that an agent may call, with arguments that the model neither sees nor sets."""

    tool: str
    bound: dict[str, JsonValue] = Field(default_factory=dict)
    """Templates by argument name."""


class Expiry(Declared):
    """What becomes of an approval that nobody decides."""

    after_seconds: float = Field(gt=0)
    then: Literal["reject", "wait"] = "reject"


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
    retry: Retry | None = None
    """None: the default for the kind and effect of the step."""
    timeout_seconds: float = Field(default=300.0, gt=0)
    line: int = 0
    """Where the step begins in its text, for messages; 0 when it has none."""


class AgentStep(StepFields):
    """A model works on a prompt, with tools, until it has the output asked for."""

    kind: Literal["agent"] = "agent"
    prompt: str
    model: str | None = None
    """None: the workflow's default, else the configured model."""
    tools: tuple[ToolUse, ...] = ()
    turns: int = Field(default=8, ge=1, le=100)
    """The most model calls of one attempt, re-asks for malformed output not counted."""
    output: Schema | None = None
    """None: the output is the answer's text."""


class ToolStep(StepFields):
    """One call of a tool with arguments that the workflow gives."""

    kind: Literal["tool"] = "tool"
    tool: str
    args: dict[str, JsonValue] = Field(default_factory=dict)
    output: Schema | None = None


class PythonStep(StepFields):
    """A function of the notebook, or ``package.module:function``."""

    kind: Literal["python"] = "python"
    function: str
    args: dict[str, JsonValue] = Field(default_factory=dict)
    effect: Effect = "idempotent"
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


Step = Annotated[AgentStep | ToolStep | PythonStep | ApproveStep, Field(discriminator="kind")]


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
    tools: tuple[str, ...] = ()
    """Declared tools, ``name`` or ``package.module:name``; a step gets only what it lists."""
    max_concurrency: int = Field(default=8, ge=1)
    """How many attempts of a run may be under way at once."""
    steps: tuple[Step, ...]

    @cached_property
    def hash(self) -> WorkflowHash:
        """What identifies this version of the workflow; positions in its text do not count."""
        body = self.model_dump(mode="json", exclude={"steps": {"__all__": {"line"}}})
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

    def step(self, name: StepName) -> Step:
        """Return a step by its name.

        Raises:
            KeyError: the workflow has no such step.
        """
        return self.steps[self.index[name]]
