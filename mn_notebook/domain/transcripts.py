"""What an agent was asked, and what was said and done so far: what its next move follows from."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

from mn_notebook.domain.long_results import Shown
from mn_notebook.domain.messages import Message, ToolSpec
from mn_notebook.domain.workflow import LongResults, Schema

ToolMode = Literal["native", "schema"]


@dataclass(frozen=True, slots=True)
class Rung:
    """A model of an agent's ladder."""

    model: str
    tool_mode: ToolMode = "native"


def never_unsure(_output: JsonValue) -> str:
    """Say nothing against an output."""
    return ""


@dataclass(frozen=True, slots=True)
class Agent:
    """What an agent was asked, resolved."""

    prompt: str
    tools: tuple[ToolSpec, ...]
    output: Schema | None
    turns: int
    rungs: tuple[Rung, ...]
    """The models that may be asked, the one that is asked first in front; never empty."""
    unsure: Callable[[JsonValue], str] = never_unsure
    """Says why an output is not to be trusted, so that the next model is asked; '' otherwise."""
    long_results: LongResults = field(default_factory=LongResults)
    """What is done with a tool's result that is too long."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished model call."""

    call_id: str
    message: Message
    finish_reason: str
    attempt: int = 1
    """The attempt of the step that asked for it."""
    rung: int = 0
    """Which model of the ladder was asked."""
    tool_mode: ToolMode | None = None
    """How that model was spoken to; None: as the agent's is now."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a tool call that an answer asked for."""

    answers: str
    """The model call that asked."""
    index: int
    """Which of its tool calls."""
    call_id: str
    status: Literal[
        "open", "succeeded", "failed", "asked", "refused", "in_doubt", "settled", "answered"
    ]
    text: str
    """What the model is told, once the call has ended."""
    approved: bool = False
    not_happened: bool = False
    shown: Shown | None = None
    """What the model is shown of a long one; None: nothing was said of it yet."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """All that was said and done so far, oldest first."""

    answers: tuple[Answer, ...] = ()
    results: tuple[Result, ...] = ()
    attempt: int = 1
    """The attempt that goes on with it. The bounds of an agent are those of one attempt: one that
    continues what an earlier one has done may take as many turns, and re-asks, as that one."""

    @property
    def own_answers(self) -> tuple[Answer, ...]:
        """Return the answers that this attempt has asked for."""
        return tuple(answer for answer in self.answers if answer.attempt == self.attempt)


def result_of(transcript: Transcript, call_id: str, index: int) -> Result | None:
    """Return what became of a tool call that an answer asked for, where it has begun."""
    for result in reversed(transcript.results):
        if result.answers == call_id and result.index == index:
            return result
    return None
