"""What the checker is told about the world, and what it gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from mn_notebook.domain.workflow import Effect, Schema, Workflow
from mn_notebook.errors import Problem


@dataclass(frozen=True, slots=True)
class Catalog:
    """The names that a workflow may refer to; None: unknown, so they are not checked."""

    tools: Mapping[str, Effect] | None = None
    tool_parameters: Mapping[str, Schema] | None = None
    """JSON Schemas of the arguments that tools take, by their names."""
    functions: frozenset[str] | set[str] | None = None
    types: Mapping[str, Schema] | None = None
    """JSON Schemas of pydantic models, by the names that types use."""
    workflows: Mapping[str, Workflow] | None = None
    """Workflows that others may call."""
    proves_people: bool = False
    """A server of the store proves who decides, so that two people can be told apart."""
    absent_tools: Mapping[str, str] = field(default_factory=dict)
    """Tools that could be there, each with what would bring it, said behind its name."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A workflow that can be right."""

    workflow: Workflow
    warnings: tuple[Problem, ...] = ()
    """What is probably not meant; nothing that keeps it from running."""
    source: str = ""
    """The text as it was given."""
    examples: tuple[dict[str, JsonValue], ...] = field(default=())
    """Inputs that the text gives as examples."""
