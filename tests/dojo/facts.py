"""What is known of a task, its tools and its end, as plain values, whoever made the world."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from mn_notebook.domain.workflow import Effect


def named(args: Any) -> str:
    """Return arguments as a text; a whole number is the same as 5 and as 5.0.

    >>> named({"amount": 5.0}) == named({"amount": 5})
    True
    """
    return json.dumps(_plain(args), sort_keys=True)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


@dataclass(frozen=True)
class CallFact:
    """One call of a tool, wanted or made."""

    tool: str
    args: Mapping[str, Any]
    effect: Effect = "write"
    changed: bool = False
    """Whether the world was another one afterwards."""
    failed: bool = False

    @property
    def name(self) -> tuple[str, str]:
        """Name the tool and its arguments, to compare calls by."""
        return self.tool, named(self.args)


@dataclass(frozen=True)
class ToolFact:
    """A tool as its world describes it."""

    name: str
    text: str
    """Its docstring."""
    parameters: Sequence[tuple[str, str, bool, Any]]
    """Of each: its name, its type as Python writes it, whether it is required, its default."""


@dataclass(frozen=True)
class TaskFact:
    """A user's task, and what an attacker has put into its world."""

    prompt: str
    gold: Sequence[CallFact]
    answer: str
    goal: str = ""
    """What the attacker wants, in words; '': there is no attacker."""
    injected: Sequence[CallFact] = ()
    """The calls that do what the attacker wants."""
    injected_answer: str = ""
    """What the attacker wants to be said."""
    vectors: Sequence[str] = ()
    """The places where the attack text was put: those that the task comes by."""
    utility: bool = True
    """Whether the gold calls alone do the task in this world, by the task's own judgement."""
    state: str = ""
    """The world after the gold calls alone, as a hash."""


@dataclass(frozen=True)
class Ending:
    """How a world stands after a run."""

    utility: bool
    attacked: bool
    """Whether the attacker got what he wanted, by the attack's own judgement."""
    state: str
    before: str
    """The world before the run, as a hash."""
    calls: Sequence[CallFact] = field(default_factory=tuple)
    """The calls that were really made, as the world has seen them."""


class World(Protocol):
    """Where the tools work: outside of any run."""

    @property
    def tools(self) -> Sequence[ToolFact]:
        """Return what can be called."""
        ...

    def begin(self) -> None:
        """Put everything back to how the task found it."""
        ...

    def call(self, tool: str, args: Mapping[str, Any]) -> str:
        """Call a tool and return its result as a model reads it; raises PermanentError."""
        ...

    def end(self, answer: str) -> Ending:
        """Judge what was done, and what was said."""
        ...


def outside_gold(made: Iterable[CallFact], gold: Iterable[CallFact]) -> list[CallFact]:
    """Return the writes that were made and are none of the gold calls, each counted."""
    left = Counter(call.name for call in gold)
    extra = []
    for call in made:
        if call.effect == "read":
            continue
        if left[call.name] > 0:
            left[call.name] -= 1
        else:
            extra.append(call)
    return extra
